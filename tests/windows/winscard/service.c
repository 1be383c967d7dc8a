// SPDX-License-Identifier: Apache-2.0
//
// A winscard.dll for tests: the functions of the Windows smart card service
// that tscns calls, over one slot in this process. It holds what a service
// holds, readers, connections and transactions, and knows nothing of cards.
//
//   TSCNS_WINSCARD_PORT   where cards connect, on 127.0.0.1; without it there is
//                         no service
//   TSCNS_WINSCARD_WAIT   how long a service that starts waits for the card that
//                         is in its reader, in milliseconds
//   TSCNS_WINSCARD_OFF    a file: while it is there the only reader is unplugged
//                         and the service has stopped, as since Windows 8; what
//                         programs had opened stays dead when it comes back

#include "slot.h"

static const WCHAR reader_name[] = L"Wine Test Reader 0";
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
  DWORD run;
  DWORD events, resets, protocol;  // of the slot, when it was last looked at
} connections[HANDLES];
static struct connection *owner;  // of the transaction
static int nesting;
static DWORD run;  // of the service: the first is 0
static BOOL stopped;

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved) {
  (void)library;
  (void)reserved;
  if (reason == DLL_PROCESS_ATTACH) InitializeCriticalSection(&slot.lock);
  return TRUE;
}

static LONG leave(LONG code) {
  LeaveCriticalSection(&slot.lock);
  return code;
}

