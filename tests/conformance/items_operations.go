// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	hash "crypto/sha256"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard"
)

func (x *X) bits() int { return simcard.KeyBits(x.Family) }

// size is the length of a signature, in bytes.
func (x *X) size() uint { return uint(x.bits() / 8) }

// sign makes a signature in one part.
func (x *X) sign(h ck.SessionHandle, key ck.ObjectHandle, m *Mechanism, data []byte) []byte {
	x.T.Helper()
	x.ok("C_SignInit", h, m, key)
	out, n := make([]byte, 512), uint(512)
	x.ok("C_Sign", h, data, uint(len(data)), out, &n)
	return out[:n]
}

// user is a session with a login, and the handle of the private key.
func (x *X) user() (ck.SessionHandle, ck.ObjectHandle) {
	x.T.Helper()
	h := x.login(x.start().open(serial))
	return h, x.one(h, ck.CKO_PRIVATE_KEY)
}

var message = []byte("messaggio")

var signatures = []Item{
	{Number: 90, Section: "5.1.6, 5.13.1", Title: "C_SignInit checks mechanism, then key", Run: func(x *X) {
		h, key := x.user()
		for _, m := range []ck.MechanismType{junk, 0x1041 /* ECDSA */, ck.CKM_SHA256, ck.CKM_RSA_PKCS_OAEP, 0 /* RSA key generation */} {
			x.is(ck.CKR_MECHANISM_INVALID, "C_SignInit", h, &Mechanism{Type: m}, key)
		}
		x.is(ck.CKR_KEY_HANDLE_INVALID, "C_SignInit", h, pkcs(), junk)
		x.is(ck.CKR_KEY_HANDLE_INVALID, "C_SignInit", h, pkcs(), 0)
		kind := []ck.RV{ck.CKR_KEY_TYPE_INCONSISTENT, ck.CKR_KEY_HANDLE_INVALID}
		x.oneOf(kind, "C_SignInit", h, pkcs(), x.one(h, ck.CKO_CERTIFICATE))
		x.oneOf(kind, "C_SignInit", h, pkcs(), x.one(h, ck.CKO_PUBLIC_KEY))
	}},
	{Number: 91, Section: "5.13.1", Title: "a key that may not is refused at once", Card: Signature, Run: func(x *X) {
		h := x.signatureSession()
		key, public := x.one(h, ck.CKO_PRIVATE_KEY), x.one(h, ck.CKO_PUBLIC_KEY)
		x.that(x.get(h, key, ck.CKA_DECRYPT)[0] == 0, "the signature key decrypts")
		not := []ck.RV{ck.CKR_KEY_FUNCTION_NOT_PERMITTED, ck.CKR_MECHANISM_INVALID}
		x.oneOf(not, "C_DecryptInit", h, pkcs(), key)
		x.oneOf(not, "C_EncryptInit", h, pkcs(), public)
		x.is(ck.CKR_OK, "C_SignInit", h, pkcs(), key)
		plain := x.login(x.open(serial))
		key = x.one(plain, ck.CKO_PRIVATE_KEY)
		want := ck.CKR_KEY_FUNCTION_NOT_PERMITTED
		if x.get(plain, key, ck.CKA_DECRYPT)[0] == 1 {
			want = ck.CKR_OK
		}
		x.oneOf([]ck.RV{want, ck.CKR_MECHANISM_INVALID}, "C_DecryptInit", plain, pkcs(), key)
	}},
	{Number: 92, Section: "5.13.1", Title: "a private key without login is no card error", Run: func(x *X) {
		h, key := x.user()
		x.ok("C_SignInit", h, sha256(), key)
		x.ok("C_Logout", h)
		x.quiet("a signature without login", func() {
			n := uint(512)
			x.is(ck.CKR_USER_NOT_LOGGED_IN, "C_Sign", h, message, 9, make([]byte, 512), &n)
			x.oneOf([]ck.RV{ck.CKR_USER_NOT_LOGGED_IN, ck.CKR_KEY_HANDLE_INVALID}, "C_SignInit", h, sha256(), key)
		})
		x.login(h)
		x.Reader.ResetByOther()
		x.login2(h)
		x.sign(h, x.one(h, ck.CKO_PRIVATE_KEY), sha256(), message)
		x.tries(3)
	}},
	{Number: 93, Section: "5.13.1, 6.1", Title: "wrong parameters of a mechanism are refused", Card: Encipherment, Run: func(x *X) {
		h, key := x.user()
		bad := []ck.RV{ck.CKR_MECHANISM_PARAM_INVALID, ck.CKR_ARGUMENTS_BAD}
		for _, m := range []*Mechanism{
			{ck.CKM_RSA_PKCS, []byte("junk")},
			{ck.CKM_SHA256_RSA_PKCS, PSS{ck.CKM_SHA256, ck.CKG_MGF1_SHA256, 32}},
		} {
			x.oneOf(bad, "C_SignInit", h, m, key)
		}
		x.oneOf(bad, "C_DigestInit", h, &Mechanism{ck.CKM_SHA256, []byte("junk")})
		if !x.offers(ck.CKM_RSA_PKCS_PSS) {
			x.that(!x.offers(ck.CKM_RSA_PKCS_OAEP) && !x.offers(ck.CKM_RSA_X_509), "OAEP or X.509 without PSS")
			return
		}
		for _, m := range []*Mechanism{
			{ck.CKM_RSA_PKCS_PSS, nil},
			{ck.CKM_RSA_PKCS_PSS, []byte("short")},
			{ck.CKM_RSA_PKCS_PSS, PSS{junk, ck.CKG_MGF1_SHA256, 32}},
			{ck.CKM_RSA_PKCS_PSS, PSS{ck.CKM_SHA256, junk, 32}},
			{ck.CKM_RSA_PKCS_PSS, PSS{ck.CKM_SHA256, ck.CKG_MGF1_SHA256, 4000}},
			{ck.CKM_SHA256_RSA_PKCS_PSS, PSS{ck.CKM_SHA384, ck.CKG_MGF1_SHA384, 48}},
		} {
			x.oneOf(bad, "C_SignInit", h, m, key)
		}
		x.oneOf(bad, "C_EncryptInit", h, &Mechanism{ck.CKM_RSA_PKCS_OAEP, OAEP{Hash: ck.CKM_SHA256, MGF: ck.CKG_MGF1_SHA256, Source: 7}}, x.one(h, ck.CKO_PUBLIC_KEY))
	}},
	{Number: 94, Section: "5.13.1", Title: "a second C_SignInit leaves the first operation usable", Run: func(x *X) {
		h, key := x.user()
		x.ok("C_SignInit", h, sha256(), key)
		x.is(ck.CKR_OPERATION_ACTIVE, "C_SignInit", h, pkcs(), key)
		out, n := make([]byte, 512), uint(512)
		x.is(ck.CKR_OK, "C_Sign", h, message, 9, out, &n)
		x.verified(out[:n])
	}},
	{Number: 95, Section: "5.13.2-5.13.4", Title: "signing wants C_SignInit first", Run: func(x *X) {
		h, _ := x.user()
		n := uint(512)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, "C_Sign", h, message, 9, make([]byte, 512), &n)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, "C_SignUpdate", h, message, 9)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, "C_SignFinal", h, make([]byte, 512), &n)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, "C_Sign", h, message, 9, nil, &n)
	}},
	{Number: 96, Section: "5.2, 5.13.2", Title: "the size of a signature is told without the card, and the operation stays", Run: func(x *X) {
		h, key := x.user()
		x.ok("C_SignInit", h, sha256(), key)
		out := make([]byte, 512)
		x.quiet("a size query", func() {
			n := nothing
			x.is(ck.CKR_OK, "C_Sign", h, message, 9, nil, &n)
			x.that(n == x.size(), "size %d", n)
			for _, room := range []uint{0, 1, x.size() - 1} {
				n = room
				x.is(ck.CKR_BUFFER_TOO_SMALL, "C_Sign", h, message, 9, out, &n)
				x.that(n == x.size(), "size %d", n)
			}
		})
		n := x.size()
		x.is(ck.CKR_OK, "C_Sign", h, message, 9, out, &n)
		x.verified(out[:n])
	}},
	{Number: 97, Section: "5.13.2", Title: "any other result ends the operation, an error too", Run: ends},
	{Number: 98, Section: "5.13.2", Title: "single-part and multi-part calls do not mix", Run: mixed},
	{Number: 99, Section: "5.13.3, 5.13.4", Title: "multi-part with a size query and empty parts", Run: func(x *X) {
		h, key := x.user()
		x.ok("C_SignInit", h, sha256(), key)
		x.is(ck.CKR_OK, "C_SignUpdate", h, message[:4], 4)
		x.is(ck.CKR_OK, "C_SignUpdate", h, nil, 0)
		x.is(ck.CKR_OK, "C_SignUpdate", h, []byte{}, 0)
		x.is(ck.CKR_OK, "C_SignUpdate", h, message[4:], 5)
		n := nothing
		x.is(ck.CKR_OK, "C_SignFinal", h, nil, &n)
		x.that(n == x.size(), "size %d", n)
		out := make([]byte, n)
		x.is(ck.CKR_OK, "C_SignFinal", h, out, &n)
		x.verified(out[:n])
	}},
	{Number: 100, Section: "6.1.6, 6.1.12", Title: "lengths of data and signatures", Run: func(x *X) {
		h, key := x.user()
		longest := int(x.size()) - 11
		x.that(len(x.sign(h, key, pkcs(), make([]byte, longest))) == int(x.size()), "the longest message")
		x.ok("C_SignInit", h, pkcs(), key)
		n := uint(512)
		x.is(ck.CKR_DATA_LEN_RANGE, "C_Sign", h, make([]byte, longest+1), uint(longest+1), make([]byte, 512), &n)
		long := bytes.Repeat(message, 5000)
		whole := x.sign(h, key, sha256(), long)
		x.ok("C_SignInit", h, sha256(), key)
		x.ok("C_SignUpdate", h, long[:12345], 12345)
		x.ok("C_SignUpdate", h, long[12345:], uint(len(long)-12345))
		out, n := make([]byte, 512), uint(512)
		x.ok("C_SignFinal", h, out, &n)
		x.that(bytes.Equal(whole, out[:n]), "parts give another signature")
		for i := range 20 { // some have leading zeros
			x.that(len(x.sign(h, key, sha256(), []byte{byte(i)})) == int(x.size()), "a short signature")
		}
	}},
}

