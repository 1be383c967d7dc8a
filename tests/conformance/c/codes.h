// SPDX-License-Identifier: Apache-2.0
//
// The return values that PKCS #11 3.1 lists for each function, but for those
// that all have: CKR_OK, CKR_GENERAL_ERROR, CKR_HOST_MEMORY,
// CKR_FUNCTION_FAILED, CKR_ARGUMENTS_BAD, CKR_CRYPTOKI_NOT_INITIALIZED, and of
// functions with a session CKR_SESSION_HANDLE_INVALID, CKR_DEVICE_ERROR and
// CKR_DEVICE_REMOVED.

#ifndef TSCNS_TEST_CODES_H
#define TSCNS_TEST_CODES_H

#include "pkcs11.h"

#define TOKEN CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED, CKR_DEVICE_ERROR, CKR_DEVICE_REMOVED
#define CHANGE                                                                                             \
  CKR_ACTION_PROHIBITED, CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID, \
      CKR_SESSION_READ_ONLY, CKR_TEMPLATE_INCONSISTENT, CKR_TOKEN_WRITE_PROTECTED
#define BEGIN                                                                                       \
  CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_OPERATION_ACTIVE, CKR_USER_NOT_LOGGED_IN, \
      CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_HANDLE_INVALID, CKR_KEY_SIZE_RANGE, CKR_KEY_TYPE_INCONSISTENT
#define WORK   CKR_OPERATION_NOT_INITIALIZED, CKR_OPERATION_ACTIVE, CKR_DATA_LEN_RANGE, CKR_DATA_INVALID
#define PLAIN  WORK, CKR_BUFFER_TOO_SMALL
#define CIPHER PLAIN, CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_USER_NOT_LOGGED_IN
#define PINS   CKR_PIN_INCORRECT, CKR_PIN_LOCKED
#define LOGIN                                                                                    \
  PINS, CKR_OPERATION_NOT_INITIALIZED, CKR_SESSION_READ_ONLY_EXISTS, CKR_USER_ALREADY_LOGGED_IN, \
      CKR_USER_ANOTHER_ALREADY_LOGGED_IN, CKR_USER_PIN_NOT_INITIALIZED, CKR_USER_TYPE_INVALID

