// SPDX-License-Identifier: Apache-2.0
//
// The list of the ABI: every function that the library exports, once, in the
// order of CK_FUNCTION_LIST and CK_FUNCTION_LIST_3_0. Exported definitions,
// function lists and Go calls all come from here (shim.c), so a function that
// is in one of them is in all.
//
// Include it with FUNCTION_2_40 and FUNCTION_3_0 defined as macros of
// (kind, name, parameters, arguments):
//   GO           answered by goC_... in Go, with these arguments
//   UNSUPPORTED  CKR_FUNCTION_NOT_SUPPORTED once the library is initialised and
//                the session, the first argument, is valid
//   OWN          defined in shim.c by hand
// Whether parameters agree with include/pkcs11.h is checked by the compiler.

// clang-format off

// General purpose (5.4)
FUNCTION_2_40(OWN, C_Initialize, (CK_VOID_PTR pInitArgs), ())
FUNCTION_2_40(GO, C_Finalize, (CK_VOID_PTR pReserved), (pReserved))
FUNCTION_2_40(GO, C_GetInfo, (CK_INFO_PTR pInfo), (pInfo))
FUNCTION_2_40(OWN, C_GetFunctionList, (
    CK_FUNCTION_LIST_PTR_PTR ppFunctionList), ())
// Slots and tokens (5.5)
FUNCTION_2_40(GO, C_GetSlotList, (CK_BBOOL tokenPresent,
    CK_SLOT_ID_PTR pSlotList, CK_ULONG_PTR pulCount), (tokenPresent, pSlotList, pulCount))
FUNCTION_2_40(GO, C_GetSlotInfo, (CK_SLOT_ID slotID, CK_SLOT_INFO_PTR pInfo), (slotID, pInfo))
FUNCTION_2_40(GO, C_GetTokenInfo, (CK_SLOT_ID slotID, CK_TOKEN_INFO_PTR pInfo), (slotID, pInfo))
FUNCTION_2_40(GO, C_GetMechanismList, (CK_SLOT_ID slotID,
    CK_MECHANISM_TYPE_PTR pMechanismList, CK_ULONG_PTR pulCount),
    (slotID, pMechanismList, pulCount))
FUNCTION_2_40(GO, C_GetMechanismInfo, (CK_SLOT_ID slotID,
    CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR pInfo), (slotID, type, pInfo))
FUNCTION_2_40(GO, C_InitToken, (CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pPin,
    CK_ULONG ulPinLen, CK_UTF8CHAR_PTR pLabel), (slotID, pPin, ulPinLen, pLabel))
FUNCTION_2_40(GO, C_InitPIN, (CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pPin,
    CK_ULONG ulPinLen), (hSession, pPin, ulPinLen))
FUNCTION_2_40(GO, C_SetPIN, (CK_SESSION_HANDLE hSession,
    CK_UTF8CHAR_PTR pOldPin, CK_ULONG ulOldLen, CK_UTF8CHAR_PTR pNewPin,
    CK_ULONG ulNewLen), (hSession, pOldPin, ulOldLen, pNewPin, ulNewLen))
// Sessions (5.6)
FUNCTION_2_40(GO, C_OpenSession, (CK_SLOT_ID slotID, CK_FLAGS flags,
    CK_VOID_PTR pApplication, CK_NOTIFY Notify,
    CK_SESSION_HANDLE_PTR phSession),
    (slotID, flags, pApplication, Notify, phSession))
FUNCTION_2_40(GO, C_CloseSession, (CK_SESSION_HANDLE hSession), (hSession))
FUNCTION_2_40(GO, C_CloseAllSessions, (CK_SLOT_ID slotID), (slotID))
FUNCTION_2_40(GO, C_GetSessionInfo, (CK_SESSION_HANDLE hSession,
    CK_SESSION_INFO_PTR pInfo), (hSession, pInfo))
FUNCTION_2_40(UNSUPPORTED, C_GetOperationState, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pOperationState, CK_ULONG_PTR pulOperationStateLen),
    (hSession, pOperationState, pulOperationStateLen))
