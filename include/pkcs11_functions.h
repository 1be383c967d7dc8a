// SPDX-License-Identifier: Apache-2.0
//
// Functions of PKCS #11 (section 5) and the lists that hand them out: the 68
// of version 2.40 and the 24 that version 3.0 adds. Include pkcs11.h, not
// this file.

#ifndef TSCNS_PKCS11_FUNCTIONS_H
#define TSCNS_PKCS11_FUNCTIONS_H

// Declares a function and the type of a pointer to it, CK_C_....
#define TSCNS_DECLARE(name, parameters) \
  CK_RV name parameters;                \
  typedef CK_RV (*CK_##name) parameters

// General purpose (5.4)
TSCNS_DECLARE(C_Initialize, (CK_VOID_PTR pInitArgs));
TSCNS_DECLARE(C_Finalize, (CK_VOID_PTR pReserved));
TSCNS_DECLARE(C_GetInfo, (CK_INFO_PTR pInfo));
TSCNS_DECLARE(C_GetFunctionList, (CK_FUNCTION_LIST_PTR_PTR ppFunctionList));

// Slots and tokens (5.5)
TSCNS_DECLARE(C_GetSlotList, (CK_BBOOL tokenPresent, CK_SLOT_ID_PTR pSlotList,
              CK_ULONG_PTR pulCount));
TSCNS_DECLARE(C_GetSlotInfo, (CK_SLOT_ID slotID, CK_SLOT_INFO_PTR pInfo));
TSCNS_DECLARE(C_GetTokenInfo, (CK_SLOT_ID slotID, CK_TOKEN_INFO_PTR pInfo));
TSCNS_DECLARE(C_GetMechanismList, (CK_SLOT_ID slotID,
              CK_MECHANISM_TYPE_PTR pMechanismList, CK_ULONG_PTR pulCount));
TSCNS_DECLARE(C_GetMechanismInfo, (CK_SLOT_ID slotID, CK_MECHANISM_TYPE type,
              CK_MECHANISM_INFO_PTR pInfo));
TSCNS_DECLARE(C_InitToken, (CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pPin,
              CK_ULONG ulPinLen, CK_UTF8CHAR_PTR pLabel));
TSCNS_DECLARE(C_InitPIN, (CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pPin,
              CK_ULONG ulPinLen));
TSCNS_DECLARE(C_SetPIN, (CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pOldPin,
              CK_ULONG ulOldLen, CK_UTF8CHAR_PTR pNewPin, CK_ULONG ulNewLen));

// Sessions (5.6)
TSCNS_DECLARE(C_OpenSession, (CK_SLOT_ID slotID, CK_FLAGS flags,
              CK_VOID_PTR pApplication, CK_NOTIFY Notify,
              CK_SESSION_HANDLE_PTR phSession));
TSCNS_DECLARE(C_CloseSession, (CK_SESSION_HANDLE hSession));
TSCNS_DECLARE(C_CloseAllSessions, (CK_SLOT_ID slotID));
TSCNS_DECLARE(C_GetSessionInfo, (CK_SESSION_HANDLE hSession,
              CK_SESSION_INFO_PTR pInfo));
TSCNS_DECLARE(C_GetOperationState, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pOperationState, CK_ULONG_PTR pulOperationStateLen));
TSCNS_DECLARE(C_SetOperationState, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pOperationState, CK_ULONG ulOperationStateLen,
              CK_OBJECT_HANDLE hEncryptionKey,
              CK_OBJECT_HANDLE hAuthenticationKey));
TSCNS_DECLARE(C_Login, (CK_SESSION_HANDLE hSession, CK_USER_TYPE userType,
              CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen));
TSCNS_DECLARE(C_Logout, (CK_SESSION_HANDLE hSession));

// Objects (5.7)
TSCNS_DECLARE(C_CreateObject, (CK_SESSION_HANDLE hSession,
              CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount,
              CK_OBJECT_HANDLE_PTR phObject));
TSCNS_DECLARE(C_CopyObject, (CK_SESSION_HANDLE hSession,
              CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate,
              CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phNewObject));
TSCNS_DECLARE(C_DestroyObject, (CK_SESSION_HANDLE hSession,
              CK_OBJECT_HANDLE hObject));
