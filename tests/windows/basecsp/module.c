// SPDX-License-Identifier: Apache-2.0
//
// The PKCS #11 module in the same process as the minidriver.

#include <string.h>

#include "host.h"
// After host.h:
#include "../../../include/pkcs11.h"

static CK_FUNCTION_LIST *p11;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;

static void module_load(void) {
  HMODULE library = LoadLibraryA(argument(0));
  CK_C_GetFunctionList get = (CK_C_GetFunctionList)(void *)GetProcAddress(library, "C_GetFunctionList");
  CK_RV rv = get(&p11);
  if (rv == CKR_OK) rv = p11->C_Initialize(NULL);
  put_code(rv);
}

static void module_find(CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *object, CK_ULONG *n) {
  CK_ATTRIBUTE wanted = {CKA_CLASS, &class, sizeof class};
  *n = 0;
  if (p11->C_FindObjectsInit(session, &wanted, 1) != CKR_OK) return;
  p11->C_FindObjects(session, object, 1, n);
  p11->C_FindObjectsFinal(session);
}

// module-open: a session with the first card that there is.
static void module_open(void) {
  CK_SLOT_ID slots[8];
  CK_ULONG n = 0, found;
  CK_OBJECT_HANDLE certificate;
  CK_RV rv = CKR_OK;
  for (int i = 0; i < 200 && rv == CKR_OK && n == 0; i++) {  // a card that was just put in
    if (i > 0) Sleep(50);
    n = 8;
    rv = p11->C_GetSlotList(CK_TRUE, slots, &n);
  }
  put_number("slots", n);
  if (rv == CKR_OK && n > 0) rv = p11->C_OpenSession(slots[0], CKF_SERIAL_SESSION, NULL, NULL, &session);
  if (rv == CKR_OK && n > 0) {
    module_find(CKO_CERTIFICATE, &certificate, &found);
    put_number("certificates", found);
  }
  put_code(rv);
}

static void module_login(void) {
  DWORD size;
  BYTE *pin = bytes(0, &size);
  CK_RV rv = p11->C_Login(session, CKU_USER, pin, size);
  CK_ULONG found = 0;
  if (rv == CKR_OK) module_find(CKO_PRIVATE_KEY, &key, &found);
  put_number("keys", found);
  put_code(rv);
}

// module-sign DATA: PKCS #1 with SHA-256.
static void module_sign(void) {
  CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
  BYTE signature[512];
  CK_ULONG n = sizeof signature;
  DWORD size;
  BYTE *data = bytes(0, &size);
  CK_RV rv = p11->C_SignInit(session, &mechanism, key);
  if (rv == CKR_OK) rv = p11->C_Sign(session, data, size, signature, &n);
  if (rv == CKR_OK) put_bytes("signature", signature, n);
  put_code(rv);
}

static void module_logout(void) { put_code(p11->C_Logout(session)); }
static void module_finalize(void) { put_code(p11->C_Finalize(NULL)); }

const struct command module[] = {
    {"module-load", module_load},
    {"module-open", module_open},
    {"module-login", module_login},
    {"module-sign", module_sign},
    {"module-logout", module_logout},
    {"module-finalize", module_finalize},
    {NULL, NULL},
};
