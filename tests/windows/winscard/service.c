// SPDX-License-Identifier: Apache-2.0
//
// A winscard.dll for tests: the functions of the Windows smart card service
// that tscns calls, over slots in this process. It holds what a service holds,
// readers, connections and transactions, and knows nothing of cards.
//
//   TSCNS_WINSCARD_PORT   where cards connect, on 127.0.0.1, a port for each
//                         reader, with commas; without it there is no service
//   TSCNS_WINSCARD_WAIT   how long a service that starts waits for the card that
//                         is in its first reader, in milliseconds
//   TSCNS_WINSCARD_SHARED 1: other processes use the same cards
//   TSCNS_WINSCARD_OFF    a file: while it is there the only reader is unplugged
//                         and the service has stopped, as since Windows 8; what
//                         programs had opened stays dead when it comes back

#include "slot.h"

CRITICAL_SECTION lock;
static const WCHAR reader_names[SLOTS][19] = {L"Wine Test Reader 0", L"Wine Test Reader 1"};
static DWORD readers;  // how many there are
static const WCHAR new_reader[] = L"\\\\?PnP?\\Notification";

const SCARD_IO_REQUEST g_rgSCardT0Pci = {SCARD_PROTOCOL_T0, sizeof(SCARD_IO_REQUEST)};
const SCARD_IO_REQUEST g_rgSCardT1Pci = {SCARD_PROTOCOL_T1, sizeof(SCARD_IO_REQUEST)};

// Handles are places in these tables, with a mark by which each is told from
// the other kind. Place 0 is not used.
enum { HANDLES = 64, CONTEXT_MARK = 0x5C000000, CARD_MARK = 0x5D000000 };
static struct context {
  BOOL used, cancelled;
  DWORD run;  // of the service
} contexts[HANDLES];
static struct connection {
  BOOL used;
  struct slot *slot;
  DWORD run;
  DWORD events, resets, protocol;  // of the slot, when it was last looked at
} connections[HANDLES];
static DWORD run;  // of the service: the first is 0
static BOOL stopped;

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved) {
  (void)library;
  (void)reserved;
  if (reason == DLL_PROCESS_ATTACH) InitializeCriticalSection(&lock);
  return TRUE;
}

static LONG leave(LONG code) {
  LeaveCriticalSection(&lock);
  return code;
}

// numbers_from reads numbers, with commas between them, and returns how many
// there are.
static DWORD numbers_from(const char *variable, DWORD *values, DWORD most) {
  char text[32];
  DWORD n = GetEnvironmentVariableA(variable, text, sizeof text), count = 0;
  for (DWORD i = 0; n < sizeof text && i < n && count < most; i++) {
    DWORD value = 0;
    while (i < n && text[i] >= '0' && text[i] <= '9') value = value * 10 + (DWORD)(text[i++] - '0');
    values[count++] = value;
  }
  return count;
}

static BOOL is_shared(void) {
  DWORD shared = 0;
  numbers_from("TSCNS_WINSCARD_SHARED", &shared, 1);
  return shared == 1;
}

static BOOL is_running(void) {
  char file[MAX_PATH];
  DWORD n = GetEnvironmentVariableA("TSCNS_WINSCARD_OFF", file, sizeof file);
  BOOL off = n > 0 && n < sizeof file && GetFileAttributesA(file) != INVALID_FILE_ATTRIBUTES;
  if (off && !stopped) run++;
  stopped = off;
  return !off;
}

// context_of finds a context, and says what is wrong with it.
static LONG context_of(SCARDCONTEXT h, struct context **found) {
  ULONG_PTR i = h - CONTEXT_MARK;
  if (i == 0 || i >= HANDLES || !contexts[i].used) return SCARD_E_INVALID_HANDLE;
  *found = &contexts[i];
  return is_running() && contexts[i].run == run ? SCARD_S_SUCCESS : SCARD_E_SERVICE_STOPPED;
}

