// SPDX-License-Identifier: Apache-2.0

package main

// kind is how the library implements a function.
type kind string

const (
	answered    kind = "GO"          // by goC_... in a chapter file of pkcs11export
	onCard      kind = "CARD"        // as GO; the call may wait for a card, and the host's thread gets its signals
	unsupported kind = "UNSUPPORTED" // CKR_FUNCTION_NOT_SUPPORTED once the session, the first argument, is valid
	inC         kind = "OWN"         // by hand in shim.c
)

// chapter is functions that belong together.
type chapter struct {
	Title   string
	Section string // of PKCS #11 3.1
	Since   string // the version whose function list first has them
	Rows    []function
}

// function has the standard's name and parameters.
type function struct {
	Name       string
	Kind       kind
	Parameters string
}

// functions is every function that the library exports, in the order of
// CK_FUNCTION_LIST and CK_FUNCTION_LIST_3_0.
var functions = []chapter{
	{"General purpose", "5.4", "2.40", []function{
		{"C_Initialize", inC, "CK_VOID_PTR pInitArgs"},
		{"C_Finalize", onCard, "CK_VOID_PTR pReserved"},
		{"C_GetInfo", answered, "CK_INFO_PTR pInfo"},
		{"C_GetFunctionList", inC, "CK_FUNCTION_LIST_PTR_PTR ppFunctionList"},
	}},
	{"Slots and tokens", "5.5", "2.40", []function{
		{"C_GetSlotList", onCard, "CK_BBOOL tokenPresent, CK_SLOT_ID_PTR pSlotList, CK_ULONG_PTR pulCount"},
		{"C_GetSlotInfo", onCard, "CK_SLOT_ID slotID, CK_SLOT_INFO_PTR pInfo"},
		{"C_GetTokenInfo", onCard, "CK_SLOT_ID slotID, CK_TOKEN_INFO_PTR pInfo"},
		{"C_GetMechanismList", onCard, "CK_SLOT_ID slotID, CK_MECHANISM_TYPE_PTR pMechanismList, CK_ULONG_PTR pulCount"},
		{"C_GetMechanismInfo", onCard, "CK_SLOT_ID slotID, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR pInfo"},
		{"C_InitToken", answered, "CK_SLOT_ID slotID, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen, CK_UTF8CHAR_PTR pLabel"},
		{"C_InitPIN", onCard, "CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen"},
		{"C_SetPIN", onCard, "CK_SESSION_HANDLE hSession, CK_UTF8CHAR_PTR pOldPin, CK_ULONG ulOldLen, CK_UTF8CHAR_PTR pNewPin, CK_ULONG ulNewLen"},
	}},
	{"Sessions", "5.6", "2.40", []function{
		{"C_OpenSession", onCard, "CK_SLOT_ID slotID, CK_FLAGS flags, CK_VOID_PTR pApplication, CK_NOTIFY Notify, CK_SESSION_HANDLE_PTR phSession"},
		{"C_CloseSession", onCard, "CK_SESSION_HANDLE hSession"},
		{"C_CloseAllSessions", onCard, "CK_SLOT_ID slotID"},
		{"C_GetSessionInfo", answered, "CK_SESSION_HANDLE hSession, CK_SESSION_INFO_PTR pInfo"},
		{"C_GetOperationState", unsupported, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState, CK_ULONG_PTR pulOperationStateLen"},
		{"C_SetOperationState", unsupported, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pOperationState, CK_ULONG ulOperationStateLen, CK_OBJECT_HANDLE hEncryptionKey, CK_OBJECT_HANDLE hAuthenticationKey"},
		{"C_Login", onCard, "CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen"},
		{"C_Logout", onCard, "CK_SESSION_HANDLE hSession"},
	}},
	{"Objects", "5.7", "2.40", []function{
		{"C_CreateObject", answered, "CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phObject"},
		{"C_CopyObject", answered, "CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phNewObject"},
		{"C_DestroyObject", answered, "CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject"},
		{"C_GetObjectSize", answered, "CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ULONG_PTR pulSize"},
		{"C_GetAttributeValue", answered, "CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount"},
		{"C_SetAttributeValue", answered, "CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hObject, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount"},
		{"C_FindObjectsInit", onCard, "CK_SESSION_HANDLE hSession, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount"},
		{"C_FindObjects", answered, "CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE_PTR phObject, CK_ULONG ulMaxObjectCount, CK_ULONG_PTR pulObjectCount"},
		{"C_FindObjectsFinal", answered, "CK_SESSION_HANDLE hSession"},
	}},
	{"Encryption", "5.8", "2.40", []function{
		{"C_EncryptInit", answered, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey"},
		{"C_Encrypt", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pEncryptedData, CK_ULONG_PTR pulEncryptedDataLen"},
		{"C_EncryptUpdate", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen"},
		{"C_EncryptFinal", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastEncryptedPart, CK_ULONG_PTR pulLastEncryptedPartLen"},
	}},
	{"Decryption", "5.10", "2.40", []function{
		{"C_DecryptInit", answered, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey"},
		{"C_Decrypt", onCard, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedData, CK_ULONG ulEncryptedDataLen, CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen"},
		{"C_DecryptUpdate", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen"},
		{"C_DecryptFinal", onCard, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pLastPart, CK_ULONG_PTR pulLastPartLen"},
	}},
	{"Digests", "5.12", "2.40", []function{
		{"C_DigestInit", answered, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism"},
		{"C_Digest", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen"},
		{"C_DigestUpdate", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen"},
		{"C_DigestKey", unsupported, "CK_SESSION_HANDLE hSession, CK_OBJECT_HANDLE hKey"},
		{"C_DigestFinal", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pDigest, CK_ULONG_PTR pulDigestLen"},
	}},
	{"Signatures", "5.13", "2.40", []function{
		{"C_SignInit", answered, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey"},
		{"C_Sign", onCard, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen"},
		{"C_SignUpdate", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen"},
		{"C_SignFinal", onCard, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen"},
		{"C_SignRecoverInit", unsupported, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey"},
		{"C_SignRecover", unsupported, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen"},
	}},
	{"Verification", "5.15", "2.40", []function{
		{"C_VerifyInit", answered, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey"},
		{"C_Verify", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen"},
		{"C_VerifyUpdate", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen"},
		{"C_VerifyFinal", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen"},
		{"C_VerifyRecoverInit", unsupported, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey"},
		{"C_VerifyRecover", unsupported, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen, CK_BYTE_PTR pData, CK_ULONG_PTR pulDataLen"},
	}},
	{"Two operations at once", "5.17", "2.40", []function{
		{"C_DigestEncryptUpdate", unsupported, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen"},
		{"C_DecryptDigestUpdate", unsupported, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen"},
		{"C_SignEncryptUpdate", unsupported, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pPart, CK_ULONG ulPartLen, CK_BYTE_PTR pEncryptedPart, CK_ULONG_PTR pulEncryptedPartLen"},
		{"C_DecryptVerifyUpdate", unsupported, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pEncryptedPart, CK_ULONG ulEncryptedPartLen, CK_BYTE_PTR pPart, CK_ULONG_PTR pulPartLen"},
	}},
	{"Key management", "5.18", "2.40", []function{
		{"C_GenerateKey", unsupported, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulCount, CK_OBJECT_HANDLE_PTR phKey"},
		{"C_GenerateKeyPair", unsupported, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_ATTRIBUTE_PTR pPublicKeyTemplate, CK_ULONG ulPublicKeyAttributeCount, CK_ATTRIBUTE_PTR pPrivateKeyTemplate, CK_ULONG ulPrivateKeyAttributeCount, CK_OBJECT_HANDLE_PTR phPublicKey, CK_OBJECT_HANDLE_PTR phPrivateKey"},
		{"C_WrapKey", unsupported, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hWrappingKey, CK_OBJECT_HANDLE hKey, CK_BYTE_PTR pWrappedKey, CK_ULONG_PTR pulWrappedKeyLen"},
		{"C_UnwrapKey", unsupported, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hUnwrappingKey, CK_BYTE_PTR pWrappedKey, CK_ULONG ulWrappedKeyLen, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount, CK_OBJECT_HANDLE_PTR phKey"},
		{"C_DeriveKey", unsupported, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hBaseKey, CK_ATTRIBUTE_PTR pTemplate, CK_ULONG ulAttributeCount, CK_OBJECT_HANDLE_PTR phKey"},
	}},
	{"Random numbers", "5.19", "2.40", []function{
		{"C_SeedRandom", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSeed, CK_ULONG ulSeedLen"},
		{"C_GenerateRandom", answered, "CK_SESSION_HANDLE hSession, CK_BYTE_PTR RandomData, CK_ULONG ulRandomLen"},
	}},
	{"Parallel functions", "5.20", "2.40", []function{
		{"C_GetFunctionStatus", answered, "CK_SESSION_HANDLE hSession"},
		{"C_CancelFunction", answered, "CK_SESSION_HANDLE hSession"},
	}},
	{"Slot events, last in the list", "5.5.4", "2.40", []function{
		{"C_WaitForSlotEvent", inC, "CK_FLAGS flags, CK_SLOT_ID_PTR pSlot, CK_VOID_PTR pReserved"},
	}},
	{"Interfaces", "5.4.5, 5.4.6", "3.0", []function{
		{"C_GetInterfaceList", inC, "CK_INTERFACE_PTR pInterfacesList, CK_ULONG_PTR pulCount"},
		{"C_GetInterface", inC, "CK_UTF8CHAR_PTR pInterfaceName, CK_VERSION_PTR pVersion, CK_INTERFACE_PTR_PTR ppInterface, CK_FLAGS flags"},
	}},
	{"Sessions", "5.6", "3.0", []function{
		{"C_LoginUser", onCard, "CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin, CK_ULONG ulPinLen, CK_UTF8CHAR_PTR pUsername, CK_ULONG ulUsernameLen"},
		{"C_SessionCancel", answered, "CK_SESSION_HANDLE hSession, CK_FLAGS flags"},
	}},
	{"Message encryption", "5.9", "3.0", []function{
		{"C_MessageEncryptInit", unsupported, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey"},
		{"C_EncryptMessage", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pPlaintext, CK_ULONG ulPlaintextLen, CK_BYTE_PTR pCiphertext, CK_ULONG_PTR pulCiphertextLen"},
		{"C_EncryptMessageBegin", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen"},
		{"C_EncryptMessageNext", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pPlaintextPart, CK_ULONG ulPlaintextPartLen, CK_BYTE_PTR pCiphertextPart, CK_ULONG_PTR pulCiphertextPartLen, CK_FLAGS flags"},
		{"C_MessageEncryptFinal", unsupported, "CK_SESSION_HANDLE hSession"},
	}},
	{"Message decryption", "5.11", "3.0", []function{
		{"C_MessageDecryptInit", unsupported, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey"},
		{"C_DecryptMessage", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen, CK_BYTE_PTR pCiphertext, CK_ULONG ulCiphertextLen, CK_BYTE_PTR pPlaintext, CK_ULONG_PTR pulPlaintextLen"},
		{"C_DecryptMessageBegin", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pAssociatedData, CK_ULONG ulAssociatedDataLen"},
		{"C_DecryptMessageNext", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pCiphertextPart, CK_ULONG ulCiphertextPartLen, CK_BYTE_PTR pPlaintextPart, CK_ULONG_PTR pulPlaintextPartLen, CK_FLAGS flags"},
		{"C_MessageDecryptFinal", unsupported, "CK_SESSION_HANDLE hSession"},
	}},
	{"Message signatures", "5.14", "3.0", []function{
		{"C_MessageSignInit", unsupported, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey"},
		{"C_SignMessage", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen"},
		{"C_SignMessageBegin", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen"},
		{"C_SignMessageNext", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG_PTR pulSignatureLen"},
		{"C_MessageSignFinal", unsupported, "CK_SESSION_HANDLE hSession"},
	}},
	{"Message verification", "5.16", "3.0", []function{
		{"C_MessageVerifyInit", unsupported, "CK_SESSION_HANDLE hSession, CK_MECHANISM_PTR pMechanism, CK_OBJECT_HANDLE hKey"},
		{"C_VerifyMessage", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen"},
		{"C_VerifyMessageBegin", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen"},
		{"C_VerifyMessageNext", unsupported, "CK_SESSION_HANDLE hSession, CK_VOID_PTR pParameter, CK_ULONG ulParameterLen, CK_BYTE_PTR pData, CK_ULONG ulDataLen, CK_BYTE_PTR pSignature, CK_ULONG ulSignatureLen"},
		{"C_MessageVerifyFinal", unsupported, "CK_SESSION_HANDLE hSession"},
	}},
}