TSCNS_DECLARE(C_GetObjectSize, (CK_SESSION_HANDLE hSession,
              CK_OBJECT_HANDLE hObject, CK_ULONG_PTR pulSize));
TSCNS_DECLARE(C_GetAttributeValue, (CK_SESSION_HANDLE hSession,
              CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate,
              CK_ULONG ulCount));
TSCNS_DECLARE(C_SetAttributeValue, (CK_SESSION_HANDLE hSession,
              CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate,
              CK_ULONG ulCount));
TSCNS_DECLARE(C_FindObjectsInit, (CK_SESSION_HANDLE hSession,
              CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount));
TSCNS_DECLARE(C_FindObjects, (CK_SESSION_HANDLE hSession,
              CK_OBJECT_HANDLE_PTR phObject, CK_ULONG ulMaxObjectCount,
              CK_ULONG_PTR pulObjectCount));
TSCNS_DECLARE(C_FindObjectsFinal, (CK_SESSION_HANDLE hSession));

// Encryption (5.8)
TSCNS_DECLARE(C_EncryptInit, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey));
TSCNS_DECLARE(C_Encrypt, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData,
              CK_ULONG ulDataLen, CK_BYTE_PTR pEncryptedData,
              CK_ULONG_PTR pulEncryptedDataLen));
TSCNS_DECLARE(C_EncryptUpdate, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart,
              CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart,
              CK_ULONG_PTR pulEncryptedPartLen));
TSCNS_DECLARE(C_EncryptFinal, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pLastEncryptedPart,
              CK_ULONG_PTR pulLastEncryptedPartLen));

// Decryption (5.10)
TSCNS_DECLARE(C_DecryptInit, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey));
TSCNS_DECLARE(C_Decrypt, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pEncryptedData, CK_ULONG ulEncryptedDataLen,
              CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen));
TSCNS_DECLARE(C_DecryptUpdate, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen,
              CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen));
TSCNS_DECLARE(C_DecryptFinal, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pLastPart, CK_ULONG_PTR pulLastPartLen));

// Digests (5.12)
TSCNS_DECLARE(C_DigestInit, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism));
TSCNS_DECLARE(C_Digest, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData,
              CK_ULONG ulDataLen, CK_BYTE_PTR pDigest,
              CK_ULONG_PTR pulDigestLen));
TSCNS_DECLARE(C_DigestUpdate, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart,
              CK_ULONG ulPartLen));
TSCNS_DECLARE(C_DigestKey, (CK_SESSION_HANDLE hSession,
              CK_OBJECT_HANDLE hKey));
TSCNS_DECLARE(C_DigestFinal, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pDigest,
              CK_ULONG_PTR pulDigestLen));

// Signatures (5.13)
TSCNS_DECLARE(C_SignInit, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey));
TSCNS_DECLARE(C_Sign, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData,
              CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
              CK_ULONG_PTR pulSignatureLen));
TSCNS_DECLARE(C_SignUpdate, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart,
              CK_ULONG ulPartLen));
TSCNS_DECLARE(C_SignFinal, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature,
              CK_ULONG_PTR pulSignatureLen));
TSCNS_DECLARE(C_SignRecoverInit, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey));
TSCNS_DECLARE(C_SignRecover, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData,
              CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
              CK_ULONG_PTR pulSignatureLen));

// Verification (5.15)
TSCNS_DECLARE(C_VerifyInit, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey));
TSCNS_DECLARE(C_Verify, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData,
              CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
              CK_ULONG ulSignatureLen));
TSCNS_DECLARE(C_VerifyUpdate, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart,
              CK_ULONG ulPartLen));
TSCNS_DECLARE(C_VerifyFinal, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen));
TSCNS_DECLARE(C_VerifyRecoverInit, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey));
TSCNS_DECLARE(C_VerifyRecover, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen,
              CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen));

// Two operations at once (5.17)
TSCNS_DECLARE(C_DigestEncryptUpdate, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pPart, CK_ULONG ulPartLen,
              CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen));
TSCNS_DECLARE(C_DecryptDigestUpdate, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen,
              CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen));
