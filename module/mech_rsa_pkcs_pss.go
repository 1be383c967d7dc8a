// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/rand"
	"crypto/subtle"

	"tscns/module/ck"
)

// CKM_RSA_PKCS_PSS (PKCS #11 3.1, section 6.1.9): the message is a digest.
var mechRSAPKCSPSS = mechanism{
	id: ck.CKM_RSA_PKCS_PSS, param: ParamPSS, raw: true,
	flags: ck.CKF_SIGN | ck.CKF_VERIFY,
	begin: beginPSS,
}

// pss is a checked parameter for one key.
type pss struct {
	hash, mgf *digest
	salt      int // bytes
	bits      int // of the encoded message: one less than the modulus has
}

// newPSS checks a parameter. hash, where not 0, is the digest that the
// mechanism fixes.
func newPSS(hash ck.MechanismType, k *rsaKey, param any) (*pss, error) {
	p, ok := param.(PSSParams)
	if !ok || hash != 0 && p.Hash != hash {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	e := &pss{hash: digestOf(p.Hash), mgf: digestOfMGF(p.MGF), bits: k.bits() - 1}
	if e.hash == nil || e.mgf == nil {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	// RFC 8017, 9.1.1: hash, salt and two bytes more must fit.
	space := (e.bits+7)/8 - e.hash.size - 2
	if space < 0 {
		return nil, ck.CKR_KEY_SIZE_RANGE
	}
	if p.SaltLen > uint(space) {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	e.salt = int(p.SaltLen)
	return e, nil
}

// beginPSS begins CKM_RSA_PKCS_PSS, and CKM_SHAn_RSA_PKCS_PSS where the
// mechanism has a hash.
func beginPSS(m *mechanism, kind Operation, k *rsaKey, param any) (*operation, error) {
	e, err := newPSS(m.hash, k, param)
	if err != nil {
		return nil, err
	}
	var op *operation
	if kind == OpSign {
		op = k.signOperation(e.hash.size, func(digest []byte) ([]byte, error) {
			if len(digest) != e.hash.size {
				return nil, ck.CKR_DATA_LEN_RANGE
			}
			salt := make([]byte, e.salt)
			if _, err := rand.Read(salt); err != nil {
				return nil, err
			}
			encoded := e.encode(digest, salt)
			return append(make([]byte, k.size()-len(encoded)), encoded...), nil
		})
	} else {
		op = k.verifyOperation(e.hash.size, func(digest, signature []byte) error {
			if len(digest) != e.hash.size {
				return ck.CKR_DATA_LEN_RANGE
			}
			block, ok := k.publicOp(signature)
			if !ok || !e.verify(digest, block) {
				return ck.CKR_SIGNATURE_INVALID
			}
			return nil
		})
	}
	if m.hash != 0 {
		op.hashed(e.hash)
	}
	return op, nil
}

// digestWithSalt is the hash of 8 zero bytes, the digest and the salt.
func (e *pss) digestWithSalt(digest, salt []byte) []byte {
	h := e.hash.new()
	h.Write(make([]byte, 8))
	h.Write(digest)
	h.Write(salt)
	return h.Sum(nil)
}

// topMask keeps the bits of the first byte that belong to the encoded message.
func (e *pss) topMask() byte { return 0xff >> (8*((e.bits+7)/8) - e.bits) }

// encode is EMSA-PSS-ENCODE (RFC 8017, 9.1.1): masked DB, H, BC.
func (e *pss) encode(digest, salt []byte) []byte {
	encoded := make([]byte, (e.bits+7)/8)
	h := e.digestWithSalt(digest, salt)
	db := encoded[:len(encoded)-len(h)-1]
	db[len(db)-len(salt)-1] = 1
	copy(db[len(db)-len(salt):], salt)
	e.mgf.mgf1(db, h)
	db[0] &= e.topMask()
	copy(encoded[len(db):], h)
	encoded[len(encoded)-1] = 0xbc
	return encoded
}

// verify is EMSA-PSS-VERIFY (RFC 8017, 9.1.2) on a block of the modulus'
// length.
func (e *pss) verify(digest, block []byte) bool {
	n := (e.bits + 7) / 8
	for _, b := range block[:len(block)-n] {
		if b != 0 {
			return false
		}
	}
	encoded := block[len(block)-n:]
	db := encoded[:n-e.hash.size-1]
	h := encoded[len(db) : n-1]
	if encoded[n-1] != 0xbc || encoded[0]&^e.topMask() != 0 {
		return false
	}
	e.mgf.mgf1(db, h)
	db[0] &= e.topMask()
	zeros := len(db) - e.salt - 1
	for _, b := range db[:zeros] {
		if b != 0 {
			return false
		}
	}
	salt := db[zeros+1:]
	return db[zeros] == 1 && subtle.ConstantTimeCompare(h, e.digestWithSalt(digest, salt)) == 1
}
