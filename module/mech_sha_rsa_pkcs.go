// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/rsa"

	"tscns/module/ck"
)

// CKM_SHAn_RSA_PKCS (PKCS #11 3.1, section 6.1.12): the library hashes and
// wraps the digest in a DigestInfo; the card sees one block however long the
// message was.
var (
	mechSHA1RSAPKCS   = mechanism{ck.CKM_SHA1_RSA_PKCS, ParamNone, ck.CKF_SIGN | ck.CKF_VERIFY, false, ck.CKM_SHA_1, beginSHARSAPKCS}
	mechSHA224RSAPKCS = mechanism{ck.CKM_SHA224_RSA_PKCS, ParamNone, ck.CKF_SIGN | ck.CKF_VERIFY, false, ck.CKM_SHA224, beginSHARSAPKCS}
	mechSHA256RSAPKCS = mechanism{ck.CKM_SHA256_RSA_PKCS, ParamNone, ck.CKF_SIGN | ck.CKF_VERIFY, false, ck.CKM_SHA256, beginSHARSAPKCS}
	mechSHA384RSAPKCS = mechanism{ck.CKM_SHA384_RSA_PKCS, ParamNone, ck.CKF_SIGN | ck.CKF_VERIFY, false, ck.CKM_SHA384, beginSHARSAPKCS}
	mechSHA512RSAPKCS = mechanism{ck.CKM_SHA512_RSA_PKCS, ParamNone, ck.CKF_SIGN | ck.CKF_VERIFY, false, ck.CKM_SHA512, beginSHARSAPKCS}
)

func beginSHARSAPKCS(m *mechanism, kind Operation, k *rsaKey, param any) (*operation, error) {
	if param != nil {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	d := digestOf(m.hash)
	if k.size() < len(d.info)+d.size+pkcs1Overhead {
		return nil, ck.CKR_KEY_SIZE_RANGE
	}
	if kind == OpSign {
		return k.signOperation(d.size, func(sum []byte) ([]byte, error) {
			return k.padPKCS1(append(append([]byte{}, d.info...), sum...)), nil
		}).hashed(d), nil
	}
	return k.verifyOperation(d.size, func(sum, signature []byte) error {
		if rsa.VerifyPKCS1v15(&k.public, d.crypto, sum, signature) != nil {
			return ck.CKR_SIGNATURE_INVALID
		}
		return nil
	}).hashed(d), nil
}
