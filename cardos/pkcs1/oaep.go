// SPDX-License-Identifier: Apache-2.0

package pkcs1

import (
	"bytes"
	"crypto"
	"crypto/subtle"
	"io"
)

// OAEP is EME-OAEP with its options (RFC 8017, 7.1). The hashes must be linked
// into the program ([crypto.Hash.Available]).
type OAEP struct {
	Hash  crypto.Hash // of the label
	MGF   crypto.Hash // of MGF1
	Label []byte
}

// MaxOAEPMessage returns the longest message with a hash and a modulus of size
// bytes, or a negative number where even an empty one does not fit.
func MaxOAEPMessage(h crypto.Hash, size int) int { return size - 2*h.Size() - 2 }

func (o OAEP) labelHash() []byte {
	h := o.Hash.New()
	h.Write(o.Label)
	return h.Sum(nil)
}

// Encode returns the encoded message, with a seed from random, for a modulus
// of size bytes (RFC 8017, 7.1.1, step 2): 00, masked seed, masked DB. Errors:
// [ErrTooLong] and those of random.
func (o OAEP) Encode(random io.Reader, message []byte, size int) ([]byte, error) {
	if len(message) > MaxOAEPMessage(o.Hash, size) {
		return nil, ErrTooLong
	}
	block := make([]byte, size)
	seed, db := block[1:1+o.Hash.Size()], block[1+o.Hash.Size():]
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, err
	}
	copy(db, o.labelHash())
	db[len(db)-len(message)-1] = 1
	copy(db[len(db)-len(message):], message)
	mask(o.MGF, db, seed)
	mask(o.MGF, seed, db)
	return block, nil
}

// Decode returns the message of an encoded message as long as the modulus
// (RFC 8017, 7.1.2, step 3). ok is false where it is none.
func (o OAEP) Decode(block []byte) (message []byte, ok bool) {
	if MaxOAEPMessage(o.Hash, len(block)) < 0 {
		return nil, false
	}
	block = bytes.Clone(block)
	seed, db := block[1:1+o.Hash.Size()], block[1+o.Hash.Size():]
	mask(o.MGF, seed, db)
	mask(o.MGF, db, seed)
	good := subtle.ConstantTimeByteEq(block[0], 0) & subtle.ConstantTimeCompare(db[:o.Hash.Size()], o.labelHash())
	looking, index, bad := 1, 0, 0
	for i := o.Hash.Size(); i < len(db); i++ {
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
