// SPDX-License-Identifier: Apache-2.0

// Package objects is the layout of Oberthur and IDEMIA cards that keep their
// objects under 1400: public ones in 9001, private ones in 9002, listed in the
// directories 4000 (public) and 5000 (private). The rest is the file system of
// the CNS.
package objects

import (
	"tscns/cardos"
	"tscns/cardos/layout/cns"
)

// Layout is the layout of one generation; it implements [cardos.Layout].
type Layout struct {
	cns.Config
	// Required: the card has this layout only if the private directory is
	// there. Without, the keys may all be at the places of the configuration.
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
type card struct{ *cns.Card }

// Probe implements [cardos.Layout].
func (l *Layout) Probe(p *cardos.Prober) (cardos.Instance, error) {
	c := card{cns.NewCard(&l.Config)}
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
	return card{c}, nil
}

// Keys implements [cardos.Instance]: the certificates that the directories
// list, then those at the places of the configuration that are missing.
func (c card) Keys(t *cardos.Tx) ([]cardos.FoundKey, error) {
	places, refs, err := c.readDirectories(t)
	if err != nil {
		return nil, err
	}
	f := c.NewFinder()
	for _, place := range places {
		if err := f.Try(t, place, refs); err != nil {
			return nil, err
		}
	}
	err = f.TryPlaces(t, true)
	return f.Found, err
}
