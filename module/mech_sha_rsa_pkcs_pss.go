// SPDX-License-Identifier: Apache-2.0

package module

import "tscns/module/ck"

// CKM_SHAn_RSA_PKCS_PSS (PKCS #11 3.1, section 6.1.13): the library hashes,
// the parameter must name the same hash.
var (
	mechSHA1RSAPKCSPSS   = mechanism{ck.CKM_SHA1_RSA_PKCS_PSS, ParamPSS, ck.CKF_SIGN | ck.CKF_VERIFY, true, ck.CKM_SHA_1, beginPSS}
	mechSHA224RSAPKCSPSS = mechanism{ck.CKM_SHA224_RSA_PKCS_PSS, ParamPSS, ck.CKF_SIGN | ck.CKF_VERIFY, true, ck.CKM_SHA224, beginPSS}
	mechSHA256RSAPKCSPSS = mechanism{ck.CKM_SHA256_RSA_PKCS_PSS, ParamPSS, ck.CKF_SIGN | ck.CKF_VERIFY, true, ck.CKM_SHA256, beginPSS}
	mechSHA384RSAPKCSPSS = mechanism{ck.CKM_SHA384_RSA_PKCS_PSS, ParamPSS, ck.CKF_SIGN | ck.CKF_VERIFY, true, ck.CKM_SHA384, beginPSS}
	mechSHA512RSAPKCSPSS = mechanism{ck.CKM_SHA512_RSA_PKCS_PSS, ParamPSS, ck.CKF_SIGN | ck.CKF_VERIFY, true, ck.CKM_SHA512, beginPSS}
)
