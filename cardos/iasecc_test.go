// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// insertedModel puts a card of a model of family H into a reader.
func insertedModel(t *testing.T, name, pin string, change func(*simcard.Options, *simcard.IAS)) (*simreader.Service, *simcard.Card) {
	t.Helper()
	m, ok := simcard.ModelNamed(name)
	require.True(t, ok, name)
	o := simcard.ForIdentity(simcard.FamilyH, setFor(t, simcard.FamilyH).Identity)
	o.PIN = pin
	m.Apply(&o)
	if change != nil {
		change(&o, o.Behaviour.H.IAS)
	}
	sim, err := simcard.New(o)
	require.NoError(t, err)
	service := simreader.NewService(readerName)
	service.Insert(readerName, sim)
	return service, sim
}

// stated are the models that report reference and form of their PIN, with the
// reference.
func stated() map[string]byte {
	list := map[string]byte{}
	for _, m := range simcard.Models() {
		if strings.HasPrefix(m.Name, "h-ias") && !strings.Contains(m.Name, "silent") {
			list[m.Name] = 0x01
		}
	}
	list["h-ias-cie"] = 0x81
	list["h-ias-two-pins"], list["h-ias-equal-pins"] = 0x02, 0x02
	// These report where the PIN is and not how it is filled.
	for _, name := range []string{"h-ias-filled", "h-ias-zeros", "h-ias-control"} {
		delete(list, name)
	}
	return list
}

// Where the card reports PIN, key and form, nothing is guessed: the right PIN
// costs no try and is sent once, a wrong one costs one, to whichever length and
// however often; and another program needs no question.
func TestStatedForm(t *testing.T) {
	require.GreaterOrEqual(t, len(stated()), 14)
	for name, ref := range stated() {
		for _, pin := range []string{"12345", "1234567", "12345678"} {
			service, sim := insertedModel(t, name, pin, nil)
			store := newShelf()
			cold, k := opened(t, service, store)
			assert.Equal(t, setFor(t, simcard.FamilyH).Identity.Certificate, k.Certificate.Raw, name)
			assert.Equal(t, setFor(t, simcard.FamilyH).Identity.Serial, cold.Info().Serial, name)
			for _, e := range sim.Log() {
				assert.Contains(t, []byte{0xA4, 0xB0, 0xB2, 0xCB}, e.Header[1], "%s: %v: only what reads", name, e)
			}
			require.NoError(t, cold.Close())
			sim.ClearLog()
			warm, _ := opened(t, service, store)
			assert.LessOrEqual(t, len(sim.Log()), 3, "%s:\n%s", name, sim.LogText())
			assert.Zero(t, count(sim, 0xCB), "%s: what it reports is kept", name)
			for _, c := range []*cardos.Card{warm, openAgain(t, service)} {
				left, _, err := c.QueryTries(0)
				require.NoError(t, err, name)
				assert.Equal(t, cardos.Tries{Known: true, Left: 3, Max: 3}, left, name)
				assert.Empty(t, pins(sim), name)
				require.ErrorIs(t, c.VerifyPIN(0, cardos.Secret("999999")), cardos.ErrPINIncorrect, name)
				left, _ = c.Tries(0)
				assert.Equal(t, cardos.Tries{Known: true, Left: 2, Max: 3}, left, name)
				actual, _ := sim.IASTries(ref)
				assert.Equal(t, 2, actual, "%s: one try for one PIN", name)
				sim.Stats()
				sim.ClearLog()
				require.NoError(t, c.VerifyPIN(0, cardos.Secret(pin)), name)
				left, _ = c.Tries(0)
				assert.Equal(t, cardos.Tries{Known: true, Left: 3, Max: 3}, left, name)
				signOnce(t, c, firstKey(t, c), "prima")
				signOnce(t, c, firstKey(t, c), "seconda")
				assert.Len(t, pins(sim), 1, name)
				assert.Zero(t, sim.Stats().TriesSpent, name)
				require.NoError(t, c.Close())
				sim.ClearLog()
			}
		}
	}
}

func openAgain(t *testing.T, service *simreader.Service) *cardos.Card {
	t.Helper()
	c, _ := opened(t, service, nil)
	return c
}

