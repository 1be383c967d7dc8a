// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"fmt"
	"sync"

	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/kit"
)

// Card is a simulated card that counts and tells what it knows of its PIN.
type Card struct {
	*simcard.Card
	Certificate []byte

	mu    sync.Mutex
	pin   string
	seen  int // commands since SetHook
	hook  Hook
	lost  int // tries taken away so far
	asked int // how often the reader asked for the answer to reset
}

// Hook stands between reader and card: n counts the commands from 1 since
// SetHook, next has the card answer. It returns what the reader sees.
type Hook func(n int, next func() []byte) []byte

// NewCard watches a card whose PIN is pin.
func NewCard(c *simcard.Card, pin string) *Card { return &Card{Card: c, pin: pin} }

// SetHook puts a hook in; nil takes it out. It returns how many commands the
// hook before it has seen.
func (c *Card) SetHook(h Hook) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.seen
	c.seen, c.hook = 0, h
	return n
}

// PIN returns the PIN in force.
func (c *Card) PIN() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pin
}

// Lost returns how many tries of PIN and PUK the card has taken away.
func (c *Card) Lost() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost
}

// ATR implements the card of the readers: the virtual one asks for it at each
// poll.
func (c *Card) ATR() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	return c.Card.ATR()
}

// Asked returns how often that was.
func (c *Card) Asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// Transmit implements the card of the readers.
func (c *Card) Transmit(command []byte) []byte {
	c.mu.Lock()
	c.seen++
	n, hook := c.seen, c.hook
	c.mu.Unlock()
	next := func() []byte { return c.answer(command) }
	if hook == nil {
		return next()
	}
	return hook(n, next)
}

const (
	insChange = 0x24
	insReset  = 0x2C
	pinBlock  = 8 // bytes of a PIN, filled up with FF
)

// answer has the card answer and watches its PIN.
func (c *Card) answer(command []byte) []byte {
	pin, puk := c.Card.Tries()
	answer := c.Card.Transmit(command)
	pinNow, pukNow := c.Card.Tries()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost += max(0, pin-pinNow) + max(0, puk-pukNow)
	if len(command) < 5+2*pinBlock || len(answer) != 2 || answer[0] != 0x90 {
		return answer
	}
	if ins := command[1]; ins == insChange || ins == insReset {
		c.pin = string(bytes.TrimRight(command[5+pinBlock:5+2*pinBlock], "\xFF"))
	}
	return answer
}

// IssueCard makes card n of a family: cards differ by their number and their
// certificate, so that what a program remembers of one does not do for the
// next. Their key is the same, and their PIN FirstPIN.
func IssueCard(f simcard.Family, n int) (*Card, error) {
	set, err := kit.Set(simcard.KeyBits(f))
	if err != nil {
		return nil, err
	}
	id, err := set.Authority.IssueIdentity(pki.IdentityOptions{
		Bits: simcard.KeyBits(f), Key: set.Identity.Key, Serial: fmt.Sprintf("6090%012d", n)})
	if err != nil {
		return nil, err
	}
	o := simcard.ForIdentity(f, id)
	o.PIN = FirstPIN
	card, err := simcard.New(o)
	if err != nil {
		return nil, err
	}
	c := NewCard(card, FirstPIN)
	c.Certificate = id.Certificate
	return c, nil
}

// NewUser is a program that knows the key of the cards of a family.
func NewUser(f simcard.Family) (*User, error) {
	set, err := kit.Set(simcard.KeyBits(f))
	if err != nil {
		return nil, err
	}
	return &User{Key: &set.Identity.Key.PublicKey}, nil
}
