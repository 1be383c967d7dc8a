// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
)

// Forget drops the PIN state on the card, and touches it only for that.
func TestForget(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		service, sim, c := simulated(t, f, nil)
		require.NoError(t, c.Forget())
		assert.Zero(t, service.Stats().Resets, "nothing to drop")
		signVerified(t, c, sim)
		require.NoError(t, c.Forget())
		assert.Equal(t, 1, service.Stats().Resets)
		assert.False(t, c.Verified(0))
		other, err := profile.Open(service.Transport(), readerName, cardos.Options{})
		require.NoError(t, err)
		defer other.Close()
		k := firstKey(t, other)
		_, err = other.RawRSA(&k, make([]byte, k.Bits/8))
		assert.ErrorIs(t, err, cardos.ErrPINRequired)
		signVerified(t, c, sim)
	})
}

func TestForeignCardCostsLittle(t *testing.T) {
	foreign := []string{"3B8F800180318065B0850300EF120FFF82900074", "3B80800101", "3B8B80010031C1640860321200900046", "3B88800100000000338191002A", "3B0400040000"}
	for _, atr := range foreign {
		service, sim := inserted(t, simcard.FamilyForeign, func(o *simcard.Options, _ *simcard.Behaviour) { o.ATR = unhex(t, atr) })
		_, err := profile.Open(service.Transport(), readerName, cardos.Options{})
		assert.ErrorIs(t, err, cardos.ErrNotRecognized, atr)
		assert.LessOrEqual(t, len(sim.Log()), 2, atr)
		assert.Zero(t, service.Connections(readerName))
	}
	// A card that says CNS and has none of its files costs one more.
	service, sim := inserted(t, simcard.FamilyForeign, func(o *simcard.Options, _ *simcard.Behaviour) { o.ATR = simcard.ATR(simcard.FamilyB2) })
	_, err := profile.Open(service.Transport(), readerName, cardos.Options{})
	assert.ErrorIs(t, err, cardos.ErrNotRecognized)
	assert.LessOrEqual(t, len(sim.Log()), 3)
}

func TestCertificateFiles(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		certificate := setFor(t, f).Identity.Certificate
		for name, content := range map[string][]byte{
			"zeros":     make([]byte, 2048),
			"FF":        bytes.Repeat([]byte{0xFF}, 64),
			"text":      []byte(strings.Repeat("not a certificate", 20)),
			"truncated": certificate[:len(certificate)/2],
			"lying":     append([]byte{0x30, 0x82, 0x7F, 0xFF}, certificate[4:]...),
			"short":     {0x30, 0x82},
		} {
			_, sim, c := simulated(t, f, func(o *simcard.Options, _ *simcard.Behaviour) { o.CertificateFile = content })
			identities, err := c.Identities()
			require.NoError(t, err, name)
			require.Len(t, identities, 1, name)
			assert.Empty(t, identities[0].Keys, name)
			verifiesWithoutKey(t, f, c, sim, name)
		}
	})
}

func TestDataFiles(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		_, _, c := simulated(t, f, nil)
		id := setFor(t, f).Identity
		for _, file := range c.DataFiles() {
			b, err := c.ReadDataFile(file)
			switch {
			case file.Label == "EF_DatiPersonali":
				require.NoError(t, err)
				h, err := cardos.ParseHolder(b)
				require.NoError(t, err)
				assert.Equal(t, id.Holder.CodiceFiscale, h.TaxCode)
				assert.Equal(t, id.Holder.Surname, h.Surname)
			case file.Label == "EF_IDCarta":
				require.NoError(t, err)
				assert.Equal(t, id.Serial, string(b))
			case err != nil:
				assert.ErrorIs(t, err, cardos.ErrNotFound)
				assert.NotContains(t, c.DataFiles(), file, "gone from the list")
			}
		}
		_, err := c.ReadDataFile(cardos.DataFile{Path: []byte{0x14, 0x00}})
		assert.ErrorIs(t, err, cardos.ErrNotFound)
	})
}