// login2 logs in again where a reset by another program ended the login, as
// the library may or may not have noticed.
func (x *X) login2(h ck.SessionHandle) {
	x.T.Helper()
	n := uint(512)
	key := x.one(h, ck.CKO_PRIVATE_KEY)
	x.oneOf([]ck.RV{ck.CKR_OK, ck.CKR_USER_NOT_LOGGED_IN}, "C_SignInit", h, sha256(), key)
	x.oneOf([]ck.RV{ck.CKR_USER_NOT_LOGGED_IN, ck.CKR_OPERATION_NOT_INITIALIZED}, "C_Sign", h, message, 9, make([]byte, 512), &n)
	x.that(x.state(h) == ck.CKS_RO_PUBLIC_SESSION, "still logged in")
	x.login(h)
}

// verified checks a signature of message.
func (x *X) verified(signature []byte) {
	x.T.Helper()
	sum := hash.Sum256(message)
	require.NoError(x.T, rsa.VerifyPKCS1v15(&x.identity().Key.PublicKey, crypto.SHA256, sum[:], signature))
}

func (x *X) offers(m ck.MechanismType) bool {
	return x.D.Call("C_GetMechanismInfo", x.Slot, m, &MechanismInfo{}) == ck.CKR_OK
}

func ends(x *X) {
	h, key := x.user()
	out := make([]byte, 512)
	over := func(use string, args ...any) {
		x.T.Helper()
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, use, append([]any{h}, args...)...)
	}
	begin := func() { x.ok("C_SignInit", h, pkcs(), key) }
	n := uint(512)
	begin()
	x.is(ck.CKR_OK, "C_Sign", h, message, 9, out, &n)
	over("C_Sign", message, 9, out, &n)
	begin()
	x.is(ck.CKR_ARGUMENTS_BAD, "C_Sign", h, message, 9, out, nil)
	over("C_Sign", message, 9, out, &n)
	begin()
	x.is(ck.CKR_ARGUMENTS_BAD, "C_Sign", h, nil, 9, out, &n)
	over("C_Sign", message, 9, out, &n)
	begin()
	x.is(ck.CKR_ARGUMENTS_BAD, "C_SignUpdate", h, nil, 9)
	over("C_SignUpdate", message, 9)
	begin()
	x.is(ck.CKR_ARGUMENTS_BAD, "C_SignFinal", h, out, nil)
	over("C_SignFinal", out, &n)
	begin()
	n = 512
	x.is(ck.CKR_DATA_LEN_RANGE, "C_Sign", h, make([]byte, 400), 400, out, &n)
	over("C_Sign", message, 9, out, &n)
	digest := &Mechanism{Type: ck.CKM_SHA256}
	x.ok("C_DigestInit", h, digest)
	x.is(ck.CKR_ARGUMENTS_BAD, "C_Digest", h, message, 9, out, nil)
	over("C_Digest", message, 9, out, &n)
	x.ok("C_DigestInit", h, digest)
	x.is(ck.CKR_ARGUMENTS_BAD, "C_DigestFinal", h, out, nil)
	over("C_DigestFinal", out, &n)
}

