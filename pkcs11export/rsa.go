// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include "rsa.h"
*/
import "C"

import (
	"tscns/module"
	"tscns/module/ck"
)

// parameter decodes a mechanism parameter of n bytes: nil, a structure of
// package module, or BadParam.
func parameter(kind module.ParamKind, p address, n C.CK_ULONG) any {
	switch {
	case kind == module.ParamNone && n == 0:
		return nil
	case kind == module.ParamPSS && p != 0 && n == C.pss_size:
		return module.PSSParams{
			Hash:    ck.MechanismType(ulong(p, C.pss_hashAlg)),
			MGF:     ck.MGFType(ulong(p, C.pss_mgf)),
			SaltLen: uint(ulong(p, C.pss_sLen)),
		}
	case kind == module.ParamOAEP && p != 0 && n == C.oaep_size:
		source := input{pointer(p, C.oaep_pSourceData), ulong(p, C.oaep_ulSourceDataLen)}
		data, ok := source.bytes()
		if !ok {
			break
		}
		return module.OAEPParams{
			Hash:       ck.MechanismType(ulong(p, C.oaep_hashAlg)),
			MGF:        ck.MGFType(ulong(p, C.oaep_mgf)),
			Source:     uint(ulong(p, C.oaep_source)),
			SourceData: data,
		}
	}
	return module.BadParam{}
}
