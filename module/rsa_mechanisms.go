// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto"

	"tscns/module/ck"
)

const (
	signVerify     = ck.CKF_SIGN | ck.CKF_VERIFY
	encryptDecrypt = ck.CKF_ENCRYPT | ck.CKF_DECRYPT
)

// rsaMechanisms are the mechanisms of RSA keys (PKCS #11 3.1, section 6.1).
var rsaMechanisms = []*mechanism{
	{id: ck.CKM_RSA_PKCS, flags: signVerify | encryptDecrypt, rsa: &rsaPKCS},
	{id: ck.CKM_RSA_X_509, flags: signVerify | encryptDecrypt, rsa: &rsaX509},
	{id: ck.CKM_RSA_PKCS_OAEP, param: ParamOAEP, flags: encryptDecrypt, rsa: &rsaOAEP},
	{id: ck.CKM_RSA_PKCS_PSS, param: ParamPSS, flags: signVerify, rsa: &rsaPSS},
	{id: ck.CKM_SHA1_RSA_PKCS, hash: crypto.SHA1, flags: signVerify, rsa: &rsaHashedPKCS},
	{id: ck.CKM_SHA224_RSA_PKCS, hash: crypto.SHA224, flags: signVerify, rsa: &rsaHashedPKCS},
	{id: ck.CKM_SHA256_RSA_PKCS, hash: crypto.SHA256, flags: signVerify, rsa: &rsaHashedPKCS},
	{id: ck.CKM_SHA384_RSA_PKCS, hash: crypto.SHA384, flags: signVerify, rsa: &rsaHashedPKCS},
	{id: ck.CKM_SHA512_RSA_PKCS, hash: crypto.SHA512, flags: signVerify, rsa: &rsaHashedPKCS},
	{id: ck.CKM_SHA1_RSA_PKCS_PSS, hash: crypto.SHA1, param: ParamPSS, flags: signVerify, rsa: &rsaPSS},
	{id: ck.CKM_SHA224_RSA_PKCS_PSS, hash: crypto.SHA224, param: ParamPSS, flags: signVerify, rsa: &rsaPSS},
	{id: ck.CKM_SHA256_RSA_PKCS_PSS, hash: crypto.SHA256, param: ParamPSS, flags: signVerify, rsa: &rsaPSS},
	{id: ck.CKM_SHA384_RSA_PKCS_PSS, hash: crypto.SHA384, param: ParamPSS, flags: signVerify, rsa: &rsaPSS},
	{id: ck.CKM_SHA512_RSA_PKCS_PSS, hash: crypto.SHA512, param: ParamPSS, flags: signVerify, rsa: &rsaPSS},
}
