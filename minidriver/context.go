// SPDX-License-Identifier: Apache-2.0

// Package minidriver is what a smart card minidriver of Windows answers for a
// TS-CNS (Microsoft, "Smart Card Minidriver Specification", version 7.07), in
// plain Go: virtual files, containers, properties, PIN roles, signing and
// decryption. It has no C type; package tscns-minidriver below it is the C
// interface, which checks pointers, versions of functions and their dwFlags,
// and copies.
//
// Structures that hold numbers alone are returned as their bytes, little-endian
// as on every Windows. Errors are of type [Code].
package minidriver

import (
	"errors"
	"sync"

	"tscns/cardos"
)

// Handles are the SCARDCONTEXT and the SCARDHANDLE of one call. They are the
// caller's, and may change from call to call.
type Handles struct{ Context, Card uintptr }

// Conn is a connection of the caller's to a card, with a transaction of the
// caller's open in every call.
type Conn interface {
	cardos.Link
	// Use sets the handles that what follows goes through.
	Use(context, card uintptr)
}

// Options are what the program hands to [Acquire].
type Options struct {
	// Connect returns a connection to the card with this answer to reset:
	// package winscard on Windows.
	Connect func(atr []byte) Conn
	// Profiles are the generations of cards to recognise: package profile.
	Profiles []*cardos.Profile
	// PINRecords keeps what came of PINs, for all programs of the user. Without
	// it each Context remembers its own.
	PINRecords cardos.PINRecords
}

// Context is the state behind one CARD_DATA. Its methods may be called from any
// thread; they are serialised.
type Context struct {
	mu     sync.Mutex
	conn   Conn
	card   *cardos.Card
	closed bool

	handles  Handles // of the last call that reached the card
	doubtful bool    // whether the card is still the same has to be asked
	opened   uint32  // PIN_SET: what was verified here and may be in force
	refused  refusedSecrets

	containers []container
	files      map[string]map[string]file // by directory and name, in small letters
	serial     string
}

// shortestATR and longestATR are in bytes (ISO/IEC 7816-3, 8.2).
const shortestATR, longestATR = 2, 33

// Acquire recognises the card and reads its certificates. [UnknownCard] is the
// answer for a card without a certificate whose key can be used with the PIN of
// the CNS, and for an answer to reset that is none.
func Acquire(o Options, h Handles, atr []byte) (*Context, error) {
	if len(atr) < shortestATR || len(atr) > longestATR {
		return nil, UnknownCard
	}
	if h.Context == 0 || h.Card == 0 {
		return nil, InvalidHandle
	}
	conn := o.Connect(atr)
	conn.Use(h.Context, h.Card)
	card, err := cardos.Adopt(conn, cardos.Options{Profiles: o.Profiles, PINRecords: o.PINRecords})
	if err != nil {
		return nil, codeOf(err)
	}
	identities, err := card.Identities()
	if err != nil {
		_ = card.Close()
		return nil, codeOf(err)
	}
	c := &Context{conn: conn, card: card, handles: h, containers: containersOf(identities), serial: card.Info().Serial}
	if len(c.containers) == 0 || c.containers[0].role != RoleUser {
		_ = card.Close()
		return nil, UnknownCard
	}
	c.files = filesOf(c.serial, c.containers)
	return c, nil
}

// Close frees the state. It does not reach the card, which may be gone.
func (c *Context) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed = true
		c.refused.wipe()
		_ = c.card.Close()
	}
}

// reach prepares a call that reaches the card through these handles. A card that
// may be another than before is compared, so that neither a PIN nor a signature
// goes to the wrong one; secret says that one is about to be sent, and compares
// in any case, since a caller that connected anew need not have other handles. The
// caller holds mu.
func (c *Context) reach(h Handles, secret bool) error {
	if c.closed || h.Context == 0 || h.Card == 0 {
		return InvalidHandle
	}
	c.conn.Use(h.Context, h.Card)
	if h != c.handles {
		c.handles, c.doubtful = h, true
	}
	if !c.doubtful && !secret {
		return nil
	}
	c.doubtful = true
	if err := c.card.SameCard(); err != nil {
		return c.note(err)
	}
	c.doubtful = false
	return nil
}

// note takes in what the card layer returned, and returns its code. The caller
// holds mu.
func (c *Context) note(err error) error {
	if lost(err) {
		c.doubtful = true
	}
	// Not at ErrCardRemoved: that is also another card behind other handles, while
	// the one that was opened lies in its reader.
	if errors.Is(err, cardos.ErrCardReset) {
		c.opened = 0
	}
	return codeOf(err)
}
