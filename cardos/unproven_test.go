// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// records are records of PINs in memory.
type records map[string][]byte

func (r records) Load(name string) []byte { return r[name] }
func (r records) Save(name string, blob []byte) {
	r[name] = bytes.Clone(blob)
	if len(blob) == 0 {
		delete(r, name)
	}
}

// process opens the card as a program of its own does: nothing is shared with
// the others but the user's runtime directory.
func process(t *testing.T, service *simreader.Service, runtimeDir string) *cardos.Card {
	t.Helper()
	options := cardos.Options{PINRecords: localfiles.NewPINRecords(runtimeDir)}
	c, err := profile.Open(service.Transport(), readerName, options)
	for errors.Is(err, cardos.ErrCardReset) { // the others reset it when they end, again and again
		c, err = profile.Open(service.Transport(), readerName, options)
	}
	require.NoError(t, err)
	return c
}

// guessed are cards of family H whose form nothing states: every reference, with
// a PIN of another form that costs a try, answers 6984 or has other length.
func guessed() map[string]func(*simcard.Options) {
	cards := map[string]func(*simcard.Options){}
	for _, m := range simcard.Models() {
		if m.Family == simcard.FamilyH {
			cards[m.Name] = m.Apply
		}
	}
	for _, form := range []string{simcard.PINDigits, simcard.PINFilledFF, simcard.PINFilled00} {
		// Other PINs of the application compare, too: each would cost a try of its own.
		cards["three PINs, "+form] = func(o *simcard.Options) {
			v, a := simcard.DefaultVariantH(), simcard.DefaultIAS()
			v.Third, v.KeyApp, v.IAS = simcard.AppIASOberthur, "", &a
			a.GetData, a.Keys[0].PIN = 0x6A88, 0x01
			a.PINs = []simcard.IASPIN{{Reference: 0x81, Digits: "24681357", Form: form}, {Reference: 0x83, Digits: "97531864", Form: form}, {Reference: 0x01, Form: form}}
			b := simcard.DefaultBehaviour(simcard.FamilyH)
			b.H = &v
			o.Behaviour = &b
		}
	}
	for _, app := range []string{simcard.AppHolder, simcard.AppThird} {
		for _, ref := range []byte{0x01, 0x02, 0x10, 0x81, 0x83, 0x90} {
			for _, unfilled := range []bool{false, true} {
				for _, wrong := range []uint16{0x63C0, 0x6984, 0x6700} {
					cards[fmt.Sprintf("%s %02X unfilled=%v %04X", app, ref, unfilled, wrong)] = func(o *simcard.Options) {
						v := simcard.DefaultVariantH()
						v.PINApp, v.KeyApp, v.PINRef, v.PINUnfilled, v.WrongForm = app, app, ref, unfilled, wrong
						b := simcard.DefaultBehaviour(simcard.FamilyH)
						b.H = &v
						o.Behaviour = &b
					}
				}
			}
		}
	}
	return cards
}

// Ten programs log in with the right PIN, one after the other or all at once.
// Where no program can log in at most one try is gone, whatever the card is.
func TestRightPINsCostOneTryInAll(t *testing.T) {
	for name, change := range guessed() {
		for at, digits := range map[string]string{"one after the other": "123456", "at once": "12345678"} {
			t.Run(name+", "+at, func(t *testing.T) {
				service, sim := inserted(t, simcard.FamilyH, func(o *simcard.Options, b *simcard.Behaviour) {
					o.PIN = digits
					change(o)
					if o.Behaviour != nil {
						*b = *o.Behaviour
					}
				})
				dir := t.TempDir()
				require.NoError(t, os.Chmod(dir, 0o700))
				var all sync.WaitGroup
				login := func() {
					defer all.Done()
					c := process(t, service, dir)
					defer c.Close()
					_ = c.VerifyPIN(0, cardos.Secret(digits))
				}
				all.Add(10)
				for range 10 {
					if at == "at once" {
						go login()
					} else {
						login()
					}
				}
				all.Wait()
				assert.LessOrEqual(t, sim.Stats().TriesSpent, 1)
			})
		}
	}
}

// costly is a card that compares what is in another form: the first form that
// is tried has the digits alone, and is refused.
func costly(used int) func(*simcard.Options, *simcard.Behaviour) {
	return func(o *simcard.Options, b *simcard.Behaviour) {
		o.PIN, o.PINTriesUsed = "123456", used
		v := simcard.DefaultVariantH()
		v.PINApp, v.KeyApp, v.PINRef, v.WrongForm = simcard.AppThird, simcard.AppThird, 0x81, 0x63C0
		b.H = &v
	}
}