static struct connection *connection_of(SCARDHANDLE h) {
  ULONG_PTR i = h - CARD_MARK;
  return i > 0 && i < HANDLES && connections[i].used ? &connections[i] : NULL;
}

// state_before_command says what a connection has to be told; that a card has
// left shows at the command.
static LONG state_before_command(struct connection *c) {
  if (c == NULL) return SCARD_E_INVALID_HANDLE;
  if (!is_running() || c->run != run) return SCARD_E_SERVICE_STOPPED;
  if (c->events != c->slot->events) return SCARD_W_REMOVED_CARD;
  return c->resets == c->slot->resets ? SCARD_S_SUCCESS : SCARD_W_RESET_CARD;
}

// state_of says what a connection has to be told before it may do anything.
static LONG state_of(struct connection *c) {
  if (c != NULL) slot_look(c->slot);
  return state_before_command(c);
}

WINSCARDAPI LONG WINAPI SCardEstablishContext(DWORD scope, LPCVOID a, LPCVOID b, LPSCARDCONTEXT handle) {
  NOTE(ESTABLISH_CONTEXT);
  (void)scope, (void)a, (void)b;
  DWORD ports[SLOTS], wait = 0, count = numbers_from("TSCNS_WINSCARD_PORT", ports, SLOTS);
  numbers_from("TSCNS_WINSCARD_WAIT", &wait, 1);
  if (count == 0) return SCARD_E_NO_SERVICE;
  EnterCriticalSection(&lock);
  if (!is_running()) return leave(SCARD_E_NO_SERVICE);
  for (readers = 0; readers < count; readers++, wait = 0)
    if (!slot_open(&slots[readers], (unsigned short)ports[readers], wait)) return leave(SCARD_E_NO_SERVICE);
  for (int i = 1; i < HANDLES; i++) {
    if (contexts[i].used) continue;
    contexts[i] = (struct context){TRUE, FALSE, run};
    *handle = CONTEXT_MARK + (SCARDCONTEXT)i;
    return leave(SCARD_S_SUCCESS);
  }
  return leave(SCARD_E_NO_MEMORY);
}

WINSCARDAPI LONG WINAPI SCardReleaseContext(SCARDCONTEXT handle) {
  NOTE(RELEASE_CONTEXT);
  EnterCriticalSection(&lock);
  struct context *c = NULL;
  LONG state = context_of(handle, &c);
  if (c == NULL) return leave(state);
  c->used = FALSE;
  return leave(SCARD_S_SUCCESS);
}

WINSCARDAPI LONG WINAPI SCardIsValidContext(SCARDCONTEXT handle) {
  NOTE(IS_VALID_CONTEXT);
  struct context *c = NULL;
  EnterCriticalSection(&lock);
  return leave(context_of(handle, &c));
}

WINSCARDAPI LONG WINAPI SCardCancel(SCARDCONTEXT handle) {
  NOTE(CANCEL);
  EnterCriticalSection(&lock);
  struct context *c = NULL;
  LONG state = context_of(handle, &c);
  if (state != SCARD_S_SUCCESS) return leave(state);
  c->cancelled = TRUE;
  return leave(SCARD_S_SUCCESS);
}

// A list: each name with its zero, and the zero of the list.
static LONG give_names(const WCHAR (*list)[19], DWORD count, LPWSTR names, LPDWORD size) {
  DWORD length = sizeof *list / sizeof(WCHAR), need = count * length + 1, room = *size;
  *size = need;
  if (names == NULL) return SCARD_S_SUCCESS;
  if (room < need) return SCARD_E_INSUFFICIENT_BUFFER;
  CopyMemory(names, list, count * sizeof *list);
  names[need - 1] = 0;
  return SCARD_S_SUCCESS;
}

// reader_named returns the slot of a reader, NULL: there is no such reader.
static struct slot *reader_named(LPCWSTR name) {
  for (DWORD i = 0; i < readers; i++)
    if (lstrcmpW(name, reader_names[i]) == 0) return &slots[i];
  return NULL;
}

