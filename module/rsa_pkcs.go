// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/rand"
	"crypto/rsa"

	"tscns/cardos/pkcs1"
	"tscns/module/ck"
)

// rsaPKCS is CKM_RSA_PKCS (PKCS #11 3.1, section 6.1.6): PKCS #1 v1.5. The
// message to sign is what stands after the padding, usually a DigestInfo; it
// is not looked into.
var rsaPKCS = rsaScheme{newOperation: newPKCSOperation}

func newPKCSOperation(k *rsaKey, _ *mechanism, kind Operation, param any) (*operation, error) {
	if param != nil {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	limit := k.size() - pkcs1.Overhead
	switch kind {
	case OpSign:
		return k.signPKCSOperation(limit), nil
	case OpVerify:
		return k.verifyOperation(limit, func(m, signature []byte) error {
			if rsa.VerifyPKCS1v15(&k.public, 0, m, signature) != nil {
				return ck.CKR_SIGNATURE_INVALID
			}
			return nil
		}), nil
	case OpEncrypt:
		return k.encryptOperation(limit, func(message []byte) ([]byte, error) {
			return pkcs1.PadEncryption(rand.Reader, message, k.size())
		}), nil
	}
	return k.decryptOperation(limit, pkcs1.UnpadEncryption), nil
}

// rsaHashedPKCS is CKM_SHAn_RSA_PKCS (PKCS #11 3.1, section 6.1.12): the
// library hashes and wraps the digest in a DigestInfo; the card sees one block
// however long the message was.
var rsaHashedPKCS = rsaScheme{digestInfo: true, newOperation: newHashedPKCSOperation}

func newHashedPKCSOperation(k *rsaKey, m *mechanism, kind Operation, param any) (*operation, error) {
	if param != nil {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	if k.size() < pkcs1.DigestInfoSize(m.hash)+pkcs1.Overhead {
		return nil, ck.CKR_KEY_SIZE_RANGE
	}
	var op *operation
	if kind == OpSign {
		op = k.signPKCSOperation(0)
		op.prepare = func(digest []byte) ([]byte, error) { return pkcs1.DigestInfo(m.hash, digest) }
	} else {
		op = k.verifyOperation(0, func(digest, signature []byte) error {
			if rsa.VerifyPKCS1v15(&k.public, m.hash, digest, signature) != nil {
				return ck.CKR_SIGNATURE_INVALID
			}
			return nil
		})
	}
	op.hash = m.hash.New()
	return op, nil
}

// signPKCSOperation has the padding made behind [cardos.Card.SignPKCS1v15]:
// some cards make it themselves.
func (k *rsaKey) signPKCSOperation(limit int) *operation {
	if longest := k.onCard.LongestMessage; longest > 0 {
		limit = min(limit, longest)
	}
	return &operation{limit: limit, tooLong: ck.CKR_DATA_LEN_RANGE, size: k.size(), private: k.signPKCS1v15}
}
