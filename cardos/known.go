// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"tscns/cardos/certificate"
	"tscns/cardos/store"
)

// Store keeps what cards hold for everybody to read, from one insertion or one
// program to the next. What it gives back is not trusted: it may be damaged,
// old or another card's. Its methods may be called from several goroutines.
type Store interface {
	// Load returns all that is kept, the newest first.
	Load() [][]byte
	// Save keeps a blob under a name of 64 hexadecimal digits, in place of
	// what was kept there. An empty blob takes that away.
	Save(name string, blob []byte)
}

// seenCards are the cards that were seen before and that one in a reader may
// be: those of one profile with the first certificate at one place.
type seenCards struct {
	profile *Profile
	layout  Instance
	place   []byte
	cards   []seenCard
}

// seenCard is one of them.
type seenCard struct {
	name   string // in the store
	number Number
	keys   []FoundKey
}

// seenBefore returns the cards in the store that have this answer to reset,
// all of the place where the newest one has its first certificate.
func seenBefore(s Store, profiles []*Profile, raw []byte, atr ATR) *seenCards {
	seen := &seenCards{}
	if s == nil {
		return seen
	}
	for _, blob := range s.Load() {
		r, err := store.Decode(blob)
		if err != nil || !bytes.Equal(r.ATR, raw) || !numberOf(r).valid() {
			continue
		}
		for _, p := range profiles {
			if p.Name == r.Profile && p.Match(atr) {
				seen.add(p, r)
			}
		}
	}
	return seen
}

// add takes in a record that is sound, and that belongs to the first one.
func (s *seenCards) add(p *Profile, r *store.Record) {
	layout := s.layout
	if layout == nil {
		var err error
		if layout, err = p.Layout.Restore(r.Place); err != nil {
			return
		}
	} else if s.profile != p || !bytes.Equal(s.place, r.Place) {
		return
	}
	var certificates []*certificate.Certificate
	for _, k := range r.Keys {
		cert, err := certificate.Parse(k.Certificate)
		if err != nil || !listed(cert) || k.PIN >= len(layout.PINs()) {
			return
		}
		certificates = append(certificates, cert)
	}
	keys, err := layout.RestoreKeys(r.Keys, certificates)
	if err != nil || !bytes.Equal(layout.Place(keys), r.Place) {
		return
	}
	s.profile, s.layout, s.place = p, layout, r.Place
	s.cards = append(s.cards, seenCard{r.Name(), numberOf(r), keys})
}

func numberOf(r *store.Record) Number { return Number{r.Number, NumberSource(r.NumberSource)} }

// match looks whether the card is one of those seen before, by the beginning
// of its certificates: nil if it is not.
func (s *seenCards) match(p *Prober) (*seenCard, error) {
	if len(s.cards) == 0 {
		return nil, nil
	}
	keys := make([][]FoundKey, len(s.cards))
	for i := range s.cards {
		keys[i] = s.cards[i].keys
	}
	i, err := s.layout.Again(p, keys)
	if err != nil || i < 0 {
		return nil, err
	}
	return &s.cards[i], nil
}

// remember keeps the certificates for the next time.
func (c *Card) remember(found []FoundKey) {
	if c.store == nil || len(found) == 0 {
		return
	}
	r := &store.Record{ATR: c.info.ATR, Profile: c.profile.Name, Number: c.info.Number.Text,
		NumberSource: int(c.info.Number.Source), Place: c.layout.Place(found)}
	for _, k := range found {
		r.Keys = append(r.Keys, store.Key{PIN: k.PIN, Access: k.Private.Access(), Certificate: k.Certificate.Raw})
	}
	c.kept = r.Name()
	if blob := r.Encode(); len(blob) <= store.MaxSize {
		c.store.Save(c.kept, blob)
	}
}

// distrust takes away what was kept of a card whose key does not fit it.
func (c *Card) distrust() {
	if c.store != nil && c.kept != "" {
		c.store.Save(c.kept, nil)
		c.kept = ""
	}
}

// operationsUnread is how many private operations a program makes with
// certificates out of the store before they are compared with the card to their
// end. Programs that make one or two and end, as most do, are not kept waiting.
const operationsUnread = 4

// errNotStored means that a certificate out of the store is not the card's.
var errNotStored = errors.New("cardos: not the certificate that was stored")

// compareStored compares the certificates out of the store with the card when
// their time has come, once. Only their beginning was compared when the card
// was known again. A layout that cannot read them while a PIN is verified
// returns those out of the store.
func (c *Card) compareStored(t *Tx) error {
	if c.unread < 0 {
		return nil
	}
	if c.unread++; c.unread <= operationsUnread {
		return nil
	}
	found, err := c.layout.Keys(t)
	if err != nil {
		return err
	}
	c.unread = -1
	read := map[string]bool{}
	for _, k := range found {
		read[string(k.Certificate.Raw)] = true
	}
	for _, id := range c.identities {
		if slices.ContainsFunc(id.Keys, func(k Key) bool { return !read[string(k.Certificate.Raw)] }) {
			return errNotStored
		}
	}
	return nil
}

// replaced ends a card that was taken for another, with the PIN state that this
// program opened. The next one that is opened is read.
func (c *Card) replaced() error {
	c.distrust()
	var err error
	c.leave(c.state.opened, func() { err = c.conn.Reset() })
	c.forgetState()
	c.pinMemory.wipe()
	c.dead = fmt.Errorf("%w: its certificate is not the one that was kept of it", ErrCardRemoved)
	return errors.Join(c.dead, err)
}
