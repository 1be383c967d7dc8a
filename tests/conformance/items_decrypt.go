// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"strings"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard/pki"
)

var operations = []Item{
	{Number: 101, Section: "5.10.2, 6.1.6", Title: "ciphertexts of a wrong length or form", Card: Encipherment, Run: func(x *X) {
		h, key := x.user()
		x.mustDecrypt(h, key)
		out := make([]byte, 512)
		for _, size := range []uint{0, 1, x.size() - 1, x.size() + 1} {
			n := uint(512)
			x.ok("C_DecryptInit", h, pkcs(), key)
			x.is(ck.CKR_ENCRYPTED_DATA_LEN_RANGE, "C_Decrypt", h, make([]byte, size), size, out, &n)
		}
		for range 5 {
			n := uint(512)
			block := x.encrypt(message)
			block[x.size()-1] ^= 1
			x.ok("C_DecryptInit", h, pkcs(), key)
			x.is(ck.CKR_ENCRYPTED_DATA_INVALID, "C_Decrypt", h, block, x.size(), out, &n)
		}
		n := uint(512)
		x.ok("C_DecryptInit", h, pkcs(), key)
		x.is(ck.CKR_ENCRYPTED_DATA_INVALID, "C_Decrypt", h, bytes.Repeat([]byte{0xff}, int(x.size())), x.size(), out, &n)
		x.ok("C_DecryptInit", h, pkcs(), key)
		x.is(ck.CKR_OK, "C_Decrypt", h, x.encrypt(nil), x.size(), out, &n)
		x.that(n == 0, "an empty text of %d bytes", n)
	}},
	{Number: 102, Section: "5.2, 5.10.2", Title: "the size of a plaintext is bounded without the card", Card: Encipherment, Run: func(x *X) {
		h, key := x.user()
		x.mustDecrypt(h, key)
		block, out := x.encrypt(message), make([]byte, 512)
		x.ok("C_DecryptInit", h, pkcs(), key)
		n := nothing
		x.quiet("a size query", func() {
			x.is(ck.CKR_OK, "C_Decrypt", h, block, x.size(), nil, &n)
			x.that(n == x.size() || n == x.size()-11, "bound %d", n)
			small := uint(3)
			x.is(ck.CKR_BUFFER_TOO_SMALL, "C_Decrypt", h, block, x.size(), out, &small)
			x.that(small == n, "bounds %d and %d", n, small)
		})
		x.is(ck.CKR_OK, "C_Decrypt", h, block, x.size(), out, &n)
		x.that(bytes.Equal(out[:n], message), "another plaintext of %d bytes", n)
	}},
	{Number: 103, Section: "5.10.2", Title: "after a decryption that failed the session signs", Card: Encipherment, Run: func(x *X) {
		h, key := x.user()
		x.mustDecrypt(h, key)
		n := uint(512)
		x.ok("C_DecryptInit", h, pkcs(), key)
		x.is(ck.CKR_ENCRYPTED_DATA_INVALID, "C_Decrypt", h, bytes.Repeat([]byte{1}, int(x.size())), x.size(), make([]byte, 512), &n)
		x.verified(x.sign(h, key, sha256(), message))
	}},
	{Number: 104, Section: "5.15.2", Title: "wrong signatures are told from those of a wrong length", Run: func(x *X) {
		h, key := x.user()
		public, signature := x.one(h, ck.CKO_PUBLIC_KEY), x.sign(h, key, sha256(), message)
		verify := func(want ck.RV, s []byte) {
			x.ok("C_VerifyInit", h, sha256(), public)
			x.is(want, "C_Verify", h, message, 9, s, uint(len(s)))
			x.is(ck.CKR_OPERATION_NOT_INITIALIZED, "C_Verify", h, message, 9, s, uint(len(s)))
			x.ok("C_VerifyInit", h, sha256(), public)
			x.ok("C_VerifyUpdate", h, message, 9)
			x.is(want, "C_VerifyFinal", h, s, uint(len(s)))
		}
		verify(ck.CKR_OK, signature)
		for _, i := range []int{0, 7, len(signature) - 1} {
			other := bytes.Clone(signature)
			other[i] ^= 1
			verify(ck.CKR_SIGNATURE_INVALID, other)
		}
		verify(ck.CKR_SIGNATURE_LEN_RANGE, signature[1:])
		verify(ck.CKR_SIGNATURE_LEN_RANGE, append(bytes.Clone(signature), 0))
		verify(ck.CKR_SIGNATURE_LEN_RANGE, []byte{})
	}},
	{Number: 105, Section: "5.17", Title: "operations of different kinds coexist; dual functions are not supported", Card: Encipherment, Run: func(x *X) {
		h, key := x.user()
		out, n := make([]byte, 512), uint(512)
		x.ok("C_SignInit", h, sha256(), key)
		x.ok("C_DigestInit", h, &Mechanism{Type: ck.CKM_SHA256})
		x.mustDecrypt(h, key)
		x.ok("C_DecryptInit", h, pkcs(), key)
		x.is(ck.CKR_OK, "C_Decrypt", h, x.encrypt(message), x.size(), out, &n)
		x.that(bytes.Equal(out[:n], message), "another plaintext")
		x.ok("C_VerifyInit", h, sha256(), x.one(h, ck.CKO_PUBLIC_KEY))
		n = 512
		x.is(ck.CKR_OK, "C_Digest", h, message, 9, out, &n)
		n = 512
		x.is(ck.CKR_OK, "C_Sign", h, message, 9, out, &n)
		x.is(ck.CKR_OK, "C_Verify", h, message, 9, out, n)
		for _, f := range Functions() {
			if strings.HasSuffix(f.Name, "Update") && f.Kind == "UNSUPPORTED" {
				x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, f.Name, h, message, 9, out, &n)
			}
		}
	}},
	{Number: 106, Section: "5.12", Title: "digests tell their size and check their arguments", Run: func(x *X) {
		h := x.start().open(serial)
		for m, size := range map[ck.MechanismType]uint{ck.CKM_SHA_1: 20, ck.CKM_SHA224: 28, ck.CKM_SHA256: 32, ck.CKM_SHA384: 48, ck.CKM_SHA512: 64} {
			out, n := make([]byte, 64), nothing
			x.is(ck.CKR_OK, "C_DigestInit", h, &Mechanism{Type: m})
			x.is(ck.CKR_OK, "C_Digest", h, message, 9, nil, &n)
			x.that(n == size, "size %d of %d", n, size)
			x.is(ck.CKR_OK, "C_Digest", h, message, 9, out, &n)
			x.is(ck.CKR_OK, "C_DigestInit", h, &Mechanism{Type: m})
			x.is(ck.CKR_OK, "C_DigestUpdate", h, nil, 0)
			x.is(ck.CKR_OK, "C_DigestUpdate", h, message, 9)
			n = 0
			x.is(ck.CKR_OK, "C_DigestFinal", h, nil, &n)
			again := make([]byte, n)
			x.is(ck.CKR_OK, "C_DigestFinal", h, again, &n)
			x.that(bytes.Equal(out[:size], again), "parts give another digest")
			x.is(ck.CKR_OK, "C_DigestInit", h, &Mechanism{Type: m})
			x.is(ck.CKR_ARGUMENTS_BAD, "C_Digest", h, message, 9, out, nil)
		}
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_DigestInit", junk, &Mechanism{Type: ck.CKM_SHA256})
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_Digest", junk, message, 9, nil, nil)
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_DigestUpdate", junk, nil, 9)
	}},
	{Number: 107, Section: "5.19", Title: "there is no random generator, and arguments are checked", Run: func(x *X) {
		h := x.start().open(serial)
		out := make([]byte, 16)
		x.that(ck.Flags(x.token().Flags)&ck.CKF_RNG == 0, "CKF_RNG")
		x.is(ck.CKR_ARGUMENTS_BAD, "C_GenerateRandom", h, nil, 16)
		x.is(ck.CKR_RANDOM_NO_RNG, "C_GenerateRandom", h, out, 16)
		x.is(ck.CKR_RANDOM_NO_RNG, "C_GenerateRandom", h, out, 0)
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_GenerateRandom", junk, out, 16)
		x.is(ck.CKR_ARGUMENTS_BAD, "C_SeedRandom", h, nil, 16)
		x.is(ck.CKR_RANDOM_NO_RNG, "C_SeedRandom", h, out, 16)
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_SeedRandom", junk, out, 16)
		x.that(bytes.Equal(out, make([]byte, 16)), "something was written")
	}},
	{Number: 108, Section: "5.18", Title: "keys are neither made, wrapped nor derived", Run: func(x *X) {
		h := x.start().open(serialRW)
		n := uint(64)
		t := Template{Attr(ck.CKA_LABEL, []byte("x"))}
		made := new(ck.ObjectHandle)
		for name, args := range map[string][]any{
			"C_GenerateKey":     {h, &Mechanism{Type: 0x1080}, t, 1, made},
			"C_GenerateKeyPair": {h, &Mechanism{Type: 0}, t, 1, t, 1, made, made},
			"C_WrapKey":         {h, pkcs(), 1, 1, make([]byte, 64), &n},
			"C_UnwrapKey":       {h, pkcs(), 1, make([]byte, 64), 64, t, 1, made},
			"C_DeriveKey":       {h, &Mechanism{Type: 0x1050}, 1, t, 1, made},
			"C_DigestKey":       {h, 1},
			"C_SignRecoverInit": {h, pkcs(), 1}, "C_VerifyRecoverInit": {h, pkcs(), 1},
			"C_SignEncryptUpdate": {h, message, 9, make([]byte, 64), &n},
		} {
			x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, name, args...)
			args[0] = junk
			x.is(ck.CKR_SESSION_HANDLE_INVALID, name, args...)
		}
	}},
}

