// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"crypto/x509"
	"slices"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
)

var searches = []Item{
	{Number: 74, Section: "5.7.7", Title: "an empty template finds all; NULL with a count is refused", Run: func(x *X) {
		h := x.start().open(serial)
		all := x.find(h)
		x.that(len(all) >= 3, "%d objects", len(all))
		x.is(ck.CKR_ARGUMENTS_BAD, "C_FindObjectsInit", h, nil, 1)
		x.is(ck.CKR_OK, "C_FindObjectsInit", h, Template{class(ck.CKO_SECRET_KEY)}, 0)
		found, n := make([]ck.ObjectHandle, 64), nothing
		x.ok("C_FindObjects", h, found, 64, &n)
		x.that(slices.Equal(all, found[:n]), "a count of 0 found %v, not %v", found[:n], all)
	}},
	{Number: 75, Section: "5.7.7-5.7.9", Title: "one search at a time, beside other operations", Run: func(x *X) {
		h := x.login(x.start().open(serial))
		key := x.one(h, ck.CKO_PRIVATE_KEY)
		n := nothing
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, "C_FindObjects", h, make([]ck.ObjectHandle, 4), 4, &n)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, "C_FindObjectsFinal", h)
		x.ok("C_FindObjectsInit", h, nil, 0)
		x.is(ck.CKR_OPERATION_ACTIVE, "C_FindObjectsInit", h, nil, 0)
		x.sign(h, key, sha256(), []byte("x"))
		x.is(ck.CKR_OK, "C_FindObjects", h, make([]ck.ObjectHandle, 4), 4, &n)
		x.is(ck.CKR_OK, "C_FindObjectsFinal", h)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, "C_FindObjectsFinal", h)
	}},
	{Number: 76, Section: "5.7.8", Title: "a search gives the same in pieces of any size, then nothing", Run: func(x *X) {
		h := x.start().open(serial)
		all := x.find(h)
		for _, size := range []uint{1, 2, 10, 1024} {
			var got []ck.ObjectHandle
			x.ok("C_FindObjectsInit", h, nil, 0)
			n := nothing
			x.is(ck.CKR_OK, "C_FindObjects", h, nil, 0, &n)
			x.that(n == 0, "%d in no room", n)
			for range len(all) + 1 {
				found := make([]ck.ObjectHandle, size)
				x.is(ck.CKR_OK, "C_FindObjects", h, found, size, &n)
				got = append(got, found[:n]...)
			}
			x.that(n == 0, "%d after the end", n)
			x.ok("C_FindObjectsFinal", h)
			x.that(slices.Equal(all, got), "pieces of %d gave %v, not %v", size, got, all)
		}
	}},
	{Number: 77, Section: "5.7.7", Title: "private objects show after login only", Run: func(x *X) {
		h := x.start().open(serial)
		yes := Attr(ck.CKA_PRIVATE, []byte{1})
		x.that(len(x.find(h, yes)) == 0, "private objects without login")
		x.that(len(x.find(h, class(ck.CKO_CERTIFICATE))) == 1, "no certificate without login")
		public := x.find(h)
		x.login(h)
		private := x.find(h, yes)
		x.that(len(private) == 1, "%d private objects", len(private))
		x.that(len(x.find(h)) == len(public)+1, "not all objects")
		x.ok("C_FindObjectsInit", h, nil, 0)
		x.ok("C_Logout", h)
		found, n := make([]ck.ObjectHandle, 64), nothing
		x.ok("C_FindObjects", h, found, 64, &n)
		x.that(slices.Equal(public, found[:n]), "found before the logout, shown after: %v", found[:n])
	}},
	{Number: 78, Section: "5.7.7", Title: "a template matches byte for byte", Run: func(x *X) {
		h := x.start().open(serial)
		cert := x.one(h, ck.CKO_CERTIFICATE)
		for _, a := range []ck.AttributeType{ck.CKA_VALUE, ck.CKA_ID, ck.CKA_LABEL, ck.CKA_SUBJECT, ck.CKA_ISSUER,
			ck.CKA_SERIAL_NUMBER, ck.CKA_UNIQUE_ID, ck.CKA_CERTIFICATE_TYPE} {
			v := x.get(h, cert, a)
			x.that(slices.Contains(x.find(h, Attr(a, v)), cert), "attribute %#x does not find it", a)
			x.that(!slices.Contains(x.find(h, Attr(a, v[:len(v)-1])), cert), "attribute %#x cut short finds it", a)
			x.that(!slices.Contains(x.find(h, Attr(a, append(slices.Clone(v), 0))), cert), "attribute %#x and more finds it", a)
			other := slices.Clone(v)
			other[len(other)-1] ^= 1
			x.that(!slices.Contains(x.find(h, Attr(a, other)), cert), "another attribute %#x finds it", a)
		}
		x.that(len(x.find(h, Attr(0x8000_0123, []byte{1}))) == 0, "an attribute that nothing has")
		x.that(len(x.find(h, Attr(ck.CKA_CLASS, []byte{1}))) == 0, "a class of one byte")
		x.that(len(x.find(h, class(ck.CKO_CERTIFICATE), Attr(ck.CKA_MODULUS, []byte{1}))) == 0, "a modulus of a certificate")
	}},
}

