// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/kit"
)

// Reader is the card reader that a library sees, and who handles the card in it.
type Reader interface {
	Insert(c *simcard.Card)
	Remove()
	// ResetByOther lets another program reset the card.
	ResetByOther()
	// AddReader plugs in another reader; false where that cannot be done.
	AddReader() bool
}

// Item is one behaviour.
type Item struct {
	Number  int
	Section string // of the standard
	Title   string
	// Card is what the item needs.
	Card Kind
	// Host: the item is about what exists in C only.
	Host bool
	Run  func(*X)
}

// Kind is a kind of card.
type Kind int

// Kinds of cards. Signature is one with a second key that has a PIN of its
// own, asked for at each signature; the certificate of Encipherment lets its
// key decrypt too; that of Elliptic is of an elliptic curve key.
const (
	Plain Kind = iota
	Signature
	Encipherment
	Elliptic
)

// Name is the name of the item as a test.
func (it Item) Name() string {
	return fmt.Sprintf("item %03d, %s: %s", it.Number, it.Section, it.Title)
}

// Items lists all items in order.
func Items() []Item {
	var all []Item
	for _, chapter := range [][]Item{general, interfaces, slots, mechanisms, sessions, logins, pins,
		searches, attributes, signatures, operations} {
		all = append(all, chapter...)
	}
	return all
}

// The secrets of every card here.
const (
	PIN           = "12345678"
	PUK           = "87654321"
	SignPIN       = "24680246"
	SignPUK       = "13579135"
	wrongPIN      = "00000000"
	serial        = ck.CKF_SERIAL_SESSION
	serialRW      = ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION
	junk          = 0xDEADBEEF
	nothing  uint = 0
)

// signatureKey is the second key of cards that have one.
var signatureKey = sync.OnceValues(func() (*pki.Identity, error) {
	bits := simcard.KeyBits(simcard.FamilyB1)
	set, err := kit.Set(bits)
	if err != nil {
		return nil, err
	}
	return set.Authority.IssueIdentity(pki.IdentityOptions{Bits: bits, Signature: true})
})

// NewCard makes a card of a family, all of one key size with the same
// identity. Cards of kind Signature are of family B1.
func NewCard(f simcard.Family, kind Kind) (*simcard.Card, error) {
	set, err := kit.Set(simcard.KeyBits(f))
	if err != nil {
		return nil, err
	}
	o := simcard.ForIdentity(f, set.Identity)
	o.PIN, o.PUK = PIN, PUK
	switch kind {
	case Signature:
		id, err := signatureKey()
		if err != nil {
			return nil, err
		}
		o.Signature = &simcard.Credential{Key: id.Key, Certificate: id.Certificate, PIN: SignPIN, PUK: SignPUK}
	case Encipherment:
		if o.Authentication.Certificate, err = kit.Encipherment(set); err != nil {
			return nil, err
		}
	case Elliptic:
		if o.Authentication.Certificate, err = ellipticCurve(set); err != nil {
			return nil, err
		}
	}
	return simcard.New(o)
}

// X is one run of an item.
type X struct {
	T      *testing.T
	D      Driver
	Reader Reader
	Card   *simcard.Card
	Family simcard.Family
	Slot   ck.SlotID
	// NewCard makes another card like Card.
	NewCard func() *simcard.Card
}

// Host is the driver as a C program.
func (x *X) host() Host { return x.D.(Host) }

// identity is the card holder's.
func (x *X) identity() *pki.Identity {
	set, err := kit.Set(simcard.KeyBits(x.Family))
	if err != nil {
		panic(err)
	}
	return set.Identity
}

// caller names the line of the item, for messages.
func caller() string {
	_, file, line, _ := runtime.Caller(2)
	return fmt.Sprintf("%s:%d", file, line)
}

// is calls a function and wants an answer.
func (x *X) is(want ck.RV, name string, args ...any) {
	x.T.Helper()
	x.equal(caller(), want, x.D.Call(name, args...), name)
}

func (x *X) equal(where string, want, got ck.RV, name string) {
	x.T.Helper()
	if got != want {
		x.T.Errorf("%s: %s = %v, want %v", where, name, got, want)
	}
}

// ok wants CKR_OK, and ends the item without it.
func (x *X) ok(name string, args ...any) {
	x.T.Helper()
	if got := x.D.Call(name, args...); got != ck.CKR_OK {
		x.T.Fatalf("%s: %s = %v", caller(), name, got)
	}
}

// oneOf wants one of several answers.
func (x *X) oneOf(want []ck.RV, name string, args ...any) {
	x.T.Helper()
	if got := x.D.Call(name, args...); !slices.Contains(want, got) {
		x.T.Errorf("%s: %s = %v, want one of %v", caller(), name, got, want)
	}
}

