// SPDX-License-Identifier: Apache-2.0

#include <stdlib.h>
#include <string.h>

#include "host.h"

struct connection connections[PLACES];
struct card cards[PLACES];
acquire_function card_acquire_context;

struct connection *connection(int i) {
  DWORD n = number(i);
  if (n >= PLACES) exit(3);
  return &connections[n];
}

struct card *card(int i) {
  DWORD n = number(i);
  if (n >= PLACES) exit(3);
  return &cards[n];
}

function member(const CARD_DATA *data, DWORD place) {
  return data->functions[(place - FIRST_FUNCTION) / sizeof(function)];
}

DWORD end_of(DWORD version) {
  switch (version) {
    case 4:
      return END_V4;
    case 5:
      return END_V5;
    case 6:
      return END_V6;
    default:
      return version < 4 ? FIRST_FUNCTION : END_V7;
  }
}

LONG open_connection(struct connection *c, DWORD reader) {
  WCHAR name[] = L"Wine Test Reader 0", found[64];
  DWORD size = 64, state;
  name[17] = (WCHAR)(L'0' + reader);
  LONG code = SCARD_S_SUCCESS;
  if (c->context == 0) code = SCardEstablishContext(SCARD_SCOPE_USER, NULL, NULL, &c->context);
  if (code != SCARD_S_SUCCESS) return code;
  SCARD_READERSTATEW wanted = {.szReader = name};
  for (int i = 0; i < 100; i++) {  // a card that was just put in
    code = SCardGetStatusChangeW(c->context, 100, &wanted, 1);
    if (code != SCARD_S_SUCCESS && code != SCARD_E_TIMEOUT) return code;
    if ((wanted.dwEventState & SCARD_STATE_PRESENT) != 0) break;
    wanted.dwCurrentState = wanted.dwEventState & ~(DWORD)SCARD_STATE_CHANGED;
  }
  code = SCardConnectW(c->context, name, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &c->card,
                       &c->protocol);
  if (code != SCARD_S_SUCCESS) return code;
  for (int i = 0; i < 100; i++) {  // other programs may reset it
    size = 64;
    c->atr_size = sizeof c->atr;
    code = SCardStatusW(c->card, found, &size, &state, &c->protocol, c->atr, &c->atr_size);
    if (code != SCARD_W_RESET_CARD) break;
    SCardReconnect(c->card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD, &c->protocol);
  }
  return code;
}

static WCHAR card_name[] = L"tscns test card";

// fill makes a CARD_DATA as a caller does. What no function of the version may
// touch is filled with 5A, also the functions to come.
void fill(struct card *c, const struct connection *from, DWORD version) {
  memset(c, 0x5A, sizeof *c);
  c->asked = version;
  c->data.version = version;
  c->data.atr = malloc(sizeof from->atr);
  memcpy(c->data.atr, from->atr, sizeof from->atr);
  c->data.atr_size = from->atr_size;
  c->data.name = card_name;
  c->data.alloc = csp_alloc;
  c->data.realloc = csp_realloc;
  c->data.free = csp_free;
  c->data.pad_data = NULL;
  give_cache(&c->data);
  c->data.context = from->context;
  c->data.card = from->card;
  c->data.vendor = NULL;
}