// count returns how many commands of one instruction the card got.
func count(sim *simcard.Card, ins byte) (n int) {
	for _, e := range sim.Log() {
		if e.Header[1] == ins {
			n++
		}
	}
	return n
}

// Commands that list, login and signature take beyond the reads of holder,
// number and certificate: with a form that is stated, the question for the
// lengths of the PIN comes once.
func TestBudgetOfStatedForm(t *testing.T) {
	service, sim := insertedModel(t, "h-ias", "12345678", nil)
	store, n := newShelf(), counter{t, sim}
	var c *cardos.Card
	var k cardos.Key
	n.step(certificateReads(t, simcard.FamilyH)+8, "cold list", func() { c, k = opened(t, service, store) })
	assert.Equal(t, certificateReads(t, simcard.FamilyH)+3, count(sim, 0xB0))
	n.step(3, "login", func() { require.NoError(t, c.VerifyPIN(0, goodPIN)) })
	n.step(2, "first signature", func() { signOnce(t, c, k, "prima") })
	n.step(1, "further signature", func() { signOnce(t, c, k, "seconda") })
	n.step(2, "further login", func() { require.NoError(t, c.VerifyPIN(0, goodPIN)) })
	n.step(2, "tries left", func() { _, _, _ = c.QueryTries(0) })
	c.Close()
	n.step(3, "warm list", func() { opened(t, service, store) })
}

// What the card reports decides: where access rules, sizes or environments do
// not lead from the key to a PIN, nothing is sent in a form of this layout.
func TestWhatIsNotStated(t *testing.T) {
	for name, change := range map[string]func(*simcard.IAS){
		"nothing": func(a *simcard.IAS) { a.GetData = 0x6A88 },
		"no key that may sign": func(a *simcard.IAS) {
			a.Keys[0].Authenticate = false
		},
	} {
		service, sim := insertedModel(t, "h-ias", "12345", func(_ *simcard.Options, a *simcard.IAS) { change(a) })
		c, _ := opened(t, service, nil)
		left, _, err := c.QueryTries(0)
		require.NoError(t, err, name)
		assert.False(t, left.Known, name)
		assert.Empty(t, pins(sim), name)
	}
}

// The key of the certificate is the one whose signature fits: another of the
// same size behind the same PIN is passed over, and costs no try.
func TestKeyThatFitsTheCertificate(t *testing.T) {
	other := issue(t, simcard.FamilyH, "another", true)
	service, sim := insertedModel(t, "h-ias", "12345", func(o *simcard.Options, a *simcard.IAS) {
		o.Signature = &simcard.Credential{Key: other.Key, Certificate: other.Certificate, PIN: "77777777", PUK: "88888888"}
		a.Keys = []simcard.IASKey{
			{Reference: 0x81, Signature: true, PIN: 0x01, Environment: 1, Authenticate: true},
			{Reference: 0x83, PIN: 0x01, Environment: 1, Authenticate: true},
		}
	})
	c, k := opened(t, service, nil)
	require.NoError(t, c.VerifyPIN(0, cardos.Secret("12345")))
	signOnce(t, c, k, "prima")
	sim.ClearLog()
	signOnce(t, c, k, "seconda")
	assert.Len(t, sim.Log(), 1, sim.LogText())
	assert.Zero(t, sim.Stats().TriesSpent)
}

// Another program that sets a key or selects another application in between:
// the signature is right, or the PIN is asked for anew; no try is spent.
func TestMeddlingWithStatedForm(t *testing.T) {
	service, sim := insertedModel(t, "h-ias", "12345", nil)
	c, k := opened(t, service, nil)
	login := func() { require.NoError(t, c.VerifyPIN(0, cardos.Secret("12345"))) }
	login()
	signOnce(t, c, k, "prima")
	sim.Transmit(unhex(t, "0022F30100")) // environment 1 names no key
	signOnce(t, c, k, "dopo altri")
	sim.Transmit(unhex(t, "00A404000AA0000005304553494"+"74E00"))
	assert.ErrorIs(t, trySigning(c, k, "altrove"), cardos.ErrPINRequired)
	login()
	signOnce(t, c, k, "di nuovo")
	// The counter is not read off another application's PIN.
	sim.Transmit(unhex(t, "00A404000AA0000005304553494"+"74E00"))
	left, _, err := c.QueryTries(0)
	require.NoError(t, err)
	assert.Equal(t, cardos.Tries{Known: true, Left: 3, Max: 3}, left)
	service.ResetByOther(readerName)
	assert.ErrorIs(t, trySigning(c, k, "reset"), cardos.ErrPINRequired)
	assert.Zero(t, sim.Stats().TriesSpent)
}

