// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/simcard"
	"tscns/simcard/pki"
)

func issue(t *testing.T, f simcard.Family, purpose string, signature bool) *pki.Identity {
	t.Helper()
	key, err := pki.Key(simcard.KeyBits(f), purpose)
	require.NoError(t, err)
	id, err := setFor(t, f).Authority.IssueIdentity(pki.IdentityOptions{Key: key, Signature: signature})
	require.NoError(t, err)
	return id
}

// The qualified-signature key of B1 is an identity of its own, with its own
// PIN, and neither PIN serves the other's key.
func TestSignatureKey(t *testing.T) {
	id := issue(t, simcard.FamilyB1, "signature", true)
	_, sim, c := simulated(t, simcard.FamilyB1, func(o *simcard.Options, _ *simcard.Behaviour) {
		o.Signature = &simcard.Credential{Key: id.Key, Certificate: id.Certificate, PIN: "77777777", PUK: "88888888"}
	})
	identities, err := c.Identities()
	require.NoError(t, err)
	require.Len(t, identities, 2)
	assert.Equal(t, cardos.Authentication, identities[0].Purpose)
	assert.Equal(t, cardos.DigitalSignature, identities[1].Purpose)
	require.Len(t, identities[1].Keys, 1)
	ds := identities[1].Keys[0]
	assert.Equal(t, "Firma digitale", ds.Label)
	assert.Equal(t, id.Certificate, ds.Certificate.Raw)

	require.NoError(t, c.VerifyPIN(0, goodPIN))
	_, err = c.RawRSA(&ds, make([]byte, ds.Bits/8))
	assert.ErrorIs(t, err, cardos.ErrPINRequired)
	assert.ErrorIs(t, c.VerifyPIN(1, goodPIN), cardos.ErrPINIncorrect)
	left, _ := sim.Tries()
	assert.Equal(t, 3, left, "the other PIN is untouched")
	require.NoError(t, c.VerifyPIN(1, cardos.Secret("77777777")))
	assert.Equal(t, cardos.Unknown, ds.RawRSA)
	_, err = c.RawRSA(&ds, make([]byte, ds.Bits/8))
	assert.ErrorIs(t, err, cardos.ErrUnsupported, "the card pads for this key")
	for range 2 {
		signOnce(t, c, ds, "un contratto")
		signOnce(t, c, identities[0].Keys[0], "un accesso")
	}
	require.NoError(t, c.ChangePIN(1, cardos.Secret("77777777"), cardos.Secret("55555")))
	assert.ErrorIs(t, c.VerifyPIN(2, goodPIN), cardos.ErrNotFound)
}

// Layout T with several keys: the directories find them, and the attribute
// files tell which private key belongs to which certificate.
func TestSeveralKeys(t *testing.T) {
	for f, objects := range map[simcard.Family]uint16{simcard.FamilyT: 0, simcard.FamilyE: 4} {
		more := []simcard.Credential{}
		id := issue(t, f, "second", true)
		more = append(more, simcard.Credential{Key: id.Key, Certificate: id.Certificate})
		_, _, c := simulated(t, f, func(o *simcard.Options, _ *simcard.Behaviour) { o.More, o.Objects = more, objects })
		identities, err := c.Identities()
		require.NoError(t, err)
		require.Len(t, identities, 1)
		require.Len(t, identities[0].Keys, 2)
		labels := map[string]bool{}
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		for range 2 {
			for _, k := range identities[0].Keys {
				labels[k.Label] = true
				signOnce(t, c, k, k.Label)
			}
		}
		assert.Equal(t, map[string]bool{"CNS autenticazione": true, "Firma digitale": true}, labels)
	}
}

// Where the key of family E has another reference than the driver-known one,
// the directory tells it, at the first signature alone.
func TestReferenceFromTheDirectory(t *testing.T) {
	store := newShelf()
	service, sim := inserted(t, simcard.FamilyE, func(o *simcard.Options, _ *simcard.Behaviour) { o.PrivateObjects = 5 })
	for range 2 {
		c, k := opened(t, service, store)
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		signOnce(t, c, k, "prima")
		sim.ClearLog()
		signOnce(t, c, k, "seconda")
		assert.Len(t, sim.Log(), 1, sim.LogText())
		require.NoError(t, c.Close())
		service.ResetByOther(readerName)
	}
}

// Many callers at once get their own results.
func TestConcurrentUse(t *testing.T) {
	service, _, c := simulated(t, simcard.FamilyB2, nil)
	k := firstKey(t, c)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	var all sync.WaitGroup
	for i := range 8 {
		all.Add(1)
		go func() {
			defer all.Done()
			for j := range 5 {
				assert.NoError(t, trySigning(c, k, string(rune('a'+i))+string(rune('0'+j))))
				c.Tries(0)
				_ = c.CheckPIN(0, goodPIN)
			}
		}()
	}
	all.Wait()
	assert.False(t, service.InTransaction(readerName))
}