func mixed(x *X) {
	h, key := x.user()
	out := make([]byte, 512)
	for _, f := range []struct{ init, single, update, final string }{
		{"C_SignInit", "C_Sign", "C_SignUpdate", "C_SignFinal"},
		{"C_DigestInit", "C_Digest", "C_DigestUpdate", "C_DigestFinal"},
	} {
		begin := func() {
			if f.init == "C_DigestInit" {
				x.ok(f.init, h, &Mechanism{Type: ck.CKM_SHA256})
			} else {
				x.ok(f.init, h, sha256(), key)
			}
		}
		n := uint(512)
		begin()
		x.ok(f.update, h, message, 9)
		x.is(ck.CKR_OPERATION_ACTIVE, f.single, h, message, 9, out, &n)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, f.final, h, out, &n)
		begin()
		x.ok(f.single, h, message, 9, nil, &n)
		x.is(ck.CKR_OPERATION_ACTIVE, f.final, h, out, &n)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, f.single, h, message, 9, out, &n)
		begin()
		x.ok(f.final, h, nil, &n)
		x.is(ck.CKR_OPERATION_ACTIVE, f.single, h, message, 9, out, &n)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, f.final, h, out, &n)
	}
}

// encrypt makes a block for the key.
func (x *X) encrypt(text []byte) []byte {
	x.T.Helper()
	block, err := rsa.EncryptPKCS1v15(rand.Reader, &x.identity().Key.PublicKey, text)
	require.NoError(x.T, err)
	return block
}

// mustDecrypt wants a key that decrypts.
func (x *X) mustDecrypt(h ck.SessionHandle, key ck.ObjectHandle) {
	x.T.Helper()
	require.Equal(x.T, []byte{1}, x.get(h, key, ck.CKA_DECRYPT), "the key does not decrypt")
}
