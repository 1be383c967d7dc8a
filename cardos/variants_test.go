// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/simcard/pki"
)

// again issues another certificate for the key that the cards of a family have
// in these tests.
func again(t *testing.T, f simcard.Family, o pki.IdentityOptions) []byte {
	t.Helper()
	set := setFor(t, f)
	o.Key, o.Holder, o.Serial = set.Identity.Key, set.Identity.Holder, set.Identity.Serial
	id, err := set.Authority.IssueIdentity(o)
	require.NoError(t, err)
	return id.Certificate
}

func withCertificate(der []byte) func(*simcard.Options, *simcard.Behaviour) {
	return func(o *simcard.Options, _ *simcard.Behaviour) { o.Authentication.Certificate = der }
}

// An expired certificate is shown and its key used: whether it still opens a
// door is not the driver's to decide.
func TestExpiredCertificate(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		der := again(t, f, pki.IdentityOptions{NotBefore: time.Now().AddDate(-7, 0, 0), NotAfter: time.Now().AddDate(-1, 0, 0)})
		_, sim, c := simulated(t, f, withCertificate(der))
		k := firstKey(t, c)
		assert.Equal(t, der, k.Certificate.Raw)
		cert, err := certificate.Parse(k.Certificate.Raw)
		require.NoError(t, err)
		assert.True(t, cert.NotAfter.Before(time.Now()))
		signVerified(t, c, sim)
	})
}

// A certificate above 4 KB is read to its end, on short commands too.
func TestLongCertificate(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		der := again(t, f, pki.IdentityOptions{Size: 4300})
		require.Greater(t, len(der), 4096)
		_, sim, c := simulated(t, f, withCertificate(der))
		assert.Equal(t, der, firstKey(t, c).Certificate.Raw)
		signVerified(t, c, sim)
	})
}

// A file of 2 KB filled up with zeros yields the certificate without them; one
// of zeros alone yields none, and the PIN works all the same.
func TestZeroFilledFile(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		_, sim, c := simulated(t, f, func(o *simcard.Options, _ *simcard.Behaviour) { o.CertificateFileSize = 2048 })
		assert.Equal(t, setFor(t, f).Identity.Certificate, firstKey(t, c).Certificate.Raw)
		signVerified(t, c, sim)
		_, sim, c = simulated(t, f, func(o *simcard.Options, _ *simcard.Behaviour) { o.CertificateFile = make([]byte, 2048) })
		identities, err := c.Identities()
		require.NoError(t, err)
		require.Len(t, identities, 1)
		assert.Empty(t, identities[0].Keys)
		verifiesWithoutKey(t, f, c, sim, "")
	})
}

// A locked PIN is told from a wrong one, costs the right PIN nothing, and is
// freed by the PUK.
func TestLockedPIN(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		_, sim, c := simulated(t, f, func(o *simcard.Options, _ *simcard.Behaviour) { o.PINTriesUsed = 3 })
		firstKey(t, c)
		err := c.VerifyPIN(0, goodPIN)
		pin, _ := c.Tries(0)
		if f == simcard.FamilyH { // whether it is the PIN of the key is not known, nor how it is freed
			assert.Equal(t, &cardos.UnprovenError{Sent: true, Tries: cardos.Tries{Known: true}}, err)
			assert.Zero(t, pin)
			return
		}
		assert.ErrorIs(t, err, cardos.ErrPINBlocked)
		assert.Equal(t, cardos.Tries{Known: true}, pin)
		require.NoError(t, c.UnblockPIN(0, goodPUK, cardos.Secret("54321")))
		require.NoError(t, c.VerifyPIN(0, cardos.Secret("54321")))
		left, _ := sim.Tries()
		assert.Equal(t, 3, left)
	})
}

// A blocked PUK says so, and leaves PIN and certificate alone.
func TestBlockedPUK(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		_, sim, c := simulated(t, f, func(o *simcard.Options, b *simcard.Behaviour) { o.PUKTriesUsed = b.MaxPUKTries })
		firstKey(t, c)
		err := c.UnblockPIN(0, goodPUK, cardos.Secret("54321"))
		if f == simcard.FamilyH {
			assert.ErrorIs(t, err, cardos.ErrNoKnownForm)
		} else {
			assert.ErrorIs(t, err, cardos.ErrPINBlocked)
			_, puk := c.Tries(0)
			assert.Equal(t, cardos.Tries{Known: true}, puk)
		}
		signVerified(t, c, sim)
	})
}

// A card as it was delivered: its certificate is there or not, its PIN is not
// usable yet, and entering one costs nothing; the PUK activates it.
func TestNeverActivatedCard(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		for _, sw := range []uint16{0x6984, 0x6985} {
			_, sim, c := simulated(t, f, func(o *simcard.Options, b *simcard.Behaviour) {
				o.NeverActivated, b.NotActivated = true, sw
			})
			firstKey(t, c)
			err := c.VerifyPIN(0, goodPIN)
			left, _ := sim.Tries()
			assert.Equal(t, 3, left)
			if f == simcard.FamilyH { // 6984 and 6985 may as well mean another form
				assert.ErrorIs(t, err, cardos.ErrNoKnownForm)
				continue
			}
			assert.ErrorIs(t, err, cardos.ErrPINNotUsable)
			require.NoError(t, c.UnblockPIN(0, goodPUK, cardos.Secret("54321")))
			require.NoError(t, c.VerifyPIN(0, cardos.Secret("54321")))
		}
	})
}

