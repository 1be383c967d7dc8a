// SPDX-License-Identifier: Apache-2.0

package module

import (
	"maps"

	"tscns/module/ck"
)

// newKeyObject starts a key object with what public and private keys have in
// common (PKCS #11 3.1, sections 4.7 to 4.9). The same CKA_ID and CKA_LABEL as
// those of the certificate let hosts pair them. How the key came onto the card
// is not known, so CKA_LOCAL is not claimed.
func (l *library) newKeyObject(class ck.ObjectClass, k *key, kind string) *object {
	e := l.encoder()
	o := l.newObject(class, k.label, uniqueID(kind, k.id))
	maps.Copy(o.values, attributes{
		ck.CKA_KEY_TYPE:           e.ulong(uint(k.public.keyType())),
		ck.CKA_ID:                 k.id,
		ck.CKA_SUBJECT:            k.onCard.Certificate.Subject,
		ck.CKA_START_DATE:         {},
		ck.CKA_END_DATE:           {},
		ck.CKA_DERIVE:             e.boolean(false),
		ck.CKA_LOCAL:              e.boolean(false),
		ck.CKA_KEY_GEN_MECHANISM:  e.ulong(ck.CK_UNAVAILABLE_INFORMATION),
		ck.CKA_PUBLIC_KEY_INFO:    k.onCard.Certificate.SPKI,
		ck.CKA_ALLOWED_MECHANISMS: e.mechanisms(k.mechanisms()),
	})
	o.key = k
	return o
}

// newPublicKeyObject makes the public key object, from the certificate. Its
// usages are those of the private key: a key that signs without a partner
// that verifies puzzles hosts.
func (l *library) newPublicKeyObject(k *key) *object {
	e := l.encoder()
	o := l.newKeyObject(ck.CKO_PUBLIC_KEY, k, "pub")
	maps.Copy(o.values, k.public.publicAttributes(e))
	maps.Copy(o.values, attributes{
		ck.CKA_VERIFY:         e.boolean(k.signs),
		ck.CKA_ENCRYPT:        e.boolean(k.decrypts),
		ck.CKA_VERIFY_RECOVER: e.boolean(false),
		ck.CKA_WRAP:           e.boolean(false),
		ck.CKA_TRUSTED:        e.boolean(false),
	})
	return o
}

// newPrivateKeyObject makes the private key object. It never leaves the card,
// and CKA_COPYABLE false keeps hosts from trying.
func (l *library) newPrivateKeyObject(k *key) *object {
	e := l.encoder()
	o := l.newKeyObject(ck.CKO_PRIVATE_KEY, k, "priv")
	maps.Copy(o.values, k.pair.privateAttributes(e))
	maps.Copy(o.values, attributes{
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
	})
	return o
}
