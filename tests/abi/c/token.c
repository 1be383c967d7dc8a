// SPDX-License-Identifier: Apache-2.0
//
// A whole use of the library with the simulated card inside, through the C
// ABI: find the certificate and the key, log in, sign, verify, log out.

#include "common.h"

static CK_FUNCTION_LIST_3_0 *f;

static CK_OBJECT_HANDLE find(CK_SESSION_HANDLE s, CK_OBJECT_CLASS class) {
  CK_ATTRIBUTE t = {CKA_CLASS, &class, sizeof class};
  CK_OBJECT_HANDLE o = CK_INVALID_HANDLE;
  CK_ULONG n = 0;
  EXPECT_RV(f->C_FindObjectsInit(s, &t, 1), CKR_OK);
  EXPECT_RV(f->C_FindObjects(s, &o, 1, &n), CKR_OK);
  EXPECT_RV(f->C_FindObjectsFinal(s), CKR_OK);
  return n == 1 ? o : CK_INVALID_HANDLE;
}

static void sign_and_verify(CK_SESSION_HANDLE s, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE private,
                            CK_OBJECT_HANDLE public) {
  CK_BYTE data[1000], signature[512], again[512];
  for (size_t i = 0; i < sizeof data; i++) data[i] = (CK_BYTE)i;
  CK_ULONG need = 0, n = 1;
  EXPECT_RV(f->C_SignInit(s, m, private), CKR_OK);
  EXPECT_RV(f->C_Sign(s, data, sizeof data, NULL, &need), CKR_OK);
  EXPECT_RV(f->C_Sign(s, data, sizeof data, signature, &n), CKR_BUFFER_TOO_SMALL);
  EXPECT(n == need && (n == 128 || n == 256), "need %lu, then %lu", need, n);
  EXPECT_RV(f->C_Sign(s, data, sizeof data, signature, &n), CKR_OK);
  EXPECT_RV(f->C_Sign(s, data, sizeof data, signature, &n), CKR_OPERATION_NOT_INITIALIZED);

  CK_ULONG n2 = sizeof again;
  EXPECT_RV(f->C_SignInit(s, m, private), CKR_OK);
  EXPECT_RV(f->C_SignUpdate(s, data, 1), CKR_OK);
  EXPECT_RV(f->C_SignUpdate(s, NULL, 0), CKR_OK);
  EXPECT_RV(f->C_SignUpdate(s, data + 1, sizeof data - 1), CKR_OK);
  EXPECT_RV(f->C_SignFinal(s, again, &n2), CKR_OK);

  EXPECT_RV(f->C_VerifyInit(s, m, public), CKR_OK);
  EXPECT_RV(f->C_Verify(s, data, sizeof data, signature, n), CKR_OK);
  EXPECT_RV(f->C_VerifyInit(s, m, public), CKR_OK);
  EXPECT_RV(f->C_VerifyUpdate(s, data, sizeof data), CKR_OK);
  EXPECT_RV(f->C_VerifyFinal(s, again, n2), CKR_OK);
  signature[5] ^= 1;
  EXPECT_RV(f->C_VerifyInit(s, m, public), CKR_OK);
  EXPECT_RV(f->C_Verify(s, data, sizeof data, signature, n), CKR_SIGNATURE_INVALID);
}

// NULL pointers in a good session, and that they end the operation.
static void null_pointers(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key) {
  CK_MECHANISM m = {CKM_SHA256_RSA_PKCS, NULL, 0}, digest = {CKM_SHA256, NULL, 0};
  CK_BYTE b[300];
  CK_ULONG n = sizeof b;
  EXPECT_RV(f->C_Login(s, CKU_USER, NULL, 5), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_SetPIN(s, NULL, 5, NULL, 5), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetSessionInfo(s, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetAttributeValue(s, key, NULL, 1), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_FindObjectsInit(s, NULL, 1), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_GetObjectSize(s, key, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_SignInit(s, &m, key), CKR_OK);
  EXPECT_RV(f->C_Sign(s, b, 1, b, NULL), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_Sign(s, b, 1, b, &n), CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_RV(f->C_DigestInit(s, &digest), CKR_OK);
  EXPECT_RV(f->C_DigestUpdate(s, NULL, 1), CKR_ARGUMENTS_BAD);
  EXPECT_RV(f->C_DigestFinal(s, b, &n), CKR_OPERATION_NOT_INITIALIZED);
  EXPECT_RV(f->C_SignInit(s, &m, key), CKR_OK);
  EXPECT_RV(f->C_SignInit(s, NULL, key), CKR_OK); // cancels
  EXPECT_RV(f->C_Sign(s, b, 1, b, &n), CKR_OPERATION_NOT_INITIALIZED);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  f = load(argv[1]);
  CK_SLOT_ID slot;
  CK_SESSION_HANDLE s = 0;
  CK_ULONG n = 1;
  CK_TOKEN_INFO info;
  EXPECT_RV(f->C_Initialize(NULL), CKR_OK);
  EXPECT_RV(f->C_GetSlotList(CK_TRUE, &slot, &n), CKR_OK);
  EXPECT(n == 1, "%lu tokens", n);
  EXPECT_RV(f->C_GetTokenInfo(slot, &info), CKR_OK);
  EXPECT(info.ulMinPinLen == 5 && info.ulMaxPinLen == 8, "PIN of %lu to %lu", info.ulMinPinLen, info.ulMaxPinLen);
  EXPECT_RV(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &s), CKR_OK);
  CK_OBJECT_HANDLE certificate = find(s, CKO_CERTIFICATE), public = find(s, CKO_PUBLIC_KEY);
  EXPECT(certificate != CK_INVALID_HANDLE && public != CK_INVALID_HANDLE, "certificate or public key missing");
  EXPECT(find(s, CKO_PRIVATE_KEY) == CK_INVALID_HANDLE, "the private key shows without login");
  CK_BYTE der[4096];
  CK_ATTRIBUTE value = {CKA_VALUE, der, sizeof der};
  EXPECT_RV(f->C_GetAttributeValue(s, certificate, &value, 1), CKR_OK);
  EXPECT(value.ulValueLen > 500 && der[0] == 0x30, "certificate of %lu bytes", value.ulValueLen);
  EXPECT_RV(f->C_Login(s, CKU_USER, (CK_UTF8CHAR_PTR) "12345678", 8), CKR_OK);
  CK_OBJECT_HANDLE private = find(s, CKO_PRIVATE_KEY);
  EXPECT(private != CK_INVALID_HANDLE, "no private key after login");

  CK_RSA_PKCS_PSS_PARAMS p = {CKM_SHA256, CKG_MGF1_SHA256, 32};
  CK_MECHANISM pkcs = {CKM_SHA256_RSA_PKCS, NULL, 0}, pss = {CKM_SHA256_RSA_PKCS_PSS, &p, sizeof p};
  sign_and_verify(s, &pkcs, private, public);
  sign_and_verify(s, &pss, private, public);
  null_pointers(s, private);
  EXPECT_RV(f->C_Logout(s), CKR_OK);
  EXPECT_RV(f->C_CloseAllSessions(slot), CKR_OK);
  EXPECT_RV(f->C_GetSessionInfo(s, (CK_SESSION_INFO_PTR)der), CKR_SESSION_HANDLE_INVALID);
  EXPECT_RV(f->C_Finalize(NULL), CKR_OK);
  return done();
}
