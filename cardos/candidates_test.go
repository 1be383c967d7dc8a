// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// variantH changes the guess that a simulated card of family H follows.
func variantH(change func(*simcard.VariantH)) func(*simcard.Options, *simcard.Behaviour) {
	v := simcard.DefaultVariantH()
	change(&v)
	return func(_ *simcard.Options, b *simcard.Behaviour) { b.H = &v }
}

// pins returns the VERIFY commands with data that a card got.
func pins(sim *simcard.Card) (sent []simcard.Exchange) {
	for _, e := range sim.Log() {
		if e.Header[1] == 0x20 && e.Lc > 0 {
			sent = append(sent, e)
		}
	}
	return sent
}

// Wherever the application with the certificate answers, it is found, and
// nothing that could change a card is sent on the way.
func TestFindsTheApplicationOfTheCertificate(t *testing.T) {
	for _, third := range simcard.ThirdApps {
		t.Run("third "+third, func(t *testing.T) {
			_, sim, c := simulated(t, simcard.FamilyH, variantH(func(v *simcard.VariantH) { v.Third = third }))
			identities, err := c.Identities()
			require.NoError(t, err)
			require.Len(t, identities, 1)
			assert.Equal(t, "H", c.Info().Family)
			assert.Equal(t, cardos.Unknown, c.Info().Grade)
			if third == "unknown" {
				assert.Empty(t, identities[0].Keys)
				assert.Empty(t, c.Info().Number)
			} else {
				require.Len(t, identities[0].Keys, 1)
				assert.Equal(t, cardos.Unknown, identities[0].Keys[0].RawRSA)
				assert.Equal(t, setFor(t, simcard.FamilyH).Identity.Serial, c.Info().Serial)
			}
			holder, err := c.ReadDataFile(c.DataFiles()[0])
			require.NoError(t, err)
			assert.Equal(t, setFor(t, simcard.FamilyH).Identity.Personal, holder)
			for _, e := range sim.Log() {
				assert.Contains(t, []byte{0xA4, 0xB0, 0xCB}, e.Header[1], "%v: only SELECT, READ BINARY and GET DATA", e)
			}
			assert.Zero(t, sim.Stats().Writes)
			_, _, err = c.QueryTries(0)
			require.NoError(t, err)
			assert.Empty(t, pins(sim))
		})
	}
}

// Every form of the PIN that is tried, on a card that answers to it
// alone: the right PIN costs nothing, a wrong one exactly one try, and the
// form that answered is the only one used from then on.
func TestPINForms(t *testing.T) {
	for _, app := range []string{simcard.AppHolder, simcard.AppThird} {
		for _, ref := range []byte{0x10, 0x90, 0x81, 0x83, 0x01} {
			for _, unfilled := range []bool{false, true} {
				if unfilled && ref&0x7F == 0x10 || ref == 0x01 && app == simcard.AppHolder {
					continue // no such candidate
				}
				for _, sw := range []uint16{0x6A88, 0x6A82, 0x6A86, 0x6D00, 0x6E00, 0x6700, 0x6984, 0x6985} {
					name := fmt.Sprintf("%s %02X unfilled=%v %04X", app, ref, unfilled, sw)
					for _, digits := range []string{"123456", "12345678"} {
						loginByForm(t, name, cardos.Secret(digits), func(o *simcard.Options, b *simcard.Behaviour) {
							o.PIN = digits
							v := simcard.DefaultVariantH()
							v.PINApp, v.PINRef, v.PINUnfilled, v.NoReference = app, ref, unfilled, sw
							b.H = &v
						})
					}
				}
			}
		}
	}
}

func loginByForm(t *testing.T, name string, pin cardos.Secret, change func(*simcard.Options, *simcard.Behaviour)) {
	t.Helper()
	_, sim, c := simulated(t, simcard.FamilyH, change)
	firstKey(t, c)
	var unproven *cardos.UnprovenError
	require.ErrorAs(t, c.VerifyPIN(0, cardos.Secret("999999")), &unproven, name)
	left, _ := sim.Tries()
	require.Equal(t, 2, left, "%s: one try for one PIN", name)
	assert.Equal(t, &cardos.UnprovenError{Sent: true, Tries: cardos.Tries{Known: true, Left: 2}}, unproven, name)
	known, _ := c.Tries(0)
	assert.Zero(t, known, "%s: nobody knows whose counter that is", name)
	sim.ClearLog()
	require.ErrorIs(t, c.VerifyPIN(0, pin), cardos.ErrUnproven, name)
	assert.Empty(t, pins(sim), "%s: nothing is sent after a refusal", name)
	require.NoError(t, c.VerifyUnproven(0, pin, cardos.SameForm), name)
	assert.Len(t, pins(sim), 1, "%s: the form that answered, and no other", name)
	left, _ = sim.Tries()
	assert.Equal(t, 3, left, name)
	assert.True(t, c.Verified(0))
	assert.Zero(t, c.Unproven(0), name)
}

