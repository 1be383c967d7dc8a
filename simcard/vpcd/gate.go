// SPDX-License-Identifier: Apache-2.0

package vpcd

import "sync"

// Gate is a card that can be held in the middle of a command.
type Gate struct {
	Card

	mu   sync.Mutex
	hold *hold // nil: every command passes
}

type hold struct {
	match   func(command []byte) bool
	reached chan struct{}
	open    chan struct{}
}

// NewGate puts a gate before a card.
func NewGate(c Card) *Gate { return &Gate{Card: c} }

// Hold has the next command that matches wait before it reaches the card.
// reached is closed when one does, and release lets it go on; it may be called
// more than once, and ends the wait for a command too.
func (g *Gate) Hold(match func(command []byte) bool) (reached <-chan struct{}, release func()) {
	h := &hold{match, make(chan struct{}), make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hold = h
	return h.reached, sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.hold == h {
			g.hold = nil
		}
		close(h.open)
	})
}

// IsSignature matches PERFORM SECURITY OPERATION, but for the first parts of a
// chain (ISO 7816-8).
func IsSignature(command []byte) bool {
	return len(command) > 4 && command[0]&0x10 == 0 && command[1] == 0x2A
}

// Transmit implements Card.
func (g *Gate) Transmit(command []byte) []byte {
	g.mu.Lock()
	h := g.hold
	if h != nil && h.match(command) {
		g.hold = nil
	} else {
		h = nil
	}
	g.mu.Unlock()
	if h != nil {
		close(h.reached)
		<-h.open
	}
	return g.Card.Transmit(command)
}