FUNCTION_2_40(UNSUPPORTED, C_SetOperationState, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pOperationState, CK_ULONG ulOperationStateLen,
    CK_OBJECT_HANDLE hEncryptionKey, CK_OBJECT_HANDLE hAuthenticationKey),
    (hSession, pOperationState, ulOperationStateLen, hEncryptionKey, hAuthenticationKey))
FUNCTION_2_40(GO, C_Login, (CK_SESSION_HANDLE hSession, CK_USER_TYPE userType,
    CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen), (hSession, userType, pPin, ulPinLen))
FUNCTION_2_40(GO, C_Logout, (CK_SESSION_HANDLE hSession), (hSession))
// Objects (5.7)
FUNCTION_2_40(GO, C_CreateObject, (CK_SESSION_HANDLE hSession,
    CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount,
    CK_OBJECT_HANDLE_PTR phObject), (hSession, pTemplate, ulCount, phObject))
FUNCTION_2_40(GO, C_CopyObject, (CK_SESSION_HANDLE hSession,
    CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount,
    CK_OBJECT_HANDLE_PTR phNewObject), (hSession, hObject, pTemplate, ulCount, phNewObject))
FUNCTION_2_40(GO, C_DestroyObject, (CK_SESSION_HANDLE hSession,
    CK_OBJECT_HANDLE hObject), (hSession, hObject))
FUNCTION_2_40(GO, C_GetObjectSize, (CK_SESSION_HANDLE hSession,
    CK_OBJECT_HANDLE hObject, CK_ULONG_PTR pulSize), (hSession, hObject, pulSize))
FUNCTION_2_40(GO, C_GetAttributeValue, (CK_SESSION_HANDLE hSession,
    CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount),
    (hSession, hObject, pTemplate, ulCount))
FUNCTION_2_40(GO, C_SetAttributeValue, (CK_SESSION_HANDLE hSession,
    CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount),
    (hSession, hObject, pTemplate, ulCount))
FUNCTION_2_40(GO, C_FindObjectsInit, (CK_SESSION_HANDLE hSession,
    CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount), (hSession, pTemplate, ulCount))
FUNCTION_2_40(GO, C_FindObjects, (CK_SESSION_HANDLE hSession,
    CK_OBJECT_HANDLE_PTR phObject, CK_ULONG ulMaxObjectCount,
    CK_ULONG_PTR pulObjectCount), (hSession, phObject, ulMaxObjectCount, pulObjectCount))
FUNCTION_2_40(GO, C_FindObjectsFinal, (CK_SESSION_HANDLE hSession), (hSession))
// Encryption (5.8)
FUNCTION_2_40(GO, C_EncryptInit, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey), (hSession, pMechanism, hKey))
FUNCTION_2_40(GO, C_Encrypt, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData,
    CK_ULONG ulDataLen, CK_BYTE_PTR pEncryptedData,
    CK_ULONG_PTR pulEncryptedDataLen),
    (hSession, pData, ulDataLen, pEncryptedData, pulEncryptedDataLen))
FUNCTION_2_40(GO, C_EncryptUpdate, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart,
    CK_ULONG_PTR pulEncryptedPartLen),
    (hSession, pPart, ulPartLen, pEncryptedPart, pulEncryptedPartLen))
FUNCTION_2_40(GO, C_EncryptFinal, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pLastEncryptedPart, CK_ULONG_PTR pulLastEncryptedPartLen),
    (hSession, pLastEncryptedPart, pulLastEncryptedPartLen))
// Decryption (5.10)
FUNCTION_2_40(GO, C_DecryptInit, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey), (hSession, pMechanism, hKey))
FUNCTION_2_40(GO, C_Decrypt, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pEncryptedData, CK_ULONG ulEncryptedDataLen, CK_BYTE_PTR pData,
    CK_ULONG_PTR pulDataLen), (hSession, pEncryptedData, ulEncryptedDataLen, pData, pulDataLen))
FUNCTION_2_40(GO, C_DecryptUpdate, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart,
    CK_ULONG_PTR pulPartLen), (hSession, pEncryptedPart, ulEncryptedPartLen, pPart, pulPartLen))