// An answer that does not say that nothing was compared ends the attempt,
// whatever it is, and with it all further ones.
func TestPINFormsStop(t *testing.T) {
	for sw, want := range map[uint16]cardos.Tries{
		0x6300: {}, 0x63C2: {Known: true, Left: 2}, 0x63C0: {Known: true}, 0x6983: {Known: true},
		0x6982: {}, 0x6F00: {}, 0x6581: {},
	} {
		_, sim, c := simulated(t, simcard.FamilyH, variantH(func(v *simcard.VariantH) { v.PINApp, v.NoReference = "", sw }))
		assert.Equal(t, &cardos.UnprovenError{Sent: true, Tries: want}, c.VerifyPIN(0, goodPIN), "%04X", sw)
		assert.Len(t, pins(sim), 1, "%04X", sw)
		assert.Equal(t, &cardos.UnprovenError{Tries: want}, c.VerifyPIN(0, goodPIN), "%04X", sw)
		assert.Len(t, pins(sim), 1, "%04X: a second PIN is not sent", sw)
		firstKey(t, c)
		assert.Equal(t, cardos.Unproven{Stopped: true, Refused: 1, Tries: want}, c.Unproven(0), "%04X", sw)
	}
}

// A card that knows none of the forms gets each of them once, ever.
func TestPINFormsExhausted(t *testing.T) {
	_, sim, c := simulated(t, simcard.FamilyH, variantH(func(v *simcard.VariantH) { v.PINApp = "" }))
	assert.ErrorIs(t, c.VerifyPIN(0, cardos.Secret("123456")), cardos.ErrNoKnownForm)
	sent := pins(sim)
	assert.Len(t, sent, 14)
	seen := map[string]bool{}
	log := sim.Log()
	app := ""
	for _, e := range log {
		if e.Header[1] == 0xA4 && e.Header[2] == 0x04 {
			app = e.String()
		}
		if e.Header[1] == 0x20 {
			form := fmt.Sprint(app, e.Header, e.Lc)
			assert.False(t, seen[form], "twice: %s", form)
			seen[form] = true
		}
	}
	sim.ClearLog()
	for _, pin := range []string{"123456", "12345678"} {
		assert.ErrorIs(t, c.VerifyPIN(0, cardos.Secret(pin)), cardos.ErrNoKnownForm)
	}
	assert.Empty(t, sim.Log(), "nothing is tried twice")
	left, _ := sim.Tries()
	assert.Equal(t, 3, left)
}

// A PIN of 8 digits looks the same filled and bare.
func TestPINFormsOfSameBytes(t *testing.T) {
	_, sim, c := simulated(t, simcard.FamilyH, variantH(func(v *simcard.VariantH) { v.PINApp = "" }))
	assert.ErrorIs(t, c.VerifyPIN(0, goodPIN), cardos.ErrNoKnownForm)
	assert.Len(t, pins(sim), 9)
	assert.ErrorIs(t, c.VerifyPIN(0, goodPIN), cardos.ErrNoKnownForm)
	assert.Len(t, pins(sim), 9, "nothing is tried twice")
}

// shapesH are the ways to sign that the simulated card can be told to want,
// as far as they are tried.
var shapesH = []struct {
	mse, input string
	refs       []byte
}{
	{simcard.MSEClassicDecipher, simcard.InputIndicated, []byte{0x01, 0x02, 0x10}},
	{simcard.MSEDecipher, simcard.InputBare, []byte{0x10, 0x01, 0x81}},
	{simcard.MSEDecipher, simcard.InputIndicated, []byte{0x01, 0x81}},
	{simcard.MSEAuthenticate, simcard.InputDigestInfo, []byte{0x82, 0x81, 0x01}},
	{simcard.MSESign, simcard.InputDigestInfo, []byte{0x81, 0x01}},
	{simcard.MSEClassicSign, simcard.InputDigestInfo, []byte{0x01}},
}