// that wants a condition.
func (x *X) that(condition bool, format string, args ...any) {
	x.T.Helper()
	if !condition {
		x.T.Errorf("%s: %s", caller(), fmt.Sprintf(format, args...))
	}
}

// start initialises the library and looks at the slots.
func (x *X) start() *X {
	x.T.Helper()
	x.ok("C_Initialize", nil)
	n := nothing
	x.ok("C_GetSlotList", false, nil, &n)
	return x
}

func (x *X) open(flags ck.Flags) ck.SessionHandle {
	x.T.Helper()
	return x.openIn(x.Slot, flags)
}

func (x *X) openIn(slot ck.SlotID, flags ck.Flags) ck.SessionHandle {
	x.T.Helper()
	var h ck.SessionHandle
	x.ok("C_OpenSession", slot, flags, nil, nil, &h)
	return h
}

func (x *X) login(h ck.SessionHandle) ck.SessionHandle {
	x.T.Helper()
	x.ok("C_Login", h, ck.CKU_USER, []byte(PIN), uint(len(PIN)))
	return h
}

// loginIs logs in and wants an answer.
func (x *X) loginIs(want ck.RV, h ck.SessionHandle, user ck.UserType, pin string) {
	x.T.Helper()
	x.equal(caller(), want, x.D.Call("C_Login", h, user, []byte(pin), uint(len(pin))), "C_Login")
}

func (x *X) state(h ck.SessionHandle) ck.SessionState {
	x.T.Helper()
	var info SessionInfo
	x.ok("C_GetSessionInfo", h, &info)
	return ck.SessionState(info.State)
}

func (x *X) token() TokenInfo {
	x.T.Helper()
	var info TokenInfo
	x.ok("C_GetTokenInfo", x.Slot, &info)
	return info
}

// pinFlags are the flags of the token about PIN and PUK counters.
func (x *X) pinFlags() ck.Flags {
	x.T.Helper()
	return ck.Flags(x.token().Flags) & (ck.CKF_USER_PIN_COUNT_LOW | ck.CKF_USER_PIN_FINAL_TRY | ck.CKF_USER_PIN_LOCKED |
		ck.CKF_SO_PIN_COUNT_LOW | ck.CKF_SO_PIN_FINAL_TRY | ck.CKF_SO_PIN_LOCKED)
}

// find lists the objects that match.
func (x *X) find(h ck.SessionHandle, t ...Attribute) []ck.ObjectHandle {
	x.T.Helper()
	x.ok("C_FindObjectsInit", h, Template(t), uint(len(t)))
	found, n := make([]ck.ObjectHandle, 64), nothing
	x.ok("C_FindObjects", h, found, uint(len(found)), &n)
	x.ok("C_FindObjectsFinal", h)
	return found[:n]
}

// class is the search for a class.
func class(c ck.ObjectClass) Attribute { return Attr(ck.CKA_CLASS, numbers(uint64(c))) }

// one finds the only object of a class.
func (x *X) one(h ck.SessionHandle, c ck.ObjectClass) ck.ObjectHandle {
	x.T.Helper()
	found := x.find(h, class(c))
	require.Len(x.T, found, 1, "objects of class %d", c)
	return found[0]
}

// get reads an attribute.
func (x *X) get(h ck.SessionHandle, o ck.ObjectHandle, a ck.AttributeType) []byte {
	x.T.Helper()
	t := Template{Buffer(a, 8192)}
	x.ok("C_GetAttributeValue", h, o, t, 1)
	return t[0].Value[:t[0].Len]
}

// quiet wants that f sends nothing to the card.
func (x *X) quiet(what string, f func()) {
	x.T.Helper()
	where := caller()
	x.Card.Stats()
	f()
	if n := x.Card.Stats().Commands; n != 0 {
		x.T.Errorf("%s: %s sent %d commands", where, what, n)
	}
}

// tries wants a number of tries left of the PIN, and all of the PUK.
func (x *X) tries(pin int) {
	x.T.Helper()
	const puk = 8
	gotPIN, gotPUK := x.Card.Tries()
	if gotPIN != pin || gotPUK != puk {
		x.T.Errorf("%s: PIN %d, PUK %d tries left, want %d and %d", caller(), gotPIN, gotPUK, pin, puk)
	}
}

func pkcs() *Mechanism   { return &Mechanism{Type: ck.CKM_RSA_PKCS} }
func sha256() *Mechanism { return &Mechanism{Type: ck.CKM_SHA256_RSA_PKCS} }
