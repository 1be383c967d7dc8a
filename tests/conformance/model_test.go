// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"crypto"
	"crypto/rsa"
	hash "crypto/sha256"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/module"
	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// step is one step of a sequence: what is done, by its place in actions, and
// numbers that choose the session, the PIN and the like.
type step struct{ action, session, a, b int }

func (s step) String() string {
	return fmt.Sprintf("%s(%d, %d, %d)", actions[s.action].name, s.session, s.a, s.b)
}

// anyStep draws a step, by the weights of actions.
var anyStep = rapid.Custom(func(t *rapid.T) step {
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	s := step{session: bits(t, 8), a: bits(t, 8), b: bits(t, 8)}
	for at := bits(t, 16) % total; at >= actions[s.action].weight; s.action++ {
		at -= actions[s.action].weight
	}
	return s
})

// bits draws a number of n bits, all equally likely: the integers of package
// rapid are small most of the time.
func bits(t *rapid.T, n int) (number int) {
	for range n {
		number <<= 1
		if oneBit.Draw(t, "bit") {
			number++
		}
	}
	return number
}

var oneBit = rapid.Bool()

// model is what the standard says of a token and its sessions, and what a
// person would write down about the card.
type model struct {
	driver  Driver
	service *simreader.Service
	family  simcard.Family

	// The card, and whether it is in the reader.
	card          *simcard.Card
	in            bool
	pin           string
	pinTries, puk int
	verified      bool // the card has our PIN in force
	known, wrong  bool // the tries of the PIN were told; a PIN was refused since the last success
	told          int  // what was told
	initialized   bool
	gone          bool // the card left, and nobody noticed yet
	sessions      []*modelSession
	login         login
	givenPUK      string
	key           ck.ObjectHandle // of the private key, 0 where not known
	dead          []ck.SessionHandle
	oldKeys       []ck.ObjectHandle
	problem       string
	signature     int // how many were made
}

type login int

const (
	nobody login = iota
	user
	officer
)

// modelSession is an open session with its operations.
type modelSession struct {
	handle       ck.SessionHandle
	rw           bool
	search       bool
	found        bool // a search begun while the key was visible
	sign, digest form
}

// form is how far an operation has come.
type form int

const (
	idle form = iota
	begun
	single
	multi
)

func newModel(f simcard.Family, wrap func(Driver) Driver) *model {
	m := &model{service: simreader.NewService(readerName), family: f}
	lib := module.New(module.Config{Cards: profile.Options(cardos.Options{}), Open: func() (cardos.Transport, error) { return m.service.Transport(), nil }})
	m.driver = wrap(InProcess{lib})
	m.newCard()
	return m
}

func (m *model) newCard() {
	card, err := NewCard(m.family, Plain)
	if err != nil {
		panic(err)
	}
	m.card, m.pin, m.pinTries, m.puk = card, PIN, 3, 8
	m.insert()
}

func (m *model) insert() {
	m.service.Insert(readerName, m.card)
	m.in, m.verified = true, false
}

func (m *model) fail(format string, args ...any) {
	if m.problem == "" {
		m.problem = fmt.Sprintf(format, args...)
	}
}

// want checks an answer. local says that the call needs no look at the card:
// where the card left unnoticed, others must notice, and these may.
func (m *model) want(local bool, got ck.RV, allowed ...ck.RV) bool {
	gone := got == ck.CKR_SESSION_HANDLE_INVALID || got == ck.CKR_DEVICE_REMOVED
	if m.gone && gone {
		m.noticeGone()
		return false
	}
	if m.gone && !local {
		m.fail("answered %v though the card left", got)
		return false
	}
	if !slices.Contains(allowed, got) {
		m.fail("answered %v, want one of %v", got, allowed)
		return false
	}
	return got == ck.CKR_OK
}

// noticeGone ends what was with the card that left.
func (m *model) noticeGone() {
	m.gone = false
	m.endSessions()
	m.known, m.wrong = m.asks(), false
	m.dropKey()
	m.login = nobody
}

// asks says whether the library may ask the card for its tries.
func (m *model) asks() bool { return m.family == simcard.FamilyT }

func (m *model) endSessions() {
	for _, s := range m.sessions {
		m.dead = append(m.dead, s.handle)
	}
	m.sessions = nil
}

func (m *model) dropKey() {
	if m.key != 0 {
		m.oldKeys = append(m.oldKeys, m.key)
	}
	m.key = 0
}

// endLogin is what a logout does.
func (m *model) endLogin() {
	if m.login == nobody {
		return
	}
	m.login, m.verified = nobody, false
	m.dropKey()
}

