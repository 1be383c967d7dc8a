// SPDX-License-Identifier: Apache-2.0

#include <stdlib.h>
#include <string.h>

#include "host.h"

enum { PARAMETERS = 10 };

// call CARD PLACE ARGUMENT...: the function at a place in CARD_DATA; - as CARD is
// a function of card 0 that is given NULL for the card. An argument
// is a number, - for NULL, @SIZE for memory of that size, * for a place for a
// pointer, a:NAME or w:NAME for a text of bytes or of characters of two bytes.
static void call(void) {
  BOOL none = *argument(0) == '-';
  CARD_DATA *data = none ? &cards[0].data : &card(0)->data;
  DWORD64 a[PARAMETERS] = {0};
  BYTE **places[PARAMETERS] = {0};
  for (int i = 0; i < PARAMETERS && i + 2 < arguments; i++) {
    const char *word = argument(i + 2);
    void *p = NULL;
    if (*word == '@')
      p = room((DWORD)atoi(word + 1));
    else if (*word == '*')
      p = places[i] = (BYTE **)(void *)room(sizeof **places);
    else if (word[1] == ':')
      p = word[0] == 'a' ? (void *)text_of(word + 2) : (void *)wide_of(word + 2);
    else if (*word != '-')
      a[i] = number(i + 2);
    if (p != NULL) a[i] = (DWORD64)(ULONG_PTR)p;
  }
  function called = member(data, number(1));
  DWORD code = called(none ? NULL : data, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]);
  for (int i = 0; i < PARAMETERS; i++)
    if (places[i] != NULL) take("handed-out", code, *places[i], 0);
  put_code(code);
}

// --- storm: calls that nobody should make -----------------------------------------

// The functions and their parameters after CARD_DATA: a number, an index, a text
// of bytes or of characters of two bytes, data and their size, a place for a
// pointer or for a number, structures, a buffer and its size.
static const struct {
  WORD place;
  const char *parameters;
} kinds[] = {
    {120, ""},        {128, "C"},      {136, "bd"},     {144, "bdddi"}, {152, "bdK"},   {160, "wiU"},  {168, "OU"},
    {176, "iU"},      {184, "wiidd"},  {192, "wiiddU"}, {200, "wd"},    {208, "sd"},    {216, "s"},    {240, "ssdd"},
    {248, "ssdOU"},   {256, "ssdi"},   {264, "ssd"},    {272, "sOUd"},  {280, "ssC"},   {288, "dC"},   {296, "ddC"},
    {304, "S"},       {312, "R"},      {320, "C"},      {328, "C"},     {336, "bd"},    {352, "dOUd"}, {360, "ddiOUU"},
    {368, "ddididU"}, {376, "dd"},     {384, "bwBUd"},  {392, "bwid"},  {400, "wBUd"},  {408, "wid"},  {424, "wwUi"},
    {432, "dwid"},    {440, "bCww"},   {448, "iOUU"},   {456, "wwBUd"}, {464, "dwBUd"}, {472, "dwid"}, {480, "d"},
    {488, "dwCd"},    {496, "bdddid"},
};

static DWORD state;

static DWORD any(DWORD below) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % below;
}

