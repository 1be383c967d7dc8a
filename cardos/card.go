// SPDX-License-Identifier: Apache-2.0

// Package cardos drives the Italian CNS smart cards: recognition, files, PIN
// and private key. It knows nothing of PKCS#11.
package cardos

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"tscns/cardos/iso7816"
)

// Card is one recognised card. Its methods may be called from any goroutine;
// they are serialised. After ErrCardRemoved, ErrNoReader, ErrNoService or
// ErrClosed every call answers the same.
type Card struct {
	mu       sync.Mutex
	conn     Conn
	dead     error
	profile  *profile
	info     Info
	readSize int // largest Ne of READ BINARY that is asked of the card

	state state // what the card forgets at a reset

	pad Pad // what the keypad of the reader can do

	read       bool // identities and slots are filled in
	identities []Identity
	slots      []keySlot
	tries      []triesPair     // by identity
	absent     map[string]bool // data files that the card turned out not to have

	// Of a card with several applications only.
	found  *application      // the one with the certificate, nil where none was found
	cache  map[string][]byte // data files, by path
	ladder ladder

	form      int  // index of the PSO form in use
	formKnown bool // it worked on this card

	store Store      // nil for none
	kept  string     // name in the store of what is known of this card, "" for nothing
	ahead *readAhead // see fromStore
}

// state is our belief about the volatile state of the card. Another program
// can change directory and security environment between two transactions
// without our notice, so both are only believed: see sign.go.
type state struct {
	applet   bool
	here     where  // application selected last, nowhere where not known
	dir      path   // dirUnknown where not known
	key      int    // slot of the key in the security environment, or noKey
	verified []bool // by identity
	opened   bool   // a PIN of ours may be in force on the card
}

const (
	dirUnknown path = "?"
	noKey           = -1
)

type triesPair struct{ pin, puk Tries }

// Open connects to the card in a reader, shared with other programs, and
// recognises it: by its ATR, then by probing its files. A card whose ATR does
// not say CNS costs at most two commands; ErrNotRecognized is the answer for
// any card of another kind. Other errors are those of Transport.Connect.
func Open(t Transport, reader string) (*Card, error) { return OpenWith(t, reader, Options{}) }

// Options are what a card is opened with.
type Options struct {
	// Store keeps what cards seen before hold for everybody to read: a card
	// that is known again by the first 256 bytes of its certificate is read no
	// further, and costs two commands, three where its files lie in an
	// application. What is read of another goes into the store. A nil store
	// keeps nothing.
	Store Store
	// Reads says how much one READ BINARY may ask for.
	Reads Reads
}

// OpenWith is Open with options.
func OpenWith(t Transport, reader string, o Options) (*Card, error) {
	conn, err := t.Connect(reader)
	if err != nil {
		return nil, err
	}
	c := &Card{conn: conn, readSize: iso7816.MaxShortNe, absent: map[string]bool{},
		ladder: ladder{pin: noRung, sign: noRung}, store: o.Store}
	c.forgetState()
	if err := c.recognise(); err != nil {
		_ = conn.Close()
		return nil, err
	}
	c.readSize = c.largestRead(o.Reads)
	return c, nil
}

func (c *Card) recognise() error {
	atr := bytes.Clone(c.conn.ATR())
	facts := readATR(atr)
	matches := false
	for _, p := range profiles {
		matches = matches || p.match(facts)
	}
	if !matches {
		return ErrNotRecognized
	}
	records := recordsFor(c.store, atr, facts)
	var r recogniser
	var p *profile
	var again *record
	err := c.do(func(t *tx) (err error) {
		t.ours = facts.cns
		r = recogniser{tx: t, facts: facts, asked: map[string]bool{}}
		if again, err = r.fromStore(records); err != nil {
			return err
		}
		if again != nil {
			p, r.serial = again.profile, again.serial
		} else if p, err = r.find(); err != nil {
			return err
		}
		c.askPad(p)
		return nil
	})
	if err != nil {
		return err
	}
	maker := p.maker
	if maker == "" {
		maker = makers[facts.mask]
	}
	c.profile, c.found, c.ahead = p, r.found, r.ahead
	c.info = Info{Profile: p.name, Family: p.family, Maker: maker, Grade: p.grade,
		Serial: r.serial, ATR: atr, Contactless: facts.contactless}
	c.tries = make([]triesPair, len(p.pins))
	c.state.verified = make([]bool, len(p.pins))
	if again != nil {
		c.takeUp(again, r.holder)
	}
	return nil
}