// A key that pads by itself signs PKCS #1 v1.5 only, one for qualified
// signatures hashes of one algorithm; a PIN that the value cannot hold is not
// sent.
func TestLimitsOfStatedForm(t *testing.T) {
	for _, name := range []string{"h-ias", "h-ias-sign", "h-ias-decipher"} {
		service, sim := insertedModel(t, name, "12345", func(_ *simcard.Options, a *simcard.IAS) { a.PINs[0].Length = 7 })
		c, k := opened(t, service, nil)
		assert.Equal(t, cardos.Unknown, k.RawRSA, name)
		assert.ErrorIs(t, c.VerifyPIN(0, goodPIN), cardos.ErrPINLength, name)
		assert.ErrorIs(t, c.ChangePIN(0, cardos.Secret("12345"), goodPIN), cardos.ErrPINLength, name)
		assert.Empty(t, pins(sim), name)
		require.NoError(t, c.VerifyPIN(0, cardos.Secret("12345")), name)
		block := make([]byte, 256)
		block[255] = 3
		_, err := c.RawRSA(&k, block)
		assert.Equal(t, name != "h-ias-decipher", errors.Is(err, cardos.ErrUnsupported), "%s: %v", name, err)
		_, err = c.SignPKCS1v15(&k, slices.Repeat([]byte{1}, 36)) // MD5 and SHA-1, as old TLS signs
		assert.Equal(t, name == "h-ias-sign", errors.Is(err, cardos.ErrUnsupported), "%s: %v", name, err)
	}
}

// A fault at each command: an error of ours or none, no try lost, and the next
// round works.
func TestFaultsWithStatedForm(t *testing.T) {
	for name, fault := range map[string]simreader.Fault{
		"6F00": simreader.Status(0x6F00), "6A88": simreader.Status(0x6A88), "9000": simreader.Status(0x9000),
		"truncated": simreader.Truncated(1), "mute": simreader.Mute(), "glitch": simreader.Glitch(),
	} {
		for at, seen := 0, 1; at < seen; at++ {
			service, sim := insertedModel(t, "h-ias", "12345", nil)
			seen = 0
			service.SetFault(readerName, func(int, []byte) simreader.Fault {
				if seen++; seen-1 == at {
					return fault
				}
				return simreader.Fault{}
			})
			c, err := profile.Open(service.Transport(), readerName, cardos.Options{})
			if err == nil {
				if identities, listed := c.Identities(); listed == nil && len(identities[0].Keys) > 0 {
					if err = c.VerifyPIN(0, cardos.Secret("12345")); err == nil {
						err = trySigning(c, identities[0].Keys[0], "prova")
					}
				}
				require.NoError(t, c.Close())
			}
			if err != nil {
				assert.True(t, ours(err), "%s at %d: %v", name, at, err)
			}
			service.SetFault(readerName, nil)
			again, k := opened(t, service, nil)
			require.NoError(t, again.VerifyPIN(0, cardos.Secret("12345")), "%s at %d", name, at)
			signOnce(t, again, k, "di nuovo")
			assert.Zero(t, sim.Stats().TriesSpent, "%s at %d", name, at)
		}
	}
}

// What a record says of a card is asked again before a PIN goes there: here it
// is that of other cards with the same certificate.
func TestStatementOfAnotherCard(t *testing.T) {
	store := newShelf()
	service, _ := insertedModel(t, "h-ias", "12345", nil)
	opened(t, service, store)
	for _, name := range []string{"h-ias-two-pins", "h-ias-equal-pins", "h-ias-decipher", "h-ias-sign", "h-ias-silent-6984"} {
		service, sim := insertedModel(t, name, "12345", nil)
		c, k := opened(t, service, store)
		assert.Equal(t, 1, store.saves, "%s: taken for the card seen before", name)
		require.NoError(t, c.VerifyPIN(0, cardos.Secret("12345")), name)
		signOnce(t, c, k, name)
		left, _, err := c.QueryTries(0)
		assert.NoError(t, err, name)
		assert.Equal(t, name != "h-ias-silent-6984", left.Known, name)
		assert.Zero(t, sim.Stats().TriesSpent, name)
	}
}

