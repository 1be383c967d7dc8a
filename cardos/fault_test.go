// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// A fault at each command of listing, login and signing: the call ends with an
// error of ours, the next round works, and no try is lost.
func TestFaultAtEachCommand(t *testing.T) {
	faults := map[string]simreader.Fault{
		"mute": simreader.Mute(), "glitch": simreader.Glitch(), "6F00": simreader.Status(0x6F00),
		"6700": simreader.Status(0x6700), "empty": simreader.Truncated(0), "one byte": simreader.Truncated(1),
	}
	flow := func(c *cardos.Card) error {
		identities, err := c.Identities()
		if err != nil {
			return err
		}
		if len(identities[0].Keys) == 0 {
			return cardos.ErrNotFound
		}
		if err := c.VerifyPIN(0, goodPIN); err != nil {
			return err
		}
		k := identities[0].Keys[0]
		block := make([]byte, k.Bits/8)
		block[3] = 1
		_, err = c.RawRSA(&k, block)
		return err
	}
	for _, f := range []simcard.Family{simcard.FamilyA, simcard.FamilyB2, simcard.FamilyB2NFC, simcard.FamilyE, simcard.FamilyT} {
		for name, fault := range faults {
			for at := 0; ; at++ {
				service, sim := inserted(t, f, nil)
				seen := 0
				service.SetFault(readerName, func(int, []byte) simreader.Fault {
					seen++
					if seen-1 == at {
						return fault
					}
					return simreader.Fault{}
				})
				c, err := profile.Open(service.Transport(), readerName, cardos.Options{})
				if err == nil {
					err = flow(c)
					if err != nil {
						assert.True(t, ours(err), "%s, %s at %d: %v", f, name, at, err)
					}
					require.NoError(t, c.Close())
				}
				service.SetFault(readerName, nil)
				again, err := profile.Open(service.Transport(), readerName, cardos.Options{})
				require.NoError(t, err, "%s, %s at %d", f, name, at)
				assert.NoError(t, flow(again), "%s, %s at %d", f, name, at)
				require.NoError(t, again.Close())
				left, _ := sim.Tries()
				assert.Equal(t, 3, left, "%s, %s at %d", f, name, at)
				if seen <= at {
					break // past the last command of the flow
				}
			}
		}
	}
}

// A card that fails once while it is read is read to the end all the same, by
// asking once more: its certificate would be missing until it is taken out. A
// card whose answer to reset does not say CNS may count as another's where it
// fails at the first question.
func TestFailureWhileReadingIsAskedAgain(t *testing.T) {
	for _, f := range []simcard.Family{simcard.FamilyA, simcard.FamilyB2, simcard.FamilyB11204, simcard.FamilyE, simcard.FamilyT, simcard.FamilyB2NFC, simcard.FamilyH} {
		for _, status := range []uint16{0x6F00, 0x6400, 0x6581} {
			first := 0
			if f == simcard.FamilyB2NFC || f == simcard.FamilyH {
				first = 2
			}
			for at, seen := first, first+1; at < seen; at++ {
				service, _ := inserted(t, f, nil)
				service.SetFault(readerName, func(n int, _ []byte) simreader.Fault {
					if seen = n; n == at+1 {
						return simreader.Status(status)
					}
					return simreader.Fault{}
				})
				c, err := profile.Open(service.Transport(), readerName, cardos.Options{})
				require.NoError(t, err, "%s, %04X at %d", f, status, at)
				identities, err := c.Identities()
				require.NoError(t, err, "%s, %04X at %d", f, status, at)
				assert.Len(t, identities[0].Keys, 1, "%s, %04X at %d", f, status, at)
				assert.Len(t, c.Info().Serial, 16, "%s, %04X at %d", f, status, at)
				require.NoError(t, c.Close())
			}
		}
	}
}