TSCNS_DECLARE(C_SignEncryptUpdate, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pPart, CK_ULONG ulPartLen,
              CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen));
TSCNS_DECLARE(C_DecryptVerifyUpdate, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen,
              CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen));

// Key management (5.18)
TSCNS_DECLARE(C_GenerateKey, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_ATTRIBUTE_PTR pTemplate,
              CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phKey));
TSCNS_DECLARE(C_GenerateKeyPair, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_ATTRIBUTE_PTR pPublicKeyTemplate,
              CK_ULONG ulPublicKeyAttributeCount,
              CK_ATTRIBUTE_PTR pPrivateKeyTemplate,
              CK_ULONG ulPrivateKeyAttributeCount,
              CK_OBJECT_HANDLE_PTR phPublicKey,
              CK_OBJECT_HANDLE_PTR phPrivateKey));
TSCNS_DECLARE(C_WrapKey, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hWrappingKey,
              CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pWrappedKey,
              CK_ULONG_PTR pulWrappedKeyLen));
TSCNS_DECLARE(C_UnwrapKey, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hUnwrappingKey,
              CK_BYTE_PTR pWrappedKey, CK_ULONG ulWrappedKeyLen,
              CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
              CK_OBJECT_HANDLE_PTR phKey));
TSCNS_DECLARE(C_DeriveKey, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hBaseKey,
              CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
              CK_OBJECT_HANDLE_PTR phKey));

// Random numbers (5.19)
TSCNS_DECLARE(C_SeedRandom, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSeed,
              CK_ULONG ulSeedLen));
TSCNS_DECLARE(C_GenerateRandom, (CK_SESSION_HANDLE hSession,
              CK_BYTE_PTR RandomData, CK_ULONG ulRandomLen));

// Parallel functions (5.20)
TSCNS_DECLARE(C_GetFunctionStatus, (CK_SESSION_HANDLE hSession));
TSCNS_DECLARE(C_CancelFunction, (CK_SESSION_HANDLE hSession));

// Slot events (5.5.4), last in the list
TSCNS_DECLARE(C_WaitForSlotEvent, (CK_FLAGS flags, CK_SLOT_ID_PTR pSlot,
              CK_VOID_PTR pReserved));

// Interfaces (5.4.5, 5.4.6)
TSCNS_DECLARE(C_GetInterfaceList, (CK_INTERFACE_PTR pInterfacesList,
              CK_ULONG_PTR pulCount));
TSCNS_DECLARE(C_GetInterface, (CK_UTF8CHAR_PTR pInterfaceName,
              CK_VERSION_PTR pVersion, CK_INTERFACE_PTR_PTR ppInterface,
              CK_FLAGS flags));

// Sessions (5.6)
TSCNS_DECLARE(C_LoginUser, (CK_SESSION_HANDLE hSession, CK_USER_TYPE userType,
              CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen,
              CK_UTF8CHAR_PTR pUsername, CK_ULONG ulUsernameLen));
TSCNS_DECLARE(C_SessionCancel, (CK_SESSION_HANDLE hSession, CK_FLAGS flags));

// Message encryption (5.9)
TSCNS_DECLARE(C_MessageEncryptInit, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey));
TSCNS_DECLARE(C_EncryptMessage, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
              CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
              CK_BYTE_PTR pPlaintext, CK_ULONG ulPlaintextLen,
              CK_BYTE_PTR pCiphertext, CK_ULONG_PTR pulCiphertextLen));
TSCNS_DECLARE(C_EncryptMessageBegin, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
              CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen));
TSCNS_DECLARE(C_EncryptMessageNext, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
              CK_BYTE_PTR pPlaintextPart, CK_ULONG ulPlaintextPartLen,
              CK_BYTE_PTR pCiphertextPart, CK_ULONG_PTR pulCiphertextPartLen,
              CK_FLAGS flags));
TSCNS_DECLARE(C_MessageEncryptFinal, (CK_SESSION_HANDLE hSession));