WINSCARDAPI LONG WINAPI SCardListReadersW(SCARDCONTEXT handle, LPCWSTR groups, LPWSTR names, LPDWORD size) {
  NOTE(LIST_READERS);
  (void)groups;
  struct context *c = NULL;
  EnterCriticalSection(&lock);
  LONG state = context_of(handle, &c);
  return leave(state == SCARD_S_SUCCESS ? give_names(reader_names, readers, names, size) : state);
}

// look_at fills in what one entry waits for; TRUE: it has something to tell.
static BOOL look_at(LPSCARD_READERSTATEW entry, LONG *bad) {
  if (lstrcmpW(entry->szReader, new_reader) == 0) {
    BOOL changed = entry->dwCurrentState >> 16 != readers;  // known of
    entry->dwEventState = readers << 16 | (changed ? SCARD_STATE_CHANGED : 0);
    return changed;
  }
  struct slot *s = reader_named(entry->szReader);
  if (s == NULL) {
    *bad = SCARD_E_UNKNOWN_READER;
    return TRUE;
  }
  BOOL in = slot_look(s);
  DWORD state = (in ? SCARD_STATE_PRESENT : SCARD_STATE_EMPTY) | s->events << 16;
  for (int i = 1; i < HANDLES && in; i++)
    if (connections[i].used && connections[i].slot == s && connections[i].events == s->events)
      state |= SCARD_STATE_INUSE;
  entry->cbAtr = in ? s->atr_size : 0;
  CopyMemory(entry->rgbAtr, s->atr, entry->cbAtr);
  DWORD known = entry->dwCurrentState & ~(DWORD)SCARD_STATE_CHANGED;
  BOOL changed = known != state;
  entry->dwEventState = state | (changed ? SCARD_STATE_CHANGED : 0);
  return changed;
}

WINSCARDAPI LONG WINAPI SCardGetStatusChangeW(SCARDCONTEXT handle, DWORD timeout, LPSCARD_READERSTATEW states,
                                              DWORD count) {
  NOTE(GET_STATUS_CHANGE);
  ULONGLONG start = GetTickCount64();
  for (;;) {
    BOOL changed = FALSE;
    LONG bad = SCARD_S_SUCCESS;
    EnterCriticalSection(&lock);
    struct context *c = NULL;
    LONG state = context_of(handle, &c);
    if (state != SCARD_S_SUCCESS) return leave(state);
    if (c->cancelled) {
      c->cancelled = FALSE;
      return leave(SCARD_E_CANCELLED);
    }
    for (DWORD i = 0; i < count; i++) changed |= look_at(&states[i], &bad);
    leave(bad);
    if (changed) return bad;
    if (timeout != INFINITE && GetTickCount64() - start >= timeout) return SCARD_E_TIMEOUT;
    Sleep(5);
  }
}

// The protocol that the ATR names first (ISO 7816-3, 8.2.3): T=0 where it names
// none.
static DWORD protocol_of_card(const struct slot *s) {
  BYTE t0 = s->atr_size > 1 ? s->atr[1] : 0;
  DWORD td1 = 2 + (t0 >> 4 & 1) + (t0 >> 5 & 1) + (t0 >> 6 & 1);
  BOOL named = (t0 & 0x80) != 0 && td1 < s->atr_size;
  return named && (s->atr[td1] & 0x0F) == 1 ? SCARD_PROTOCOL_T1 : SCARD_PROTOCOL_T0;
}

static void see(struct connection *c) {
  c->events = c->slot->events;
  c->resets = c->slot->resets;
  c->protocol = protocol_of_card(c->slot);
}

// hear_of_resets counts one by another process: a connection that is made after it
// is not told of it.
static void hear_of_resets(struct slot *s) {
  BOOL reset = FALSE;
  if (!is_shared() || s->owner != NULL || !slot_begin(s, &reset)) return;
  if (reset) s->resets++;
  slot_end(s);
}

