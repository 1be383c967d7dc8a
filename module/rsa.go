// SPDX-License-Identifier: Apache-2.0

package module

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1"
	"math/big"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/module/ck"
)

// rsaKey is a key pair: the private half on the card, the public half from
// the certificate.
type rsaKey struct {
	onCard *cardos.Key
	cert   *certificate.Certificate
	public rsa.PublicKey
	id     []byte // CKA_ID
	label  string // CKA_LABEL
	// signs and decrypts are what the certificate allows the key.
	signs, decrypts    bool
	raw                bool // RSA on any block is known to work
	alwaysAuthenticate bool
}

// newRSAKey takes the usages from the certificate's key usage (RFC 5280,
// 4.2.1.3); without one everything is allowed. A digital-signature key signs
// only, whatever its certificate says, and wants its PIN each time.
func newRSAKey(k *cardos.Key, signature bool) *rsaKey {
	cert := k.Certificate
	key := &rsaKey{
		onCard: k, cert: cert, id: k.ID, label: k.Label,
		public: rsa.PublicKey{
			N: new(big.Int).SetBytes(cert.RSA().Modulus),
			E: int(new(big.Int).SetBytes(cert.RSA().Exponent).Int64()),
		},
		signs: true, decrypts: true,
		raw:                k.RawRSA >= cardos.DriverKnown,
		alwaysAuthenticate: signature,
	}
	if len(key.id) == 0 {
		hash := sha1.Sum(cert.RSA().Modulus)
		key.id = hash[:]
	}
	if cert.HasKeyUsage {
		key.signs = cert.KeyUsage&(certificate.DigitalSignature|certificate.NonRepudiation) != 0
		key.decrypts = cert.KeyUsage&(certificate.KeyEncipherment|certificate.DataEncipherment) != 0
	}
	if signature {
		key.signs, key.decrypts = true, false
	}
	return key
}

func (k *rsaKey) bits() int { return k.public.N.BitLen() }

// size is the length of the modulus in bytes.
func (k *rsaKey) size() int { return len(k.cert.RSA().Modulus) }

// publicOp raises a block to the public exponent. The block is as long as the
// modulus; false where its number is not below it.
func (k *rsaKey) publicOp(block []byte) ([]byte, bool) {
	x := new(big.Int).SetBytes(block)
	if len(block) != k.size() || x.Cmp(k.public.N) >= 0 {
		return nil, false
	}
	x.Exp(x, new(big.Int).SetBytes(k.cert.RSA().Exponent), k.public.N)
	return x.FillBytes(make([]byte, k.size())), true
}

// below says whether a block of the modulus' length is a number below it.
func (k *rsaKey) below(block []byte) bool {
	return len(block) == k.size() && bytes.Compare(block, k.cert.RSA().Modulus) < 0
}

// sign has the card sign a padded block. cardos.Card.RawRSA has checked what
// comes back with the public key: a wrong signature never leaves the library.
func (k *rsaKey) sign(raw rawRSA, block []byte) ([]byte, error) {
	if !k.below(block) {
		return nil, ck.CKR_DATA_INVALID
	}
	return raw(block)
}

// decrypt has the card decrypt a block.
func (k *rsaKey) decrypt(raw rawRSA, ciphertext []byte) ([]byte, error) {
	if len(ciphertext) != k.size() {
		return nil, ck.CKR_ENCRYPTED_DATA_LEN_RANGE
	}
	if !k.below(ciphertext) {
		return nil, ck.CKR_ENCRYPTED_DATA_INVALID
	}
	return raw(ciphertext)
}

// The operations of RSA mechanisms that keep their message differ in these
// only: its largest length and the answer beyond it.

func (k *rsaKey) signOperation(limit int, pad func(message []byte) ([]byte, error)) *operation {
	return &operation{limit: limit, tooLong: ck.CKR_DATA_LEN_RANGE, size: k.size(),
		finish: func(message []byte, raw rawRSA) ([]byte, error) {
			block, err := pad(message)
			if err != nil {
				return nil, err
			}
			return k.sign(raw, block)
		}}
}

func (k *rsaKey) verifyOperation(limit int, check func(message, signature []byte) error) *operation {
	return &operation{limit: limit, tooLong: ck.CKR_DATA_LEN_RANGE, size: k.size(), check: check}
}

func (k *rsaKey) encryptOperation(limit int, pad func(message []byte) ([]byte, error)) *operation {
	return &operation{limit: limit, tooLong: ck.CKR_DATA_LEN_RANGE, size: k.size(),
		finish: func(message []byte, _ rawRSA) ([]byte, error) {
			block, err := pad(message)
			if err != nil {
				return nil, err
			}
			ciphertext, ok := k.publicOp(block)
			if !ok {
				return nil, ck.CKR_DATA_INVALID
			}
			return ciphertext, nil
		}}
}

// decryptOperation: size is the longest plaintext.
func (k *rsaKey) decryptOperation(size int, unpad func(block []byte) ([]byte, bool)) *operation {
	return &operation{limit: k.size(), tooLong: ck.CKR_ENCRYPTED_DATA_LEN_RANGE, size: size,
		finish: func(ciphertext []byte, raw rawRSA) ([]byte, error) {
			block, err := k.decrypt(raw, ciphertext)
			if err != nil {
				return nil, err
			}
			plaintext, ok := unpad(block)
			if !ok {
				return nil, ck.CKR_ENCRYPTED_DATA_INVALID
			}
			return plaintext, nil
		}}
}

// hashed turns the operation of a digest into one of a message.
func (op *operation) hashed(d *digest) *operation {
	op.hash = d.new()
	return op
}
