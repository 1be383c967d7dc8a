// SPDX-License-Identifier: Apache-2.0

package pkcs1

import (
	"bytes"
	"crypto"
	"crypto/subtle"
	"io"
)

// PSS is EMSA-PSS with its options (RFC 8017, 9.1). The hashes must be linked
// into the program ([crypto.Hash.Available]).
type PSS struct {
	Hash       crypto.Hash // of the message
	MGF        crypto.Hash // of MGF1
	SaltLength int
}

// MaxPSSSalt returns the longest salt with a hash and a modulus of bits bits,
// or a negative number where the digest alone does not fit.
func MaxPSSSalt(h crypto.Hash, bits int) int { return encodedSize(bits) - h.Size() - 2 }

// encodedSize is the length of the encoded message, which has one bit less
// than the modulus.
func encodedSize(bits int) int { return (bits - 1 + 7) / 8 }

// topMask keeps the bits of the first byte that belong to the encoded message.
func topMask(bits int) byte { return 0xFF >> (8*encodedSize(bits) - (bits - 1)) }

// check returns an error unless the digest has the length of its hash and
// fits, with its salt, a modulus of bits bits.
func (p PSS) check(digest []byte, bits int) error {
	switch {
	case len(digest) != p.Hash.Size():
		return ErrDigest
	case p.SaltLength < 0 || p.SaltLength > MaxPSSSalt(p.Hash, bits):
		return ErrTooLong
	}
	return nil
}

// saltedDigest is the hash of 8 zero bytes, the digest and the salt.
func (p PSS) saltedDigest(digest, salt []byte) []byte {
	h := p.Hash.New()
	h.Write(make([]byte, 8))
	h.Write(digest)
	h.Write(salt)
	return h.Sum(nil)
}

// Encode returns the encoded message of a digest, with a salt from random
// (RFC 8017, 9.1.1, from step 2): masked DB, H, BC. It is a block as long as
// the modulus, which has bits bits. Errors: [ErrDigest], [ErrTooLong] and
// those of random.
func (p PSS) Encode(random io.Reader, digest []byte, bits int) ([]byte, error) {
	if err := p.check(digest, bits); err != nil {
		return nil, err
	}
	salt := make([]byte, p.SaltLength)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, err
	}
	block := make([]byte, (bits+7)/8)
	encoded := block[len(block)-encodedSize(bits):]
	h := p.saltedDigest(digest, salt)
	db := encoded[:len(encoded)-len(h)-1]
	db[len(db)-len(salt)-1] = 1
	copy(db[len(db)-len(salt):], salt)
	mask(p.MGF, db, h)
	db[0] &= topMask(bits)
	copy(encoded[len(db):], h)
	encoded[len(encoded)-1] = 0xBC
	return block, nil
}

// Verify reports whether a block as long as the modulus, which has bits bits,
// is an encoded message of a digest (RFC 8017, 9.1.2, from step 2).
func (p PSS) Verify(digest, block []byte, bits int) bool {
	if p.check(digest, bits) != nil || len(block) != (bits+7)/8 {
		return false
	}
	encoded := bytes.Clone(block[len(block)-encodedSize(bits):])
	if len(encoded) < len(block) && block[0] != 0 {
		return false
	}
	last := len(encoded) - 1
	if encoded[last] != 0xBC || encoded[0]&^topMask(bits) != 0 {
		return false
	}
	db, h := encoded[:last-p.Hash.Size()], encoded[last-p.Hash.Size():last]
	mask(p.MGF, db, h)
	db[0] &= topMask(bits)
	zeros := len(db) - p.SaltLength - 1
	for _, b := range db[:zeros] {
		if b != 0 {
			return false
		}
	}
	salt := db[zeros+1:]
	return db[zeros] == 1 && subtle.ConstantTimeCompare(h, p.saltedDigest(digest, salt)) == 1
}
