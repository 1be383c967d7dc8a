// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/rand"
	"crypto/subtle"

	"tscns/module/ck"
)

// CKM_RSA_PKCS_OAEP (PKCS #11 3.1, section 6.1.7).
var mechRSAPKCSOAEP = mechanism{
	id: ck.CKM_RSA_PKCS_OAEP, param: ParamOAEP, raw: true,
	flags: ck.CKF_ENCRYPT | ck.CKF_DECRYPT,
	begin: beginOAEP,
}

// oaep is a checked parameter for one key.
type oaep struct {
	hash, mgf *digest
	label     []byte // hash of the label
	size      int    // of the modulus, bytes
}

func beginOAEP(_ *mechanism, kind Operation, k *rsaKey, param any) (*operation, error) {
	p, ok := param.(OAEPParams)
	if !ok {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	e := &oaep{hash: digestOf(p.Hash), mgf: digestOfMGF(p.MGF), size: k.size()}
	// A source of 0 with nothing in it is an empty label to several hosts.
	source := p.Source == ck.CKZ_DATA_SPECIFIED || p.Source == 0 && len(p.SourceData) == 0
	if e.hash == nil || e.mgf == nil || !source {
		return nil, ck.CKR_MECHANISM_PARAM_INVALID
	}
	limit := k.size() - 2*e.hash.size - 2
	if limit < 0 {
		return nil, ck.CKR_KEY_SIZE_RANGE
	}
	h := e.hash.new()
	h.Write(p.SourceData)
	e.label = h.Sum(nil)
	if kind == OpEncrypt {
		return k.encryptOperation(limit, func(message []byte) ([]byte, error) {
			seed := make([]byte, e.hash.size)
			if _, err := rand.Read(seed); err != nil {
				return nil, err
			}
			return e.encode(message, seed), nil
		}), nil
	}
	return k.decryptOperation(limit, e.decode), nil
}

// encode is EME-OAEP encoding (RFC 8017, 7.1.1, step 2): 00, masked seed,
// masked DB.
func (e *oaep) encode(message, seed []byte) []byte {
	block := make([]byte, e.size)
	maskedSeed := block[1 : 1+e.hash.size]
	db := block[1+e.hash.size:]
	copy(maskedSeed, seed)
	copy(db, e.label)
	db[len(db)-len(message)-1] = 1
	copy(db[len(db)-len(message):], message)
	e.mgf.mgf1(db, maskedSeed)
	e.mgf.mgf1(maskedSeed, db)
	return block
}

// decode is EME-OAEP decoding (7.1.2, step 3). Until the answer is known it
// takes the same time for every block, and there is one answer for all
// faults.
func (e *oaep) decode(block []byte) ([]byte, bool) {
	block = append([]byte{}, block...)
	seed := block[1 : 1+e.hash.size]
	db := block[1+e.hash.size:]
	e.mgf.mgf1(seed, db)
	e.mgf.mgf1(db, seed)
	good := subtle.ConstantTimeByteEq(block[0], 0) & subtle.ConstantTimeCompare(db[:e.hash.size], e.label)
	looking, index, bad := 1, 0, 0
	for i := e.hash.size; i < len(db); i++ {
		zero := subtle.ConstantTimeByteEq(db[i], 0)
		one := subtle.ConstantTimeByteEq(db[i], 1)
		index = subtle.ConstantTimeSelect(looking&one, i, index)
		bad = subtle.ConstantTimeSelect(looking&(zero^1)&(one^1), 1, bad)
		looking = subtle.ConstantTimeSelect(one, 0, looking)
	}
	if good&(looking^1)&(bad^1) != 1 {
		return nil, false
	}
	return db[index+1:], true
}
