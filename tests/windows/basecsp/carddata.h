// SPDX-License-Identifier: Apache-2.0
//
// What a caller of a smart card minidriver declares (Smart Card Minidriver
// Specification, version 7.07), for 64-bit Windows. It is the host's own, so that
// a mistake in the minidriver's header is no mistake here.

#ifndef TSCNS_TEST_CARDDATA_H
#define TSCNS_TEST_CARDDATA_H

#include <stddef.h>
#include <windows.h>

typedef struct card_data CARD_DATA;

typedef struct {
  DWORD version, reserved;
  DWORD signature_size;
  BYTE *signature;
  DWORD exchange_size;
  BYTE *exchange;
} CONTAINER_INFO;

typedef struct {
  DWORD version;
  BYTE container;
  DWORD spec, flags, hash;
  BYTE *data;
  DWORD size;
  BYTE *signature;
  DWORD signature_size;
  void *padding;  // from version 2
  DWORD padding_type;
} SIGNING_INFO;

typedef struct {
  DWORD version;
  BYTE container;
  DWORD spec;
  BYTE *data;
  DWORD size;
  void *padding;  // from version 2
  DWORD padding_type;
} DECRYPT_INFO;

typedef struct {
  LPCWSTR hash;
} PKCS1_PADDING;

typedef struct {
  LPCWSTR hash;
  DWORD salt;
} PSS_PADDING;

typedef struct {
  LPCWSTR hash;
  BYTE *label;
  DWORD label_size;
} OAEP_PADDING;

enum { PAD_NONE = 1, PAD_PKCS1 = 2, PAD_PSS = 4, PAD_OAEP = 8 };

// A function of the minidriver, called by place: with this calling convention
// arguments that a function has not are not looked at.
typedef DWORD(WINAPI *function)(CARD_DATA *, ...);

enum { FIRST_FUNCTION = 120, END_V4 = 328, END_V5 = 352, END_V6 = 416, END_V7 = 504 };

struct card_data {
  DWORD version;
  BYTE *atr;
  DWORD atr_size;
  LPWSTR name;
  LPVOID(WINAPI *alloc)(SIZE_T);
  LPVOID(WINAPI *realloc)(LPVOID, SIZE_T);
  void(WINAPI *free)(LPVOID);
  function cache_add, cache_lookup, cache_delete;
  void *cache_context;
  function pad_data;
  ULONG_PTR context, card;
  void *vendor;
  function functions[(END_V7 - FIRST_FUNCTION) / sizeof(function)];
};

// Places in CARD_DATA, in bytes.
enum {
  DELETE_CONTEXT = 120,
  QUERY_CAPABILITIES = 128,
  GET_CONTAINER_INFO = 152,
  AUTHENTICATE_PIN = 160,
  UNBLOCK_PIN = 184,
  CHANGE_AUTHENTICATOR = 192,
  DEAUTHENTICATE = 200,
  UNUSED_3 = 224,
  UNUSED_4 = 232,
  READ_FILE = 248,
  ENUM_FILES = 272,
  GET_FILE_INFO = 280,
  QUERY_FREE_SPACE = 288,
  QUERY_KEY_SIZES = 296,
  SIGN_DATA = 304,
  RSA_DECRYPT = 312,
  GET_DH_AGREEMENT = 344,  // the caller's
  AUTHENTICATE_EX = 360,
  CHANGE_AUTHENTICATOR_EX = 368,
  DEAUTHENTICATE_EX = 376,
  GET_CONTAINER_PROPERTY = 384,
  GET_PROPERTY = 400,
  SET_PROPERTY = 408,
  UNPAD_DATA = 416,  // the caller's
};

_Static_assert(sizeof(CARD_DATA) == END_V7, "CARD_DATA");
_Static_assert(offsetof(CARD_DATA, context) == 96 && offsetof(CARD_DATA, vendor) == 112, "CARD_DATA");
_Static_assert(offsetof(CARD_DATA, functions) == FIRST_FUNCTION, "CARD_DATA");
_Static_assert(sizeof(CONTAINER_INFO) == 40 && offsetof(CONTAINER_INFO, signature) == 16, "CONTAINER_INFO");
_Static_assert(sizeof(SIGNING_INFO) == 72 && offsetof(SIGNING_INFO, data) == 24, "CARD_SIGNING_INFO");
_Static_assert(offsetof(SIGNING_INFO, signature) == 40 && offsetof(SIGNING_INFO, padding) == 56, "CARD_SIGNING_INFO");
_Static_assert(offsetof(SIGNING_INFO, padding_type) == 64, "CARD_SIGNING_INFO");
_Static_assert(sizeof(DECRYPT_INFO) == 48 && offsetof(DECRYPT_INFO, data) == 16, "CARD_RSA_DECRYPT_INFO");
_Static_assert(offsetof(DECRYPT_INFO, padding) == 32, "CARD_RSA_DECRYPT_INFO");

#endif