// keyParts are the attributes of a private key that never leave the card.
var keyParts = []ck.AttributeType{ck.CKA_PRIVATE_EXPONENT, ck.CKA_PRIME_1, ck.CKA_PRIME_2, ck.CKA_EXPONENT_1,
	ck.CKA_EXPONENT_2, ck.CKA_COEFFICIENT}

const unavailable = ck.CK_UNAVAILABLE_INFORMATION

var attributes = []Item{
	{Number: 79, Section: "5.7.5", Title: "every entry is answered beside those that cannot be", Run: func(x *X) {
		h := x.start().open(serial)
		cert := x.one(h, ck.CKO_CERTIFICATE)
		t := Template{Buffer(ck.CKA_CLASS, 8), Buffer(ck.CKA_MODULUS, 512), Buffer(0x8000_0123, 8), Buffer(ck.CKA_LABEL, 200)}
		x.is(ck.CKR_ATTRIBUTE_TYPE_INVALID, "C_GetAttributeValue", h, cert, t, uint(len(t)))
		x.that(t[0].Len == 8 && bytes.Equal(t[0].Value, numbers(uint64(ck.CKO_CERTIFICATE))), "the first entry")
		x.that(t[1].Len == unavailable && t[2].Len == unavailable, "lengths %#x and %#x", t[1].Len, t[2].Len)
		x.that(t[3].Len > 0 && t[3].Len < 200, "the last entry: %#x", t[3].Len)
	}},
	{Number: 80, Section: "5.7.5", Title: "sizes are told; too small a buffer is marked", Run: func(x *X) {
		h := x.start().open(serial)
		cert := x.one(h, ck.CKO_CERTIFICATE)
		value := x.get(h, cert, ck.CKA_VALUE)
		t := Template{Size(ck.CKA_VALUE)}
		x.is(ck.CKR_OK, "C_GetAttributeValue", h, cert, t, 1)
		x.that(t[0].Len == uint(len(value)), "size %d of %d", t[0].Len, len(value))
		t = Template{Buffer(ck.CKA_VALUE, len(value)-1), Buffer(ck.CKA_CLASS, 8)}
		x.is(ck.CKR_BUFFER_TOO_SMALL, "C_GetAttributeValue", h, cert, t, 2)
		x.that(t[0].Len == unavailable && t[1].Len == 8, "lengths %#x and %#x", t[0].Len, t[1].Len)
		x.that(bytes.Equal(t[0].Value, make([]byte, len(value)-1)), "something was written")
	}},
	{Number: 81, Section: "5.7.5", Title: "the private parts of a key are sensitive, their sizes too", Run: func(x *X) {
		h := x.login(x.start().open(serial))
		key := x.one(h, ck.CKO_PRIVATE_KEY)
		for _, a := range keyParts {
			for _, t := range []Template{{Size(a)}, {Buffer(a, 512)}} {
				x.is(ck.CKR_ATTRIBUTE_SENSITIVE, "C_GetAttributeValue", h, key, t, 1)
				x.that(t[0].Len == unavailable, "attribute %#x: length %d", a, t[0].Len)
			}
		}
		t := Template{Buffer(ck.CKA_PRIME_1, 256), Buffer(ck.CKA_MODULUS, 512)}
		x.is(ck.CKR_ATTRIBUTE_SENSITIVE, "C_GetAttributeValue", h, key, t, 2)
		x.that(t[1].Len == uint(x.bits()/8), "the modulus beside it: %#x", t[1].Len)
	}},
	{Number: 82, Section: "5.7.5", Title: "empty values are values", Run: func(x *X) {
		h := x.start().open(serial)
		key := x.one(h, ck.CKO_PUBLIC_KEY)
		for _, t := range []Template{{Size(ck.CKA_START_DATE)}, {Buffer(ck.CKA_END_DATE, 8)}} {
			x.is(ck.CKR_OK, "C_GetAttributeValue", h, key, t, 1)
			x.that(t[0].Len == 0, "length %d", t[0].Len)
		}
		x.that(slices.Contains(x.find(h, Attr(ck.CKA_START_DATE, []byte{})), key), "an empty date does not find it")
	}},
	{Number: 83, Section: "5.7.5", Title: "NULL templates and bad objects are refused", Run: func(x *X) {
		h := x.start().open(serial)
		cert := x.one(h, ck.CKO_CERTIFICATE)
		x.is(ck.CKR_ARGUMENTS_BAD, "C_GetAttributeValue", h, cert, nil, 1)
		x.is(ck.CKR_OBJECT_HANDLE_INVALID, "C_GetAttributeValue", h, junk, Template{Size(ck.CKA_CLASS)}, 1)
		x.is(ck.CKR_OBJECT_HANDLE_INVALID, "C_GetAttributeValue", h, 0, Template{Size(ck.CKA_CLASS)}, 1)
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_GetAttributeValue", junk, junk, nil, 1)
	}},
	{Number: 84, Section: "4", Title: "every object has the attributes of its class", Run: mandatory},
	{Number: 85, Section: "4.6-4.9, 6.1", Title: "certificate and keys belong together", Run: func(x *X) {
		h := x.login(x.start().open(serial))
		cert, public, private := x.one(h, ck.CKO_CERTIFICATE), x.one(h, ck.CKO_PUBLIC_KEY), x.one(h, ck.CKO_PRIVATE_KEY)
		id := x.get(h, cert, ck.CKA_ID)
		x.that(len(id) > 0, "no CKA_ID")
		parsed, err := x509.ParseCertificate(x.get(h, cert, ck.CKA_VALUE))
		require.NoError(x.T, err)
		for _, o := range []ck.ObjectHandle{public, private} {
			x.that(bytes.Equal(id, x.get(h, o, ck.CKA_ID)), "another CKA_ID")
			x.that(bytes.Equal(parsed.RawSubject, x.get(h, o, ck.CKA_SUBJECT)), "another CKA_SUBJECT")
			n := x.get(h, o, ck.CKA_MODULUS)
			x.that(n[0] != 0 && len(n)*8 == x.bits(), "a modulus of %d bytes", len(n))
			x.that(bytes.Equal(n, x.identity().Key.N.Bytes()), "another modulus")
		}
		x.that(bytes.Equal(x.get(h, public, ck.CKA_MODULUS_BITS), numbers(uint64(x.bits()))), "CKA_MODULUS_BITS")
		x.is(ck.CKR_ATTRIBUTE_TYPE_INVALID, "C_GetAttributeValue", h, private, Template{Buffer(ck.CKA_MODULUS_BITS, 8)}, 1)
		x.that(bytes.Equal(parsed.RawIssuer, x.get(h, cert, ck.CKA_ISSUER)), "another issuer")
	}},
	{Number: 86, Section: "4.8", Title: "the public key is there, with the partner of each usage", Run: func(x *X) {
		h := x.login(x.start().open(serial))
		public, private := x.one(h, ck.CKO_PUBLIC_KEY), x.one(h, ck.CKO_PRIVATE_KEY)
		for a, partner := range map[ck.AttributeType]ck.AttributeType{ck.CKA_SIGN: ck.CKA_VERIFY,
			ck.CKA_DECRYPT: ck.CKA_ENCRYPT, ck.CKA_SIGN_RECOVER: ck.CKA_VERIFY_RECOVER, ck.CKA_UNWRAP: ck.CKA_WRAP} {
			x.that(bytes.Equal(x.get(h, private, a), x.get(h, public, partner)), "attribute %#x without its partner", a)
		}
		x.that(x.get(h, private, ck.CKA_SIGN)[0] == 1, "the key does not sign")
	}},
	{Number: 87, Section: "5.7.4", Title: "every object has a size", Run: func(x *X) {
		h := x.login(x.start().open(serial))
		for _, o := range x.find(h) {
			n := nothing
			x.is(ck.CKR_OK, "C_GetObjectSize", h, o, &n)
			x.that(n > 0, "a size of 0")
			x.is(ck.CKR_ARGUMENTS_BAD, "C_GetObjectSize", h, o, nil)
		}
		x.is(ck.CKR_OBJECT_HANDLE_INVALID, "C_GetObjectSize", h, junk, new(uint))
	}},
	{Number: 88, Section: "5.1.6, 5.7", Title: "nothing on the card changes, whatever is asked", Run: func(x *X) {
		for _, h := range []ck.SessionHandle{x.start().open(serial), x.login(x.open(serialRW))} {
			o, label := x.one(h, ck.CKO_CERTIFICATE), Attr(ck.CKA_LABEL, []byte("x"))
			token := Template{class(ck.CKO_DATA), Attr(ck.CKA_TOKEN, []byte{1})}
			x.is(ck.CKR_OBJECT_HANDLE_INVALID, "C_SetAttributeValue", h, junk, Template{label}, 1)
			x.is(ck.CKR_OBJECT_HANDLE_INVALID, "C_DestroyObject", h, junk)
			x.is(ck.CKR_OBJECT_HANDLE_INVALID, "C_CopyObject", h, junk, nil, 0, new(ck.ObjectHandle))
			x.is(ck.CKR_ARGUMENTS_BAD, "C_SetAttributeValue", h, o, nil, 1)
			x.is(ck.CKR_ARGUMENTS_BAD, "C_SetAttributeValue", h, o, nil, 0)
			x.is(ck.CKR_OBJECT_HANDLE_INVALID, "C_SetAttributeValue", h, junk, nil, 0)
			x.is(ck.CKR_ARGUMENTS_BAD, "C_CopyObject", h, o, nil, 0, nil)
			x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_SetAttributeValue", h, o, Template{label}, 1)
			x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_DestroyObject", h, o)
			x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_CopyObject", h, o, nil, 0, new(ck.ObjectHandle))
			x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, "C_CopyObject", h, o, Template{Attr(ck.CKA_TOKEN, []byte{0})}, 1, new(ck.ObjectHandle))
			x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_CopyObject", h, o, Template{Attr(ck.CKA_COPYABLE, []byte{0})}, 1, new(ck.ObjectHandle))
			x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_CreateObject", h, token, 2, new(ck.ObjectHandle))
			x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, "C_CreateObject", h, token, 1, new(ck.ObjectHandle))
		}
		x.that(x.Card.Stats().Writes == 0, "the card was asked to write")
	}},
	{Number: 89, Section: "5.7.1", Title: "C_CreateObject checks its arguments", Run: func(x *X) {
		h := x.start().open(serialRW)
		data := Template{class(ck.CKO_DATA)}
		x.is(ck.CKR_ARGUMENTS_BAD, "C_CreateObject", h, data, 1, nil)
		x.is(ck.CKR_ARGUMENTS_BAD, "C_CreateObject", h, nil, 1, new(ck.ObjectHandle))
		x.is(ck.CKR_TEMPLATE_INCOMPLETE, "C_CreateObject", h, nil, 0, new(ck.ObjectHandle))
		x.is(ck.CKR_TEMPLATE_INCOMPLETE, "C_CreateObject", h, Template{Attr(ck.CKA_LABEL, []byte("x"))}, 1, new(ck.ObjectHandle))
		x.is(ck.CKR_ATTRIBUTE_VALUE_INVALID, "C_CreateObject", h, Template{Attr(ck.CKA_CLASS, []byte{1})}, 1, new(ck.ObjectHandle))
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_CreateObject", junk, data, 1, nil)
	}},
}

