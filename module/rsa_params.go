// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto"

	"tscns/module/ck"
)

// PSSParams is CK_RSA_PKCS_PSS_PARAMS. SaltLen is in bytes.
type PSSParams struct {
	Hash    ck.MechanismType
	MGF     ck.MGFType
	SaltLen uint
}

// OAEPParams is CK_RSA_PKCS_OAEP_PARAMS.
type OAEPParams struct {
	Hash       ck.MechanismType
	MGF        ck.MGFType
	Source     uint
	SourceData []byte
}

// paramHashes are the hashes that PSSParams and OAEPParams may name. They are
// not those that are offered as digests, nor those with a DigestInfo.
var paramHashes = map[ck.MechanismType]crypto.Hash{
	ck.CKM_SHA_1:  crypto.SHA1,
	ck.CKM_SHA224: crypto.SHA224,
	ck.CKM_SHA256: crypto.SHA256,
	ck.CKM_SHA384: crypto.SHA384,
	ck.CKM_SHA512: crypto.SHA512,
}

// paramMGFs are the hashes of the mask generation functions (PKCS #11 3.1,
// section 6.1.7).
var paramMGFs = map[ck.MGFType]crypto.Hash{
	ck.CKG_MGF1_SHA1:   crypto.SHA1,
	ck.CKG_MGF1_SHA224: crypto.SHA224,
	ck.CKG_MGF1_SHA256: crypto.SHA256,
	ck.CKG_MGF1_SHA384: crypto.SHA384,
	ck.CKG_MGF1_SHA512: crypto.SHA512,
}

// paramHash returns the two hashes of a parameter, or
// CKR_MECHANISM_PARAM_INVALID.
func paramHash(hash ck.MechanismType, mgf ck.MGFType) (h, m crypto.Hash, err error) {
	h, hashKnown := paramHashes[hash]
	m, mgfKnown := paramMGFs[mgf]
	if !hashKnown || !mgfKnown {
		return 0, 0, ck.CKR_MECHANISM_PARAM_INVALID
	}
	return h, m, nil
}
