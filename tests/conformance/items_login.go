// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"tscns/module/ck"
)

var logins = []Item{
	{Number: 59, Section: "5.6.8", Title: "a login and a logout concern all sessions of the token", Run: func(x *X) {
		ro, rw := x.start().open(serial), x.open(serialRW)
		x.login(ro)
		x.that(x.state(ro) == ck.CKS_RO_USER_FUNCTIONS && x.state(rw) == ck.CKS_RW_USER_FUNCTIONS, "states after login")
		x.that(x.state(x.open(serialRW)) == ck.CKS_RW_USER_FUNCTIONS, "a new session is not logged in")
		x.ok("C_Logout", rw)
		x.that(x.state(ro) == ck.CKS_RO_PUBLIC_SESSION && x.state(rw) == ck.CKS_RW_PUBLIC_SESSION, "states after logout")
	}},
	{Number: 60, Section: "5.6.10", Title: "C_Logout without a login is an error", Run: func(x *X) {
		h := x.start().open(serial)
		x.is(ck.CKR_USER_NOT_LOGGED_IN, "C_Logout", h)
		x.login(h)
		x.is(ck.CKR_OK, "C_Logout", h)
		x.is(ck.CKR_USER_NOT_LOGGED_IN, "C_Logout", h)
	}},
	{Number: 61, Section: "5.6.8", Title: "a second login is refused without the card", Run: func(x *X) {
		h := x.login(x.start().open(serialRW))
		x.quiet("a second login", func() {
			x.loginIs(ck.CKR_USER_ALREADY_LOGGED_IN, h, ck.CKU_USER, PIN)
			x.loginIs(ck.CKR_USER_ALREADY_LOGGED_IN, h, ck.CKU_USER, wrongPIN)
			x.loginIs(ck.CKR_USER_ANOTHER_ALREADY_LOGGED_IN, h, ck.CKU_SO, PUK)
		})
		x.ok("C_Logout", h)
		x.loginIs(ck.CKR_OK, h, ck.CKU_SO, PUK)
		x.quiet("a second login", func() {
			x.loginIs(ck.CKR_USER_ALREADY_LOGGED_IN, h, ck.CKU_SO, PUK)
			x.loginIs(ck.CKR_USER_ANOTHER_ALREADY_LOGGED_IN, h, ck.CKU_USER, PIN)
		})
		x.tries(3)
	}},
	{Number: 62, Section: "5.6.8", Title: "an unknown user type costs no try", Run: func(x *X) {
		h := x.start().open(serial)
		for _, user := range []ck.UserType{3, 99, junk} {
			x.loginIs(ck.CKR_USER_TYPE_INVALID, h, user, wrongPIN)
		}
		x.tries(3)
	}},
	{Number: 63, Section: "5.6.8", Title: "a wrong PIN and a locked one leave the session public and usable", Run: func(x *X) {
		h := x.start().open(serial)
		for left := 2; left > 0; left-- {
			x.loginIs(ck.CKR_PIN_INCORRECT, h, ck.CKU_USER, wrongPIN)
			x.tries(left)
			x.that(x.state(h) == ck.CKS_RO_PUBLIC_SESSION, "not public")
		}
		x.oneOf([]ck.RV{ck.CKR_PIN_INCORRECT, ck.CKR_PIN_LOCKED}, "C_Login", h, ck.CKU_USER, []byte(wrongPIN), 8)
		x.loginIs(ck.CKR_PIN_LOCKED, h, ck.CKU_USER, PIN)
		x.tries(0)
		x.that(x.state(h) == ck.CKS_RO_PUBLIC_SESSION, "not public")
		x.one(h, ck.CKO_CERTIFICATE)
	}},
	{Number: 64, Section: "5.6.8", Title: "a NULL PIN is refused and costs no try", Run: func(x *X) {
		h := x.start().open(serialRW)
		x.quiet("a NULL PIN", func() {
			for _, n := range []uint{0, 5, 8} {
				x.is(ck.CKR_ARGUMENTS_BAD, "C_Login", h, ck.CKU_USER, nil, n)
				x.is(ck.CKR_ARGUMENTS_BAD, "C_Login", h, ck.CKU_SO, nil, n)
				x.is(ck.CKR_ARGUMENTS_BAD, "C_Login", h, ck.CKU_CONTEXT_SPECIFIC, nil, n)
				x.is(ck.CKR_ARGUMENTS_BAD, "C_SetPIN", h, nil, n, []byte(PIN), 8)
				x.is(ck.CKR_ARGUMENTS_BAD, "C_SetPIN", h, []byte(PIN), 8, nil, n)
			}
		})
	}},
	{Number: 65, Section: "5.6.8", Title: "an impossible PIN is incorrect and is not sent", Run: func(x *X) {
		h := x.start().open(serialRW)
		x.quiet("an impossible PIN", func() {
			for _, pin := range []string{"", "1", "1234", "123456789", "12345\x00", "abcdefg", "１２３４５"} {
				x.loginIs(ck.CKR_PIN_INCORRECT, h, ck.CKU_USER, pin)
				x.loginIs(ck.CKR_PIN_INCORRECT, h, ck.CKU_SO, pin)
			}
		})
	}},
	{Number: 66, Section: "5.6.8", Title: "CKU_SO beside a R/O session is refused before the PUK is sent", Run: func(x *X) {
		rw, ro := x.start().open(serialRW), x.open(serial)
		x.quiet("CKU_SO", func() {
			x.loginIs(ck.CKR_SESSION_READ_ONLY_EXISTS, rw, ck.CKU_SO, PUK)
			x.loginIs(ck.CKR_SESSION_READ_ONLY_EXISTS, ro, ck.CKU_SO, wrongPIN)
		})
		x.login(ro)
		x.loginIs(ck.CKR_SESSION_READ_ONLY_EXISTS, rw, ck.CKU_SO, PUK)
		x.ok("C_Logout", ro)
		x.ok("C_CloseSession", ro)
		x.loginIs(ck.CKR_OK, rw, ck.CKU_SO, PUK)
		x.tries(3)
	}},
	{Number: 67, Section: "5.6.1", Title: "while CKU_SO is logged in only R/W sessions open, as SO sessions", Run: func(x *X) {
		h := x.start().open(serialRW)
		x.loginIs(ck.CKR_OK, h, ck.CKU_SO, PUK)
		x.is(ck.CKR_SESSION_READ_WRITE_SO_EXISTS, "C_OpenSession", x.Slot, serial, nil, nil, new(ck.SessionHandle))
		x.that(x.state(x.open(serialRW)) == ck.CKS_RW_SO_FUNCTIONS, "not an SO session")
		x.that(len(x.find(h, class(ck.CKO_PRIVATE_KEY))) == 0, "the private key shows to the SO")
		x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, "C_SetPIN", h, []byte(PUK), 8, []byte("11111111"), 8)
		x.tries(3)
	}},
	{Number: 68, Section: "4.9, 5.6.8", Title: "CKU_CONTEXT_SPECIFIC without an operation that wants it", Card: Signature, Run: func(x *X) {
		h := x.signatureSession()
		x.loginIs(ck.CKR_OPERATION_NOT_INITIALIZED, h, ck.CKU_CONTEXT_SPECIFIC, SignPIN)
		x.loginIs(ck.CKR_OPERATION_NOT_INITIALIZED, h, ck.CKU_CONTEXT_SPECIFIC, wrongPIN)
		plain := x.login(x.open(serial))
		key := x.one(plain, ck.CKO_PRIVATE_KEY)
		x.ok("C_SignInit", plain, sha256(), key)
		x.loginIs(ck.CKR_OPERATION_NOT_INITIALIZED, plain, ck.CKU_CONTEXT_SPECIFIC, PIN)
		n := uint(512)
		x.is(ck.CKR_OK, "C_Sign", plain, []byte("x"), 1, make([]byte, 512), &n)
		x.tries(3)
	}},
	{Number: 69, Section: "4.9", Title: "a key with CKA_ALWAYS_AUTHENTICATE wants its PIN for each signature", Card: Signature, Run: func(x *X) {
		h := x.signatureSession()
		key := x.one(h, ck.CKO_PRIVATE_KEY)
		x.that(x.get(h, key, ck.CKA_ALWAYS_AUTHENTICATE)[0] == 1, "CKA_ALWAYS_AUTHENTICATE is false")
		sign := func(want ck.RV) {
			n := uint(512)
			x.equal(caller(), want, x.D.Call("C_Sign", h, []byte("x"), 1, make([]byte, 512), &n), "C_Sign")
		}
		x.ok("C_SignInit", h, sha256(), key)
		sign(ck.CKR_USER_NOT_LOGGED_IN)
		sign(ck.CKR_OPERATION_NOT_INITIALIZED)
		for range 2 {
			x.ok("C_SignInit", h, sha256(), key)
			x.loginIs(ck.CKR_PIN_INCORRECT, h, ck.CKU_CONTEXT_SPECIFIC, "1")
			x.loginIs(ck.CKR_ARGUMENTS_BAD, h, ck.CKU_CONTEXT_SPECIFIC, "") // NSS would repeat an incorrect one for ever
			x.loginIs(ck.CKR_PIN_INCORRECT, h, ck.CKU_CONTEXT_SPECIFIC, wrongPIN)
			x.loginIs(ck.CKR_OK, h, ck.CKU_CONTEXT_SPECIFIC, SignPIN)
			sign(ck.CKR_OK)
			x.loginIs(ck.CKR_OPERATION_NOT_INITIALIZED, h, ck.CKU_CONTEXT_SPECIFIC, SignPIN)
		}
		x.ok("C_SignInit", h, sha256(), key)
		sign(ck.CKR_USER_NOT_LOGGED_IN)
	}},
}

