// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include "bridge.h"
*/
import "C"

import (
	"tscns/module"
	"tscns/module/ck"
)

// Signing functions (section 5.13).

//export goC_SignInit
func goC_SignInit(h C.CK_SESSION_HANDLE, pMechanism address, hKey C.CK_OBJECT_HANDLE) C.CK_RV {
	return begin("C_SignInit", h, pMechanism, hKey, module.API.SignInit)
}

//export goC_Sign
func goC_Sign(h C.CK_SESSION_HANDLE, pData address, ulDataLen C.CK_ULONG, pSignature address, pulSignatureLen address) C.CK_RV {
	return transform("C_Sign", h, module.OpSign, input{pData, ulDataLen},
		output{pSignature, pulSignatureLen}, module.API.Sign)
}

//export goC_SignUpdate
func goC_SignUpdate(h C.CK_SESSION_HANDLE, pPart address, ulPartLen C.CK_ULONG) C.CK_RV {
	return update("C_SignUpdate", h, module.OpSign, input{pPart, ulPartLen}, module.API.SignUpdate)
}

//export goC_SignFinal
func goC_SignFinal(h C.CK_SESSION_HANDLE, pSignature address, pulSignatureLen address) C.CK_RV {
	return final("C_SignFinal", h, module.OpSign, output{pSignature, pulSignatureLen}, module.API.SignFinal)
}

// Functions for verifying signatures (section 5.15).

//export goC_VerifyInit
func goC_VerifyInit(h C.CK_SESSION_HANDLE, pMechanism address, hKey C.CK_OBJECT_HANDLE) C.CK_RV {
	return begin("C_VerifyInit", h, pMechanism, hKey, module.API.VerifyInit)
}

//export goC_Verify
func goC_Verify(h C.CK_SESSION_HANDLE, pData address, ulDataLen C.CK_ULONG, pSignature address, ulSignatureLen C.CK_ULONG) C.CK_RV {
	signature := input{pSignature, ulSignatureLen}
	return update("C_Verify", h, module.OpVerify, input{pData, ulDataLen},
		func(lib module.API, session ck.SessionHandle, data []byte) error {
			s, ok := signature.bytes()
			if !ok {
				return lib.BadArgumentsIn(session, module.OpVerify)
			}
			return lib.Verify(session, data, s)
		})
}

//export goC_VerifyUpdate
func goC_VerifyUpdate(h C.CK_SESSION_HANDLE, pPart address, ulPartLen C.CK_ULONG) C.CK_RV {
	return update("C_VerifyUpdate", h, module.OpVerify, input{pPart, ulPartLen}, module.API.VerifyUpdate)
}

//export goC_VerifyFinal
func goC_VerifyFinal(h C.CK_SESSION_HANDLE, pSignature address, ulSignatureLen C.CK_ULONG) C.CK_RV {
	return update("C_VerifyFinal", h, module.OpVerify, input{pSignature, ulSignatureLen}, module.API.VerifyFinal)
}