// Cards of this kind put the file control information into other templates too.
func TestTemplatesOfFileControlInformation(t *testing.T) {
	for _, template := range []string{simcard.Template6F, simcard.Template62, simcard.TemplateBoth} {
		service, _ := insertedModel(t, "h-ias", "12345", func(_ *simcard.Options, a *simcard.IAS) { a.Template = template })
		c, k := opened(t, service, nil)
		require.NoError(t, c.VerifyPIN(0, cardos.Secret("12345")), template)
		signOnce(t, c, k, "prova")
	}
}

// newPIN is a PIN for those cards to change to.
var newPIN = cardos.Secret("654321")

// Where the access rules allow it a PIN is changed by the present one, which is
// what costs a try if it is wrong. Where they want what cannot be done, or where
// the digits have to be filled, nothing is sent.
func TestChangeOfAStatedPIN(t *testing.T) {
	old, wrong := cardos.Secret("12345"), cardos.Secret("99999")
	for rule, offered := range map[string]bool{simcard.ChangeFree: true, simcard.ChangeVerified: true,
		simcard.ChangeSecured: false, simcard.ChangeNever: false} {
		for _, statement := range []string{simcard.StatementSeparate, simcard.StatementWhole} {
			service, sim := insertedModel(t, "h-ias", string(old), func(_ *simcard.Options, a *simcard.IAS) {
				a.PINs[0].Change, a.Statement = rule, statement
			})
			c, k := opened(t, service, nil)
			if !offered {
				assert.ErrorIs(t, c.ChangePIN(0, old, newPIN), cardos.ErrNoKnownForm, rule)
				assert.Empty(t, pins(sim), rule)
				continue
			}
			assert.ErrorIs(t, c.ChangePIN(0, wrong, newPIN), cardos.ErrPINIncorrect, rule)
			assert.Equal(t, 1, sim.Stats().TriesSpent, rule)
			assert.ErrorIs(t, c.ChangePIN(0, old, cardos.Secret("123456789")), cardos.ErrPINLength, rule)
			require.NoError(t, c.ChangePIN(0, old, newPIN), rule)
			require.NoError(t, c.VerifyPIN(0, newPIN), rule)
			signOnce(t, c, k, rule)
			assert.Zero(t, sim.Stats().TriesSpent, rule)
			assert.ErrorIs(t, c.UnblockPIN(0, cardos.Secret("87654321"), old), cardos.ErrNoKnownForm, "no PUK")
		}
	}
	for _, name := range []string{"h-ias-filled", "h-ias-control", "h-ias-silent", "h-cns"} {
		service, sim := insertedModel(t, name, string(old), nil)
		c, _ := opened(t, service, nil)
		assert.ErrorIs(t, c.ChangePIN(0, old, newPIN), cardos.ErrNoKnownForm, name)
		assert.Empty(t, pins(sim), name)
	}
}

// The PUK that the access rules name sets a new PIN; a wrong one costs a try of
// its own, and the PIN none.
func TestUnblockOfAStatedPIN(t *testing.T) {
	puk, wrong := cardos.Secret("87654321"), cardos.Secret("99999999")
	service, sim := insertedModel(t, "h-ias-two-pins", "12345", nil)
	c, k := opened(t, service, nil)
	for range 3 {
		assert.Error(t, c.VerifyPIN(0, wrong))
	}
	require.ErrorIs(t, c.VerifyPIN(0, cardos.Secret("12345")), cardos.ErrPINBlocked)
	assert.ErrorIs(t, c.UnblockPIN(0, wrong, newPIN), cardos.ErrPINIncorrect)
	left, _ := sim.IASTries(0x03)
	assert.Equal(t, 7, left)
	require.NoError(t, c.UnblockPIN(0, puk, newPIN))
	left, _ = sim.IASTries(0x02)
	assert.Equal(t, 3, left)
	require.NoError(t, c.VerifyPIN(0, newPIN))
	signOnce(t, c, k, "dopo")
	left, _ = sim.IASTries(0x01)
	assert.Equal(t, 3, left, "the other PIN")
}
