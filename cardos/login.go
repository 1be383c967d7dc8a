// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"errors"
	"fmt"
)

// Logins is how the programs of a user share the login of a card: the PIN state
// is the card's, so the last of those that entered the PIN ends it for all. A
// program that ends in whatever way leaves. Its methods may be called from several
// goroutines, and are never called in a transaction.
type Logins interface {
	// Join takes part in the login of the card with a name of 64 hexadecimal
	// digits, and reports whether there is one to share. It waits, for seconds at
	// most, while another program resets the card in Leave.
	Join(name string) bool
	// Leave ends this program's part. Where no other program takes part it calls
	// reset, and none can join until that returns: if opened, which says that a
	// PIN of this program may be in force on the card, or if a program that left
	// before left it open. It may be called without Join.
	Leave(name string, opened bool, reset func())
}

// alone is a program that shares its logins with no other.
type alone struct{}

func (alone) Join(string) bool { return false }

func (alone) Leave(_ string, opened bool, reset func()) {
	if opened {
		reset()
	}
}

// join takes part in the login of the card, before a PIN is sent.
func (c *Card) join() {
	if name := c.pinMemory.cardName(); c.login == "" && name != "" && c.logins.Join(name) {
		c.login = name
	}
}

// opening is do for what presents a PIN: the login is joined before, so that no
// program resets the card after it, and left where no PIN is in force. A reset
// that the transaction begins with is older, and no reason to leave.
func (c *Card) opening(fn func(*Tx) error) error {
	c.join()
	err := c.transact(c.forgetState, fn)
	if !c.state.opened {
		c.leave(false, func() { _ = c.conn.Reset() })
	}
	return err
}

// leave ends our part in the login of the card. reset is called where nobody else
// takes part and the card is open.
func (c *Card) leave(opened bool, reset func()) {
	name := c.login
	c.login = ""
	switch {
	case name == "" && !opened:
		return
	case name == "":
		name = c.pinMemory.cardName() // there may be others all the same
	}
	c.logins.Leave(name, opened, reset)
}

// wasReset forgets what was believed of the card's state after a reset by another
// program. No transaction is open.
func (c *Card) wasReset() {
	c.forgetState()
	c.leave(false, func() { _ = c.conn.Reset() })
}

// Forget drops a PIN state that this program opened. Unless other programs of the
// user are logged in it resets the card then, and only then. Other programs see
// the reset.
func (c *Card) Forget() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead != nil || !c.state.opened {
		return nil
	}
	var err error
	reset := false
	c.leave(true, func() {
		reset = true
		err = c.conn.Reset()
	})
	if !reset {
		// The card stays as it is: others are logged in to it.
		c.state.opened = false
		clear(c.state.verified)
		return nil
	}
	if err != nil && !errors.Is(err, ErrCardReset) {
		return c.note(fmt.Errorf("dropping the PIN state: %w", err))
	}
	c.forgetState()
	return nil
}

// Close ends the connection. It leaves the card as it is, but for a PIN state
// that this program opened and did not drop: that ends by a reset, as in Forget.
func (c *Card) Close() error { return c.end(c.conn.CloseReset) }

// Abandon ends the connection to a card that has left the reader. Nothing is
// reset: another card may be there by now, and the service would reset that.
func (c *Card) Abandon() error { return c.end(nil) }

// end ends the connection, by reset where that is wanted and nobody else is
// logged in.
func (c *Card) end(reset func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(c.dead, ErrClosed) {
		return nil
	}
	c.pinMemory.wipe()
	opened := reset != nil && c.dead == nil && c.state.opened
	c.dead = ErrClosed
	end := c.conn.Close
	c.leave(opened, func() {
		if reset != nil {
			end = reset
		}
	})
	return end()
}