func TestPINIsCheckedBeforeTheCard(t *testing.T) {
	_, sim, c := simulated(t, simcard.FamilyC, nil)
	sim.ClearLog()
	//nolint:gocritic // mapKey: the space is a character that is refused
	for pin, want := range map[string]error{"": cardos.ErrPINLength, "1234": cardos.ErrPINLength, "123456789": cardos.ErrPINLength,
		"12a45": cardos.ErrPINCharacter, "1234 ": cardos.ErrPINCharacter, "１２３": cardos.ErrPINLength} {
		assert.ErrorIs(t, c.VerifyPIN(0, cardos.Secret(pin)), want, pin)
		assert.ErrorIs(t, c.ChangePIN(0, goodPIN, cardos.Secret(pin)), want, pin)
		assert.ErrorIs(t, c.ChangePIN(0, cardos.Secret(pin), goodPIN), want, pin)
		assert.ErrorIs(t, c.UnblockPIN(0, goodPUK, cardos.Secret(pin)), want, pin)
		assert.ErrorIs(t, c.CheckPIN(0, cardos.Secret(pin)), want, pin)
	}
	assert.ErrorIs(t, c.UnblockPIN(0, cardos.Secret("1234567"), goodPIN), cardos.ErrPINLength)
	assert.ErrorIs(t, c.CheckPUK(0, cardos.Secret("12345")), cardos.ErrPINLength)
	assert.NoError(t, c.CheckPUK(0, goodPUK))
	assert.Empty(t, sim.Log())
}

// The query that may cost a try is sent on layout T and nowhere else: the
// simulated cards of the other families count it as a wrong PIN.
func TestTriesQuery(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		_, sim, c := simulated(t, f, nil)
		sim.ClearLog()
		pin, puk, err := c.QueryTries(0)
		require.NoError(t, err)
		left, leftPUK := sim.Tries()
		assert.Equal(t, 3, left)
		assert.Equal(t, 8, leftPUK)
		if f == simcard.FamilyT {
			assert.Equal(t, cardos.Tries{Known: true, Left: 3}, pin)
			assert.Equal(t, cardos.Tries{Known: true, Left: 8}, puk)
			return
		}
		assert.False(t, pin.Known)
		assert.False(t, puk.Known)
		assert.Empty(t, sim.Log())
	})
}

// A person who accepts that it may cost a try can have any card asked, once,
// but for one whose reference is not known.
func TestAskTries(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		_, sim, c := simulated(t, f, nil)
		sim.ClearLog()
		left, err := c.AskTries(0)
		if f == simcard.FamilyH {
			assert.ErrorIs(t, err, cardos.ErrNoKnownForm)
			assert.Empty(t, sim.Log())
			return
		}
		require.NoError(t, err)
		inMemory, _ := c.Tries(0)
		assert.Equal(t, left, inMemory)
		onCard, _ := sim.Tries()
		assert.True(t, !left.Known || left.Left == onCard, "%v, %d on the card", left, onCard)
		assert.True(t, f != simcard.FamilyT || left.Known)
		asked := 0
		for _, e := range sim.Log() {
			if e.Header[1] == 0x20 {
				asked++
				assert.Zero(t, e.Lc)
			}
		}
		assert.Equal(t, 1, asked, sim.LogText())
	})
}

// Without profiles nothing could be recognised: that is an error at once.
func TestOpenWithoutProfiles(t *testing.T) {
	service, sim := inserted(t, simcard.FamilyB2, nil)
	_, err := cardos.Open(service.Transport(), readerName, cardos.Options{})
	require.Error(t, err)
	assert.NotErrorIs(t, err, cardos.ErrNotRecognized)
	assert.Empty(t, sim.Log())
	assert.Zero(t, service.Connections(readerName))
}

// Another program sets its own key in the security environment: the card then
// signs with that one, without an error. The wrong signature is never seen.
func TestOtherProgramSetsItsKey(t *testing.T) {
	id := issue(t, simcard.FamilyT, "second", false)
	_, sim, c := simulated(t, simcard.FamilyT, func(o *simcard.Options, _ *simcard.Behaviour) {
		o.More = []simcard.Credential{{Key: id.Key, Certificate: id.Certificate}}
	})
	k := firstKey(t, c)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	signOnce(t, c, k, "prima")
	answer := sim.Transmit([]byte{0x00, 0x22, 0xF1, 0xB8, 0x03, 0x83, 0x01, 0x0F})
	require.Equal(t, []byte{0x90, 0x00}, answer)
	sim.ClearLog()
	signOnce(t, c, k, "dopo")
	assert.Len(t, sim.Log(), 7, "two parts in vain, then SELECT, MSE, MSE and two parts:\n%s", sim.LogText())
}
