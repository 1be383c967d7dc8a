// SPDX-License-Identifier: Apache-2.0

// Package objects is the layout of Oberthur and IDEMIA cards that keep their
// objects under 1400: public ones in 9001, private ones in 9002, listed in the
// directories 4000 (public) and 5000 (private). The rest is the file system of
// the CNS.
package objects

import (
	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/layout/cns"
	"tscns/cardos/store"
)

// Layout is the layout of one generation; it implements [cardos.Layout].
type Layout struct {
	cns.Config
	// Required: the card has this layout only if the private directory is
	// there, and its objects are those that the directories list. Without, the
	// places of the configuration come first, and the directories are read only
	// if no key is there, or one that the card does not use by its reference.
	Required bool
}

// Files of the layout.
const (
	publicObjects    cns.Path = "\x14\x00\x90\x01"
	privateObjects   cns.Path = "\x14\x00\x90\x02"
	publicDirectory  cns.Path = "\x14\x00\x40\x00"
	privateDirectory cns.Path = "\x14\x00\x50\x00"
)

// FixedKey is where OpenSC (commit a4eed9597) finds certificate and key of the
// IDEMIA 2021 lot, without asking the directories.
var FixedKey = cns.Place{Purpose: cardos.Authentication, Certificate: publicObjects + "\x20\x02", Directory: privateObjects, Ref: 0x02}

// PIN returns the PIN of the authentication key, which answers with 9002
// current. triesQuery is how well it is known what a query of its counter
// costs.
func PIN(triesQuery cardos.Grade) cns.PIN {
	spec := cns.Policy
	spec.TriesQuery = triesQuery
	return cns.PIN{Purpose: cardos.Authentication, Directory: privateObjects, PIN: cns.RefPIN, PUK: cns.RefPUK, Spec: spec}
}

// card is the layout on one card.
type card struct {
	*cns.Card
	layout *Layout
}

// Probe implements [cardos.Layout].
func (l *Layout) Probe(p *cardos.Prober) (cardos.Instance, error) {
	c := card{cns.NewCard(&l.Config), l}
	if ok, err := c.Probe(p); !ok || err != nil {
		return nil, err
	}
	if !l.Required {
		return c, nil
	}
	ok, err := p.Ask("directory", func() (bool, error) {
		_, ok, err := c.SelectFile(p.Tx(), privateDirectory)
		return ok, err
	})
	if !ok || err != nil {
		return nil, err
	}
	return c, nil
}

// Restore implements [cardos.Layout].
func (l *Layout) Restore(place []byte) (cardos.Instance, error) {
	c, err := cns.RestoreCard(&l.Config, place)
	if err != nil {
		return nil, err
	}
	return card{c, l}, nil
}

// RestoreKeys implements [cardos.Instance].
func (c card) RestoreKeys(keys []store.Key, certificates []*certificate.Certificate) ([]cardos.FoundKey, error) {
	found, err := c.Card.RestoreKeys(keys, certificates)
	c.assume(found)
	return found, err
}

// assume has keys at the places of the configuration look for their reference
// in the directory if the assumed one does not do.
func (c card) assume(found []cardos.FoundKey) {
	if c.layout.Required {
		return
	}
	for _, k := range found {
		k.Private.(*cns.Key).OtherReferences(c.listReferences)
	}
}

// Keys implements [cardos.Instance]: the certificates that the directories
// list, and those at the places of the configuration, in the order that
// [Layout.Required] gives.
func (c card) Keys(t *cardos.Tx) ([]cardos.FoundKey, error) {
	f := c.NewFinder()
	if !c.layout.Required {
		if err := f.TryFirst(t); err != nil || f.Usable() {
			c.assume(f.Found)
			return f.Found, err
		}
	}
	places, refs, err := c.readDirectories(t)
	if err != nil {
		return nil, err
	}
	for _, place := range places {
		if err := f.Try(t, place, refs); err != nil {
			return nil, err
		}
	}
	err = f.TryPlaces(t, true)
	return f.Found, err
}