// After a refusal a person decides: the other form of the reference logs in,
// every program logs in by it from then on, and a wrong PIN is one again.
func TestPersonDecides(t *testing.T) {
	pin := cardos.Secret("123456")
	service, sim := inserted(t, simcard.FamilyH, costly(0))
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o700))
	var unproven *cardos.UnprovenError
	for i, sent := range []bool{true, false} {
		c := process(t, service, dir)
		firstKey(t, c)
		require.ErrorAs(t, c.VerifyPIN(0, pin), &unproven)
		assert.Equal(t, &cardos.UnprovenError{Sent: sent, Tries: cardos.Tries{Known: true, Left: 2}}, unproven, i)
		assert.Equal(t, cardos.Unproven{Stopped: true, Refused: 1, Tries: cardos.Tries{Known: true, Left: 2}}, c.Unproven(0))
		c.Close()
	}
	c := process(t, service, dir)
	sim.ClearLog()
	require.NoError(t, c.VerifyUnproven(0, pin, cardos.OtherForm))
	assert.Len(t, pins(sim), 1, "the other form of the reference that answered")
	signOnce(t, c, firstKey(t, c), "altra forma")
	c.Close()

	c = process(t, service, dir)
	defer c.Close()
	sim.ClearLog()
	assert.Equal(t, &cardos.PINError{Tries: cardos.Tries{Known: true, Left: 2}}, c.VerifyPIN(0, cardos.Secret("654321")))
	require.NoError(t, c.VerifyPIN(0, pin))
	assert.Len(t, pins(sim), 2)
	known, _ := c.Tries(0)
	assert.Zero(t, known, "what a full counter is, is not known")
}

// An accepted form that the card does not know is another card's: nothing was
// compared, so the others are tried.
func TestRecordOfAnotherCard(t *testing.T) {
	kept := records{}
	for _, app := range []string{simcard.AppHolder, simcard.AppThird} {
		service, sim := inserted(t, simcard.FamilyH, variantH(func(v *simcard.VariantH) { v.PINApp, v.KeyApp = app, app }))
		c, _ := openedWith(t, service, cardos.Options{PINRecords: kept})
		require.NoError(t, c.VerifyPIN(0, goodPIN), app)
		assert.Zero(t, sim.Stats().TriesSpent)
		c.Close()
	}
}

// Not even a person's decision sends a PIN on the last try that is known.
func TestNeverOnTheLastTry(t *testing.T) {
	_, sim, c := simulated(t, simcard.FamilyH, costly(1))
	firstKey(t, c)
	require.ErrorIs(t, c.VerifyPIN(0, cardos.Secret("123456")), cardos.ErrUnproven)
	left, _ := sim.Tries()
	require.Equal(t, 1, left)
	sim.ClearLog()
	for _, how := range []cardos.Retry{cardos.NoRetry, cardos.SameForm, cardos.OtherForm} {
		want := &cardos.UnprovenError{Tries: cardos.Tries{Known: true, Left: 1}}
		assert.Equal(t, want, c.VerifyUnproven(0, cardos.Secret("123456"), how))
	}
	assert.Empty(t, pins(sim))
	assert.True(t, c.Unproven(0).LastTry)
}

// A program that ends, or loses its card, between a PIN and the answer to it has
// sent the PIN.
func TestPINWithoutAnswerIsRemembered(t *testing.T) {
	service, sim := inserted(t, simcard.FamilyH, nil)
	kept := records{}
	c, _ := openedWith(t, service, cardos.Options{PINRecords: kept})
	service.SetFault(readerName, func(_ int, command []byte) simreader.Fault {
		if command[1] == 0x20 {
			return simreader.Fault{Err: cardos.ErrCardReset}
		}
		return simreader.Fault{}
	})
	require.ErrorIs(t, c.VerifyPIN(0, goodPIN), cardos.ErrCardReset)
	c.Close()
	service.SetFault(readerName, nil)
	sim.ClearLog()
	c, _ = openedWith(t, service, cardos.Options{PINRecords: kept})
	assert.Equal(t, &cardos.UnprovenError{}, c.VerifyPIN(0, goodPIN))
	assert.Empty(t, pins(sim))
}

// Of a refused PIN nothing is kept: two that differ leave the same record.
func TestNothingOfThePINIsKept(t *testing.T) {
	var kept []records
	for _, pin := range []string{"99999", "654321", "11111111"} {
		service, _ := inserted(t, simcard.FamilyH, costly(0))
		r := records{}
		c, _ := openedWith(t, service, cardos.Options{PINRecords: r})
		require.ErrorIs(t, c.VerifyPIN(0, cardos.Secret(pin)), cardos.ErrUnproven)
		require.Len(t, r, 1)
		kept = append(kept, r)
	}
	assert.Equal(t, kept[0], kept[1])
	assert.Equal(t, kept[0], kept[2])
	for _, blob := range kept[0] {
		assert.NotContains(t, string(blob), setFor(t, simcard.FamilyH).Identity.Serial)
	}
}

// verifiesWithoutKey: the PIN of a card works where no usable key was found, but
// where its form is a guess none is sent.
func verifiesWithoutKey(t *testing.T, f simcard.Family, c *cardos.Card, sim *simcard.Card, what string) {
	t.Helper()
	sim.ClearLog()
	err := c.VerifyPIN(0, goodPIN)
	if f != simcard.FamilyH {
		assert.NoError(t, err, what)
		return
	}
	assert.ErrorIs(t, err, cardos.ErrNoKnownForm, what)
	assert.Empty(t, pins(sim), what)
}