// pick returns the open session that a step means, and the handle to call
// with: that of a closed session, or none, now and then.
func (m *model) pick(n int) (*modelSession, ck.SessionHandle) {
	if n%16 == 15 && len(m.dead) > 0 {
		return nil, m.dead[n%len(m.dead)]
	}
	if len(m.sessions) == 0 {
		return nil, junk
	}
	s := m.sessions[n%len(m.sessions)]
	return s, s.handle
}

// tell notes what a card answered to a PIN.
func (m *model) tell(right bool) {
	m.known, m.told, m.wrong = true, m.pinTries, !right
	m.verified = m.verified && right
}

// present plays the card that is given a PIN, and says what the library may
// answer.
func (m *model) present(pin string) []ck.RV {
	switch {
	case m.pinTries == 0:
		m.tell(false)
		return []ck.RV{ck.CKR_PIN_LOCKED}
	case pin == m.pin:
		m.pinTries = 3
		m.tell(true)
		return []ck.RV{ck.CKR_OK}
	}
	m.pinTries--
	m.tell(false)
	if m.pinTries == 0 {
		return []ck.RV{ck.CKR_PIN_INCORRECT, ck.CKR_PIN_LOCKED}
	}
	return []ck.RV{ck.CKR_PIN_INCORRECT}
}

// adopt asks for the state of the login where the standard leaves open when a
// library notices that the card lost it: it may be lost, and never be found.
func (m *model) adopt() {
	if m.login != user || m.verified || m.gone || len(m.sessions) == 0 {
		return
	}
	var info SessionInfo
	if m.want(false, m.driver.Call("C_GetSessionInfo", m.sessions[0].handle, &info), ck.CKR_OK) &&
		ck.SessionState(info.State) != m.state(m.sessions[0]) {
		m.login = nobody
	}
}

// state is the row of the table of states that a session is in.
func (m *model) state(s *modelSession) ck.SessionState {
	switch {
	case m.login == officer:
		return ck.CKS_RW_SO_FUNCTIONS
	case m.login == user && s.rw:
		return ck.CKS_RW_USER_FUNCTIONS
	case m.login == user:
		return ck.CKS_RO_USER_FUNCTIONS
	case s.rw:
		return ck.CKS_RW_PUBLIC_SESSION
	}
	return ck.CKS_RO_PUBLIC_SESSION
}

// do takes a step and checks the invariant that matters most: the counters of
// the card are where the PINs of the sequence put them.
func (m *model) do(s step) {
	actions[s.action].do(m, s)
	m.adopt()
	if pin, puk := m.card.Tries(); pin != m.pinTries || puk != m.puk {
		m.fail("the card has %d tries for the PIN and %d for the PUK, want %d and %d", pin, puk, m.pinTries, m.puk)
	}
}

// checkSignature verifies a signature of message.
func (m *model) checkSignature(signature []byte) {
	m.signature++
	x := X{Family: m.family}
	sum := hash.Sum256(message)
	if rsa.VerifyPKCS1v15(&x.identity().Key.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		m.fail("a wrong signature of %d bytes", len(signature))
	}
}

// sequences is a property of package rapid: in no sequence of steps a library
// differs from the model. played is called with each sequence that was played
// to its end or to the difference.
func sequences(f simcard.Family, wrap func(Driver) Driver, played func(*model, []step)) func(*rapid.T) {
	return func(t *rapid.T) {
		m := newModel(f, wrap)
		var steps []step
		defer func() {
			_ = m.driver.Call("C_Finalize", nil)
			played(m, steps)
		}()
		t.Repeat(map[string]func(*rapid.T){"step": func(t *rapid.T) {
			s := anyStep.Draw(t, "step")
			steps = append(steps, s)
			if m.do(s); m.problem != "" {
				t.Fatalf("%v: %s", s, m.problem)
			}
		}})
	}
}

// TestMain has rapid play the same 1,000 sequences of some 200 steps in every
// run, unless its flags say otherwise (-rapid.seed, -rapid.checks).
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"checks": "500", "steps": "200", "seed": "20260101", "nofailfile": "true"} {
		if err := flag.Set("rapid."+name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// Random sequences of calls, cards that come and go and other programs against
// the model: no difference in 200,000 steps.
func TestModel(t *testing.T) {
	for _, f := range []simcard.Family{simcard.FamilyC, simcard.FamilyT} {
		t.Run(string(f), func(t *testing.T) {
			all, signatures, counts := 0, 0, map[string]int{}
			rapid.Check(t, sequences(f, func(d Driver) Driver { return d }, func(m *model, steps []step) {
				all, signatures = all+len(steps), signatures+m.signature
				for _, s := range steps {
					counts[actions[s.action].name]++
				}
			}))
			t.Logf("%d steps, %d signatures; %v", all, signatures, counts)
			require.Greater(t, signatures, all/1000, "too few sequences come as far as a signature")
		})
	}
}