// EllipticCurve is an item of its own, beside the numbered ones: its card has
// a certificate of a kind of key that no layout is known to use.
var EllipticCurve = Item{Section: "4.6, 4.8, 6.3.3", Card: Elliptic,
	Title: "an elliptic curve certificate comes with its public key, and no private key", Run: func(x *X) {
		h := x.login(x.start().open(serial))
		cert, public := x.one(h, ck.CKO_CERTIFICATE), x.one(h, ck.CKO_PUBLIC_KEY)
		x.that(len(x.find(h, class(ck.CKO_PRIVATE_KEY))) == 0, "a private key that cannot be used")
		parsed, err := x509.ParseCertificate(x.get(h, cert, ck.CKA_VALUE))
		require.NoError(x.T, err)
		key, ok := parsed.PublicKey.(*ecdsa.PublicKey)
		require.True(x.T, ok)

		x.that(string(x.get(h, public, ck.CKA_KEY_TYPE)) == string(numbers(uint64(ck.CKK_EC))), "another CKA_KEY_TYPE")
		x.that(string(x.get(h, public, ck.CKA_ID)) == string(x.get(h, cert, ck.CKA_ID)), "another CKA_ID")
		x.that(string(x.get(h, public, ck.CKA_SUBJECT)) == string(parsed.RawSubject), "another CKA_SUBJECT")
		var curve asn1.ObjectIdentifier
		_, err = asn1.Unmarshal(x.get(h, public, ck.CKA_EC_PARAMS), &curve)
		x.that(err == nil && curve.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}), "CKA_EC_PARAMS is %v, %v", curve, err)
		var octets []byte
		_, err = asn1.Unmarshal(x.get(h, public, ck.CKA_EC_POINT), &octets)
		require.NoError(x.T, err)
		point, err := key.ECDH()
		require.NoError(x.T, err)
		x.that(string(octets) == string(point.Bytes()), "another CKA_EC_POINT")
		x.is(ck.CKR_ATTRIBUTE_TYPE_INVALID, "C_GetAttributeValue", h, public, Template{Buffer(ck.CKA_MODULUS, 512)}, 1)

		x.that(!x.offers(ck.CKM_RSA_PKCS) && x.offers(ck.CKM_SHA256), "a mechanism that no key has")
		x.is(ck.CKR_MECHANISM_INVALID, "C_VerifyInit", h, pkcs(), public)
		x.is(ck.CKR_MECHANISM_INVALID, "C_SignInit", h, pkcs(), public)
	}}

// ellipticCurve makes a certificate of a P-256 key for the holder of a set.
func ellipticCurve(set *pki.Set) ([]byte, error) {
	own, err := x509.ParseCertificate(set.Identity.Certificate)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(4712), Subject: own.Subject, NotBefore: own.NotBefore,
		NotAfter: own.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: own.ExtKeyUsage}
	return x509.CreateCertificate(rand.Reader, template, set.Authority.Certificate, key.Public(), set.Authority.Key)
}
