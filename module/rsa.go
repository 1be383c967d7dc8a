// SPDX-License-Identifier: Apache-2.0

package module

import (
	"bytes"
	"crypto/rsa"
	"math/big"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/pkcs1"
	"tscns/module/ck"
)

// rsaKey is an RSA key pair: the private half on the card, the public half
// from the certificate.
type rsaKey struct {
	onCard   *cardos.Key
	public   rsa.PublicKey
	modulus  []byte // big-endian, without leading zeros
	exponent []byte // the same
}

// newRSAKey returns false for an exponent of more than 4 bytes, with which
// package crypto/rsa does not verify.
func newRSAKey(k *cardos.Key, public *certificate.RSAPublicKey) (*rsaKey, bool) {
	if len(public.Exponent) > 4 {
		return nil, false
	}
	n, e := new(big.Int).SetBytes(public.Modulus), new(big.Int).SetBytes(public.Exponent)
	return &rsaKey{onCard: k, public: rsa.PublicKey{N: n, E: int(e.Int64())},
		modulus: public.Modulus, exponent: public.Exponent}, true
}

func (k *rsaKey) keyType() ck.KeyType { return ck.CKK_RSA }

func (k *rsaKey) bits() int { return k.public.N.BitLen() }

// size is the length of the modulus in bytes.
func (k *rsaKey) size() int { return len(k.modulus) }

func (k *rsaKey) publicAttributes(e encoder) attributes {
	return attributes{
		ck.CKA_MODULUS:         k.modulus,
		ck.CKA_PUBLIC_EXPONENT: k.exponent,
		ck.CKA_MODULUS_BITS:    e.ulong(uint(k.bits())),
	}
}

func (k *rsaKey) privateAttributes(encoder) attributes {
	return attributes{
		ck.CKA_MODULUS:          k.modulus,
		ck.CKA_PUBLIC_EXPONENT:  k.exponent,
		ck.CKA_PRIVATE_EXPONENT: nil,
		ck.CKA_PRIME_1:          nil,
		ck.CKA_PRIME_2:          nil,
		ck.CKA_EXPONENT_1:       nil,
		ck.CKA_EXPONENT_2:       nil,
		ck.CKA_COEFFICIENT:      nil,
	}
}

// rsaScheme is a way in which mechanisms use RSA keys.
type rsaScheme struct {
	// anyBlock: it has the card work on blocks that are no PKCS #1 v1.5
	// signatures, so only cards for which that is known offer it
	// ([cardos.Key.RawRSA]).
	anyBlock bool
	// digestInfo: what the card signs is a DigestInfo, for which a card that pads
	// may have no room.
	digestInfo   bool
	newOperation func(k *rsaKey, m *mechanism, kind Operation, param any) (*operation, error)
}

func (k *rsaKey) takes(m *mechanism) bool {
	switch {
	case m.rsa == nil, m.rsa.anyBlock && k.onCard.RawRSA < cardos.DriverKnown:
		return false
	case m.rsa.digestInfo && k.onCard.LongestMessage > 0:
		return pkcs1.DigestInfoSize(m.hash) <= k.onCard.LongestMessage
	}
	return true
}

func (k *rsaKey) newOperation(m *mechanism, kind Operation, param any) (*operation, error) {
	if !k.takes(m) {
		return nil, ck.CKR_KEY_FUNCTION_NOT_PERMITTED
	}
	return m.rsa.newOperation(k, m, kind, param)
}

// publicOperation raises a block to the public exponent. The block is as long
// as the modulus; ok is false where its number is not below it.
func (k *rsaKey) publicOperation(block []byte) (result []byte, ok bool) {
	if !k.below(block) {
		return nil, false
	}
	x := new(big.Int).SetBytes(block)
	x.Exp(x, new(big.Int).SetBytes(k.exponent), k.public.N)
	return x.FillBytes(make([]byte, k.size())), true
}

// below reports whether a block has the modulus' length and is a number below
// it.
func (k *rsaKey) below(block []byte) bool {
	return len(block) == k.size() && bytes.Compare(block, k.modulus) < 0
}

// privateOperations are the methods of [cardos.Card] that use a private key.
type privateOperations interface {
	SignPKCS1v15(k *cardos.Key, t []byte) ([]byte, error)
	RawRSA(k *cardos.Key, block []byte) ([]byte, error)
}

// The private operations. Package cardos has checked what comes back with the
// public key: a wrong signature never leaves the library.

func (k *rsaKey) signPKCS1v15(c card, t []byte) ([]byte, error) {
	return k.wholeResult(c.SignPKCS1v15(k.onCard, t))
}

func (k *rsaKey) privateOperation(c card, block []byte) ([]byte, error) {
	return k.wholeResult(c.RawRSA(k.onCard, block))
}

func (k *rsaKey) wholeResult(result []byte, err error) ([]byte, error) {
	if err == nil && len(result) != k.size() {
		return nil, cardos.ErrProtocol
	}
	return result, err
}

// The operations of the schemes differ in these only: the longest message in
// bytes, and its encoding.

func (k *rsaKey) signOperation(limit int, encode func(message []byte) ([]byte, error)) *operation {
	return &operation{limit: limit, tooLong: ck.CKR_DATA_LEN_RANGE, size: k.size(),
		prepare: func(message []byte) ([]byte, error) {
			block, err := encode(message)
			if err == nil && !k.below(block) {
				err = ck.CKR_DATA_INVALID
			}
			return block, err
		},
		private: k.privateOperation}
}

func (k *rsaKey) verifyOperation(limit int, check func(message, signature []byte) error) *operation {
	return &operation{limit: limit, tooLong: ck.CKR_DATA_LEN_RANGE, size: k.size(), check: check}
}

func (k *rsaKey) encryptOperation(limit int, encode func(message []byte) ([]byte, error)) *operation {
	return &operation{limit: limit, tooLong: ck.CKR_DATA_LEN_RANGE, size: k.size(),
		prepare: func(message []byte) ([]byte, error) {
			block, err := encode(message)
			if err != nil {
				return nil, err
			}
			ciphertext, ok := k.publicOperation(block)
			if !ok {
				return nil, ck.CKR_DATA_INVALID
			}
			return ciphertext, nil
		}}
}

// decryptOperation: longest is the length of the longest plaintext.
func (k *rsaKey) decryptOperation(longest int, decode func(block []byte) ([]byte, bool)) *operation {
	return &operation{limit: k.size(), tooLong: ck.CKR_ENCRYPTED_DATA_LEN_RANGE, size: longest,
		prepare: func(ciphertext []byte) ([]byte, error) {
			if len(ciphertext) != k.size() {
				return nil, ck.CKR_ENCRYPTED_DATA_LEN_RANGE
			}
			if !k.below(ciphertext) {
				return nil, ck.CKR_ENCRYPTED_DATA_INVALID
			}
			return ciphertext, nil
		},
		private: k.privateOperation,
		finish: func(block []byte) ([]byte, error) {
			plaintext, ok := decode(block)
			if !ok {
				return nil, ck.CKR_ENCRYPTED_DATA_INVALID
			}
			return plaintext, nil
		}}
}
