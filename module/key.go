// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/sha1"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/module/ck"
)

// key is a key of the card with its certificate: what keys of every kind have,
// and the halves that differ between kinds.
type key struct {
	onCard *cardos.Key
	id     []byte // CKA_ID
	label  string // CKA_LABEL

	// public is nil for a key of a kind that is not known here: its
	// certificate is the only object.
	public publicKey
	// pair is public, or nil where the private half cannot be used
	// ([cardos.Key.Usable]); then there is no private key object, and no
	// mechanism takes the public one.
	pair keyPair

	// signs and decrypts are what the certificate allows the private key.
	signs, decrypts    bool
	alwaysAuthenticate bool // CKA_ALWAYS_AUTHENTICATE
}

// publicKey is the public half of a key, from its certificate.
type publicKey interface {
	keyType() ck.KeyType
	// publicAttributes are those that only public keys of this type have.
	publicAttributes(e encoder) attributes
}

// keyPair is a public key whose private half is on the card. Through it, and
// through nothing else, a key signs, verifies, encrypts and decrypts: another
// kind of key is another implementation, with mechanisms of its own.
type keyPair interface {
	publicKey
	// bits is the size of the key as CK_MECHANISM_INFO counts it.
	bits() int
	// privateAttributes are those that only private keys of this type have; a
	// nil value is never shown.
	privateAttributes(e encoder) attributes
	// takes reports whether the key can be used with a mechanism, whatever its
	// certificate allows.
	takes(m *mechanism) bool
	// newOperation checks the parameter of a mechanism and the size of the
	// key, without the card, and makes the operation: to sign, verify, encrypt
	// or decrypt.
	newOperation(m *mechanism, kind Operation, param any) (*operation, error)
}

// newKey makes a key of what the certificate says of its kind. signature: it
// is one for digital signatures, which wants its PIN each time.
func newKey(k *cardos.Key, signature bool) *key {
	key := &key{onCard: k, id: k.ID, label: k.Label, alwaysAuthenticate: signature}
	if len(key.id) == 0 {
		hash := sha1.Sum(k.Certificate.SPKI)
		key.id = hash[:]
	}
	switch public := k.Certificate.PublicKey.(type) {
	case *certificate.RSAPublicKey:
		if public, ok := newRSAKey(k, public); ok {
			key.public = public
		}
	case *certificate.ECPublicKey:
		if public, ok := newECKey(public); ok {
			key.public = public
		}
	}
	if pair, ok := key.public.(keyPair); ok && k.Usable {
		key.pair = pair
		key.setUsages(k.Certificate, signature)
	}
	return key
}

// setUsages takes the usages from the certificate's key usage (RFC 5280,
// 4.2.1.3); without one everything is allowed. A digital-signature key signs
// only, whatever its certificate says.
func (k *key) setUsages(cert *certificate.Certificate, signature bool) {
	k.signs, k.decrypts = true, true
	if cert.HasKeyUsage {
		k.signs = cert.KeyUsage&(certificate.DigitalSignature|certificate.NonRepudiation) != 0
		k.decrypts = cert.KeyUsage&(certificate.KeyEncipherment|certificate.DataEncipherment) != 0
	}
	if signature {
		k.signs, k.decrypts = true, false
	}
}

// permits reports whether the certificate allows an operation.
func (k *key) permits(kind Operation) bool {
	if kind == OpSign || kind == OpVerify {
		return k.signs
	}
	return k.decrypts
}
