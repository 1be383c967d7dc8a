// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"

	"tscns/cardos/certificate"
)

// keys are the public keys of a card's certificates. A site that the card has
// logged in to knows its holder by the key, and can tell by it, or by a signature
// alone, whose card a recording is of. So both are written of a key made for the
// recording, unless the person has them kept.
type keys struct {
	keep bool
	list []*key
}

// key is an RSA key of the card.
type key struct {
	modulus []byte // of the card
	shown   []byte // what is written, as long
	public  rsa.PublicKey
	private *rsa.PrivateKey // the one made for it; nil where it is kept, or of a kind that cannot be made
}

// learn notes the key of a certificate and makes another of its size.
func (k *keys) learn(cert *certificate.Certificate) {
	public := cert.RSA()
	if public == nil || k.of(cert) != nil || len(public.Exponent) > 4 {
		return
	}
	n := new(big.Int).SetBytes(public.Modulus)
	made := &key{modulus: public.Modulus, shown: bytes.Repeat([]byte{0xA5}, len(public.Modulus)),
		public: rsa.PublicKey{N: n, E: int(new(big.Int).SetBytes(public.Exponent).Int64())}}
	k.list = append(k.list, made)
	if k.keep {
		made.shown = made.modulus
		return
	}
	const smallest, largest = 1024, 4096 // bits
	if size := n.BitLen(); size < smallest || size > largest {
		return
	}
	private, err := rsa.GenerateKey(rand.Reader, n.BitLen())
	if err == nil && private.E == made.public.E && private.N.BitLen() == n.BitLen() {
		made.private, made.shown = private, private.N.Bytes()
	}
}

// of returns the key of a certificate.
func (k *keys) of(cert *certificate.Certificate) *key {
	if public := cert.RSA(); public != nil {
		for _, known := range k.list {
			if bytes.Equal(known.modulus, public.Modulus) {
				return known
			}
		}
	}
	return nil
}

// find returns the key whose modulus is in b, and where.
func (k *keys) find(b []byte) (*key, int) {
	for _, known := range k.list {
		if at := bytes.Index(b, known.modulus); at >= 0 {
			return known, at
		}
	}
	return nil, 0
}

// signature returns what is written of the card's signature of our text: that of
// the key that is written. It returns nil where b is no such signature.
func (k *keys) signature(b []byte) []byte {
	digest := sha256.Sum256([]byte(reportText))
	for _, known := range k.list {
		if rsa.VerifyPKCS1v15(&known.public, crypto.SHA256, digest[:], b) != nil {
			continue
		}
		if k.keep {
			return b
		}
		if known.private != nil {
			made, err := rsa.SignPKCS1v15(nil, known.private, crypto.SHA256, digest[:])
			if err == nil && len(made) == len(b) {
				return made
			}
		}
	}
	return nil
}
