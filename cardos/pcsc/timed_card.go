// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"slices"
	"sync"
	"time"

	"github.com/ebfe/scard"
)

// timedCard is a connection to a card whose calls have deadlines.
//
// BeginTransaction and Rejoin wait for other programs. They may be abandoned
// without harm: the next call of the same kind waits for the same task again
// (turn). Any other call that is abandoned ends the connection (call).
type timedCard struct {
	context *timedContext
	inner   serviceCard

	mu      sync.Mutex
	closed  bool  // by Close, or because a call was abandoned
	waiting *task // an abandoned turn
	kind    turnKind
	// resetPending reports whether the card is to be reset when that turn
	// comes, resetDone whether it was.
	resetPending, resetDone bool
}

type turnKind int

const (
	beginning turnKind = iota
	rejoining
)

func (c *timedCard) ActiveProtocol() scard.Protocol { return c.inner.ActiveProtocol() }

// BeginTransaction waits for a transaction. After the deadline it returns
// [cardos.ErrInUse]. A transaction that begins after that, with no caller
// waiting, is ended at once.
func (c *timedCard) BeginTransaction() error {
	if err := c.turn(beginning, c.inner.BeginTransaction); err != nil {
		return err
	}
	c.mu.Lock()
	reset := c.resetDone
	c.resetPending, c.resetDone = false, false
	c.mu.Unlock()
	if !reset {
		return nil
	}
	if err := c.EndTransaction(scard.LeaveCard); err != nil {
		return err
	}
	return scard.ErrResetCard
}

// Rejoin reconnects after a reset by another program.
func (c *timedCard) Rejoin() error {
	return c.turn(rejoining, func() error {
		return c.inner.Reconnect(scard.ShareShared, bothProtocols, scard.LeaveCard)
	})
}

// turn makes a call that waits while another program holds a transaction.
func (c *timedCard) turn(kind turnKind, fn func() error) error {
	d := c.context.service.timeouts.turn
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return noAnswer(d)
	}
	t, left := c.waiting, c.kind
	c.waiting = nil
	c.mu.Unlock()
	deadline := time.Now().Add(d)
	if t != nil && (left != kind || !t.reclaim()) {
		// The abandoned task and its cleanup have to end first.
		if !t.finish(d) {
			return c.leave(t, left)
		}
		t = nil
	}
	if t == nil {
		t = start(fn)
	}
	if !t.wait(time.Until(deadline), func(err error) { c.returnTurn(kind, err) }) {
		return c.leave(t, kind)
	}
	return t.err
}

func (c *timedCard) leave(t *task, kind turnKind) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting, c.kind = t, kind
	return inUse(c.context.service.timeouts.turn)
}

// returnTurn ends a transaction that began with no caller waiting, after the
// reset that was asked for.
func (c *timedCard) returnTurn(kind turnKind, err error) {
	if kind != beginning || err != nil {
		return
	}
	c.mu.Lock()
	reset := c.resetPending
	c.resetPending = false
	c.mu.Unlock()
	if reset && c.inner.Reconnect(scard.ShareShared, bothProtocols, scard.ResetCard) == nil {
		c.mu.Lock()
		c.resetDone = true
		c.mu.Unlock()
	}
	_ = c.inner.EndTransaction(scard.LeaveCard)
}

// RequestReset asks for a reset in the next transaction, also if that begins
// with no caller waiting.
func (c *timedCard) RequestReset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resetPending = true
}

// Stuck reports whether the service is known to hang.
func (c *timedCard) Stuck() bool { return c.context.service.stuck.Load() > 0 }

// call makes a call that returns promptly unless the service or the card hangs.
// If it is abandoned, the connection is closed after it and the card reset: the
// PIN may be verified, and no caller remains to log out.
func (c *timedCard) call(d time.Duration, fn func() error) error {
	if c.isClosed() {
		return noAnswer(d)
	}
	t := start(fn)
	if t.wait(d, func(error) { c.disconnect(scard.ResetCard) }) {
		return t.err
	}
	c.end()
	return noAnswer(d)
}

func (c *timedCard) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// end marks the connection as closed and reports whether it was open.
func (c *timedCard) end() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.closed
	c.closed = true
	c.context.abandoned.Store(true)
	return !was
}

// disconnect closes the connection. It resets only the card that it was
// connected to: pcscd would reset whichever card is in the reader now. A card
// that was removed or reset by another program has lost its PIN state anyway.
func (c *timedCard) disconnect(d scard.Disposition) {
	if d == scard.ResetCard {
		if _, err := c.inner.Status(); err != nil {
			d = scard.LeaveCard
		}
	}
	_ = c.inner.Disconnect(d)
	quietRelease(c.context.inner)
}

func (c *timedCard) EndTransaction(d scard.Disposition) error {
	return c.call(c.context.service.timeouts.listing, func() error { return c.inner.EndTransaction(d) })
}

// Transmit sends a command. The PC/SC library copies the command before it
// waits, so the caller may wipe it when Transmit returns, also at the deadline.
func (c *timedCard) Transmit(command []byte) (response []byte, err error) {
	var got []byte
	err = c.call(c.context.service.timeouts.command, func() (err error) {
		got, err = c.inner.Transmit(command)
		return err
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

// Control sends a control code to the reader. keypad reports whether a person
// types a PIN meanwhile.
func (c *timedCard) Control(code uint32, in []byte, keypad bool) ([]byte, error) {
	d := c.context.service.timeouts.listing
	if keypad {
		d = c.context.service.timeouts.keypad
	}
	var got []byte
	err := c.call(d, func() (err error) {
		got, err = c.inner.Control(code, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

// Reset resets the card inside a transaction.
func (c *timedCard) Reset() error {
	return c.call(c.context.service.timeouts.turn, func() error {
		return c.inner.Reconnect(scard.ShareShared, bothProtocols, scard.ResetCard)
	})
}

func (c *timedCard) Status() (*scard.CardStatus, error) {
	var got *scard.CardStatus
	err := c.call(c.context.service.timeouts.turn, func() (err error) {
		got, err = c.inner.Status()
		return err
	})
	if err != nil {
		return nil, err
	}
	got.Atr = slices.Clone(got.Atr)
	return got, nil
}

// Close ends the connection. A reset waits until no other program holds the
// card. Close itself does not wait for other programs nor for a service that
// hangs: the connection is then closed in the background.
func (c *timedCard) Close(d scard.Disposition) {
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
	if turn != nil || d != scard.LeaveCard || c.Stuck() {
		return
	}
	_ = c.context.service.await(t, c.context.service.timeouts.listing, func(error) {})
}