// Message decryption (5.11)
TSCNS_DECLARE(C_MessageDecryptInit, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey));
TSCNS_DECLARE(C_DecryptMessage, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
              CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
              CK_BYTE_PTR pCiphertext, CK_ULONG ulCiphertextLen,
              CK_BYTE_PTR pPlaintext, CK_ULONG_PTR pulPlaintextLen));
TSCNS_DECLARE(C_DecryptMessageBegin, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
              CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen));
TSCNS_DECLARE(C_DecryptMessageNext, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
              CK_BYTE_PTR pCiphertextPart, CK_ULONG ulCiphertextPartLen,
              CK_BYTE_PTR pPlaintextPart, CK_ULONG_PTR pulPlaintextPartLen,
              CK_FLAGS flags));
TSCNS_DECLARE(C_MessageDecryptFinal, (CK_SESSION_HANDLE hSession));

// Message signatures (5.14)
TSCNS_DECLARE(C_MessageSignInit, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey));
TSCNS_DECLARE(C_SignMessage, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
              CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
              CK_ULONG_PTR pulSignatureLen));
TSCNS_DECLARE(C_SignMessageBegin, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen));
TSCNS_DECLARE(C_SignMessageNext, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
              CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
              CK_ULONG_PTR pulSignatureLen));
TSCNS_DECLARE(C_MessageSignFinal, (CK_SESSION_HANDLE hSession));

// Message verification (5.16)
TSCNS_DECLARE(C_MessageVerifyInit, (CK_SESSION_HANDLE hSession,
              CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey));
TSCNS_DECLARE(C_VerifyMessage, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
              CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
              CK_ULONG ulSignatureLen));
TSCNS_DECLARE(C_VerifyMessageBegin, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen));
TSCNS_DECLARE(C_VerifyMessageNext, (CK_SESSION_HANDLE hSession,
              CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
              CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
              CK_ULONG ulSignatureLen));
TSCNS_DECLARE(C_MessageVerifyFinal, (CK_SESSION_HANDLE hSession));

#undef TSCNS_DECLARE

// The members of version 2.40, in their order; C_WaitForSlotEvent is the last.
#define TSCNS_LIST_2_40 \
  CK_C_Initialize C_Initialize;                   \
  CK_C_Finalize C_Finalize;                       \
  CK_C_GetInfo C_GetInfo;                         \
  CK_C_GetFunctionList C_GetFunctionList;         \
  CK_C_GetSlotList C_GetSlotList;                 \
  CK_C_GetSlotInfo C_GetSlotInfo;                 \
  CK_C_GetTokenInfo C_GetTokenInfo;               \
  CK_C_GetMechanismList C_GetMechanismList;       \
  CK_C_GetMechanismInfo C_GetMechanismInfo;       \
  CK_C_InitToken C_InitToken;                     \
  CK_C_InitPIN C_InitPIN;                         \
  CK_C_SetPIN C_SetPIN;                           \
  CK_C_OpenSession C_OpenSession;                 \
  CK_C_CloseSession C_CloseSession;               \
  CK_C_CloseAllSessions C_CloseAllSessions;       \
  CK_C_GetSessionInfo C_GetSessionInfo;           \
  CK_C_GetOperationState C_GetOperationState;     \
  CK_C_SetOperationState C_SetOperationState;     \
  CK_C_Login C_Login;                             \
  CK_C_Logout C_Logout;                           \
  CK_C_CreateObject C_CreateObject;               \
  CK_C_CopyObject C_CopyObject;                   \
  CK_C_DestroyObject C_DestroyObject;             \
  CK_C_GetObjectSize C_GetObjectSize;             \
  CK_C_GetAttributeValue C_GetAttributeValue;     \
  CK_C_SetAttributeValue C_SetAttributeValue;     \
  CK_C_FindObjectsInit C_FindObjectsInit;         \
  CK_C_FindObjects C_FindObjects;                 \
  CK_C_FindObjectsFinal C_FindObjectsFinal;       \
  CK_C_EncryptInit C_EncryptInit;                 \
  CK_C_Encrypt C_Encrypt;                         \
  CK_C_EncryptUpdate C_EncryptUpdate;             \
  CK_C_EncryptFinal C_EncryptFinal;               \
  CK_C_DecryptInit C_DecryptInit;                 \
  CK_C_Decrypt C_Decrypt;                         \
  CK_C_DecryptUpdate C_DecryptUpdate;             \
  CK_C_DecryptFinal C_DecryptFinal;               \
  CK_C_DigestInit C_DigestInit;                   \
  CK_C_Digest C_Digest;                           \
  CK_C_DigestUpdate C_DigestUpdate;               \
  CK_C_DigestKey C_DigestKey;                     \
  CK_C_DigestFinal C_DigestFinal;                 \
  CK_C_SignInit C_SignInit;                       \
  CK_C_Sign C_Sign;                               \
  CK_C_SignUpdate C_SignUpdate;                   \
  CK_C_SignFinal C_SignFinal;                     \
  CK_C_SignRecoverInit C_SignRecoverInit;         \
  CK_C_SignRecover C_SignRecover;                 \
  CK_C_VerifyInit C_VerifyInit;                   \
  CK_C_Verify C_Verify;                           \
  CK_C_VerifyUpdate C_VerifyUpdate;               \
  CK_C_VerifyFinal C_VerifyFinal;                 \
  CK_C_VerifyRecoverInit C_VerifyRecoverInit;     \
  CK_C_VerifyRecover C_VerifyRecover;             \
  CK_C_DigestEncryptUpdate C_DigestEncryptUpdate; \
  CK_C_DecryptDigestUpdate C_DecryptDigestUpdate; \
  CK_C_SignEncryptUpdate C_SignEncryptUpdate;     \
  CK_C_DecryptVerifyUpdate C_DecryptVerifyUpdate; \
  CK_C_GenerateKey C_GenerateKey;                 \
  CK_C_GenerateKeyPair C_GenerateKeyPair;         \
  CK_C_WrapKey C_WrapKey;                         \
  CK_C_UnwrapKey C_UnwrapKey;                     \
  CK_C_DeriveKey C_DeriveKey;                     \
  CK_C_SeedRandom C_SeedRandom;                   \
  CK_C_GenerateRandom C_GenerateRandom;           \
  CK_C_GetFunctionStatus C_GetFunctionStatus;     \
  CK_C_CancelFunction C_CancelFunction;           \
  CK_C_WaitForSlotEvent C_WaitForSlotEvent;

