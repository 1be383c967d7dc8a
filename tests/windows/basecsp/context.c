// SPDX-License-Identifier: Apache-2.0

#include <string.h>

#include "host.h"

// leave_out takes away what a caller has to give.
static CARD_DATA *leave_out(struct card *c, const char *what) {
  if (strcmp(what, "data") == 0) return NULL;
  if (strcmp(what, "atr") == 0) c->data.atr = NULL;
  if (strcmp(what, "name") == 0) c->data.name = NULL;
  if (strcmp(what, "alloc") == 0) c->data.alloc = NULL;
  if (strcmp(what, "realloc") == 0) c->data.realloc = NULL;
  if (strcmp(what, "free") == 0) c->data.free = NULL;
  if (strcmp(what, "context") == 0) c->data.context = 0;
  if (strcmp(what, "card") == 0) c->data.card = 0;
  return &c->data;
}

// put_acquired says which members were written, and which of the minidriver's
// are NULL.
static void put_acquired(const struct card *c, const struct card *before, DWORD code) {
  DWORD end = code == SCARD_S_SUCCESS ? end_of(c->data.version) : FIRST_FUNCTION, nulls = 0;
  put_number("version", c->data.version);
  put_number("vendor", c->data.vendor != NULL);
  const BYTE *now = (const BYTE *)c, *then = (const BYTE *)before;
  DWORD beyond = 0;
  for (DWORD i = end; i < offsetof(struct card, asked); i++) beyond += now[i] != then[i];
  put_number("beyond", beyond);
  CARD_DATA mine = c->data;
  mine.version = before->data.version;
  mine.vendor = before->data.vendor;
  put_number("caller", memcmp(&mine, &before->data, FIRST_FUNCTION) != 0);
  for (DWORD i = FIRST_FUNCTION; i < end; i += sizeof(function)) {
    BOOL callers = i == GET_DH_AGREEMENT || i == UNPAD_DATA, none = i == UNUSED_3 || i == UNUSED_4;
    if (callers && memcmp(now + i, then + i, sizeof(function)) != 0) put_number("callers-written", i);
    if (!callers && !none && (member(&c->data, i) == NULL || memcmp(now + i, then + i, sizeof(function)) == 0)) {
      nulls++;
      put_number("null", i);
    }
  }
  put_number("nulls", nulls);
}

// acquire CARD CONNECTION VERSION FLAGS [LEFT-OUT [ATR]]
static void acquire(void) {
  struct card *c = card(0), before;
  fill(c, connection(1), number(2));
  if (arguments > 5) {
    DWORD size;
    BYTE *atr = bytes(5, &size);
    c->data.atr = atr;
    c->data.atr_size = size;
  }
  CARD_DATA *data = leave_out(c, argument(4));
  memcpy(&before, c, sizeof before);
  DWORD code = card_acquire_context(data, number(3));
  if (data != NULL) put_acquired(c, &before, code);
  put_code(code);
}

static void delete_context(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD code = member(data, DELETE_CONTEXT)(data);
  put_number("vendor", data->vendor != NULL);
  put_code(code);
}

// use has a card's next calls made with the handles of a connection.
static void use(void) {
  struct card *c = card(0);
  c->data.context = connection(1)->context;
  c->data.card = connection(1)->card;
  put_code(0);
}

const struct command contexts[] = {
    {"acquire", acquire},
    {"delete", delete_context},
    {"use", use},
    {NULL, NULL},
};