// Every way to sign is found, and costs no try; a second signature goes
// straight to it.
func TestSignForms(t *testing.T) {
	for _, app := range []string{simcard.AppHolder, simcard.AppThird} {
		for _, shape := range shapesH {
			for _, ref := range shape.refs {
				for _, extended := range []bool{true, false} {
					_, sim, c := simulated(t, simcard.FamilyH, func(o *simcard.Options, b *simcard.Behaviour) {
						v := simcard.DefaultVariantH()
						v.PINApp, v.KeyApp, v.MSE, v.Input, v.KeyRef = app, app, shape.mse, shape.input, ref
						b.H, b.Extended = &v, extended
						b.Chaining = simcard.Accept
					})
					name := fmt.Sprintf("%s %s %s %02X extended=%v", app, shape.mse, shape.input, ref, extended)
					t.Run(name, func(t *testing.T) {
						signVerified(t, c, sim)
						sim.ClearLog()
						signOnce(t, c, firstKey(t, c), "ancora")
						assert.LessOrEqual(t, len(sim.Log()), 4, sim.LogText())
						left, _ := sim.Tries()
						assert.Equal(t, 3, left)
					})
				}
			}
		}
	}
}

// The key in another application than the PIN: it signs where the PIN stays in
// force, and is not asked for again and again where it does not.
func TestKeyInAnotherApplication(t *testing.T) {
	for _, keep := range []bool{true, false} {
		_, sim, c := simulated(t, simcard.FamilyH, variantH(func(v *simcard.VariantH) { v.KeyApp, v.KeepPIN = simcard.AppThird, keep }))
		k := firstKey(t, c)
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		sent := len(pins(sim))
		if keep {
			signOnce(t, c, k, "altrove")
			continue
		}
		_, err := c.SignPKCS1v15(&k, digestInfo(make([]byte, 32)))
		assert.ErrorIs(t, err, cardos.ErrNoKnownForm)
		assert.Len(t, pins(sim), sent)
		sim.ClearLog()
		_, err = c.SignPKCS1v15(&k, digestInfo(make([]byte, 32)))
		assert.ErrorIs(t, err, cardos.ErrNoKnownForm)
		assert.Empty(t, sim.Log())
	}
}

// Only blocks of PKCS #1 v1.5 are for this card: whether it exponentiates
// anything else nobody knows.
func TestFamilyHSignsPKCS1Only(t *testing.T) {
	_, _, c := simulated(t, simcard.FamilyH, nil)
	k := firstKey(t, c)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	block := make([]byte, 256)
	block[255] = 3
	_, err := c.RawRSA(&k, block)
	assert.ErrorIs(t, err, cardos.ErrUnsupported)
}

// Another program that selects its application in between costs a login.
func TestFamilyHMeddling(t *testing.T) {
	_, sim, c := simulated(t, simcard.FamilyH, nil)
	signVerified(t, c, sim)
	sim.Transmit(unhex(t, "00A404000AA0000005304553494"+"74E00"))
	k := firstKey(t, c)
	_, err := c.SignPKCS1v15(&k, digestInfo(make([]byte, 32)))
	assert.ErrorIs(t, err, cardos.ErrPINRequired)
	signVerified(t, c, sim)
	left, _ := sim.Tries()
	assert.Equal(t, 3, left)
}

// A card that takes every MSE and no command after it is asked in every form,
// within the limit of one transaction, and then left alone.
func TestSignFormsBounded(t *testing.T) {
	for _, sw := range []uint16{0x6700, 0x6985, 0x6A80, 0x6D00} {
		service, sim, c := simulated(t, simcard.FamilyH, nil)
		k := firstKey(t, c)
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		sim.ClearLog()
		sent := 0
		service.SetFault(readerName, func(_ int, command []byte) simreader.Fault {
			sent++
			switch command[1] {
			case 0x22:
				return simreader.Status(0x9000)
			case 0x2A, 0x88:
				return simreader.Status(sw)
			}
			return simreader.Fault{}
		})
		_, err := c.SignPKCS1v15(&k, digestInfo(make([]byte, 32)))
		assert.ErrorIs(t, err, cardos.ErrNoKnownForm, "%04X", sw)
		assert.Less(t, sent, 300, "%04X", sw)
		before := sent
		_, err = c.SignPKCS1v15(&k, digestInfo(make([]byte, 32)))
		assert.ErrorIs(t, err, cardos.ErrNoKnownForm, "%04X", sw)
		assert.Equal(t, before, sent, "%04X: nothing more is sent until the next login", sw)
		assert.Empty(t, pins(sim))
	}
}

// A signature that does not fit the certificate is no signature: the next form
// is tried, and the wrong one never comes out.
func TestSignFormsCheckResults(t *testing.T) {
	service, _, c := simulated(t, simcard.FamilyH, nil)
	k := firstKey(t, c)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	service.SetFault(readerName, func(_ int, command []byte) simreader.Fault {
		if command[1] != 0x2A {
			return simreader.Fault{}
		}
		return simreader.Fault{Replace: func(answer []byte) []byte { answer[0] ^= 1; return answer }}
	})
	result, err := c.SignPKCS1v15(&k, digestInfo(make([]byte, 32)))
	assert.ErrorIs(t, err, cardos.ErrNoKnownForm)
	assert.Nil(t, result)
}