func ours(err error) bool {
	for _, e := range cardos.Sentinels() {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// A reset in the middle of a listing costs a second reading, no error.
func TestResetWhileListing(t *testing.T) {
	for at := range 8 {
		service, _, c := simulated(t, simcard.FamilyB2NFC, nil)
		seen := 0
		service.SetFault(readerName, func(int, []byte) simreader.Fault {
			if seen++; seen-1 == at {
				return simreader.Glitch()
			}
			return simreader.Fault{}
		})
		firstKey(t, c)
	}
}

// A reset in the middle of a VERIFY must not send the PIN again.
func TestResetWhileVerifying(t *testing.T) {
	service, sim, c := simulated(t, simcard.FamilyC, nil)
	verifies := 0
	service.SetFault(readerName, func(_ int, command []byte) simreader.Fault {
		if command[1] != 0x20 {
			return simreader.Fault{}
		}
		verifies++
		return simreader.Fault{Reset: true}
	})
	assert.ErrorIs(t, c.VerifyPIN(0, goodPIN), cardos.ErrCardReset)
	assert.Equal(t, 1, verifies)
	assert.False(t, c.Verified(0))
	pin, _ := c.Tries(0)
	assert.False(t, pin.Known)
	service.SetFault(readerName, nil)
	signVerified(t, c, sim)
}

// A VERIFY whose answer got lost may have opened the card: Forget closes it.
func TestForgetAfterLostAnswer(t *testing.T) {
	service, _, c := simulated(t, simcard.FamilyC, nil)
	service.SetFault(readerName, func(_ int, command []byte) simreader.Fault {
		if command[1] == 0x20 {
			return simreader.Mute()
		}
		return simreader.Fault{}
	})
	assert.ErrorIs(t, c.VerifyPIN(0, goodPIN), cardos.ErrCardMute)
	service.SetFault(readerName, nil)
	require.NoError(t, c.Forget())
	assert.Equal(t, 1, service.Stats().Resets)
}

// Close leaves no PIN behind that nobody dropped, and else the card as it is.
func TestCloseDropsThePIN(t *testing.T) {
	service, _, c := simulated(t, simcard.FamilyC, nil)
	firstKey(t, c)
	require.NoError(t, c.Close())
	assert.Zero(t, service.Stats().Resets)

	c, err := profile.Open(service.Transport(), readerName, cardos.Options{})
	require.NoError(t, err)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	assert.Equal(t, 1, service.Stats().Resets)
}

// panicking is a transport whose connections panic at will.
type panicking struct {
	cardos.Transport
	now *bool
}

type panickingConn struct {
	cardos.Conn
	now *bool
}

func (p panicking) Connect(reader string) (cardos.Conn, error) {
	c, err := p.Transport.Connect(reader)
	return panickingConn{c, p.now}, err
}

func (p panickingConn) Transmit(command []byte) ([]byte, error) {
	if *p.now {
		panic("in the middle")
	}
	return p.Conn.Transmit(command)
}

// Even a panic in the middle ends the transaction and frees the Card.
func TestPanicEndsTransaction(t *testing.T) {
	service, sim := inserted(t, simcard.FamilyB2, nil)
	now := false
	c, err := profile.Open(panicking{service.Transport(), &now}, readerName, cardos.Options{})
	require.NoError(t, err)
	defer c.Close()
	now = true
	assert.Panics(t, func() { _, _ = c.Identities() })
	assert.False(t, service.InTransaction(readerName))
	now = false
	signVerified(t, c, sim)
}

// A program that holds the card exclusively, or holds a transaction: the first
// is an error at once, the second is waited for.
func TestOtherProgramHoldsTheCard(t *testing.T) {
	service, sim, c := simulated(t, simcard.FamilyB2, nil)
	release := service.HoldTransaction(readerName)
	done := make(chan error)
	go func() { _, err := c.Identities(); done <- err }()
	select {
	case err := <-done:
		t.Errorf("went into another program's transaction: %v", err)
	default:
	}
	release()
	require.NoError(t, <-done)
	signVerified(t, c, sim)
	service, _ = inserted(t, simcard.FamilyB2, nil)
	defer service.HoldExclusive(readerName)()
	_, err := profile.Open(service.Transport(), readerName, cardos.Options{})
	assert.ErrorIs(t, err, cardos.ErrInUse)
}

// resetting has each connection to the card fail by a reset, as long as it is to.
type resetting struct {
	cardos.Transport
	resets func() bool
}

func (r resetting) Connect(reader string) (cardos.Conn, error) {
	if r.resets() {
		return nil, cardos.ErrCardReset
	}
	return r.Transport.Connect(reader)
}

// Opening a card survives any number of resets, of connections and between
// commands, within its time, and no more after it. No connection stays open.
func TestOpenThroughResets(t *testing.T) {
	for _, x := range []struct {
		name              string
		connects, between int // resets; -1 for no end
		time              time.Duration
	}{
		{"some", 30, 30, time.Minute},
		{"at each connection", -1, 0, 50 * time.Millisecond},
		{"between commands, always", 0, -1, 50 * time.Millisecond},
	} {
		t.Run(x.name, func(t *testing.T) {
			cardos.SetResetTime(t, x.time)
			service, _ := inserted(t, simcard.FamilyB2, nil)
			connects, between := x.connects, x.between
			service.SetFault(readerName, func(n int, _ []byte) simreader.Fault {
				if n%2 == 0 || between == 0 {
					return simreader.Fault{}
				}
				between--
				return simreader.Glitch()
			})
			begin := time.Now()
			c, err := profile.Open(resetting{service.Transport(), func() bool { connects--; return connects >= 0 || x.connects < 0 }},
				readerName, cardos.Options{})
			if x.connects < 0 || x.between < 0 {
				require.ErrorIs(t, err, cardos.ErrCardReset)
				require.GreaterOrEqual(t, time.Since(begin), x.time)
			} else {
				require.NoError(t, err)
				require.NoError(t, c.Close())
			}
			require.Zero(t, service.Connections(readerName))
		})
	}
}
