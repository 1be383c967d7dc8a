// SPDX-License-Identifier: Apache-2.0
//
// The connections of the service, their transactions and what they send.

#include "slot.h"

static struct connection {
  BOOL used;
  struct slot *slot;
  DWORD run;
  DWORD events, resets, protocol;  // of the slot, when it was last looked at
} connections[HANDLES];

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

BOOL slot_in_use(const struct slot *s) {
  for (int i = 1; i < HANDLES; i++)
    if (connections[i].used && connections[i].slot == s && connections[i].events == s->events) return TRUE;
  return FALSE;
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
  if (code == SCARD_S_SUCCESS && size != NULL) code = give_name(c->slot, reader, size);
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