WINSCARDAPI LONG WINAPI SCardConnectW(SCARDCONTEXT handle, LPCWSTR reader, DWORD share, DWORD protocols,
                                      LPSCARDHANDLE card, LPDWORD protocol) {
  NOTE(CONNECT);
  (void)share;
  struct context *c = NULL;
  EnterCriticalSection(&lock);
  LONG state = context_of(handle, &c);
  if (state != SCARD_S_SUCCESS) return leave(state);
  struct slot *s = reader_named(reader);
  if (s == NULL) return leave(SCARD_E_UNKNOWN_READER);
  if (!slot_look(s)) return leave(SCARD_W_REMOVED_CARD);  // what Windows says, too
  if ((protocols & protocol_of_card(s)) == 0) return leave(SCARD_E_PROTO_MISMATCH);
  hear_of_resets(s);
  for (int i = 1; i < HANDLES; i++) {
    if (connections[i].used) continue;
    connections[i] = (struct connection){.used = TRUE, .slot = s, .run = run};
    see(&connections[i]);
    *protocol = connections[i].protocol;
    *card = CARD_MARK + (SCARDHANDLE)i;
    return leave(SCARD_S_SUCCESS);
  }
  return leave(SCARD_E_NO_MEMORY);
}

static LONG dispose(struct slot *s, DWORD disposition) {
  if (disposition == SCARD_LEAVE_CARD) return SCARD_S_SUCCESS;
  return slot_reset(s) ? SCARD_S_SUCCESS : SCARD_W_REMOVED_CARD;
}

// first_transaction gives a connection the slot, which no other of this process
// has.
static LONG first_transaction(struct connection *c) {
  BOOL reset = FALSE;
  if (is_shared() && !slot_begin(c->slot, &reset)) return SCARD_W_REMOVED_CARD;
  if (reset) {
    c->slot->resets++;
    slot_end(c->slot);
    return SCARD_W_RESET_CARD;
  }
  c->slot->owner = c;
  c->slot->nesting = 1;
  return SCARD_S_SUCCESS;
}

static void last_transaction(struct slot *s) {
  s->owner = NULL;
  if (is_shared() && s->line != INVALID_SOCKET) slot_end(s);
}

WINSCARDAPI LONG WINAPI SCardReconnect(SCARDHANDLE handle, DWORD share, DWORD protocols, DWORD disposition,
                                       LPDWORD protocol) {
  NOTE(RECONNECT);
  (void)share, (void)protocols;
  EnterCriticalSection(&lock);
  struct connection *c = connection_of(handle);
  LONG state = state_of(c);
  if (state == SCARD_W_RESET_CARD) state = SCARD_S_SUCCESS;
  if (state == SCARD_S_SUCCESS) state = dispose(c->slot, disposition);
  if (state != SCARD_S_SUCCESS) return leave(state);
  see(c);
  *protocol = c->protocol;
  return leave(SCARD_S_SUCCESS);
}

WINSCARDAPI LONG WINAPI SCardDisconnect(SCARDHANDLE handle, DWORD disposition) {
  NOTE(DISCONNECT);
  EnterCriticalSection(&lock);
  struct connection *c = connection_of(handle);
  if (c == NULL) return leave(SCARD_E_INVALID_HANDLE);
  if (state_of(c) == SCARD_S_SUCCESS) dispose(c->slot, disposition);
  if (c->slot->owner == c) last_transaction(c->slot);
  c->used = FALSE;
  return leave(SCARD_S_SUCCESS);
}

WINSCARDAPI LONG WINAPI SCardBeginTransaction(SCARDHANDLE handle) {
  NOTE(BEGIN_TRANSACTION);
  for (;;) {
    EnterCriticalSection(&lock);
    struct connection *c = connection_of(handle);
    LONG state = state_of(c);
    if (state != SCARD_S_SUCCESS) return leave(state);
    struct slot *s = c->slot;
    if (s->owner == NULL) return leave(first_transaction(c));
    if (s->owner == c) {
      s->nesting++;
      return leave(SCARD_S_SUCCESS);
    }
    leave(SCARD_S_SUCCESS);
    Sleep(1);
  }
}