static DWORD number_from(const char *variable) {
  char text[16];
  DWORD n = GetEnvironmentVariableA(variable, text, sizeof text);
  DWORD value = 0;
  for (DWORD i = 0; n < sizeof text && i < n && text[i] >= '0' && text[i] <= '9'; i++)
    value = value * 10 + (DWORD)(text[i] - '0');
  return value;
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

// state_of says what a connection has to be told before it may do anything.
static LONG state_of(struct connection *c) {
  if (c == NULL) return SCARD_E_INVALID_HANDLE;
  if (!is_running() || c->run != run) return SCARD_E_SERVICE_STOPPED;
  slot_look();
  if (c->events != slot.events) return SCARD_W_REMOVED_CARD;
  return c->resets == slot.resets ? SCARD_S_SUCCESS : SCARD_W_RESET_CARD;
}

WINSCARDAPI LONG WINAPI SCardEstablishContext(DWORD scope, LPCVOID a, LPCVOID b, LPSCARDCONTEXT handle) {
  (void)scope, (void)a, (void)b;
  DWORD port = number_from("TSCNS_WINSCARD_PORT");
  if (port == 0) return SCARD_E_NO_SERVICE;
  EnterCriticalSection(&slot.lock);
  if (!is_running()) return leave(SCARD_E_NO_SERVICE);
  if (!slot_open((unsigned short)port, number_from("TSCNS_WINSCARD_WAIT"))) return leave(SCARD_E_NO_SERVICE);
  for (int i = 1; i < HANDLES; i++) {
    if (contexts[i].used) continue;
    contexts[i] = (struct context){TRUE, FALSE, run};
    *handle = CONTEXT_MARK + (SCARDCONTEXT)i;
    return leave(SCARD_S_SUCCESS);
  }
  return leave(SCARD_E_NO_MEMORY);
}

WINSCARDAPI LONG WINAPI SCardReleaseContext(SCARDCONTEXT handle) {
  EnterCriticalSection(&slot.lock);
  struct context *c = NULL;
  LONG state = context_of(handle, &c);
  if (c == NULL) return leave(state);
  c->used = FALSE;
  return leave(SCARD_S_SUCCESS);
}

WINSCARDAPI LONG WINAPI SCardIsValidContext(SCARDCONTEXT handle) {
  struct context *c = NULL;
  EnterCriticalSection(&slot.lock);
  return leave(context_of(handle, &c));
}

WINSCARDAPI LONG WINAPI SCardCancel(SCARDCONTEXT handle) {
  EnterCriticalSection(&slot.lock);
  struct context *c = NULL;
  LONG state = context_of(handle, &c);
  if (state != SCARD_S_SUCCESS) return leave(state);
  c->cancelled = TRUE;
  return leave(SCARD_S_SUCCESS);
}

// A list of one name: the name, its zero and the zero of the list.
static LONG give_names(LPWSTR names, LPDWORD size) {
  DWORD need = sizeof reader_name / sizeof(WCHAR) + 1, room = *size;
  *size = need;
  if (names == NULL) return SCARD_S_SUCCESS;
  if (room < need) return SCARD_E_INSUFFICIENT_BUFFER;
  CopyMemory(names, reader_name, sizeof reader_name);
  names[need - 1] = 0;
  return SCARD_S_SUCCESS;
}

WINSCARDAPI LONG WINAPI SCardListReadersW(SCARDCONTEXT handle, LPCWSTR groups, LPWSTR readers, LPDWORD size) {
  (void)groups;
  struct context *c = NULL;
  EnterCriticalSection(&slot.lock);
  LONG state = context_of(handle, &c);
  return leave(state == SCARD_S_SUCCESS ? give_names(readers, size) : state);
}

// look_at fills in what one entry waits for; TRUE: it has something to tell.
static BOOL look_at(LPSCARD_READERSTATEW entry, LONG *bad) {
  if (lstrcmpW(entry->szReader, new_reader) == 0) {
    BOOL changed = entry->dwCurrentState >> 16 != 1;  // readers known of
    entry->dwEventState = 1 << 16 | (changed ? SCARD_STATE_CHANGED : 0);
    return changed;
  }
  if (lstrcmpW(entry->szReader, reader_name) != 0) {
    *bad = SCARD_E_UNKNOWN_READER;
    return TRUE;
  }
  BOOL in = slot_look();
  DWORD state = (in ? SCARD_STATE_PRESENT : SCARD_STATE_EMPTY) | slot.events << 16;
  for (int i = 1; i < HANDLES && in; i++)
    if (connections[i].used && connections[i].events == slot.events) state |= SCARD_STATE_INUSE;
  entry->cbAtr = in ? slot.atr_size : 0;
  CopyMemory(entry->rgbAtr, slot.atr, entry->cbAtr);
  DWORD known = entry->dwCurrentState & ~(DWORD)SCARD_STATE_CHANGED;
  BOOL changed = known != state;
  entry->dwEventState = state | (changed ? SCARD_STATE_CHANGED : 0);
  return changed;
}

WINSCARDAPI LONG WINAPI SCardGetStatusChangeW(SCARDCONTEXT handle, DWORD timeout, LPSCARD_READERSTATEW states,
                                              DWORD count) {
  ULONGLONG start = GetTickCount64();
  for (;;) {
    BOOL changed = FALSE;
    LONG bad = SCARD_S_SUCCESS;
    EnterCriticalSection(&slot.lock);
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
static DWORD protocol_of_card(void) {
  BYTE t0 = slot.atr_size > 1 ? slot.atr[1] : 0;
  DWORD td1 = 2 + (t0 >> 4 & 1) + (t0 >> 5 & 1) + (t0 >> 6 & 1);
  BOOL named = (t0 & 0x80) != 0 && td1 < slot.atr_size;
  return named && (slot.atr[td1] & 0x0F) == 1 ? SCARD_PROTOCOL_T1 : SCARD_PROTOCOL_T0;
}

static void see(struct connection *c) {
  c->events = slot.events;
  c->resets = slot.resets;
  c->protocol = protocol_of_card();
}

WINSCARDAPI LONG WINAPI SCardConnectW(SCARDCONTEXT handle, LPCWSTR reader, DWORD share, DWORD protocols,
                                      LPSCARDHANDLE card, LPDWORD protocol) {
  (void)share;
  struct context *c = NULL;
  EnterCriticalSection(&slot.lock);
  LONG state = context_of(handle, &c);
  if (state != SCARD_S_SUCCESS) return leave(state);
  if (lstrcmpW(reader, reader_name) != 0) return leave(SCARD_E_UNKNOWN_READER);
  if (!slot_look()) return leave(SCARD_W_REMOVED_CARD);  // what Windows says, too
  if ((protocols & protocol_of_card()) == 0) return leave(SCARD_E_PROTO_MISMATCH);
  for (int i = 1; i < HANDLES; i++) {
    if (connections[i].used) continue;
    connections[i].used = TRUE;
    connections[i].run = run;
    see(&connections[i]);
    *protocol = connections[i].protocol;
    *card = CARD_MARK + (SCARDHANDLE)i;
    return leave(SCARD_S_SUCCESS);
  }
  return leave(SCARD_E_NO_MEMORY);
}

static LONG dispose(DWORD disposition) {
  if (disposition == SCARD_LEAVE_CARD) return SCARD_S_SUCCESS;
  return slot_reset() ? SCARD_S_SUCCESS : SCARD_W_REMOVED_CARD;
}

WINSCARDAPI LONG WINAPI SCardReconnect(SCARDHANDLE handle, DWORD share, DWORD protocols, DWORD disposition,
                                       LPDWORD protocol) {
  (void)share, (void)protocols;
  EnterCriticalSection(&slot.lock);
  struct connection *c = connection_of(handle);
  LONG state = state_of(c);
  if (state == SCARD_W_RESET_CARD) state = SCARD_S_SUCCESS;
  if (state == SCARD_S_SUCCESS) state = dispose(disposition);
  if (state != SCARD_S_SUCCESS) return leave(state);
  see(c);
  *protocol = c->protocol;
  return leave(SCARD_S_SUCCESS);
}

WINSCARDAPI LONG WINAPI SCardDisconnect(SCARDHANDLE handle, DWORD disposition) {
  EnterCriticalSection(&slot.lock);
  struct connection *c = connection_of(handle);
  if (c == NULL) return leave(SCARD_E_INVALID_HANDLE);
  if (state_of(c) == SCARD_S_SUCCESS) dispose(disposition);
  if (owner == c) owner = NULL;
  c->used = FALSE;
  return leave(SCARD_S_SUCCESS);
}

WINSCARDAPI LONG WINAPI SCardBeginTransaction(SCARDHANDLE handle) {
  for (;;) {
    EnterCriticalSection(&slot.lock);
    struct connection *c = connection_of(handle);
    LONG state = state_of(c);
    if (state != SCARD_S_SUCCESS) return leave(state);
    if (owner == NULL || owner == c) {
      nesting = owner == c ? nesting + 1 : 1;
      owner = c;
      return leave(SCARD_S_SUCCESS);
    }
    leave(SCARD_S_SUCCESS);
    Sleep(1);
  }
}

WINSCARDAPI LONG WINAPI SCardEndTransaction(SCARDHANDLE handle, DWORD disposition) {
  EnterCriticalSection(&slot.lock);
  struct connection *c = connection_of(handle);
  if (c == NULL) return leave(SCARD_E_INVALID_HANDLE);
  if (owner != c) return leave(SCARD_E_NOT_TRANSACTED);
  LONG state = state_of(c);
  if (state == SCARD_S_SUCCESS) state = dispose(disposition);
  if (--nesting == 0) owner = NULL;
  return leave(state);
}

WINSCARDAPI LONG WINAPI SCardStatusW(SCARDHANDLE handle, LPWSTR reader, LPDWORD size, LPDWORD state, LPDWORD protocol,
                                     LPBYTE atr, LPDWORD atr_size) {
  EnterCriticalSection(&slot.lock);
  struct connection *c = connection_of(handle);
  LONG code = state_of(c);
  if (code == SCARD_S_SUCCESS && size != NULL) code = give_names(reader, size);
  if (code == SCARD_S_SUCCESS && *atr_size < slot.atr_size) code = SCARD_E_INSUFFICIENT_BUFFER;
  if (code != SCARD_S_SUCCESS) return leave(code);
  CopyMemory(atr, slot.atr, slot.atr_size);
  *atr_size = slot.atr_size;
  *state = SCARD_SPECIFIC;
  *protocol = c->protocol;
  return leave(SCARD_S_SUCCESS);
}

WINSCARDAPI LONG WINAPI SCardTransmit(SCARDHANDLE handle, LPCSCARD_IO_REQUEST send, LPCBYTE command, DWORD size,
                                      LPSCARD_IO_REQUEST receive, LPBYTE response, LPDWORD room) {
  (void)receive;
  EnterCriticalSection(&slot.lock);
  struct connection *c = connection_of(handle);
  LONG state = state_of(c);
  if (state != SCARD_S_SUCCESS) return leave(state);
  if (send->dwProtocol != c->protocol) return leave(SCARD_E_PROTO_MISMATCH);
  if (owner != NULL && owner != c) return leave(SCARD_E_SHARING_VIOLATION);
  if (size < 4) return leave(SCARD_E_INVALID_PARAMETER);
  BOOL fits;
  if (!slot_exchange(command, size, response, room, &fits)) return leave(SCARD_W_REMOVED_CARD);
  return leave(fits ? SCARD_S_SUCCESS : SCARD_E_INSUFFICIENT_BUFFER);
}

// The reader has no keypad, and nothing else that is asked for by these.
WINSCARDAPI LONG WINAPI SCardControl(SCARDHANDLE handle, DWORD code, LPCVOID input, DWORD size, LPVOID output,
                                     DWORD room, LPDWORD written) {
  (void)code, (void)input, (void)size, (void)output, (void)room, (void)written;
  EnterCriticalSection(&slot.lock);
  LONG state = state_of(connection_of(handle));
  return leave(state == SCARD_S_SUCCESS ? ERROR_INVALID_FUNCTION : state);
}

WINSCARDAPI LONG WINAPI SCardGetAttrib(SCARDHANDLE handle, DWORD id, LPBYTE value, LPDWORD size) {
  (void)id, (void)value, (void)size;
  EnterCriticalSection(&slot.lock);
  LONG state = state_of(connection_of(handle));
  return leave(state == SCARD_S_SUCCESS ? ERROR_NOT_SUPPORTED : state);
}
