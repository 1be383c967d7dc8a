// SPDX-License-Identifier: Apache-2.0

// Package cardos drives the Italian CNS smart cards: recognition, files, PIN
// and private key. It knows nothing of PKCS #11, and of no generation of cards
// in particular: what is known of those is in package profile, and how they
// arrange files, PINs and keys in the packages below layout.
//
// [Open] returns a [Card]. All that reaches the card goes through a
// transaction, [Tx]: Card decides what is done in one, and the [Instance] of a
// [Layout] by which commands.
package cardos

import (
	"bytes"
	"errors"
	"sync"
	"time"

	"tscns/cardos/iso7816"
)

// Card is one recognised card. Its methods may be called from any goroutine;
// they are serialised. After ErrCardRemoved, ErrNoReader, ErrNoService or
// ErrClosed every call answers the same.
type Card struct {
	mu       sync.Mutex
	conn     Conn
	adopted  bool // by [Adopt]: transactions and resets are the caller's
	dead     error
	profile  *Profile
	layout   Instance // nil while the card is being recognised
	pins     []PIN    // of the layout
	info     Info
	readSize int // largest Ne of READ BINARY that is asked of the card

	state state // what the card forgets at a reset

	pad Pad // what the keypad of the reader can do

	read       bool // identities, keys and places are filled in
	identities []Identity
	keys       []usableKey
	found      []FoundKey // behind keys
	places     []CertificatePlace
	absent     map[string]bool // data files that the card turned out not to have

	store Store  // nil for none
	kept  string // name in the store of what is known of this card, "" for nothing
	// unread counts the private operations with certificates out of the store
	// that were not compared with the card to their end; -1 where they were read.
	unread int

	pinRecords PINRecords
	pinMemory  *pinMemory // nil while the card is being recognised

	logins Logins
	login  string // what was joined, "" for nothing
}

// state is what is believed of the PIN state of the card. Directory and
// security environment are the layout's.
type state struct {
	reset    bool   // nothing was sent to the card since its last reset
	verified []bool // by identity
	opened   bool   // a PIN of ours may be in force on the card
}

// Options are what a card is opened with.
type Options struct {
	// Profiles are the generations of cards to recognise, in the order of
	// preference: package profile has them. There is no default.
	Profiles []*Profile
	// Store keeps what cards seen before hold for everybody to read: a card
	// that is known again by the first 256 bytes of its certificate is read no
	// further, and costs two commands, three where its files lie in an
	// application. What is read of another goes into the store. A nil store
	// keeps nothing.
	Store Store
	// PINRecords keeps what came of PINs: the tries left, and of PINs whose form
	// is a guess the forms. Without it each Card remembers its own.
	PINRecords PINRecords
	// Logins is how the programs of a user share the login of a card. Without it
	// each program is alone.
	Logins Logins
	// Reads is how much one READ BINARY may ask for.
	Reads Reads
}

// errNoProfiles is a mistake of the caller.
var errNoProfiles = errors.New("cardos: no profiles to recognise a card by")

// Open connects to the card in a reader, shared with other programs, and
// recognises it: by its answer to reset, then by probing its files. A card
// with contacts whose answer to reset does not say CNS is sent no command;
// ErrNotRecognized is the answer for any card of another kind. Other errors
// are those of [Transport.Connect].
func Open(t Transport, reader string, o Options) (*Card, error) {
	if len(o.Profiles) == 0 {
		return nil, errNoProfiles
	}
	for end := time.Now().Add(resetTime); ; {
		c, err := open(t, reader, o)
		if !errors.Is(err, ErrCardReset) || time.Now().After(end) {
			return c, err
		}
	}
}

func open(t Transport, reader string, o Options) (*Card, error) {
	conn, err := t.Connect(reader)
	if err != nil {
		return nil, err
	}
	c := newCard(conn, o)
	if err := c.recognise(o.Profiles); err != nil {
		_ = conn.Close()
		return nil, err
	}
	c.readSize = c.largestRead(o.Reads)
	return c, nil
}

// newCard returns a card that is not recognised yet.
func newCard(conn Conn, o Options) *Card {
	c := &Card{conn: conn, readSize: iso7816.MaxShortNe, absent: map[string]bool{}, unread: -1, store: o.Store,
		pinRecords: o.PINRecords, logins: o.Logins}
	if c.pinRecords == nil {
		c.pinRecords = &memoryRecords{blobs: map[string][]byte{}}
	}
	if c.logins == nil {
		c.logins = alone{}
	}
	c.forgetState()
	return c
}

