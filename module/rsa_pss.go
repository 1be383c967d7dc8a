// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/rand"

	"tscns/cardos/pkcs1"
	"tscns/module/ck"
)

// rsaPSS is CKM_RSA_PKCS_PSS (PKCS #11 3.1, section 6.1.9), where the message
// is a digest, and CKM_SHAn_RSA_PKCS_PSS (6.1.13), where the library hashes
// and the parameter must name the same hash.
var rsaPSS = rsaScheme{anyBlock: true, newOperation: newPSSOperation}

func newPSSOperation(k *rsaKey, m *mechanism, kind Operation, param any) (*operation, error) {
	e, err := newPSS(m, k, param)
	if err != nil {
		return nil, err
	}
	isDigest := func(message []byte) error {
		if len(message) != e.Hash.Size() {
			return ck.CKR_DATA_LEN_RANGE
		}
		return nil
	}
	var op *operation
	if kind == OpSign {
		op = k.signOperation(e.Hash.Size(), func(digest []byte) ([]byte, error) {
			if err := isDigest(digest); err != nil {
				return nil, err
			}
			return e.Encode(rand.Reader, digest, k.bits())
		})
	} else {
		op = k.verifyOperation(e.Hash.Size(), func(digest, signature []byte) error {
			if err := isDigest(digest); err != nil {
				return err
			}
			block, ok := k.publicOperation(signature)
			if !ok || !e.Verify(digest, block, k.bits()) {
				return ck.CKR_SIGNATURE_INVALID
			}
			return nil
		})
	}
	if m.hash != 0 {
		op.hash = m.hash.New()
	}
	return op, nil
}

// newPSS checks a parameter.
func newPSS(m *mechanism, k *rsaKey, param any) (pkcs1.PSS, error) {
	p, ok := param.(PSSParams)
	if !ok {
		return pkcs1.PSS{}, ck.CKR_MECHANISM_PARAM_INVALID
	}
	hash, mgf, err := paramHash(p.Hash, p.MGF)
	if err != nil {
		return pkcs1.PSS{}, err
	}
	if m.hash != 0 && hash != m.hash {
		return pkcs1.PSS{}, ck.CKR_MECHANISM_PARAM_INVALID
	}
	longest := pkcs1.MaxPSSSalt(hash, k.bits())
	if longest < 0 {
		return pkcs1.PSS{}, ck.CKR_KEY_SIZE_RANGE
	}
	if p.SaltLen > uint(longest) {
		return pkcs1.PSS{}, ck.CKR_MECHANISM_PARAM_INVALID
	}
	return pkcs1.PSS{Hash: hash, MGF: mgf, SaltLength: int(p.SaltLen)}, nil
}