FUNCTION_2_40(GO, C_DecryptFinal, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pLastPart, CK_ULONG_PTR pulLastPartLen), (hSession, pLastPart, pulLastPartLen))
// Digests (5.12)
FUNCTION_2_40(GO, C_DigestInit, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism), (hSession, pMechanism))
FUNCTION_2_40(GO, C_Digest, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData,
    CK_ULONG ulDataLen, CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen),
    (hSession, pData, ulDataLen, pDigest, pulDigestLen))
FUNCTION_2_40(GO, C_DigestUpdate, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pPart, CK_ULONG ulPartLen), (hSession, pPart, ulPartLen))
FUNCTION_2_40(UNSUPPORTED, C_DigestKey, (CK_SESSION_HANDLE hSession,
    CK_OBJECT_HANDLE hKey),
    (hSession, hKey))
FUNCTION_2_40(GO, C_DigestFinal, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen), (hSession, pDigest, pulDigestLen))
// Signatures (5.13)
FUNCTION_2_40(GO, C_SignInit, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey), (hSession, pMechanism, hKey))
FUNCTION_2_40(GO, C_Sign, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData,
    CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen),
    (hSession, pData, ulDataLen, pSignature, pulSignatureLen))
FUNCTION_2_40(GO, C_SignUpdate, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart,
    CK_ULONG ulPartLen), (hSession, pPart, ulPartLen))
FUNCTION_2_40(GO, C_SignFinal, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen), (hSession, pSignature, pulSignatureLen))
FUNCTION_2_40(UNSUPPORTED, C_SignRecoverInit, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
    (hSession, pMechanism, hKey))
FUNCTION_2_40(UNSUPPORTED, C_SignRecover, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature,
    CK_ULONG_PTR pulSignatureLen),
    (hSession, pData, ulDataLen, pSignature, pulSignatureLen))
// Verification (5.15)
FUNCTION_2_40(GO, C_VerifyInit, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey), (hSession, pMechanism, hKey))
FUNCTION_2_40(GO, C_Verify, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData,
    CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen),
    (hSession, pData, ulDataLen, pSignature, ulSignatureLen))
FUNCTION_2_40(GO, C_VerifyUpdate, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pPart, CK_ULONG ulPartLen), (hSession, pPart, ulPartLen))
FUNCTION_2_40(GO, C_VerifyFinal, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen), (hSession, pSignature, ulSignatureLen))
FUNCTION_2_40(UNSUPPORTED, C_VerifyRecoverInit, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
    (hSession, pMechanism, hKey))
FUNCTION_2_40(UNSUPPORTED, C_VerifyRecover, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen, CK_BYTE_PTR pData,
    CK_ULONG_PTR pulDataLen),
    (hSession, pSignature, ulSignatureLen, pData, pulDataLen))
// Two operations at once (5.17)
FUNCTION_2_40(UNSUPPORTED, C_DigestEncryptUpdate, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart,
    CK_ULONG_PTR pulEncryptedPartLen),
    (hSession, pPart, ulPartLen, pEncryptedPart, pulEncryptedPartLen))
FUNCTION_2_40(UNSUPPORTED, C_DecryptDigestUpdate, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart,
    CK_ULONG_PTR pulPartLen),
    (hSession, pEncryptedPart, ulEncryptedPartLen, pPart, pulPartLen))
FUNCTION_2_40(UNSUPPORTED, C_SignEncryptUpdate, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart,
    CK_ULONG_PTR pulEncryptedPartLen),
    (hSession, pPart, ulPartLen, pEncryptedPart, pulEncryptedPartLen))
FUNCTION_2_40(UNSUPPORTED, C_DecryptVerifyUpdate, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart,
    CK_ULONG_PTR pulPartLen),
    (hSession, pEncryptedPart, ulEncryptedPartLen, pPart, pulPartLen))
// Key management (5.18)
FUNCTION_2_40(UNSUPPORTED, C_GenerateKey, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount,
    CK_OBJECT_HANDLE_PTR phKey),
    (hSession, pMechanism, pTemplate, ulCount, phKey))
