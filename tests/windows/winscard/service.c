// SPDX-License-Identifier: Apache-2.0
//
// A winscard.dll for tests: the functions of the Windows smart card service
// that tscns calls, over slots in this process. It holds what a service holds,
// readers and contexts, here, connections and transactions in connection.c, and
// knows nothing of cards.
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

static struct context {
  BOOL used, cancelled;
  DWORD run;  // of the service
} contexts[HANDLES];
DWORD run;
static BOOL stopped;

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, LPVOID reserved) {
  (void)library;
  (void)reserved;
  if (reason == DLL_PROCESS_ATTACH) InitializeCriticalSection(&lock);
  return TRUE;
}

LONG leave(LONG code) {
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

BOOL is_shared(void) {
  DWORD shared = 0;
  numbers_from("TSCNS_WINSCARD_SHARED", &shared, 1);
  return shared == 1;
}

BOOL is_running(void) {
  char file[MAX_PATH];
  DWORD n = GetEnvironmentVariableA("TSCNS_WINSCARD_OFF", file, sizeof file);
  BOOL off = n > 0 && n < sizeof file && GetFileAttributesA(file) != INVALID_FILE_ATTRIBUTES;
  if (off && !stopped) run++;
  stopped = off;
  return !off;
}

LONG context_of(SCARDCONTEXT h, struct context **found) {
  ULONG_PTR i = h - CONTEXT_MARK;
  if (i == 0 || i >= HANDLES || !contexts[i].used) return SCARD_E_INVALID_HANDLE;
  *found = &contexts[i];
  return is_running() && contexts[i].run == run ? SCARD_S_SUCCESS : SCARD_E_SERVICE_STOPPED;
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

LONG give_name(const struct slot *s, LPWSTR name, LPDWORD size) {
  return give_names(&reader_names[s - slots], 1, name, size);
}

struct slot *reader_named(LPCWSTR name) {
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
  if (in && slot_in_use(s)) state |= SCARD_STATE_INUSE;
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
