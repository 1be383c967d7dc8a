// SPDX-License-Identifier: Apache-2.0

#include <string.h>

#include "host.h"

// read CARD DIRECTORY FILE FLAGS
static void read_file(void) {
  CARD_DATA *data = &card(0)->data;
  BYTE *content = NOT_SET;
  DWORD size = 0x5A5A5A5A, code = member(data, READ_FILE)(data, text(1), text(2), number(3), &content, &size);
  take("data", code, content, size);
  put_code(code);
}

static void enum_files(void) {
  CARD_DATA *data = &card(0)->data;
  BYTE *names = NOT_SET;
  DWORD size = 0x5A5A5A5A, code = member(data, ENUM_FILES)(data, text(1), &names, &size, number(2));
  take("data", code, names, size);
  put_code(code);
}

// A structure of DWORDs: the first is the version, which the caller sets.
static void put_structure(DWORD code, const BYTE *structure, DWORD size) {
  if (code == SCARD_S_SUCCESS) put_bytes("data", structure, size);
  put_code(code);
}

static BYTE *structure(DWORD size, DWORD version) {
  BYTE *s = room(size);
  memcpy(s, &version, sizeof version);
  return s;
}

static void file_info(void) {
  CARD_DATA *data = &card(0)->data;
  BYTE *info = structure(12, number(3));
  put_structure(member(data, GET_FILE_INFO)(data, text(1), text(2), info), info, 12);
}

static void capabilities(void) {
  CARD_DATA *data = &card(0)->data;
  BYTE *info = structure(12, number(1));
  put_structure(member(data, QUERY_CAPABILITIES)(data, info), info, 12);
}

static void free_space(void) {
  CARD_DATA *data = &card(0)->data;
  BYTE *info = structure(16, number(2));
  put_structure(member(data, QUERY_FREE_SPACE)(data, number(1), info), info, 16);
}

// key-sizes CARD SPEC FLAGS VERSION
static void key_sizes(void) {
  CARD_DATA *data = &card(0)->data;
  BYTE *info = structure(20, number(3));
  put_structure(member(data, QUERY_KEY_SIZES)(data, number(1), number(2), info), info, 20);
}

static void put_container(DWORD code, const CONTAINER_INFO *info) {
  take("signature", code, info->signature, info->signature_size);
  take("exchange", code, info->exchange, info->exchange_size);
  put_number("version", info->version);
  put_code(code);
}

// container CARD INDEX FLAGS VERSION
static void container(void) {
  CARD_DATA *data = &card(0)->data;
  CONTAINER_INFO *info = (void *)room(sizeof *info);
  info->version = number(3);
  put_container(member(data, GET_CONTAINER_INFO)(data, (BYTE)number(1), number(2), info), info);
}

// --- properties ---------------------------------------------------------------

// property CARD NAME FLAGS SIZE [CONTENT]: what is in the buffer before.
static void property(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD size = number(3), length = 0x5A5A5A5A, given;
  BYTE *buffer = room(size);
  const BYTE *content = bytes(4, &given);
  memcpy(buffer, content, given < size ? given : size);
  DWORD code = member(data, GET_PROPERTY)(data, wide(1), buffer, size, &length, number(2));
  if (length != 0x5A5A5A5A) put_number("length", length);
  if (code == SCARD_S_SUCCESS) put_bytes("data", buffer, length < size ? length : size);
  put_code(code);
}

// container-property CARD INDEX NAME FLAGS SIZE
static void container_property(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD size = number(4), length = 0x5A5A5A5A, version = 1;
  BYTE *buffer = room(size);
  memcpy(buffer, &version, size < sizeof version ? size : sizeof version);
  const WCHAR *name = wide(2);
  DWORD code = member(data, GET_CONTAINER_PROPERTY)(data, (BYTE)number(1), name, buffer, size, &length, number(3));
  if (length != 0x5A5A5A5A) put_number("length", length);
  if (code == SCARD_S_SUCCESS && name != NULL && lstrcmpW(name, L"Container Info") == 0) {
    put_container(code, (const void *)buffer);
    return;
  }
  if (code == SCARD_S_SUCCESS) put_bytes("data", buffer, length < size ? length : size);
  put_code(code);
}

