// SPDX-License-Identifier: Apache-2.0

package minidriver_test

import (
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/minidriver"
	"tscns/simcard"
	"tscns/simcard/pki"
)

var (
	goodPIN  = cardos.Secret("12345678")
	wrongPIN = cardos.Secret("99999999")
	goodPUK  = cardos.Secret("87654321")
	newPIN   = cardos.Secret("24681357")
)

// sets keeps one identity for each key size: making keys is slow.
var sets = struct {
	sync.Mutex
	m map[int]*pki.Set
}{m: map[int]*pki.Set{}}

func setFor(t *testing.T, f simcard.Family) *pki.Set {
	t.Helper()
	sets.Lock()
	defer sets.Unlock()
	bits := simcard.KeyBits(f)
	if sets.m[bits] == nil {
		s, err := simcard.NewSet(f)
		require.NoError(t, err)
		sets.m[bits] = s
	}
	return sets.m[bits]
}

func newCard(t *testing.T, f simcard.Family, change func(*simcard.Options)) *simcard.Card {
	t.Helper()
	o := simcard.ForIdentity(f, setFor(t, f).Identity)
	if change != nil {
		change(&o)
	}
	c, err := simcard.New(o)
	require.NoError(t, err)
	c.Power(true)
	return c
}

func eachFamily(t *testing.T, test func(t *testing.T, f simcard.Family)) {
	for _, f := range simcard.Families() {
		if f != simcard.FamilyForeign {
			t.Run(string(f), func(t *testing.T) { test(t, f) })
		}
	}
}

// inReader is what a reader talks to; simcard has cards and hostile ones.
type inReader interface {
	ATR() []byte
	Reset()
	Transmit(command []byte) []byte
}

// caller plays the Base CSP: cards behind handles, in a transaction of its own.
type caller struct {
	mu    sync.Mutex
	cards map[uintptr]inReader
	sent  int
	fault func(n int) error // asked before every command, from 1
}

func (c *caller) put(h minidriver.Handles, card inReader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cards[h.Card] = card
}

// link is a connection of the caller's, as winscard has it.
type link struct {
	caller *caller
	atr    []byte
	card   uintptr
}

func (l *link) ATR() []byte           { return l.atr }
func (l *link) Use(_, card uintptr)   { l.card = card }
func (c *caller) link(a []byte) *link { return &link{caller: c, atr: slices.Clone(a)} }

func (l *link) Transmit(command []byte) ([]byte, error) {
	l.caller.mu.Lock()
	defer l.caller.mu.Unlock()
	l.caller.sent++
	if l.caller.fault != nil {
		if err := l.caller.fault(l.caller.sent); err != nil {
			return nil, err
		}
	}
	card := l.caller.cards[l.card]
	if card == nil {
		return nil, cardos.ErrCardRemoved
	}
	return card.Transmit(command), nil
}

var (
	handles      = minidriver.Handles{Context: 11, Card: 12}
	otherHandles = minidriver.Handles{Context: 21, Card: 22}
)

func newCaller(card inReader) *caller {
	return &caller{cards: map[uintptr]inReader{handles.Card: card}}
}

func (c *caller) options() minidriver.Options {
	return minidriver.Options{Connect: func(atr []byte) minidriver.Conn { return c.link(atr) }, Profiles: profile.All()}
}

// acquired returns a context over a card behind handles.
func acquired(t *testing.T, card inReader) (*caller, *minidriver.Context) {
	t.Helper()
	c := newCaller(card)
	m, err := minidriver.Acquire(c.options(), handles, card.ATR())
	require.NoError(t, err)
	t.Cleanup(m.Close)
	return c, m
}

// certificateOf is the certificate in a file, by the standard library.
func certificateOf(t *testing.T, m *minidriver.Context, file string) *x509.Certificate {
	t.Helper()
	der, err := m.ReadFile("mscp", file)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return cert
}

func publicKey(t *testing.T, m *minidriver.Context, file string) *rsa.PublicKey {
	t.Helper()
	return certificateOf(t, m, file).PublicKey.(*rsa.PublicKey)
}

func reversed(b []byte) []byte {
	r := slices.Clone(b)
	slices.Reverse(r)
	return r
}
