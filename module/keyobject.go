// SPDX-License-Identifier: Apache-2.0

package module

import (
	"tscns/module/ck"
)

// addKeyAttributes adds what public and private keys have in common (PKCS #11
// 3.1, sections 4.7 to 4.9). The same CKA_ID and CKA_LABEL as those of the
// certificate let hosts pair them. How the key came onto the card is not
// known, so CKA_LOCAL is not claimed.
func (l *library) addKeyAttributes(o *object, k *rsaKey) {
	e := l.encoder()
	for a, v := range (attributes{
		ck.CKA_KEY_TYPE:          e.ulong(uint(ck.CKK_RSA)),
		ck.CKA_ID:                k.id,
		ck.CKA_SUBJECT:           k.cert.Subject,
		ck.CKA_START_DATE:        {},
		ck.CKA_END_DATE:          {},
		ck.CKA_DERIVE:            e.boolean(false),
		ck.CKA_LOCAL:             e.boolean(false),
		ck.CKA_KEY_GEN_MECHANISM: e.ulong(ck.CK_UNAVAILABLE_INFORMATION),
		ck.CKA_MODULUS:           k.cert.RSA().Modulus,
		ck.CKA_PUBLIC_EXPONENT:   k.cert.RSA().Exponent,
		ck.CKA_PUBLIC_KEY_INFO:   k.cert.SPKI,
	}) {
		o.values[a] = v
	}
	o.key = k
}

// newPublicKeyObject makes the public key object, from the certificate. Its
// usages are those of the private key: a key that signs without a partner
// that verifies puzzles hosts.
func (l *library) newPublicKeyObject(k *rsaKey) *object {
	e := l.encoder()
	o := l.newObject(ck.CKO_PUBLIC_KEY, k.label, uniqueID("pub", k.id))
	l.addKeyAttributes(o, k)
	for a, v := range (attributes{
		ck.CKA_MODULUS_BITS:   e.ulong(uint(k.bits())),
		ck.CKA_VERIFY:         e.boolean(k.signs),
		ck.CKA_ENCRYPT:        e.boolean(k.decrypts),
		ck.CKA_VERIFY_RECOVER: e.boolean(false),
		ck.CKA_WRAP:           e.boolean(false),
		ck.CKA_TRUSTED:        e.boolean(false),
	}) {
		o.values[a] = v
	}
	return o
}

// newPrivateKeyObject makes the private key object. It never leaves the card,
// and CKA_COPYABLE false keeps hosts from trying.
func (l *library) newPrivateKeyObject(k *rsaKey) *object {
	e := l.encoder()
	o := l.newObject(ck.CKO_PRIVATE_KEY, k.label, uniqueID("priv", k.id))
	l.addKeyAttributes(o, k)
	for a, v := range (attributes{
		ck.CKA_SIGN:                e.boolean(k.signs),
		ck.CKA_DECRYPT:             e.boolean(k.decrypts),
		ck.CKA_SIGN_RECOVER:        e.boolean(false),
		ck.CKA_UNWRAP:              e.boolean(false),
		ck.CKA_SENSITIVE:           e.boolean(true),
		ck.CKA_ALWAYS_SENSITIVE:    e.boolean(true),
		ck.CKA_EXTRACTABLE:         e.boolean(false),
		ck.CKA_NEVER_EXTRACTABLE:   e.boolean(true),
		ck.CKA_WRAP_WITH_TRUSTED:   e.boolean(false),
		ck.CKA_ALWAYS_AUTHENTICATE: e.boolean(k.alwaysAuthenticate),
		ck.CKA_PRIVATE_EXPONENT:    nil,
		ck.CKA_PRIME_1:             nil,
		ck.CKA_PRIME_2:             nil,
		ck.CKA_EXPONENT_1:          nil,
		ck.CKA_EXPONENT_2:          nil,
		ck.CKA_COEFFICIENT:         nil,
	}) {
		o.values[a] = v
	}
	return o
}
