// SPDX-License-Identifier: Apache-2.0

#include <string.h>

#include "host.h"

// padding reads how data are padded: TYPE HASH, then the salt of PSS or the label
// of OAEP.
static void *padding(int i) {
  const WCHAR *hash = wide(i + 1);
  switch (number(i)) {
    case PAD_PKCS1: {
      PKCS1_PADDING *p = (void *)room(sizeof *p);
      p->hash = hash;
      return p;
    }
    case PAD_PSS: {
      PSS_PADDING *p = (void *)room(sizeof *p);
      *p = (PSS_PADDING){hash, number(i + 2)};
      return p;
    }
    case PAD_OAEP: {
      OAEP_PADDING *p = (void *)room(sizeof *p);
      *p = (OAEP_PADDING){.hash = hash};
      p->label = bytes(i + 2, &p->label_size);
      return p;
    }
    default:
      return NULL;
  }
}

// sign CARD VERSION CONTAINER SPEC FLAGS ALGORITHM DATA [TYPE HASH SALT]
static void sign(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD version = number(1), size;
  BYTE *given = bytes(6, &size);
  // A structure of version 1 ends before the padding.
  SIGNING_INFO *info = (void *)room(version < 2 ? offsetof(SIGNING_INFO, padding) : sizeof *info);
  info->version = version;
  info->container = (BYTE)number(2);
  info->spec = number(3);
  info->flags = number(4);
  info->hash = number(5);
  info->data = given;
  info->size = size;
  info->signature = NOT_SET;
  if (version >= 2) {
    info->padding = padding(7);
    info->padding_type = number(7);
  }
  DWORD code = member(data, SIGN_DATA)(data, info);
  put_number("size", info->signature_size);
  if (code != SCARD_S_SUCCESS || info->signature != NOT_SET)
    take("signature", code, info->signature, info->signature_size);
  put_code(code);
}

// decrypt CARD VERSION CONTAINER SPEC DATA [TYPE HASH LABEL]: in place. changed:
// what is there now is not what was given.
static void decrypt(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD version = number(1), size;
  BYTE *given = bytes(4, &size), *before = room(size);
  if (given != NULL) memcpy(before, given, size);
  DECRYPT_INFO *info = (void *)room(version < 2 ? offsetof(DECRYPT_INFO, padding) : sizeof *info);
  info->version = version;
  info->container = (BYTE)number(2);
  info->spec = number(3);
  info->data = given;
  info->size = size;
  if (version >= 2) {
    info->padding = padding(5);
    info->padding_type = number(5);
  }
  DWORD code = member(data, RSA_DECRYPT)(data, info);
  if (info->data != given) put_text("callers-written", "data");
  if (code == SCARD_S_SUCCESS) put_bytes("data", info->data, info->size);
  put_number("changed", info->size != size || (size > 0 && memcmp(given, before, size) != 0));
  put_code(code);
}

const struct command signatures[] = {{"sign", sign}, {"decrypt", decrypt}, {NULL, NULL}};
