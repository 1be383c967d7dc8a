// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/rand"

	"tscns/cardos/pkcs1"
	"tscns/module/ck"
)

// rsaOAEP is CKM_RSA_PKCS_OAEP (PKCS #11 3.1, section 6.1.7).
var rsaOAEP = rsaScheme{anyBlock: true, newOperation: newOAEPOperation}

func newOAEPOperation(k *rsaKey, _ *mechanism, kind Operation, param any) (*operation, error) {
	p, ok := param.(OAEPParams)
	if !ok {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	hash, mgf, err := paramHash(p.Hash, p.MGF)
	if err != nil {
		return nil, err
	}
	// A source of 0 with nothing in it is an empty label to several hosts.
	if p.Source != ck.CKZ_DATA_SPECIFIED && (p.Source != 0 || len(p.SourceData) > 0) {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	limit := pkcs1.MaxOAEPMessage(hash, k.size())
	if limit < 0 {
		return nil, ck.CKR_KEY_SIZE_RANGE
	}
	e := pkcs1.OAEP{Hash: hash, MGF: mgf, Label: p.SourceData}
	if kind == OpEncrypt {
		return k.encryptOperation(limit, func(message []byte) ([]byte, error) {
			return e.Encode(rand.Reader, message, k.size())
		}), nil
	}
	return k.decryptOperation(limit, e.Decode), nil
}