// takeUp fills in a card that was seen before.
func (c *Card) takeUp(r *record, holder []byte) {
	if c.profile.apps != nil {
		c.found = &c.profile.apps.candidates[r.app]
		if holder != nil {
			c.cache = map[string][]byte{string(c.profile.apps.holderFile): holder}
		}
	}
	c.build(r.keys)
	c.read, c.kept = true, r.name()
}

// Info describes the card, from memory.
func (c *Card) Info() Info {
	i := c.info
	i.ATR = bytes.Clone(i.ATR)
	return i
}

// maxResets bounds how often a transaction is begun anew because another
// program reset the card in between.
const maxResets = 4

// do runs fn in one transaction. After a reset by another program what we
// knew of the card's state is forgotten before fn runs. The caller holds mu.
func (c *Card) do(fn func(*tx) error) (err error) {
	if c.dead != nil {
		return c.dead
	}
	if err := c.begin(); err != nil {
		return c.note(err)
	}
	// Deferred, so that even a panic leaves the card to other programs.
	defer func() {
		if end := c.conn.End(); err == nil && end != nil && fatal(end) {
			err = end
		}
		err = c.note(err)
	}()
	t := &tx{card: c, ours: c.profile != nil}
	t.ch.T = t
	if err := c.appletFirst(t); err != nil {
		return err
	}
	return fn(t)
}

func (c *Card) begin() error {
	var err error
	for range maxResets {
		if err = c.conn.Begin(); err == nil {
			return nil
		}
		if !errors.Is(err, ErrCardReset) {
			return err
		}
		c.forgetState()
	}
	return err
}

// appletFirst selects the application of the profile after a reset.
func (c *Card) appletFirst(t *tx) error {
	if c.profile == nil || c.profile.applet == nil || c.state.applet {
		return nil
	}
	_, err := t.selectApplet(c.profile.applet)
	return err
}

// doRead runs fn, which only reads, and runs it once more where another
// program reset the card in the middle.
func (c *Card) doRead(fn func(*tx) error) error {
	err := c.do(fn)
	if errors.Is(err, ErrCardReset) {
		err = c.do(fn)
	}
	return err
}

// note keeps the errors that end a card, and forgets its state after a reset.
func (c *Card) note(err error) error {
	switch {
	case err == nil:
	case fatal(err):
		c.forgetState()
		c.dead = err
	case errors.Is(err, ErrCardReset):
		c.forgetState()
	case errors.Is(err, ErrCardMute):
		opened := c.state.opened
		c.forgetState()
		c.state.opened = opened // nobody has reset it yet
	}
	return err
}

// fatal says whether a card is gone for good with this error.
func fatal(err error) bool {
	for _, e := range []error{ErrCardRemoved, ErrNoCard, ErrNoReader, ErrNoService, ErrClosed} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (c *Card) forgetState() {
	c.state = state{dir: dirUnknown, key: noKey, verified: make([]bool, len(c.state.verified))}
}

// Forget drops a PIN state that this program opened: it resets the card then,
// and only then. Other programs see the reset.
func (c *Card) Forget() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead != nil || !c.state.opened {
		return nil
	}
	err := c.conn.Reset()
	if err != nil && !errors.Is(err, ErrCardReset) {
		return c.note(fmt.Errorf("dropping the PIN state: %w", err))
	}
	c.forgetState()
	return nil
}

// Close ends the connection. It leaves the card as it is, but for a PIN state
// that this program opened and did not drop: that ends by a reset.
func (c *Card) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(c.dead, ErrClosed) {
		return nil
	}
	opened := c.dead == nil && c.state.opened
	c.dead = ErrClosed
	if opened {
		return c.conn.CloseReset()
	}
	return c.conn.Close()
}

// Abandon ends the connection to a card that has left the reader. Nothing is
// reset: another card may be there by now, and the service would reset that.
func (c *Card) Abandon() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(c.dead, ErrClosed) {
		return nil
	}
	c.dead = ErrClosed
	return c.conn.Close()
}