FUNCTION_2_40(UNSUPPORTED, C_GenerateKeyPair, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_ATTRIBUTE_PTR pPublicKeyTemplate,
    CK_ULONG ulPublicKeyAttributeCount, CK_ATTRIBUTE_PTR pPrivateKeyTemplate,
    CK_ULONG ulPrivateKeyAttributeCount, CK_OBJECT_HANDLE_PTR phPublicKey,
    CK_OBJECT_HANDLE_PTR phPrivateKey),
    (hSession, pMechanism, pPublicKeyTemplate, ulPublicKeyAttributeCount, pPrivateKeyTemplate,
    ulPrivateKeyAttributeCount, phPublicKey, phPrivateKey))
FUNCTION_2_40(UNSUPPORTED, C_WrapKey, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hWrappingKey,
    CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pWrappedKey,
    CK_ULONG_PTR pulWrappedKeyLen),
    (hSession, pMechanism, hWrappingKey, hKey, pWrappedKey, pulWrappedKeyLen))
FUNCTION_2_40(UNSUPPORTED, C_UnwrapKey, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hUnwrappingKey,
    CK_BYTE_PTR pWrappedKey, CK_ULONG ulWrappedKeyLen,
    CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
    CK_OBJECT_HANDLE_PTR phKey),
    (hSession, pMechanism, hUnwrappingKey, pWrappedKey, ulWrappedKeyLen, pTemplate,
    ulAttributeCount, phKey))
FUNCTION_2_40(UNSUPPORTED, C_DeriveKey, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hBaseKey,
    CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount,
    CK_OBJECT_HANDLE_PTR phKey),
    (hSession, pMechanism, hBaseKey, pTemplate, ulAttributeCount, phKey))
// Random numbers (5.19)
FUNCTION_2_40(GO, C_SeedRandom, (CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSeed,
    CK_ULONG ulSeedLen), (hSession, pSeed, ulSeedLen))
FUNCTION_2_40(GO, C_GenerateRandom, (CK_SESSION_HANDLE hSession,
    CK_BYTE_PTR RandomData, CK_ULONG ulRandomLen), (hSession, RandomData, ulRandomLen))
// Parallel functions (5.20)
FUNCTION_2_40(GO, C_GetFunctionStatus, (CK_SESSION_HANDLE hSession), (hSession))
FUNCTION_2_40(GO, C_CancelFunction, (CK_SESSION_HANDLE hSession), (hSession))
// Slot events (5.5.4), last in the list
FUNCTION_2_40(OWN, C_WaitForSlotEvent, (CK_FLAGS flags, CK_SLOT_ID_PTR pSlot,
    CK_VOID_PTR pReserved), ())

// Interfaces (5.4.5, 5.4.6)
FUNCTION_3_0(OWN, C_GetInterfaceList, (CK_INTERFACE_PTR pInterfacesList,
    CK_ULONG_PTR pulCount), ())
FUNCTION_3_0(OWN, C_GetInterface, (CK_UTF8CHAR_PTR pInterfaceName,
    CK_VERSION_PTR pVersion, CK_INTERFACE_PTR_PTR ppInterface, CK_FLAGS flags), ())
// Sessions (5.6)
FUNCTION_3_0(GO, C_LoginUser, (CK_SESSION_HANDLE hSession,
    CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen,
    CK_UTF8CHAR_PTR pUsername, CK_ULONG ulUsernameLen),
    (hSession, userType, pPin, ulPinLen, pUsername, ulUsernameLen))
FUNCTION_3_0(GO, C_SessionCancel, (CK_SESSION_HANDLE hSession, CK_FLAGS flags), (hSession, flags))
// Message encryption (5.9)
FUNCTION_3_0(UNSUPPORTED, C_MessageEncryptInit, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
    (hSession, pMechanism, hKey))
FUNCTION_3_0(UNSUPPORTED, C_EncryptMessage, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
    CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
    CK_BYTE_PTR pPlaintext, CK_ULONG ulPlaintextLen, CK_BYTE_PTR pCiphertext,
    CK_ULONG_PTR pulCiphertextLen),
    (hSession, pParameter, ulParameterLen, pAssociatedData, ulAssociatedDataLen, pPlaintext,
    ulPlaintextLen, pCiphertext, pulCiphertextLen))
FUNCTION_3_0(UNSUPPORTED, C_EncryptMessageBegin, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
    CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen),
    (hSession, pParameter, ulParameterLen, pAssociatedData, ulAssociatedDataLen))