static const struct {
  const char *name;
  CK_RV code[16];
} listed[] = {
    {"C_Initialize", {CKR_CANT_LOCK, CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_NEED_TO_CREATE_THREADS}},
    {"C_GetInterfaceList", {CKR_BUFFER_TOO_SMALL}},
    {"C_GetSlotList", {CKR_BUFFER_TOO_SMALL}},
    {"C_GetSlotInfo", {CKR_SLOT_ID_INVALID, CKR_DEVICE_ERROR}},
    {"C_GetTokenInfo", {CKR_SLOT_ID_INVALID, TOKEN}},
    {"C_WaitForSlotEvent", {CKR_NO_EVENT}},
    {"C_GetMechanismList", {CKR_SLOT_ID_INVALID, CKR_BUFFER_TOO_SMALL, TOKEN}},
    {"C_GetMechanismInfo", {CKR_SLOT_ID_INVALID, CKR_MECHANISM_INVALID, TOKEN}},
    {"C_InitToken", {CKR_SLOT_ID_INVALID, CKR_SESSION_EXISTS, CKR_TOKEN_WRITE_PROTECTED, PINS, TOKEN}},
    {"C_InitPIN", {CKR_PIN_INVALID, CKR_PIN_LEN_RANGE, CKR_SESSION_READ_ONLY, CKR_USER_NOT_LOGGED_IN}},
    {"C_SetPIN", {PINS, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE, CKR_SESSION_READ_ONLY}},
    {"C_OpenSession",
     {CKR_SLOT_ID_INVALID, CKR_SESSION_COUNT, CKR_SESSION_PARALLEL_NOT_SUPPORTED, CKR_SESSION_READ_WRITE_SO_EXISTS,
      CKR_SESSION_ASYNC_NOT_SUPPORTED, CKR_TOKEN_WRITE_PROTECTED, TOKEN}},
    {"C_CloseAllSessions", {CKR_SLOT_ID_INVALID, TOKEN}},
    {"C_SessionCancel", {CKR_OPERATION_CANCEL_FAILED}},
    {"C_Login", {LOGIN}},
    {"C_LoginUser", {LOGIN}},
    {"C_Logout", {CKR_USER_NOT_LOGGED_IN}},
    {"C_CreateObject", {CHANGE, CKR_TEMPLATE_INCOMPLETE, CKR_USER_NOT_LOGGED_IN}},
    {"C_CopyObject", {CHANGE, CKR_OBJECT_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN}},
    {"C_DestroyObject",
     {CKR_ACTION_PROHIBITED, CKR_OBJECT_HANDLE_INVALID, CKR_SESSION_READ_ONLY, CKR_TOKEN_WRITE_PROTECTED}},
    {"C_GetObjectSize", {CKR_INFORMATION_SENSITIVE, CKR_OBJECT_HANDLE_INVALID}},
    {"C_GetAttributeValue",
     {CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL, CKR_OBJECT_HANDLE_INVALID}},
    {"C_SetAttributeValue", {CHANGE, CKR_OBJECT_HANDLE_INVALID}},
    {"C_FindObjectsInit", {CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID, CKR_OPERATION_ACTIVE}},
    {"C_FindObjects", {CKR_OPERATION_NOT_INITIALIZED}},
    {"C_FindObjectsFinal", {CKR_OPERATION_NOT_INITIALIZED}},
    {"C_EncryptInit", {BEGIN}},
    {"C_DecryptInit", {BEGIN}},
    {"C_SignInit", {BEGIN}},
    {"C_VerifyInit", {BEGIN}},
    {"C_DigestInit", {CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_OPERATION_ACTIVE}},
    {"C_Encrypt", {PLAIN}},
    {"C_EncryptUpdate", {PLAIN}},
    {"C_EncryptFinal", {PLAIN}},
    {"C_Decrypt", {CIPHER}},
    {"C_DecryptUpdate", {CIPHER}},
    {"C_DecryptFinal", {CIPHER}},
    {"C_Digest", {PLAIN}},
    {"C_DigestUpdate", {WORK}},
    {"C_DigestFinal", {PLAIN}},
    {"C_Sign", {PLAIN, CKR_USER_NOT_LOGGED_IN, CKR_FUNCTION_REJECTED}},
    {"C_SignUpdate", {WORK, CKR_USER_NOT_LOGGED_IN}},
    {"C_SignFinal", {PLAIN, CKR_USER_NOT_LOGGED_IN, CKR_FUNCTION_REJECTED}},
    {"C_Verify", {WORK, CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE}},
    {"C_VerifyUpdate", {WORK}},
    {"C_VerifyFinal", {WORK, CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE}},
    {"C_SeedRandom", {CKR_RANDOM_SEED_NOT_SUPPORTED, CKR_RANDOM_NO_RNG, CKR_OPERATION_ACTIVE}},
    {"C_GenerateRandom", {CKR_RANDOM_NO_RNG, CKR_OPERATION_ACTIVE}},
    {"C_GetFunctionStatus", {CKR_FUNCTION_NOT_PARALLEL}},
    {"C_CancelFunction", {CKR_FUNCTION_NOT_PARALLEL}},
};

// Functions that may answer CKR_FUNCTION_NOT_SUPPORTED (5.1.4), between spaces: a
// card may have no command for a PIN, no card has users with a name, and objects
// of a session there are none; the others are stubs.
static const char unsupported[] =
    " C_InitPIN C_SetPIN C_LoginUser C_CreateObject C_CopyObject C_GetOperationState C_SetOperationState"
    " C_DigestKey C_SignRecoverInit C_SignRecover C_VerifyRecoverInit C_VerifyRecover C_DigestEncryptUpdate"
    " C_DecryptDigestUpdate C_SignEncryptUpdate C_DecryptVerifyUpdate C_GenerateKey C_GenerateKeyPair C_WrapKey"
    " C_UnwrapKey C_DeriveKey C_MessageEncryptInit C_EncryptMessage C_EncryptMessageBegin C_EncryptMessageNext"
    " C_MessageEncryptFinal C_MessageDecryptInit C_DecryptMessage C_DecryptMessageBegin C_DecryptMessageNext"
    " C_MessageDecryptFinal C_MessageSignInit C_SignMessage C_SignMessageBegin C_SignMessageNext"
    " C_MessageSignFinal C_MessageVerifyInit C_VerifyMessage C_VerifyMessageBegin C_VerifyMessageNext"
    " C_MessageVerifyFinal"
    " ";

#endif