struct CK_FUNCTION_LIST {
  CK_VERSION version; // 2.40
  TSCNS_LIST_2_40
};

struct CK_FUNCTION_LIST_3_0 {
  CK_VERSION version; // 3.0
  TSCNS_LIST_2_40
  CK_C_GetInterfaceList C_GetInterfaceList;
  CK_C_GetInterface C_GetInterface;
  CK_C_LoginUser C_LoginUser;
  CK_C_SessionCancel C_SessionCancel;
  CK_C_MessageEncryptInit C_MessageEncryptInit;
  CK_C_EncryptMessage C_EncryptMessage;
  CK_C_EncryptMessageBegin C_EncryptMessageBegin;
  CK_C_EncryptMessageNext C_EncryptMessageNext;
  CK_C_MessageEncryptFinal C_MessageEncryptFinal;
  CK_C_MessageDecryptInit C_MessageDecryptInit;
  CK_C_DecryptMessage C_DecryptMessage;
  CK_C_DecryptMessageBegin C_DecryptMessageBegin;
  CK_C_DecryptMessageNext C_DecryptMessageNext;
  CK_C_MessageDecryptFinal C_MessageDecryptFinal;
  CK_C_MessageSignInit C_MessageSignInit;
  CK_C_SignMessage C_SignMessage;
  CK_C_SignMessageBegin C_SignMessageBegin;
  CK_C_SignMessageNext C_SignMessageNext;
  CK_C_MessageSignFinal C_MessageSignFinal;
  CK_C_MessageVerifyInit C_MessageVerifyInit;
  CK_C_VerifyMessage C_VerifyMessage;
  CK_C_VerifyMessageBegin C_VerifyMessageBegin;
  CK_C_VerifyMessageNext C_VerifyMessageNext;
  CK_C_MessageVerifyFinal C_MessageVerifyFinal;
};

#undef TSCNS_LIST_2_40

#endif // TSCNS_PKCS11_FUNCTIONS_H
