// SPDX-License-Identifier: Apache-2.0

package minidriver_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/minidriver"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// maxMore is how many commands Windows' first use of a card may take beyond
// those of the module for list, login and signature.
const maxMore = 4

func TestCommandsOfFirstUse(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		sim := newCard(t, f, nil)
		service := simreader.NewService("Reader 00 00")
		service.Insert("Reader 00 00", sim)
		sim.ClearLog()
		c, err := profile.Open(service.Transport(), "Reader 00 00", cardos.Options{})
		require.NoError(t, err)
		identities, err := c.Identities()
		require.NoError(t, err)
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		_, err = c.SignPKCS1v15(&identities[0].Keys[0], make([]byte, 51))
		require.NoError(t, err)
		module := len(sim.Log())
		require.NoError(t, c.Close())

		caller, m := acquired(t, newCard(t, f, nil))
		for _, name := range []string{"cardid", "cardcf"} {
			read(t, m, "", name)
		}
		read(t, m, "mscp", "cmapfile")
		read(t, m, "mscp", "kxc00")
		require.NoError(t, authenticate(m, handles, goodPIN))
		require.NoError(t, signOnce(t, m, handles))
		t.Logf("module %d commands, minidriver %d", module, caller.sent)
		assert.LessOrEqual(t, caller.sent, module+maxMore)
	})
}

// notOurs are models of cards that are not Italian, or none at all.
var notOurs = map[string]bool{"e-spanish": true, "yes-man": true, "yes-man-zeros": true}

// Every card that is simulated can be used.
func TestModels(t *testing.T) {
	for _, model := range simcard.Models() {
		if model.Family == simcard.FamilyForeign {
			continue
		}
		t.Run(model.Name, func(t *testing.T) {
			card := newCard(t, model.Family, model.Apply)
			c := newCaller(card)
			m, err := minidriver.Acquire(c.options(), handles, card.ATR())
			if notOurs[model.Name] {
				assert.Equal(t, minidriver.UnknownCard, err)
				return
			}
			require.NoError(t, err)
			defer m.Close()
			require.NoError(t, authenticate(m, handles, goodPIN))
			require.NoError(t, signOnce(t, m, handles))
			card.Reset()
			assert.Equal(t, minidriver.SecurityViolation, signOnce(t, m, handles))
			require.NoError(t, authenticate(m, handles, goodPIN))
			require.NoError(t, signOnce(t, m, handles))
			assert.Zero(t, card.Stats().TriesSpent)
		})
	}
}

func TestChangeAndUnblock(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		card := newCard(t, f, nil)
		_, m := acquired(t, card)
		change := func(old, new cardos.Secret) (int, error) {
			return m.Change(handles, minidriver.ChangeRequest{Flags: 2, AuthenticatingRole: 1, Authenticating: old, TargetRole: 1, Target: new})
		}
		unblock := func(puk, new cardos.Secret) (int, error) {
			return m.Change(handles, minidriver.ChangeRequest{Flags: 1, AuthenticatingRole: 2, Authenticating: puk, TargetRole: 1, Target: new})
		}
		if f == simcard.FamilyH {
			_, err := change(goodPIN, newPIN)
			assert.Equal(t, minidriver.UnsupportedFeature, err)
			_, err = unblock(goodPUK, newPIN)
			assert.Equal(t, minidriver.UnsupportedFeature, err)
			assert.Zero(t, card.Stats().TriesSpent)
			return
		}
		_, err := change(cardos.Secret("1234"), newPIN)
		assert.Equal(t, minidriver.WrongCHV, err)
		for _, pin := range []string{"1234", "123456789", "abcde", ""} {
			_, err = change(goodPIN, cardos.Secret(pin))
			assert.Equal(t, minidriver.InvalidCHV, err, pin)
		}
		assert.Zero(t, card.Stats().TriesSpent)
		_, err = change(wrongPIN, newPIN)
		assert.Equal(t, minidriver.WrongCHV, err)
		assert.Equal(t, 1, card.Stats().TriesSpent)
		_, err = change(wrongPIN, newPIN)
		assert.Equal(t, minidriver.WrongCHV, err)
		assert.Equal(t, minidriver.WrongCHV, authenticate(m, handles, wrongPIN))
		assert.Zero(t, card.Stats().TriesSpent, "the same again costs nothing")
		_, err = change(goodPIN, newPIN)
		require.NoError(t, err)
		_, err = change(newPIN, wrongPIN)
		require.NoError(t, err)
		require.NoError(t, authenticate(m, handles, wrongPIN), "it is the PIN by now")
		_, err = change(wrongPIN, newPIN)
		require.NoError(t, err)
		require.NoError(t, authenticate(m, handles, newPIN))
		for _, pin := range []string{"99999991", "99999992", "99999993"} {
			err = authenticate(m, handles, cardos.Secret(pin))
		}
		assert.Equal(t, minidriver.CHVBlocked, err)
		card.Stats()
		_, err = unblock(cardos.Secret("11111111"), goodPIN)
		assert.Equal(t, minidriver.WrongCHV, err)
		assert.Equal(t, minidriver.CHVBlocked, authenticate(m, handles, newPIN))
		_, err = unblock(goodPUK, goodPIN)
		require.NoError(t, err)
		require.NoError(t, authenticate(m, handles, goodPIN))
		require.NoError(t, signOnce(t, m, handles))
	})
}