// set-property CARD NAME FLAGS CONTENT
static void set_property(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD size;
  BYTE *content = bytes(3, &size);
  put_code(member(data, SET_PROPERTY)(data, wide(1), content, size, number(2)));
}

// --- PINs ---------------------------------------------------------------------

static void put_left(DWORD code, DWORD left) {
  if (left != 0x5A5A5A5A) put_number("left", left);
  put_code(code);
}

// authenticate CARD PIN-ID FLAGS PIN
static void authenticate(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD size, left = 0x5A5A5A5A, session_size = 0x5A5A5A5A;
  BYTE *pin = bytes(3, &size), *session = NOT_SET;
  DWORD code = member(data, AUTHENTICATE_EX)(data, number(1), number(2), pin, size, &session, &session_size, &left);
  if (session != NULL && session != NOT_SET) put_text("left-behind", "session");
  put_left(code, left);
}

// authenticate-bare: without a place for the tries left and the session PIN.
static void authenticate_bare(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD size;
  BYTE *pin = bytes(3, &size);
  put_code(member(data, AUTHENTICATE_EX)(data, number(1), number(2), pin, size, NULL, NULL, NULL));
}

// authenticate-pin CARD USER PIN
static void authenticate_pin(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD size, left = 0x5A5A5A5A;
  BYTE *pin = bytes(2, &size);
  DWORD code = member(data, AUTHENTICATE_PIN)(data, wide(1), pin, size, &left);
  put_left(code, left);
}

// change CARD FLAGS AUTHENTICATING-ID DATA TARGET-ID DATA RETRIES
static void change(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD size, new_size, left = 0x5A5A5A5A;
  BYTE *old = bytes(3, &size), *new = bytes(5, &new_size);
  DWORD code = member(data, CHANGE_AUTHENTICATOR_EX)(data, number(1), number(2), old, size, number(4), new, new_size,
                                                     number(6), &left);
  put_left(code, left);
}

// change-pin CARD USER OLD NEW RETRIES FLAGS
static void change_pin(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD size, new_size, left = 0x5A5A5A5A;
  BYTE *old = bytes(2, &size), *new = bytes(3, &new_size);
  DWORD code = member(data, CHANGE_AUTHENTICATOR)(data, wide(1), old, size, new, new_size, number(4), number(5), &left);
  put_left(code, left);
}

// unblock-pin CARD USER PUK NEW RETRIES FLAGS
static void unblock_pin(void) {
  CARD_DATA *data = &card(0)->data;
  DWORD size, new_size;
  BYTE *puk = bytes(2, &size), *new = bytes(3, &new_size);
  put_code(member(data, UNBLOCK_PIN)(data, wide(1), puk, size, new, new_size, number(4), number(5)));
}

static void deauthenticate(void) {
  CARD_DATA *data = &card(0)->data;
  put_code(member(data, DEAUTHENTICATE_EX)(data, number(1), number(2)));
}

static void deauthenticate_user(void) {
  CARD_DATA *data = &card(0)->data;
  put_code(member(data, DEAUTHENTICATE)(data, wide(1), number(2)));
}

const struct command calls[] = {
    {"read", read_file},
    {"enum", enum_files},
    {"file-info", file_info},
    {"capabilities", capabilities},
    {"free-space", free_space},
    {"key-sizes", key_sizes},
    {"container", container},
    {"property", property},
    {"container-property", container_property},
    {"set-property", set_property},
    {"authenticate", authenticate},
    {"authenticate-bare", authenticate_bare},
    {"authenticate-pin", authenticate_pin},
    {"change", change},
    {"change-pin", change_pin},
    {"unblock-pin", unblock_pin},
    {"deauthenticate", deauthenticate},
    {"deauthenticate-user", deauthenticate_user},
    {NULL, NULL},
};