FUNCTION_3_0(UNSUPPORTED, C_EncryptMessageNext, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
    CK_BYTE_PTR pPlaintextPart, CK_ULONG ulPlaintextPartLen,
    CK_BYTE_PTR pCiphertextPart, CK_ULONG_PTR pulCiphertextPartLen,
    CK_FLAGS flags),
    (hSession, pParameter, ulParameterLen, pPlaintextPart, ulPlaintextPartLen, pCiphertextPart,
    pulCiphertextPartLen, flags))
FUNCTION_3_0(UNSUPPORTED, C_MessageEncryptFinal, (CK_SESSION_HANDLE hSession), (hSession))
// Message decryption (5.11)
FUNCTION_3_0(UNSUPPORTED, C_MessageDecryptInit, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
    (hSession, pMechanism, hKey))
FUNCTION_3_0(UNSUPPORTED, C_DecryptMessage, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
    CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen,
    CK_BYTE_PTR pCiphertext, CK_ULONG ulCiphertextLen, CK_BYTE_PTR pPlaintext,
    CK_ULONG_PTR pulPlaintextLen),
    (hSession, pParameter, ulParameterLen, pAssociatedData, ulAssociatedDataLen, pCiphertext,
    ulCiphertextLen, pPlaintext, pulPlaintextLen))
FUNCTION_3_0(UNSUPPORTED, C_DecryptMessageBegin, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
    CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen),
    (hSession, pParameter, ulParameterLen, pAssociatedData, ulAssociatedDataLen))
FUNCTION_3_0(UNSUPPORTED, C_DecryptMessageNext, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen,
    CK_BYTE_PTR pCiphertextPart, CK_ULONG ulCiphertextPartLen,
    CK_BYTE_PTR pPlaintextPart, CK_ULONG_PTR pulPlaintextPartLen,
    CK_FLAGS flags),
    (hSession, pParameter, ulParameterLen, pCiphertextPart, ulCiphertextPartLen, pPlaintextPart,
    pulPlaintextPartLen, flags))
FUNCTION_3_0(UNSUPPORTED, C_MessageDecryptFinal, (CK_SESSION_HANDLE hSession), (hSession))
// Message signatures (5.14)
FUNCTION_3_0(UNSUPPORTED, C_MessageSignInit, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
    (hSession, pMechanism, hKey))
FUNCTION_3_0(UNSUPPORTED, C_SignMessage, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData,
    CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen),
    (hSession, pParameter, ulParameterLen, pData, ulDataLen, pSignature, pulSignatureLen))
FUNCTION_3_0(UNSUPPORTED, C_SignMessageBegin, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen),
    (hSession, pParameter, ulParameterLen))
FUNCTION_3_0(UNSUPPORTED, C_SignMessageNext, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData,
    CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen),
    (hSession, pParameter, ulParameterLen, pData, ulDataLen, pSignature, pulSignatureLen))
FUNCTION_3_0(UNSUPPORTED, C_MessageSignFinal, (CK_SESSION_HANDLE hSession), (hSession))
// Message verification (5.16)
FUNCTION_3_0(UNSUPPORTED, C_MessageVerifyInit, (CK_SESSION_HANDLE hSession,
    CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey),
    (hSession, pMechanism, hKey))
FUNCTION_3_0(UNSUPPORTED, C_VerifyMessage, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData,
    CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen),
    (hSession, pParameter, ulParameterLen, pData, ulDataLen, pSignature, ulSignatureLen))
FUNCTION_3_0(UNSUPPORTED, C_VerifyMessageBegin, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen),
    (hSession, pParameter, ulParameterLen))
FUNCTION_3_0(UNSUPPORTED, C_VerifyMessageNext, (CK_SESSION_HANDLE hSession,
    CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData,
    CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen),
    (hSession, pParameter, ulParameterLen, pData, ulDataLen, pSignature, ulSignatureLen))
FUNCTION_3_0(UNSUPPORTED, C_MessageVerifyFinal, (CK_SESSION_HANDLE hSession), (hSession))

#undef FUNCTION_2_40
#undef FUNCTION_3_0