WINSCARDAPI LONG WINAPI SCardEndTransaction(SCARDHANDLE handle, DWORD disposition) {
  NOTE(END_TRANSACTION);
  EnterCriticalSection(&lock);
  struct connection *c = connection_of(handle);
  if (c == NULL) return leave(SCARD_E_INVALID_HANDLE);
  if (c->slot->owner != c) return leave(SCARD_E_NOT_TRANSACTED);
  LONG state = state_of(c);
  if (state == SCARD_S_SUCCESS) state = dispose(c->slot, disposition);
  if (--c->slot->nesting == 0) last_transaction(c->slot);
  return leave(state);
}

WINSCARDAPI LONG WINAPI SCardStatusW(SCARDHANDLE handle, LPWSTR reader, LPDWORD size, LPDWORD state, LPDWORD protocol,
                                     LPBYTE atr, LPDWORD atr_size) {
  NOTE(STATUS);
  EnterCriticalSection(&lock);
  struct connection *c = connection_of(handle);
  LONG code = state_of(c);
  if (code == SCARD_S_SUCCESS && size != NULL) code = give_names(&reader_names[c->slot - slots], 1, reader, size);
  if (code == SCARD_S_SUCCESS && *atr_size < c->slot->atr_size) code = SCARD_E_INSUFFICIENT_BUFFER;
  if (code != SCARD_S_SUCCESS) return leave(code);
  CopyMemory(atr, c->slot->atr, c->slot->atr_size);
  *atr_size = c->slot->atr_size;
  *state = SCARD_SPECIFIC;
  *protocol = c->protocol;
  return leave(SCARD_S_SUCCESS);
}

WINSCARDAPI LONG WINAPI SCardTransmit(SCARDHANDLE handle, LPCSCARD_IO_REQUEST send, LPCBYTE command, DWORD size,
                                      LPSCARD_IO_REQUEST receive, LPBYTE response, LPDWORD room) {
  NOTE(TRANSMIT);
  (void)receive;
  EnterCriticalSection(&lock);
  struct connection *c = connection_of(handle);
  LONG state = state_before_command(c);
  if (state != SCARD_S_SUCCESS) return leave(state);
  if (send->dwProtocol != c->protocol) return leave(SCARD_E_PROTO_MISMATCH);
  if (c->slot->owner != NULL && c->slot->owner != c) return leave(SCARD_E_SHARING_VIOLATION);
  if (size < 4) return leave(SCARD_E_INVALID_PARAMETER);
  BOOL fits, reaches;
  if (fault(&state, &reaches)) {
    if (reaches) slot_exchange(c->slot, command, size, response, room, &fits);
    return leave(state);
  }
  if (!slot_exchange(c->slot, command, size, response, room, &fits)) return leave(SCARD_W_REMOVED_CARD);
  return leave(fits ? SCARD_S_SUCCESS : SCARD_E_INSUFFICIENT_BUFFER);
}

// The reader has no keypad, and nothing else that is asked for by these.
WINSCARDAPI LONG WINAPI SCardControl(SCARDHANDLE handle, DWORD code, LPCVOID input, DWORD size, LPVOID output,
                                     DWORD room, LPDWORD written) {
  NOTE(CONTROL);
  (void)code, (void)input, (void)size, (void)output, (void)room, (void)written;
  EnterCriticalSection(&lock);
  LONG state = state_of(connection_of(handle));
  return leave(state == SCARD_S_SUCCESS ? ERROR_INVALID_FUNCTION : state);
}

WINSCARDAPI LONG WINAPI SCardGetAttrib(SCARDHANDLE handle, DWORD id, LPBYTE value, LPDWORD size) {
  NOTE(GET_ATTRIB);
  (void)id, (void)value, (void)size;
  EnterCriticalSection(&lock);
  LONG state = state_of(connection_of(handle));
  return leave(state == SCARD_S_SUCCESS ? ERROR_NOT_SUPPORTED : state);
}