func TestRefusedChanges(t *testing.T) {
	caller, m := acquired(t, withSignature(t))
	caller.sent = 0
	const bad = minidriver.InvalidParameter
	type request = minidriver.ChangeRequest
	for name, c := range map[string]struct {
		r    request
		want minidriver.Code
	}{
		"no flag":           {request{AuthenticatingRole: 1, TargetRole: 1}, bad},
		"both flags":        {request{Flags: 3, AuthenticatingRole: 1, TargetRole: 1}, bad},
		"other flag":        {request{Flags: 4 | 2, AuthenticatingRole: 1, TargetRole: 1}, bad},
		"retry count":       {request{Flags: 2, AuthenticatingRole: 1, TargetRole: 1, RetryCount: 1}, bad},
		"change by another": {request{Flags: 2, AuthenticatingRole: 3, TargetRole: 1}, bad},
		"change by the PUK": {request{Flags: 2, AuthenticatingRole: 2, TargetRole: 1}, bad},
		"change the PUK":    {request{Flags: 2, AuthenticatingRole: 2, TargetRole: 2}, bad},
		"unblock by itself": {request{Flags: 1, AuthenticatingRole: 1, TargetRole: 1}, bad},
		"no such role":      {request{Flags: 2, AuthenticatingRole: 4, TargetRole: 4}, bad},
		"everyone":          {request{Flags: 2}, bad},
		"another PIN's PUK": {request{Flags: 1, AuthenticatingRole: 2, TargetRole: 3}, minidriver.UnsupportedFeature},
	} {
		r := c.r
		r.Authenticating, r.Target = goodPIN, newPIN
		if r.Flags&1 != 0 {
			r.Authenticating = goodPUK
		}
		_, err := m.Change(handles, r)
		assert.Equal(t, c.want, err, name)
	}
	_, err := m.Change(handles, request{Flags: 2, AuthenticatingRole: 1, TargetRole: 1, Target: newPIN})
	assert.Equal(t, bad, err, "no keypad")
	for name, c := range map[string]struct {
		role, flags uint32
		pin         cardos.Secret
		want        minidriver.Code
	}{
		"everyone":     {0, 0, goodPIN, bad},
		"PUK":          {2, 0, goodPUK, bad},
		"no such role": {4, 0, goodPIN, bad},
		"large role":   {1 << 31, 0, goodPIN, bad},
		"flag":         {1, 1, goodPIN, bad},
		"NULL":         {1, 0, nil, bad},
		"session":      {1, 0x10000000, goodPIN, minidriver.UnsupportedFeature},
		"session PIN":  {1, 0x20000000, goodPIN, minidriver.UnsupportedFeature},
	} {
		_, err := m.Authenticate(handles, c.role, c.flags, c.pin)
		assert.Equal(t, c.want, err, name)
	}
	for _, pins := range []uint32{0, 1, 1 << 4, 1 << 31} {
		assert.Equal(t, bad, m.Deauthenticate(pins))
	}
	assert.Zero(t, caller.sent)
	_, err = m.Authenticate(handles, 1, 0x40, goodPIN)
	assert.NoError(t, err, "a silent context with a PIN")
}

// A PIN is not sent to another card, nor is one used, whichever way it came
// behind the handle.
func TestCardSwapped(t *testing.T) {
	other, err := simcard.NewSet(simcard.FamilyB2)
	require.NoError(t, err)
	second := func() *simcard.Card {
		return newCard(t, simcard.FamilyB2, func(o *simcard.Options) { *o = simcard.ForIdentity(simcard.FamilyB2, other.Identity) })
	}
	t.Run("same handle", func(t *testing.T) {
		c, m := acquired(t, newCard(t, simcard.FamilyB2, nil))
		stranger := second()
		c.put(handles, stranger)
		stranger.ClearLog()
		assert.Equal(t, minidriver.RemovedCard, authenticate(m, handles, goodPIN))
		_, err := m.Change(handles, minidriver.ChangeRequest{Flags: 2, AuthenticatingRole: 1, Authenticating: goodPIN, TargetRole: 1, Target: newPIN})
		assert.Equal(t, minidriver.RemovedCard, err)
		assert.NotContains(t, stranger.LogText(), "00 20")
		assert.NotContains(t, stranger.LogText(), "00 24")
	})
	t.Run("other handle", func(t *testing.T) {
		first, stranger := newCard(t, simcard.FamilyB2, nil), second()
		c, m := acquired(t, first)
		c.put(otherHandles, stranger)
		require.NoError(t, authenticate(m, handles, goodPIN))
		assert.Equal(t, minidriver.RemovedCard, signOnce(t, m, otherHandles))
		assert.Equal(t, minidriver.RemovedCard, signOnce(t, m, otherHandles), "and again")
		assert.Equal(t, minidriver.UnsupportedFeature, m.Deauthenticate(1<<minidriver.RoleUser), "the first one is open in its reader")
		require.NoError(t, authenticate(m, handles, goodPIN))
		require.NoError(t, signOnce(t, m, handles), "the first one is still there")
	})
}