// Two certificates on one key are two entries with the same identifier, and
// either signs.
func TestTwoCertificatesOnOneKey(t *testing.T) {
	for f, objects := range map[simcard.Family]uint16{simcard.FamilyE: 4, simcard.FamilyT: 0} {
		second := again(t, f, pki.IdentityOptions{NotAfter: time.Now().AddDate(9, 0, 0)})
		_, _, c := simulated(t, f, func(o *simcard.Options, _ *simcard.Behaviour) {
			o.More, o.Objects = []simcard.Credential{{Key: setFor(t, f).Identity.Key, Certificate: second}}, objects
		})
		identities, err := c.Identities()
		require.NoError(t, err)
		require.Len(t, identities[0].Keys, 2)
		one, two := identities[0].Keys[0], identities[0].Keys[1]
		assert.Equal(t, second, two.Certificate.Raw)
		assert.Equal(t, one.ID, two.ID)
		assert.NotEqual(t, one.Label, two.Label)
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		signOnce(t, c, one, "uno")
		signOnce(t, c, two, "due")
	}
}

// The shape of the FirmaQUI token's answer to reset decides nothing: a card of
// family H is found behind it, and a classic card falls to the generic profile.
func TestFirmaQUIShape(t *testing.T) {
	atr := unhex(t, "3BDB18FF81B1FE451FC38073C8211065434E53107339")
	for f, want := range map[simcard.Family]string{simcard.FamilyH: "H", simcard.FamilyF: "F"} {
		_, sim, c := simulated(t, f, func(o *simcard.Options, _ *simcard.Behaviour) { o.ATR = atr })
		assert.Equal(t, want, c.Info().Family)
		signVerified(t, c, sim)
	}
	// Over NFC family H does not need the word CNS either.
	_, sim, c := simulated(t, simcard.FamilyH, func(o *simcard.Options, _ *simcard.Behaviour) { o.ATR = unhex(t, "3B8180018080") })
	assert.Equal(t, "H", c.Info().Family)
	signVerified(t, c, sim)
}

// withATR is a card with another answer to reset.
func withATR(t *testing.T, f simcard.Family, atr string) (*simcard.Card, *cardos.Card, error) {
	t.Helper()
	raw, err := hex.DecodeString(atr)
	require.NoError(t, err)
	service, sim := inserted(t, f, func(o *simcard.Options, _ *simcard.Behaviour) { o.ATR = raw })
	c, err := profile.Open(service.Transport(), readerName, cardos.Options{})
	if err == nil {
		t.Cleanup(func() { c.Close() })
	}
	return sim, c, err
}

// What is proven of layout T is proven of the recorded chip: on another one
// nothing asks for the tries left, of the PIN or the PUK, and PSS is not offered.
func TestLayoutTOnAnotherChip(t *testing.T) {
	for _, atr := range []simcard.Family{simcard.FamilyT, simcard.FamilyD} {
		sim, c, err := withATR(t, simcard.FamilyT, hex.EncodeToString(simcard.ATR(atr)))
		require.NoError(t, err)
		recorded := atr == simcard.FamilyT
		assert.Equal(t, "T", c.Info().Family)
		assert.Equal(t, recorded, c.Info().Grade == cardos.Proven)
		k := firstKey(t, c)
		assert.Equal(t, recorded, k.RawRSA >= cardos.DriverKnown)
		sim.ClearLog()
		pin, puk, err := c.QueryTries(0)
		require.NoError(t, err)
		assert.Equal(t, recorded, pin.Known && puk.Known)
		assert.Equal(t, recorded, len(sim.Log()) > 0, sim.LogText())
		signVerified(t, c, sim)
	}
}

// IDEMIA's cards over NFC are those with the data of an Italian card; bank cards
// with the same mark get no command.
func TestIDEMIAOverNFC(t *testing.T) {
	for _, atr := range []string{"3B8B80010031C16408923354009000F3", "3B8B80010031C164092914540090006E"} {
		sim, c, err := withATR(t, simcard.FamilyE, atr)
		require.NoError(t, err)
		assert.Equal(t, "E", c.Info().Family)
		assert.True(t, c.Info().Contactless)
		assert.Equal(t, cardos.DriverKnown, c.Info().Grade)
		assert.Equal(t, cardos.DriverKnown, firstKey(t, c).RawRSA)
		signVerified(t, c, sim)
	}
	for _, atr := range []string{"3B8B80010031C1640860321200900046", "3B8B80010031C1640937721300900051"} {
		sim, _, err := withATR(t, simcard.FamilyE, atr)
		assert.ErrorIs(t, err, cardos.ErrNotRecognized)
		assert.Empty(t, sim.Log(), sim.LogText())
	}
}
