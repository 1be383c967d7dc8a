// SPDX-License-Identifier: Apache-2.0

package minidriver_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/minidriver"
	"tscns/simcard"
)

func signRequest(data []byte) minidriver.SignRequest {
	return minidriver.SignRequest{KeySpec: minidriver.KeyExchange, HashAlg: 0x800C, Data: data}
}

// signOnce signs a text and judges the signature by the standard library.
func signOnce(t *testing.T, m *minidriver.Context, h minidriver.Handles) error {
	t.Helper()
	sum := sha256.Sum256([]byte("una prova"))
	signature, err := m.Sign(h, signRequest(sum[:]))
	if err != nil {
		return err
	}
	require.NoError(t, rsa.VerifyPKCS1v15(publicKey(t, m, "kxc00"), crypto.SHA256, sum[:], reversed(signature)))
	return nil
}

func authenticate(m *minidriver.Context, h minidriver.Handles, pin cardos.Secret) error {
	_, err := m.Authenticate(h, minidriver.RoleUser, 0, pin)
	return err
}

func TestLoginAndSign(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		card := newCard(t, f, nil)
		_, m := acquired(t, card)
		assert.Equal(t, minidriver.SecurityViolation, signOnce(t, m, handles), "no PIN yet")
		require.NoError(t, m.Deauthenticate(1<<minidriver.RoleUser), "nothing to end")
		require.NoError(t, authenticate(m, handles, goodPIN))
		require.NoError(t, signOnce(t, m, handles))
		require.NoError(t, signOnce(t, m, handles))
		assert.Equal(t, minidriver.UnsupportedFeature, m.Deauthenticate(1<<minidriver.RoleUser))
		assert.Equal(t, minidriver.UnsupportedFeature, m.Deauthenticate(0xFFFFFFFF), "more than there is, and one that is open")
		assert.Zero(t, card.Stats().TriesSpent)
	})
}

// The caller resets the card between any two calls, without notice.
func TestResetBetweenCalls(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		card := newCard(t, f, nil)
		_, m := acquired(t, card)
		for range 2 {
			card.Reset()
			require.NoError(t, authenticate(m, handles, goodPIN))
			require.NoError(t, signOnce(t, m, handles))
			card.Reset()
			assert.Equal(t, minidriver.SecurityViolation, signOnce(t, m, handles))
			assert.NoError(t, m.Deauthenticate(1<<minidriver.RoleUser), "the reset was noticed")
		}
		assert.Zero(t, card.Stats().TriesSpent)
	})
}

func TestWrongPIN(t *testing.T) {
	// Families that answer 6300: what is left is known when one try is.
	uncounted := map[simcard.Family]bool{simcard.FamilyA: true, simcard.FamilyB1: true, simcard.FamilyB11204: true}
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		card := newCard(t, f, nil)
		_, m := acquired(t, card)
		present := func(pin string) (int, error) {
			return m.Authenticate(handles, minidriver.RoleUser, 0, cardos.Secret(pin))
		}
		for _, pin := range []string{"", "1234", "123456789", "12345a", "à1234"} {
			left, err := present(pin)
			assert.Equal(t, minidriver.WrongCHV, err, pin)
			assert.Equal(t, minidriver.TriesUnknown, left)
		}
		assert.Zero(t, card.Stats().TriesSpent)
		left, err := present("99999999")
		assert.Equal(t, minidriver.WrongCHV, err)
		if uncounted[f] {
			assert.Equal(t, minidriver.TriesUnknown, left)
		} else {
			assert.Equal(t, 2, left)
		}
		assert.Equal(t, 1, card.Stats().TriesSpent)
		if f == simcard.FamilyH {
			// The form is a guess, of which one refusal is the last.
			left, err = present(string(goodPIN))
			assert.Equal(t, minidriver.UnsupportedFeature, err)
			assert.Equal(t, 2, left)
			assert.Zero(t, card.Stats().TriesSpent)
			return
		}
		first := left
		left, err = present("99999999")
		assert.Equal(t, minidriver.WrongCHV, err)
		assert.Equal(t, first, left)
		assert.Zero(t, card.Stats().TriesSpent, "the same again costs nothing")
		left, err = present("99999998")
		assert.Equal(t, minidriver.WrongCHV, err)
		assert.Equal(t, 1, left)
		left, err = present("99999997")
		assert.Equal(t, minidriver.CHVBlocked, err, "at the last try, not after it")
		assert.Zero(t, left)
		card.ClearLog()
		left, err = present(string(goodPIN))
		assert.Equal(t, minidriver.CHVBlocked, err)
		assert.Zero(t, left)
		if !uncounted[f] {
			assert.NotContains(t, card.LogText(), "00 20", "nothing is sent to a PIN that is blocked")
		}
	})
}