// The handles of each call count, also where they lead to the card in another
// reader.
func TestHandlesChange(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		card := newCard(t, f, nil)
		c, m := acquired(t, card)
		c.put(otherHandles, card)
		c.put(handles, nil)
		delete(c.cards, handles.Card)
		require.NoError(t, authenticate(m, otherHandles, goodPIN))
		require.NoError(t, signOnce(t, m, otherHandles))
		assert.Equal(t, minidriver.RemovedCard, signOnce(t, m, handles))
		assert.Equal(t, minidriver.RemovedCard, authenticate(m, handles, goodPIN))
		require.NoError(t, authenticate(m, otherHandles, goodPIN))
		require.NoError(t, signOnce(t, m, otherHandles))
		assert.Zero(t, card.Stats().TriesSpent)
	})
}

// A fault at each command, of each kind, is passed on or reported as lost, costs
// no try, and is over as soon as the card answers again.
func TestFaults(t *testing.T) {
	faults := map[minidriver.Code]error{
		minidriver.ResetCard:    cardos.ErrCardReset,
		minidriver.RemovedCard:  cardos.ErrCardRemoved,
		minidriver.CommDataLost: cardos.ErrCardMute,
	}
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		for want, fault := range faults {
			for at := 1; ; at++ {
				card := newCard(t, f, nil)
				c := newCaller(card)
				failed := false
				c.fault = func(n int) error {
					if n != at {
						return nil
					}
					failed = true
					if errors.Is(fault, cardos.ErrCardReset) {
						card.Reset()
					}
					return fmt.Errorf("%w: made up", fault)
				}
				m, err := minidriver.Acquire(c.options(), handles, card.ATR())
				if failed {
					require.Equal(t, want, err, "command %d", at)
					continue
				}
				require.NoError(t, err)
				err = authenticate(m, handles, goodPIN)
				if failed {
					require.Equal(t, want, err, "command %d", at)
				} else {
					require.NoError(t, err)
					err = signOnce(t, m, handles)
					// A card that is mute once may be one whose reader does not carry
					// the form of the command: another form is tried.
					if failed && want != minidriver.CommDataLost {
						require.Equal(t, want, err, "command %d", at)
					}
				}
				c.fault = nil
				again := authenticate(m, handles, goodPIN)
				if f == simcard.FamilyH && failed && errors.Is(again, minidriver.UnsupportedFeature) {
					m.Close()
					continue // a PIN in a form that is a guess got no answer: no other is sent
				}
				require.NoError(t, again, "command %d", at)
				require.NoError(t, signOnce(t, m, handles), "command %d", at)
				require.Zero(t, card.Stats().TriesSpent)
				m.Close()
				if !failed {
					break
				}
			}
		}
	})
}

// Eight contexts on one card at once, each on threads of its own.
func TestConcurrentContexts(t *testing.T) {
	card := newCard(t, simcard.FamilyB2, nil)
	c := newCaller(card)
	var transaction sync.Mutex // the callers' own
	var all sync.WaitGroup
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			transaction.Lock()
			m, err := minidriver.Acquire(c.options(), handles, card.ATR())
			transaction.Unlock()
			if !assert.NoError(t, err) {
				return
			}
			defer m.Close()
			for range 5 {
				_, err := m.ReadFile("mscp", "kxc00")
				assert.NoError(t, err)
				transaction.Lock()
				assert.NoError(t, authenticate(m, handles, goodPIN))
				assert.NoError(t, signOnce(t, m, handles))
				card.Reset()
				transaction.Unlock()
			}
		}()
	}
	all.Wait()
	assert.Zero(t, card.Stats().TriesSpent)
}

// One context on eight threads: its own lock serialises them.
func TestConcurrentCalls(t *testing.T) {
	card := newCard(t, simcard.FamilyB2, nil)
	_, m := acquired(t, card)
	require.NoError(t, authenticate(m, handles, goodPIN))
	var all sync.WaitGroup
	for range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for range 5 {
				assert.NoError(t, signOnce(t, m, handles))
				_, _ = m.Property("PIN List", 0, nil)
				_ = m.Deauthenticate(1 << minidriver.RoleUser)
			}
		}()
	}
	all.Wait()
}