// signatureSession logs in to the signature key.
func (x *X) signatureSession() ck.SessionHandle {
	x.T.Helper()
	x.start()
	x.token() // a card shows its second identity once it was looked at
	var h ck.SessionHandle
	for _, slot := range x.slotList(true) {
		if slot != x.Slot {
			h = x.openIn(slot, serial)
		}
	}
	x.loginIs(ck.CKR_OK, h, ck.CKU_USER, SignPIN)
	return h
}

var pins = []Item{
	{Number: 70, Section: "5.5.9", Title: "C_SetPIN wants a R/W session, and PINs that can be", Run: func(x *X) {
		ro, rw := x.start().open(serial), x.open(serialRW)
		x.quiet("a PIN change that cannot be", func() {
			x.is(ck.CKR_SESSION_READ_ONLY, "C_SetPIN", ro, []byte(PIN), 8, []byte("54321"), 5)
			x.is(ck.CKR_PIN_LEN_RANGE, "C_SetPIN", rw, []byte(PIN), 8, []byte("1234"), 4)
			x.is(ck.CKR_PIN_LEN_RANGE, "C_SetPIN", rw, []byte(PIN), 8, []byte("123456789"), 9)
			x.is(ck.CKR_PIN_INVALID, "C_SetPIN", rw, []byte(PIN), 8, []byte("abcde"), 5)
		})
		x.is(ck.CKR_PIN_INCORRECT, "C_SetPIN", rw, []byte(wrongPIN), 8, []byte("54321"), 5)
		x.tries(2)
		x.is(ck.CKR_OK, "C_SetPIN", rw, []byte(PIN), 8, []byte("54321"), 5)
		x.that(x.state(rw) == ck.CKS_RW_PUBLIC_SESSION, "logged in by the change")
		x.loginIs(ck.CKR_OK, rw, ck.CKU_USER, "54321")
		x.is(ck.CKR_SESSION_READ_ONLY, "C_SetPIN", ro, []byte("54321"), 5, []byte(PIN), 8)
		x.is(ck.CKR_OK, "C_SetPIN", rw, []byte("54321"), 5, []byte(PIN), 8)
		x.that(x.state(rw) == ck.CKS_RW_USER_FUNCTIONS, "logged out by the change")
		x.tries(3)
	}},
	{Number: 71, Section: "5.5.8", Title: "C_InitPIN wants CKU_SO, and unblocks with its PUK", Run: func(x *X) {
		h := x.start().open(serialRW)
		x.is(ck.CKR_USER_NOT_LOGGED_IN, "C_InitPIN", h, []byte(PIN), 8)
		x.login(h)
		x.is(ck.CKR_USER_NOT_LOGGED_IN, "C_InitPIN", h, []byte(PIN), 8)
		x.ok("C_Logout", h)
		for range 3 {
			_ = x.D.Call("C_Login", h, ck.CKU_USER, []byte(wrongPIN), 8)
		}
		x.loginIs(ck.CKR_PIN_LOCKED, h, ck.CKU_USER, PIN)
		x.loginIs(ck.CKR_OK, h, ck.CKU_SO, PUK)
		x.quiet("C_InitPIN with a PIN that cannot be", func() {
			x.is(ck.CKR_PIN_LEN_RANGE, "C_InitPIN", h, []byte("1"), 1)
			x.is(ck.CKR_PIN_INVALID, "C_InitPIN", h, []byte("1234x"), 5)
			x.is(ck.CKR_ARGUMENTS_BAD, "C_InitPIN", h, nil, 5)
		})
		x.is(ck.CKR_OK, "C_InitPIN", h, []byte("22222"), 5)
		x.is(ck.CKR_USER_NOT_LOGGED_IN, "C_InitPIN", h, []byte("11111"), 5) // the PUK is wiped once it was sent
		x.ok("C_Logout", h)
		x.loginIs(ck.CKR_OK, h, ck.CKU_SO, PUK)
		x.is(ck.CKR_OK, "C_InitPIN", h, []byte("11111"), 5)
		x.ok("C_Logout", h)
		x.tries(3)
		x.loginIs(ck.CKR_OK, h, ck.CKU_USER, "11111")
	}},
	{Number: 72, Section: "5.5.9", Title: "after C_SetPIN the new PIN counts and the old one is wrong", Run: func(x *X) {
		h := x.login(x.start().open(serialRW))
		x.ok("C_SetPIN", h, []byte(PIN), 8, []byte("54321"), 5)
		x.ok("C_Logout", h)
		x.loginIs(ck.CKR_PIN_INCORRECT, h, ck.CKU_USER, PIN)
		x.loginIs(ck.CKR_OK, h, ck.CKU_USER, "54321")
		x.sign(h, x.one(h, ck.CKO_PRIVATE_KEY), sha256(), []byte("x"))
	}},
	{Number: 73, Section: "5.6.10", Title: "a logout ends the handles of private objects for good", Run: func(x *X) {
		h := x.login(x.start().open(serial))
		private, public := x.one(h, ck.CKO_PRIVATE_KEY), x.one(h, ck.CKO_CERTIFICATE)
		x.ok("C_Logout", h)
		x.is(ck.CKR_OBJECT_HANDLE_INVALID, "C_GetObjectSize", h, private, new(uint))
		x.is(ck.CKR_OK, "C_GetObjectSize", h, public, new(uint))
		x.login(h)
		x.is(ck.CKR_OBJECT_HANDLE_INVALID, "C_GetObjectSize", h, private, new(uint))
		x.is(ck.CKR_KEY_HANDLE_INVALID, "C_SignInit", h, sha256(), private)
		x.is(ck.CKR_OK, "C_GetObjectSize", h, public, new(uint))
		x.that(x.one(h, ck.CKO_CERTIFICATE) == public, "the certificate has another handle")
	}},
}
