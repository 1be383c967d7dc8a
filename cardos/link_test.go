// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
)

// borrowed is a link to whatever card its owner put there, with a fault at the
// next command where the owner wants one.
type borrowed struct {
	atr   []byte
	card  interface{ Transmit([]byte) []byte }
	fault error
}

func (b *borrowed) ATR() []byte { return b.atr }

func (b *borrowed) Transmit(command []byte) ([]byte, error) {
	if err := b.fault; err != nil {
		b.fault = nil
		return nil, err
	}
	return b.card.Transmit(command), nil
}

func adopted(t *testing.T, f simcard.Family) (*borrowed, *simcard.Card, *cardos.Card) {
	t.Helper()
	_, sim := inserted(t, f, nil)
	l := &borrowed{atr: sim.ATR(), card: sim}
	c, err := cardos.Adopt(l, profile.Options(cardos.Options{}))
	require.NoError(t, err)
	return l, sim, c
}

// The card's word counts, and not what is remembered of it.
func TestAdoptedCard(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		l, sim, c := adopted(t, f)
		k := firstKey(t, c)
		require.NoError(t, c.SameCard())
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		signOnce(t, c, k, "prima")
		sim.Reset() // without notice
		assert.ErrorIs(t, trySigning(c, k, "dopo"), cardos.ErrPINRequired)
		require.NoError(t, c.SameCard())
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		signOnce(t, c, k, "ancora")

		// A reset in the middle is the owner's affair: nothing is begun anew.
		for _, fault := range []error{cardos.ErrCardReset, cardos.ErrCardRemoved, cardos.ErrNoService} {
			l.fault = fault
			sim.ClearLog()
			assert.ErrorIs(t, c.SameCard(), fault)
			assert.Empty(t, sim.Log())
			assert.NoError(t, c.SameCard(), "the card is not given up")
		}
		// To compare selects anew, which ends a PIN state on some cards.
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		signOnce(t, c, k, "una prova")
		assert.NoError(t, c.Forget())
		assert.NoError(t, c.Close())
		assert.ErrorIs(t, c.SameCard(), cardos.ErrClosed)
		assert.Zero(t, sim.Stats().TriesSpent)
	})
}

func TestAnotherCardBehindTheLink(t *testing.T) {
	l, _, c := adopted(t, simcard.FamilyB2)
	assert.ErrorIs(t, c.SameCard(), cardos.ErrCardRemoved, "nothing was read of it")
	firstKey(t, c)
	require.NoError(t, c.SameCard())
	other, err := simcard.NewSet(simcard.FamilyB2)
	require.NoError(t, err)
	_, l.card = inserted(t, simcard.FamilyB2, func(o *simcard.Options, _ *simcard.Behaviour) {
		*o = simcard.ForIdentity(simcard.FamilyB2, other.Identity)
	})
	assert.ErrorIs(t, c.SameCard(), cardos.ErrCardRemoved)
	_, err = cardos.Adopt(l, cardos.Options{})
	assert.Error(t, err, "no profiles")
}
