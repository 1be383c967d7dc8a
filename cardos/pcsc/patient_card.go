// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"slices"
	"sync"
	"time"

	"github.com/ebfe/scard"
)

// patientCard is a connection to a card whose calls have deadlines.
//
// Two of them wait for other programs and may be left without harm: the next
// one of the same kind takes the waiting up again (turn). Any other call that
// is left ends the connection (must).
type patientCard struct {
	context *patientContext
	inner   serviceCard

	mu      sync.Mutex
	gone    bool  // a call was left, or the connection was closed
	waiting *task // a turn that was left
	kind    turnKind
	// oweReset: the card is to be reset when that turn comes; wasReset: it was.
	oweReset, wasReset bool
}

type turnKind int

const (
	beginning turnKind = iota
	rejoining
)

func (c *patientCard) ActiveProtocol() scard.Protocol { return c.inner.ActiveProtocol() }

// BeginTransaction waits for its turn; then the card is ErrInUse. A turn that
// comes when nobody waits for it any more is given back at once.
func (c *patientCard) BeginTransaction() error {
	if err := c.turn(beginning, c.inner.BeginTransaction); err != nil {
		return err
	}
	c.mu.Lock()
	reset := c.wasReset
	c.oweReset, c.wasReset = false, false
	c.mu.Unlock()
	if !reset {
		return nil
	}
	if err := c.EndTransaction(scard.LeaveCard); err != nil {
		return err
	}
	return scard.ErrResetCard
}

// Rejoin is Reconnect after another program's reset.
func (c *patientCard) Rejoin() error {
	return c.turn(rejoining, func() error {
		return c.inner.Reconnect(scard.ShareShared, bothProtocols, scard.LeaveCard)
	})
}

// turn makes a call that waits while another program holds a transaction.
func (c *patientCard) turn(kind turnKind, fn func() error) error {
	d := c.context.service.patience.turn
	c.mu.Lock()
	if c.gone {
		c.mu.Unlock()
		return noAnswer(d)
	}
	t, left := c.waiting, c.kind
	c.waiting = nil
	c.mu.Unlock()
	deadline := time.Now().Add(d)
	if t != nil && (left != kind || !t.rejoin()) {
		// It has to end first, and what follows it, too.
		if !t.finish(d) {
			return c.leave(t, left)
		}
		t = nil
	}
	if t == nil {
		t = start(fn)
	}
	if !t.wait(time.Until(deadline), func(err error) { c.late(kind, err) }) {
		return c.leave(t, kind)
	}
	return t.err
}

func (c *patientCard) leave(t *task, kind turnKind) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting, c.kind = t, kind
	return inUse(c.context.service.patience.turn)
}

// late gives a turn back that came when nobody waited for it.
func (c *patientCard) late(kind turnKind, err error) {
	if kind != beginning || err != nil {
		return
	}
	c.mu.Lock()
	reset := c.oweReset
	c.oweReset = false
	c.mu.Unlock()
	if reset && c.inner.Reconnect(scard.ShareShared, bothProtocols, scard.ResetCard) == nil {
		c.mu.Lock()
		c.wasReset = true
		c.mu.Unlock()
	}
	_ = c.inner.EndTransaction(scard.LeaveCard)
}

// OweReset has the card reset in the transaction that is waited for next, even
// where nobody waits for it any more when its turn comes.
func (c *patientCard) OweReset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.oweReset = true
}

// must makes a call that only a stuck service or card can keep. Where it was
// left the connection is closed at its end, and the card reset: the PIN may be
// verified, and nobody is left to log out.
func (c *patientCard) must(d time.Duration, fn func() error) error {
	if c.isGone() {
		return noAnswer(d)
	}
	t := start(fn)
	if t.wait(d, func(error) { c.disconnect(scard.ResetCard) }) {
		return t.err
	}
	c.end()
	return noAnswer(d)
}

func (c *patientCard) isGone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

// end marks the connection as of no use. It is false where it was already.
func (c *patientCard) end() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.gone
	c.gone = true
	c.context.left.Store(true)
	return !was
}

// disconnect resets the card that it was connected to, and no other: pcscd
// resets whatever is in the reader by now. A card that was taken out, or reset
// by another program, keeps no login of ours.
func (c *patientCard) disconnect(d scard.Disposition) {
	if d == scard.ResetCard {
		if _, err := c.inner.Status(); err != nil {
			d = scard.LeaveCard
		}
	}
	_ = c.inner.Disconnect(d)
	quietRelease(c.context.inner)
}

func (c *patientCard) EndTransaction(d scard.Disposition) error {
	return c.must(c.context.service.patience.listing, func() error { return c.inner.EndTransaction(d) })
}

// Transmit sends a command. The library has taken over its bytes long before
// the deadline, so that the caller may wipe them then.
func (c *patientCard) Transmit(command []byte) (response []byte, err error) {
	var got []byte
	err = c.must(c.context.service.patience.command, func() (err error) {
		got, err = c.inner.Transmit(command)
		return err
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

// Control asks the reader for something of its own. keypad: a person types.
func (c *patientCard) Control(code uint32, in []byte, keypad bool) ([]byte, error) {
	d := c.context.service.patience.listing
	if keypad {
		d = c.context.service.patience.keypad
	}
	var got []byte
	err := c.must(d, func() (err error) {
		got, err = c.inner.Control(code, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

// Reset resets the card inside a transaction.
func (c *patientCard) Reset() error {
	return c.must(c.context.service.patience.turn, func() error {
		return c.inner.Reconnect(scard.ShareShared, bothProtocols, scard.ResetCard)
	})
}

func (c *patientCard) Status() (*scard.CardStatus, error) {
	var got *scard.CardStatus
	err := c.must(c.context.service.patience.turn, func() (err error) {
		got, err = c.inner.Status()
		return err
	})
	if err != nil {
		return nil, err
	}
	got.Atr = slices.Clone(got.Atr)
	return got, nil
}

// Close ends the connection. It waits for the service, but neither where that
// is stuck nor for another program: then the connection ends by itself, after
// that. A reset waits until no other program holds the card.
func (c *patientCard) Close(d scard.Disposition) {
	if !c.end() {
		return
	}
	c.mu.Lock()
	turn := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	t := start(func() error {
		if turn != nil {
			<-turn.done
		}
		c.disconnect(d)
		return nil
	})
	if turn != nil || d != scard.LeaveCard || c.context.service.stuck.Load() > 0 {
		return
	}
	_ = c.context.service.memory(t, c.context.service.patience.listing, func(error) {})
}
