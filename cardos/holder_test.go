// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/simcard/pki"
)

// holderFile has a length that counts its own six digits, as on a recorded
// card; others do not count them.
const holderFile = "00007D" + "046090" + "0801012024" + "0831122030" + "0BDE' PROVA\xC0\xC8" + "05MARIA" + "0801011980" + "01F" +
	"00" + "10PRVMRA80A41H501X" + "00" + "04H501" + "00" + "00" + "04H501" + "0AVIA ROMA 1" + "00"

func TestParseHolder(t *testing.T) {
	for _, length := range []string{"00007D", "000077", "FFFFFF", "000000"} {
		file := append([]byte(length+holderFile[6:]), make([]byte, 100)...)
		h, err := cardos.ParseHolder(file)
		require.NoError(t, err, length)
		assert.Equal(t, cardos.Holder{Issuer: "6090",
			Issued:  time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC),
			Expires: time.Date(2030, 12, 31, 0, 0, 0, 0, time.UTC),
			Surname: "DE' PROVAÀÈ", Name: "MARIA",
			Born: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), Sex: "F", TaxCode: "PRVMRA80A41H501X",
			BirthPlace: "H501", ResidencePlace: "H501", Address: "VIA ROMA 1"}, h)
	}
}

func TestParseHolderBad(t *testing.T) {
	for _, bad := range []string{"", "00005", "00005G" + holderFile[6:], holderFile[:len(holderFile)-2], "000000FF",
		"0000000", "000000G1A"} {
		_, err := cardos.ParseHolder([]byte(bad))
		assert.ErrorIs(t, err, cardos.ErrProtocol, "%q", bad)
	}
	// A file of zeros is a card without holder data.
	_, err := cardos.ParseHolder(make([]byte, 400))
	assert.ErrorIs(t, err, cardos.ErrProtocol)
	// A date that is none is no error.
	h, err := cardos.ParseHolder([]byte("000000" + "00" + "0899999999" + "03abc" + "00000000000000000000000000"))
	require.NoError(t, err)
	assert.True(t, h.Issued.IsZero() && h.Expires.IsZero())
	// Control characters do not reach a terminal.
	h, err = cardos.ParseHolder([]byte("000000" + "03\x1b[2" + "000000000000000000000000000000"))
	require.NoError(t, err)
	assert.Equal(t, "[2", h.Issuer)
}

func TestHolderOfSimulatedCard(t *testing.T) {
	for n := range 4 {
		want := pki.Sample(n)
		h, err := cardos.ParseHolder(want.EF())
		require.NoError(t, err)
		assert.Equal(t, want.Surname, h.Surname)
		assert.Equal(t, want.Name, h.Name)
		assert.Equal(t, want.CodiceFiscale, h.TaxCode)
		assert.Equal(t, want.Born, h.Born.Format("02012006"))
	}
}

func TestSecretDoesNotPrint(t *testing.T) {
	s := cardos.Secret("31415926")
	texts := []string{fmt.Sprint(s), fmt.Sprintf("%v %s %x %q %d %#v %+v", s, s, s, s, s, s, s),
		fmt.Errorf("login with %v failed", s).Error(), fmt.Sprintf("%v", struct{ PIN cardos.Secret }{s})}
	b, err := json.Marshal(map[string]any{"pin": s})
	require.NoError(t, err)
	for _, text := range append(texts, string(b)) {
		assert.NotContains(t, text, "31415926")
		assert.NotContains(t, text, "33313431", "hexadecimal")
	}
	s.Wipe()
	assert.Equal(t, make([]byte, 8), []byte(s))
}

func TestPINError(t *testing.T) {
	unknown := &cardos.PINError{}
	assert.ErrorIs(t, unknown, cardos.ErrPINIncorrect)
	two := &cardos.PINError{Tries: cardos.Tries{Known: true, Left: 2}}
	assert.ErrorIs(t, two, cardos.ErrPINIncorrect)
	assert.Contains(t, two.Error(), "2 tries left")
	none := &cardos.PINError{Tries: cardos.Tries{Known: true}}
	assert.ErrorIs(t, none, cardos.ErrPINBlocked)
	assert.NotErrorIs(t, none, cardos.ErrPINIncorrect)
}

func TestSentinelsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, err := range cardos.Sentinels() {
		assert.False(t, seen[err.Error()], err.Error())
		seen[err.Error()] = true
	}
}
