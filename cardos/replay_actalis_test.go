// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/replay"
)

// ace2025 is the answer to reset of the recorded cards, which the recordings do
// not show (OpenSC issue 3804, description).
var ace2025, _ = hex.DecodeString(simcard.ATRACe2025)

// assumed adds an answer that no recording has, as the test's own guess.
func assumed(rec *replay.Recording, command string, sw uint16) {
	b, err := hex.DecodeString(command)
	if err != nil {
		panic(err)
	}
	rec.Exchanges = append(rec.Exchanges, replay.Exchange{Command: b, Status: sw})
}

// The recorded card of family H is recognised by its application, tells its
// holder and number, and shows the certificate. Which application holds the
// last two the recording does not tell: it works whichever of the candidates
// it is. The body of the certificate was not shown either, so one of the
// recorded size stands in.
func TestReplayACe2025(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	certificate := certificateOf(t, &key.PublicKey, 0x75D)
	for _, selection := range []string{"00A4040007A000000247100100", "00A4000C023F00", "00A4040000", "00A4040005A00000053000"} {
		rec := recording(t, "ace2025-list-objects.apdu")
		rec.ATR = ace2025
		assumed(rec, selection, 0x9000)
		card := replay.New(rec)
		card.Fill("00A4090004DA01C001", 0, certificate)
		c, err := profile.Open(card, replay.Reader, cardos.Options{})
		require.NoError(t, err, selection)
		info := c.Info()
		assert.Equal(t, "H", info.Family)
		assert.Equal(t, cardos.Unknown, info.Grade)
		assert.Equal(t, "6090000000001000", info.Serial)
		identities, err := c.Identities()
		require.NoError(t, err)
		require.Len(t, identities, 1)
		require.Len(t, identities[0].Keys, 1, selection)
		assert.Equal(t, certificate, identities[0].Keys[0].Certificate.Raw)
		require.Len(t, c.DataFiles(), 1)
		b, err := c.ReadDataFile(c.DataFiles()[0])
		require.NoError(t, err)
		h, err := cardos.ParseHolder(b)
		require.NoError(t, err)
		assert.Equal(t, "NMOSMP80A01X000X", h.TaxCode)
		assert.Equal(t, "NOME", h.Surname)
		// The holder's file right after a reset, as OpenSC reads it, the search
		// for the application, the number by its short identifier and the
		// question for the key leave the recording.
		for _, command := range card.Unknown() {
			assert.Regexp(t, `^00(A408000411001102|A404|A400|B09C|CB3FFF)`, command)
		}
		require.NoError(t, c.Close())
	}
}

// Without the application of the certificate the card shows its holder alone.
func TestReplayACe2025HolderOnly(t *testing.T) {
	rec := recording(t, "ace2025-list-objects.apdu")
	rec.ATR = ace2025
	c, err := profile.Open(replay.New(rec), replay.Reader, cardos.Options{})
	require.NoError(t, err)
	assert.Empty(t, c.Info().Serial)
	identities, err := c.Identities()
	require.NoError(t, err)
	assert.Empty(t, identities[0].Keys)
	_, err = c.ReadDataFile(c.DataFiles()[0])
	assert.NoError(t, err)
}

// A body that was not recorded is not a certificate, and no reason to fail.
func TestReplayACe2025WithoutBody(t *testing.T) {
	rec := recording(t, "ace2025-list-objects.apdu")
	rec.ATR = ace2025
	assumed(rec, "00A4040007A000000247100100", 0x9000)
	c, err := profile.Open(replay.New(rec), replay.Reader, cardos.Options{})
	require.NoError(t, err)
	assert.Equal(t, "6090000000001000", c.Info().Serial)
	identities, err := c.Identities()
	require.NoError(t, err)
	assert.Empty(t, identities[0].Keys)
}

// What was tried by hand: our paths are not those that the card refused.
func TestReplayACe2025Manual(t *testing.T) {
	for name, want := range map[string][]uint16{
		"ace2025-certificate-path.apdu":    {0x9000, 0x6A82, 0x6A82, 0x6986},
		"ace2025-classic-certificate.apdu": {0x9000, 0x9000, 0x6A82, 0x6986},
		"ace2025-object-directory.apdu":    {0x9000},
	} {
		var got []uint16
		for _, e := range recording(t, name).Exchanges {
			got = append(got, e.Status)
		}
		assert.Equal(t, want, got, name)
	}
	// With these answers alone a card is not taken for one of ours.
	rec := recording(t, "ace2025-classic-certificate.apdu")
	rec.ATR = ace2025
	card := replay.New(rec)
	_, err := profile.Open(card, replay.Reader, cardos.Options{})
	assert.ErrorIs(t, err, cardos.ErrNotRecognized)
	assert.LessOrEqual(t, len(card.Sent()), 9, "it names the application, so it is asked for more")
}

// The first two commands to a card over NFC are the recorded ones.
func TestReplayST2022(t *testing.T) {
	rec := recording(t, "st2022-contactless-identify.apdu")
	require.Len(t, rec.Exchanges, 2)
	_, sim, _ := simulated(t, "b2-nfc", nil)
	log := sim.Log()
	require.GreaterOrEqual(t, len(log), 2)
	for i, e := range rec.Exchanges {
		assert.Equal(t, e.Command[:4], log[i].Header[:])
		assert.Equal(t, e.Status, log[i].SW)
	}
	assert.Equal(t, rec.ATR, sim.ATR())
}