static DWORD any_number(void) {
  static const DWORD numbers[] = {0,          1,          2,          3,          4,          5,
                                  6,          7,          8,          0x40,       0xFF,       0x100,
                                  0x8003,     0x8004,     0x800C,     0xA400,     0xFFFF,     0x10000,
                                  0x10000000, 0x20000000, 0x40000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
  return any(4) == 0 ? state : numbers[any(sizeof numbers / sizeof *numbers)];
}

static const char *const names[] = {"",
                                    "mscp",
                                    "cardcf",
                                    "cardid",
                                    "cmapfile",
                                    "kxc00",
                                    "kxc99",
                                    "..",
                                    "user",
                                    "admin",
                                    "SHA1",
                                    "SHA256",
                                    "SHA512",
                                    "MD5",
                                    "Free Space",
                                    "Capabilities",
                                    "Key Sizes",
                                    "Read Only Mode",
                                    "Cache Mode",
                                    "Card Identifier",
                                    "Card Serial Number",
                                    "PIN Information",
                                    "PIN List",
                                    "PIN Strength Verify",
                                    "Container Info",
                                    "PIN Identifier",
                                    "Parent Window",
                                    "PIN Context String",
                                    "Padding Schemes",
                                    "no such property",
                                    "a name that is longer than any that a card or Windows has, by far: 0123456789"};

static const char *any_name(void) { return any(8) == 0 ? NULL : names[any(sizeof names / sizeof *names)]; }

// Data are letters: nothing that can be a PIN.
static BYTE *any_bytes(DWORD *size) {
  static const DWORD sizes[] = {0, 1, 2, 4, 5, 8, 16, 20, 32, 36, 64, 128, 255, 256, 257, 4096};
  *size = sizes[any(sizeof sizes / sizeof *sizes)];
  if (any(8) == 0) return NULL;
  BYTE *b = room(*size);
  memset(b, 'A' + (int)any(26), *size);
  return b;
}

static void *any_padding(DWORD *type) {
  static const DWORD types[] = {0, 1, 2, 4, 8, 16, 0xFFFFFFFF};
  *type = types[any(sizeof types / sizeof *types)];
  if (any(8) == 0) return NULL;
  OAEP_PADDING *p = (void *)room(sizeof *p);
  *p = (OAEP_PADDING){wide_of(any_name()), NULL, 0};
  PSS_PADDING *pss = (void *)p;
  if (*type == PAD_PSS) pss->salt = any_number();
  return p;
}

// A structure, and the pointers in it to which the minidriver writes.
static void *any_structure(char kind, BYTE **outs[2]) {
  if (any(16) == 0) return NULL;
  if (kind == 'S') {
    SIGNING_INFO *s = (void *)room(sizeof *s);
    *s = (SIGNING_INFO){any(8), (BYTE)any(3), any_number(), any_number(), any_number(), NULL, 0, NOT_SET, 0, NULL, 0};
    s->data = any_bytes(&s->size);
    s->padding = any_padding(&s->padding_type);
    outs[0] = &s->signature;
    return s;
  }
  if (kind == 'R') {
    DECRYPT_INFO *r = (void *)room(sizeof *r);
    *r = (DECRYPT_INFO){any(8), (BYTE)any(3), any_number(), NULL, 0, NULL, 0};
    r->data = any_bytes(&r->size);
    r->padding = any_padding(&r->padding_type);
    return r;
  }
  if (kind == 'K') {
    CONTAINER_INFO *k = (void *)room(sizeof *k);
    *k = (CONTAINER_INFO){.version = any_number(), .signature = NOT_SET, .exchange = NOT_SET};
    outs[0] = &k->signature;
    outs[1] = &k->exchange;
    return k;
  }
  DWORD *c = (void *)room(128), version = any_number();
  memcpy(c, &version, sizeof version);
  return c;
}

// any_card returns the card, or one that is none: NULL, deleted, never acquired,
// or with handles that are not the caller's.
static CARD_DATA *any_card(struct card *live, const struct card *deleted, struct card *spare) {
  static const ULONG_PTR handles[] = {0, 1, 0xDEAD, (ULONG_PTR)-1};
  *spare = *live;
  switch (any(16)) {
    case 0:
      return NULL;
    case 1:
      *spare = *deleted;
      break;
    case 2:
      spare->data.vendor = NULL;
      break;
    case 3:
      spare->data.vendor = (void *)(ULONG_PTR)any_number();
      break;
    case 4:
      spare->data.card = handles[any(4)];
      break;
    case 5:
      spare->data.context = handles[any(4)];
      break;
    default:
      break;
  }
  return &spare->data;
}

static DWORD bad_call(struct card *live, const struct card *deleted, DWORD *left_behind) {
  struct card spare;
  CARD_DATA *data = any_card(live, deleted, &spare);
  DWORD64 a[PARAMETERS] = {0};
  BYTE **outs[4] = {0};
  int n = 0, o = 0;
  DWORD k = any(sizeof kinds / sizeof *kinds), size;
  if (kinds[k].place == DELETE_CONTEXT && data != NULL && data->vendor == live->data.vendor) return SCARD_S_SUCCESS;
  for (const char *p = kinds[k].parameters; *p != 0; p++) {
    void *pointer = NULL;
    switch (*p) {
      case 'd':
        a[n++] = any_number();
        continue;
      case 'b':
        a[n++] = any(4) == 0 ? any(256) : any(3);
        continue;
      case 's':
        pointer = text_of(any_name());
        break;
      case 'w':
        pointer = wide_of(any_name());
        break;
      case 'O':
        if (any(8) != 0) pointer = outs[o++] = (BYTE **)(void *)room(sizeof **outs);
        break;
      case 'U':
        if (any(8) != 0) pointer = room(sizeof(DWORD64));
        break;
      case 'i':
      case 'B':
        pointer = any_bytes(&size);
        break;
      default:
        pointer = any_structure(*p, &outs[o]);
        o += *p == 'K' ? 2 : 1;
        break;
    }
    a[n++] = (DWORD64)(ULONG_PTR)pointer;
    if (*p == 'i' || *p == 'B') a[n++] = size;
  }
  DWORD code = member(&live->data, kinds[k].place)(data, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]);
  for (int i = 0; i < o; i++) {
    if (outs[i] == NULL || *outs[i] == NULL || *outs[i] == NOT_SET) continue;
    if (code == SCARD_S_SUCCESS)
      csp_free(*outs[i]);
    else
      ++*left_behind;
  }
  release_rooms();
  return code;
}

// storm CARD DELETED-CARD TIMES SEED
static void storm(void) {
  struct card *live = card(0), *deleted = card(1);
  DWORD done = 0, left_behind = 0, times = number(2);
  state = number(3) | 1;
  for (DWORD i = 0; i < times; i++) done += bad_call(live, deleted, &left_behind) == SCARD_S_SUCCESS;
  put_number("succeeded", done);
  if (left_behind != 0) put_number("left-behind", left_behind);
  put_code(0);
}

const struct command bad_calls[] = {{"call", call}, {"storm", storm}, {NULL, NULL}};