func (c *Card) recognise(profiles []*Profile) error {
	raw := bytes.Clone(c.conn.ATR())
	atr := ParseATR(raw)
	matches := false
	for _, p := range profiles {
		matches = matches || p.Match(atr)
	}
	if !matches {
		return ErrNotRecognized
	}
	seen := seenBefore(c.store, profiles, raw, atr)
	var p *Prober
	var again *seenCard
	err := c.doRead(func(t *Tx) (err error) {
		t.known = atr.CNS
		p = &Prober{ATR: atr, tx: t, asked: map[string]bool{}}
		if again, err = seen.match(p); err != nil {
			return err
		}
		if again != nil {
			c.profile, c.layout, p.Number = seen.profile, seen.layout, again.number
		} else if c.profile, c.layout, err = p.find(profiles); err != nil {
			return err
		}
		c.pins = c.layout.PINs()
		c.askPad()
		return nil
	})
	if err != nil {
		return err
	}
	c.state = state{verified: make([]bool, len(c.pins))}
	c.pinMemory = newPINMemory(c.pinRecords, c.pins)
	maker := c.profile.Maker
	if maker == "" {
		maker = makers[atr.Mask]
	}
	c.info = Info{Profile: c.profile.Name, Family: c.profile.Family, Maker: maker, Grade: c.profile.Grade,
		Number: p.Number, Serial: p.Number.Text, ATR: raw, Contactless: atr.Contactless}
	if again != nil {
		c.list(again.keys)
		c.places = placesOf(again.keys, c.pins)
		c.kept, c.unread = again.name, 0
	}
	return nil
}

// Info describes the card, from memory.
func (c *Card) Info() Info {
	i := c.info
	i.ATR = bytes.Clone(i.ATR)
	return i
}

// resetTime bounds how long a transaction, or what only reads, is begun anew
// because other programs reset the card in between: forty that log in and out at
// once do it again and again.
var resetTime = 10 * time.Second // tests have less

// do runs fn in one transaction. After a reset by another program what was
// believed of the card's state is forgotten before fn runs. The caller holds
// mu.
func (c *Card) do(fn func(*Tx) error) error { return c.transact(c.wasReset, fn) }

// transact is do with what is done about a reset before fn runs.
func (c *Card) transact(wasReset func(), fn func(*Tx) error) (err error) {
	if c.dead != nil {
		return c.dead
	}
	if err := c.begin(wasReset); err != nil {
		return c.note(err)
	}
	// Deferred, so that even a panic leaves the card to other programs.
	defer func() {
		if end := c.conn.End(); err == nil && end != nil && fatal(end) {
			err = end
		}
		err = c.note(err)
	}()
	t := &Tx{card: c, known: c.layout != nil}
	t.ch.T = t
	if c.layout != nil {
		if err := c.layout.Begin(t, c.state.reset); err != nil {
			return err
		}
		c.state.reset = false
	}
	return fn(t)
}

func (c *Card) begin(wasReset func()) error {
	for end := time.Now().Add(resetTime); ; {
		err := c.conn.Begin()
		if err == nil || !errors.Is(err, ErrCardReset) || time.Now().After(end) {
			return err
		}
		wasReset()
	}
}

// doRead runs fn, which only reads, and runs it anew where another program reset
// the card in the middle.
func (c *Card) doRead(fn func(*Tx) error) error {
	for end := time.Now().Add(resetTime); ; {
		err := c.do(fn)
		if !errors.Is(err, ErrCardReset) || c.adopted || time.Now().After(end) {
			return err
		}
	}
}

// note keeps the errors that end a card, and forgets its state after a reset.
func (c *Card) note(err error) error {
	switch {
	case err == nil:
	case c.adopted:
		if !Refused(err) {
			c.forgetState()
			c.pinMemory.wipe()
		}
	case fatal(err):
		c.forgetState()
		c.leave(false, func() {})
		c.pinMemory.wipe()
		c.dead = err
	case errors.Is(err, ErrCardReset):
		c.wasReset()
	case errors.Is(err, ErrCardMute):
		opened := c.state.opened
		c.forgetState()
		c.state.opened = opened // nobody has reset it yet
	}
	return err
}

func (c *Card) forgetState() {
	c.state = state{reset: true, verified: make([]bool, len(c.state.verified))}
}
