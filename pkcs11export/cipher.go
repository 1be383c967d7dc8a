// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include "bridge.h"
*/
import "C"

import (
	"tscns/module"
)

// Encryption functions (section 5.8).

//export goC_EncryptInit
func goC_EncryptInit(h C.CK_SESSION_HANDLE, pMechanism address, hKey C.CK_OBJECT_HANDLE) C.CK_RV {
	return begin("C_EncryptInit", h, pMechanism, hKey, module.API.EncryptInit)
}

//export goC_Encrypt
func goC_Encrypt(h C.CK_SESSION_HANDLE, pData address, ulDataLen C.CK_ULONG, pEncryptedData address, pulEncryptedDataLen address) C.CK_RV {
	return transform("C_Encrypt", h, module.OpEncrypt, input{pData, ulDataLen},
		output{pEncryptedData, pulEncryptedDataLen}, module.API.Encrypt)
}

//export goC_EncryptUpdate
func goC_EncryptUpdate(h C.CK_SESSION_HANDLE, pPart address, ulPartLen C.CK_ULONG, pEncryptedPart address, pulEncryptedPartLen address) C.CK_RV {
	return transform("C_EncryptUpdate", h, module.OpEncrypt, input{pPart, ulPartLen},
		output{pEncryptedPart, pulEncryptedPartLen}, module.API.EncryptUpdate)
}

//export goC_EncryptFinal
func goC_EncryptFinal(h C.CK_SESSION_HANDLE, pLastEncryptedPart address, pulLastEncryptedPartLen address) C.CK_RV {
	return final("C_EncryptFinal", h, module.OpEncrypt,
		output{pLastEncryptedPart, pulLastEncryptedPartLen}, module.API.EncryptFinal)
}

// Decryption functions (section 5.10).

//export goC_DecryptInit
func goC_DecryptInit(h C.CK_SESSION_HANDLE, pMechanism address, hKey C.CK_OBJECT_HANDLE) C.CK_RV {
	return begin("C_DecryptInit", h, pMechanism, hKey, module.API.DecryptInit)
}

//export goC_Decrypt
func goC_Decrypt(h C.CK_SESSION_HANDLE, pEncryptedData address, ulEncryptedDataLen C.CK_ULONG, pData address, pulDataLen address) C.CK_RV {
	return transform("C_Decrypt", h, module.OpDecrypt, input{pEncryptedData, ulEncryptedDataLen},
		output{pData, pulDataLen}, module.API.Decrypt)
}

//export goC_DecryptUpdate
func goC_DecryptUpdate(h C.CK_SESSION_HANDLE, pEncryptedPart address, ulEncryptedPartLen C.CK_ULONG, pPart address, pulPartLen address) C.CK_RV {
	return transform("C_DecryptUpdate", h, module.OpDecrypt, input{pEncryptedPart, ulEncryptedPartLen},
		output{pPart, pulPartLen}, module.API.DecryptUpdate)
}

//export goC_DecryptFinal
func goC_DecryptFinal(h C.CK_SESSION_HANDLE, pLastPart address, pulLastPartLen address) C.CK_RV {
	return final("C_DecryptFinal", h, module.OpDecrypt,
		output{pLastPart, pulLastPartLen}, module.API.DecryptFinal)
}