// mandatoryOf are the attributes of each class.
var mandatoryOf = map[ck.ObjectClass][]ck.AttributeType{
	ck.CKO_CERTIFICATE: {ck.CKA_CERTIFICATE_TYPE, ck.CKA_VALUE, ck.CKA_SUBJECT, ck.CKA_ISSUER, ck.CKA_SERIAL_NUMBER,
		ck.CKA_ID, ck.CKA_TRUSTED, ck.CKA_CERTIFICATE_CATEGORY},
	ck.CKO_PUBLIC_KEY: {ck.CKA_KEY_TYPE, ck.CKA_ID, ck.CKA_SUBJECT, ck.CKA_MODULUS, ck.CKA_MODULUS_BITS,
		ck.CKA_PUBLIC_EXPONENT, ck.CKA_VERIFY, ck.CKA_ENCRYPT, ck.CKA_WRAP, ck.CKA_LOCAL},
	ck.CKO_PRIVATE_KEY: {ck.CKA_KEY_TYPE, ck.CKA_ID, ck.CKA_SUBJECT, ck.CKA_MODULUS, ck.CKA_PUBLIC_EXPONENT, ck.CKA_SIGN,
		ck.CKA_DECRYPT, ck.CKA_UNWRAP, ck.CKA_SENSITIVE, ck.CKA_ALWAYS_SENSITIVE, ck.CKA_EXTRACTABLE,
		ck.CKA_NEVER_EXTRACTABLE, ck.CKA_LOCAL, ck.CKA_ALWAYS_AUTHENTICATE, ck.CKA_ALLOWED_MECHANISMS},
	ck.CKO_DATA:    {ck.CKA_APPLICATION, ck.CKA_OBJECT_ID, ck.CKA_VALUE},
	ck.CKO_PROFILE: {ck.CKA_PROFILE_ID},
}

func mandatory(x *X) {
	h := x.login(x.start().open(serial))
	common := []ck.AttributeType{ck.CKA_CLASS, ck.CKA_TOKEN, ck.CKA_PRIVATE, ck.CKA_MODIFIABLE, ck.CKA_LABEL,
		ck.CKA_COPYABLE, ck.CKA_DESTROYABLE, ck.CKA_UNIQUE_ID}
	seen := 0
	for c, more := range mandatoryOf {
		for _, o := range x.find(h, class(c)) {
			seen++
			for _, a := range slices.Concat(common, more) {
				x.is(ck.CKR_OK, "C_GetAttributeValue", h, o, Template{Buffer(a, 8192)}, 1)
			}
		}
	}
	x.that(seen == len(x.find(h)), "objects of other classes")
	cert := x.one(h, ck.CKO_CERTIFICATE)
	x.that(x.get(h, cert, ck.CKA_SERIAL_NUMBER)[0] == 2, "the serial number is no DER INTEGER")
	x.that(bytes.Equal(x.get(h, cert, ck.CKA_VALUE), x.identity().Certificate), "another certificate")
}
