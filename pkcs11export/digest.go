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

// Message digesting functions (section 5.12).

//export goC_DigestInit
func goC_DigestInit(h C.CK_SESSION_HANDLE, pMechanism address) C.CK_RV {
	return call("C_DigestInit", func(lib module.API) error {
		return lib.DigestInit(ck.SessionHandle(h), mechanism(pMechanism))
	})
}

//export goC_Digest
func goC_Digest(h C.CK_SESSION_HANDLE, pData address, ulDataLen C.CK_ULONG, pDigest address, pulDigestLen address) C.CK_RV {
	return transform("C_Digest", h, module.OpDigest, input{pData, ulDataLen},
		output{pDigest, pulDigestLen}, module.API.Digest)
}

//export goC_DigestUpdate
func goC_DigestUpdate(h C.CK_SESSION_HANDLE, pPart address, ulPartLen C.CK_ULONG) C.CK_RV {
	return update("C_DigestUpdate", h, module.OpDigest, input{pPart, ulPartLen}, module.API.DigestUpdate)
}

//export goC_DigestFinal
func goC_DigestFinal(h C.CK_SESSION_HANDLE, pDigest address, pulDigestLen address) C.CK_RV {
	return final("C_DigestFinal", h, module.OpDigest, output{pDigest, pulDigestLen}, module.API.DigestFinal)
}
