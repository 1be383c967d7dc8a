// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"crypto/rsa"
	"fmt"
	"slices"

	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/conformance"
	"tscns/tests/internal/hostproc"
)

// User is a program at work: what it knows, and what must come out.
type User struct {
	D   conformance.Driver
	Key *rsa.PublicKey // of all cards

	slot    ck.SlotID
	session ck.SessionHandle // 0: none
}

// Flow is something that a program does, which may fail at any command.
type Flow struct {
	Name string
	// New: it wants a card that nobody has looked at; Again: one that was seen
	// before and is put in once more.
	New, Again bool
	// before brings the program and the card to where the flow begins.
	before func(u *User, pin string) error
	// run is the flow. An error is a wrong result, not a call that failed.
	run func(u *User, c *Card) error
	// Wrong: it gives a wrong PIN, which may cost one try.
	Wrong bool
}

// The PINs that a card has in turn, and one that it never has.
const (
	FirstPIN  = "12345678"
	SecondPIN = "55555"
	wrongPIN  = "99999999"
)

// Flows is the table.
var Flows = []Flow{
	{Name: "list", New: true, before: func(*User, string) error { return nil }, run: (*User).list},
	{Name: "list again", Again: true, before: func(*User, string) error { return nil }, run: (*User).list},
	{Name: "login", before: (*User).loggedOut, run: func(u *User, c *Card) error {
		_ = hostproc.Login(u.D, u.session, c.PIN())
		return nil
	}},
	{Name: "sign", before: (*User).loggedIn, run: (*User).sign},
	{Name: "change PIN", before: (*User).loggedOut, run: (*User).change},
	{Name: "wrong PIN", before: (*User).loggedOut, Wrong: true, run: func(u *User, _ *Card) error {
		if rv := hostproc.Login(u.D, u.session, wrongPIN); rv == ck.CKR_OK {
			return fmt.Errorf("a wrong PIN was taken")
		}
		return nil
	}},
}

// FlowsOf are the flows that a family of cards is known to do.
func FlowsOf(f simcard.Family) []Flow {
	if f != simcard.FamilyH {
		return Flows
	}
	// Changing the PIN of these is not offered.
	return slices.DeleteFunc(slices.Clone(Flows), func(f Flow) bool { return f.Name == "change PIN" })
}

func failed(what string, rv ck.RV) error { return fmt.Errorf("%s: %w", what, rv) }

// list looks at the readers and at the card as a browser does.
func (u *User) list(c *Card) error {
	u.session = 0
	slots, rv := hostproc.Slots(u.D, false)
	if rv != ck.CKR_OK || len(slots) == 0 {
		return nil
	}
	u.slot = slots[0]
	var info conformance.TokenInfo
	if u.D.Call("C_GetTokenInfo", u.slot, &info) != ck.CKR_OK {
		return nil
	}
	if u.session, rv = hostproc.Open(u.D, u.slot); rv != ck.CKR_OK {
		u.session = 0
		return nil
	}
	certificate, rv := hostproc.Certificate(u.D, u.session)
	if rv != ck.CKR_OK {
		return nil
	}
	return c.compare(certificate)
}

func (c *Card) compare(certificate []byte) error {
	if !bytes.Equal(certificate, c.Certificate) {
		return fmt.Errorf("another certificate than the card's: %d bytes, not %d", len(certificate), len(c.Certificate))
	}
	return nil
}

var message = []byte("messaggio")

func (u *User) sign(*Card) error {
	signature, rv := hostproc.Sign(u.D, u.session, message)
	if rv != ck.CKR_OK || signature == nil { // nil: the login was lost on the way
		return nil
	}
	return hostproc.Verify(u.Key, message, signature)
}

// change gives the card its other PIN.
func (u *User) change(c *Card) error {
	next := SecondPIN
	if c.PIN() == SecondPIN {
		next = FirstPIN
	}
	if rv := hostproc.SetPIN(u.D, u.session, c.PIN(), next); rv == ck.CKR_OK && c.PIN() != next {
		return fmt.Errorf("C_SetPIN says CKR_OK and the PIN is as before")
	}
	return nil
}

// Forget forgets the session, which ended with C_Finalize.
func (u *User) Forget() { u.session = 0 }

// Work is the next correct call, and all others: the certificate, a login, a
// signature, in the session there is where it still lives.
func (u *User) Work(c *Card) error {
	if err := u.loggedIn(c.PIN()); err != nil {
		return err
	}
	certificate, rv := hostproc.Certificate(u.D, u.session)
	if rv != ck.CKR_OK {
		return failed("reading the certificate", rv)
	}
	if err := c.compare(certificate); err != nil {
		return err
	}
	signature, rv := hostproc.Sign(u.D, u.session, message)
	if rv != ck.CKR_OK || signature == nil {
		return failed("signing", rv)
	}
	return hostproc.Verify(u.Key, message, signature)
}

// loggedIn logs in anew, so that the card is as after a login.
func (u *User) loggedIn(pin string) error {
	if err := u.loggedOut(pin); err != nil {
		return err
	}
	if rv := hostproc.Login(u.D, u.session, pin); rv != ck.CKR_OK {
		return failed("logging in", rv)
	}
	return nil
}

// loggedOut has a session in which nobody is logged in. A session that died
// with its card is replaced.
func (u *User) loggedOut(string) error {
	if u.session != 0 {
		rv := u.D.Call("C_Logout", u.session)
		if rv == ck.CKR_OK || rv == ck.CKR_USER_NOT_LOGGED_IN {
			// The logout may have been the call that noticed.
			var info conformance.SessionInfo
			if rv = u.D.Call("C_GetSessionInfo", u.session, &info); rv == ck.CKR_OK {
				return nil
			}
		}
		if rv != ck.CKR_SESSION_HANDLE_INVALID && rv != ck.CKR_DEVICE_REMOVED {
			return failed("logging out", rv)
		}
		u.session = 0
	}
	slots, rv := hostproc.Slots(u.D, true)
	if rv != ck.CKR_OK || len(slots) == 0 {
		return failed(fmt.Sprintf("finding the card in %d slots", len(slots)), rv)
	}
	u.slot = slots[0]
	if u.session, rv = hostproc.Open(u.D, u.slot); rv != ck.CKR_OK {
		u.session = 0
		return failed("opening a session", rv)
	}
	return nil
}
