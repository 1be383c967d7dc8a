// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"testing"
	"time"

	"github.com/ebfe/scard"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
)

// passingCard is a card that the service calls gone after some looks.
type passingCard struct {
	*fakeCard
	stays int // looks before it is gone, 0 for ever
}

func (c *passingCard) Status() (*scard.CardStatus, error) {
	if c.stays > 0 {
		if c.stays--; c.stays == 0 {
			c.stays = 1
			return nil, scard.ErrRemovedCard
		}
	}
	return c.fakeCard.Status()
}

type passingContext struct {
	*fake
	card serviceCard
}

func (c passingContext) Connect(string, scard.ShareMode, scard.Protocol) (serviceCard, error) {
	return c.card, nil
}

func transportTo(f *fake, card serviceCard) *Transport {
	t := New()
	t.establish = func() (serviceContext, error) {
		f.opened++
		return passingContext{f, card}, nil
	}
	return t
}

// A card that another program resets in the middle of a transaction has no
// protocol for a phase. It is joined again in the next.
func TestResetInTransaction(t *testing.T) {
	card := &fakeCard{protocol: scard.ProtocolT1}
	c := open(t, card)
	require.NoError(t, c.Begin())
	card.transmit, card.calls = scard.ErrProtoMismatch, nil
	_, err := c.Transmit([]byte{0, 0xB0, 0, 0, 0})
	assert.ErrorIs(t, err, cardos.ErrCardReset)
	require.NoError(t, c.End())
	assert.ErrorIs(t, c.Begin(), cardos.ErrCardReset)
	require.NoError(t, c.Begin())
	assert.Equal(t, []string{"end", "rejoin", "begin"}, card.calls)
}

// A service that looks at its readers now and then hears later of a card that
// was pulled out than the program whose command broke off.
func TestRemovalIsNoticedLater(t *testing.T) {
	for _, answer := range []struct {
		err error
		b   []byte
	}{{err: scard.ErrNotTransacted}, {err: scard.ErrCommError}, {b: []byte{}}} {
		card := &passingCard{fakeCard: &fakeCard{protocol: scard.ProtocolT1, transmit: answer.err, answer: answer.b}}
		c, err := transportTo(&fake{}, card).Connect("A")
		require.NoError(t, err)
		card.stays = 4
		_, err = c.Transmit([]byte{0, 0xB0, 0, 0, 0})
		assert.ErrorIs(t, err, cardos.ErrCardRemoved)
		card.stays = 0
		began := time.Now()
		_, err = c.Transmit([]byte{0, 0xB0, 0, 0, 0})
		assert.ErrorIs(t, err, cardos.ErrCardMute, "still there: it does not answer")
		assert.Less(t, time.Since(began), 2*removalTime)
	}
}

// leavingCard notes how it was left.
type leavingCard struct {
	*fakeCard
	left chan scard.Disposition
}

func (c leavingCard) Disconnect(d scard.Disposition) error {
	c.left <- d
	return nil
}

// A card that is to be reset at the end is reset where it is still the same
// one, and nobody has reset it meanwhile.
func TestCloseResetsNoOtherCard(t *testing.T) {
	for status, want := range map[error]scard.Disposition{
		nil:                        scard.ResetCard,
		scard.ErrRemovedCard:       scard.LeaveCard,
		scard.ErrResetCard:         scard.LeaveCard,
		scard.ErrReaderUnavailable: scard.LeaveCard,
	} {
		card := leavingCard{&fakeCard{protocol: scard.ProtocolT1}, make(chan scard.Disposition, 1)}
		c, err := transportTo(&fake{}, card).Connect("A")
		require.NoError(t, err)
		card.status = status
		require.NoError(t, c.CloseReset())
		assert.Equal(t, want, <-card.left, "%v", status)
	}
}
