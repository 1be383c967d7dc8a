// SPDX-License-Identifier: Apache-2.0

// Package iasecc is the layout of cards of several applications whose
// certificate lies in one of the IAS-ECC kind: PIN, private key and security
// environments are data objects, which GET DATA reports without a PIN. Where
// the card reports them nothing is guessed; where it does not, the card is one
// of package apps.
//
// The encodings are those that OpenSC's iasecc driver reads, some of them seen
// on cards (OpenSC issues 2158 and 2275, pull request 2428).
package iasecc

import (
	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/iso7816"
	"tscns/cardos/layout/apps"
	"tscns/cardos/store"
)

// Layout is the layout of one generation; it implements [cardos.Layout]. What
// it holds is the configuration of the applications, and the forms to try where
// a card reports none.
type Layout apps.Layout

// Card is the layout on one card; it implements [cardos.Instance].
type Card struct {
	*apps.Card
	layout *Layout
	stated *Statement // nil where the card reports nothing

	contactless bool
	set         bool // believed: the key is in the security environment
	form        int  // index of the form of length that the card took last
}

// Probe implements [cardos.Layout].
func (l *Layout) Probe(p *cardos.Prober) (cardos.Instance, error) {
	instance, err := (*apps.Layout)(l).Probe(p)
	if instance == nil || err != nil {
		return nil, err
	}
	c := l.newCard(instance.(*apps.Card))
	c.contactless = p.ATR.Contactless
	if !c.Has(apps.Certificate) {
		if err := c.tryListed(p); err != nil {
			return nil, err
		}
	}
	if err := c.inquire(p); err != nil {
		return nil, err
	}
	return c, nil
}

func (l *Layout) newCard(inner *apps.Card) *Card { return &Card{Card: inner, layout: l} }

// inquire has the card report PIN and key, where it has a certificate whose key
// can be used.
func (c *Card) inquire(p *cardos.Prober) error {
	keys, err := c.Card.Keys(p.Tx())
	if err != nil || len(keys) == 0 || !keys[0].Usable {
		return err
	}
	q := inquiry{t: p.Tx(), contactless: c.contactless, size: len(keys[0].Certificate.RSA().Modulus)}
	stated, err := q.statement()
	if err != nil {
		return err
	}
	c.use(stated)
	return nil
}

// use takes over what the card reports. What it does not report of the form of
// its PIN is left to be tried, at its reference alone.
func (c *Card) use(s *Statement) {
	if c.stated = s; s == nil {
		return
	}
	digits := apps.PINForm{App: apps.Certificate, Ref: s.PIN.Reference, Source: "reported by the card"}
	filled := digits
	filled.Filled = true
	switch {
	case s.PIN.Longest == 0:
		c.Narrow([]apps.PINForm{digits, filled})
	case s.PIN.filled():
		c.Narrow([]apps.PINForm{filled})
	default:
		c.Narrow([]apps.PINForm{digits})
	}
}

// filled reports whether the value of the PIN is always of one length.
func (p *PIN) filled() bool { return p.Longest > 0 && p.Shortest == p.Longest }

// Statement returns what the card reports, nil where it reports nothing.
func (c *Card) Statement() *Statement { return c.stated }

// Begin implements [cardos.Instance].
func (c *Card) Begin(t *cardos.Tx, reset bool) error {
	if reset {
		c.set = false
	}
	return c.Card.Begin(t, reset)
}

// PINs implements [cardos.Instance]. Changing and unblocking are not known of
// any such card, so a PIN is presented and no more.
func (c *Card) PINs() []cardos.PIN {
	list := c.Card.PINs()
	if c.stated == nil {
		return list
	}
	pin := &list[0]
	pin.Spec.MaxTries = c.stated.PIN.MaxTries
	// Not by VERIFY: by GET DATA, which the card has answered.
	pin.Spec.TriesQuery, pin.Tries = cardos.Proven, c.queryTries
	if c.stated.PIN.Longest > 0 && !c.stated.PIN.filled() {
		pin.Spec.MinLength = c.stated.PIN.Shortest
		pin.Spec.MaxLength = min(c.stated.PIN.Longest, cardos.PINBlock)
	}
	guess := pin.Search
	pin.Search = func(t *cardos.Tx, secret cardos.Secret) error {
		c.set = false
		if c.stated.PIN.statesForm(len(secret)) {
			return c.present(t, secret)
		}
		return guess(t, secret)
	}
	return list
}

// statesForm reports whether the card leaves no doubt about the bytes of a PIN
// of so many digits. With as many as the whole value has there is nothing to
// fill.
func (p *PIN) statesForm(digits int) bool {
	return digits == cardos.PINBlock && p.Longest <= cardos.PINBlock || p.Longest > 0 && (!p.filled() || digits == p.Longest)
}

// present presents the PIN, as its digits alone.
func (c *Card) present(t *cardos.Tx, secret cardos.Secret) error {
	if err := c.Enter(t, apps.Certificate); err != nil {
		return err
	}
	sw, err := t.Present(iso7816.Command{INS: iso7816.InsVerify, P2: c.stated.PIN.Reference}, false, secret)
	if err != nil {
		return err
	}
	return cardos.PINResult(sw)
}

// queryTries asks for the counter of the PIN. Nothing reports that of a PUK.
func (c *Card) queryTries(t *cardos.Tx) (pin, puk cardos.Tries, err error) {
	ref := number(c.stated.PIN.Reference)
	if !c.StillSelected(t) {
		if err := c.Enter(t, apps.Certificate); err != nil {
			return pin, puk, err
		}
	}
	for _, element := range []uint16{tagControl, tagPIN} {
		o, _, err := getData(t, classPIN, ref, element)
		if err != nil {
			return pin, puk, err
		}
		if left, _, ok := o.tries(); ok {
			return cardos.Tries{Known: true, Left: left}, puk, nil
		}
	}
	return pin, puk, nil
}

// Keys implements [cardos.Instance].
func (c *Card) Keys(t *cardos.Tx) ([]cardos.FoundKey, error) {
	keys, err := c.Card.Keys(t)
	if err != nil || c.stated == nil {
		return keys, err
	}
	return c.own(keys), nil
}

// own has keys used as the card states.
func (c *Card) own(keys []cardos.FoundKey) []cardos.FoundKey {
	var list []cardos.FoundKey
	for _, k := range keys {
		k.Private, k.CardPads = privateKey{c}, c.stated.Key.Use != Decipher
		list = append(list, k)
	}
	return list
}

// RestoreKeys implements [cardos.Instance].
func (c *Card) RestoreKeys(keys []store.Key, certificates []*certificate.Certificate) ([]cardos.FoundKey, error) {
	list, err := c.Card.RestoreKeys(keys, certificates)
	if err != nil || c.stated == nil {
		return list, err
	}
	for _, k := range list {
		if !k.Usable || c.stated.Key.Size != 0 && c.stated.Key.Size != len(k.Certificate.RSA().Modulus) {
			return nil, store.ErrRecord
		}
	}
	return c.own(list), nil
}

// Again implements [cardos.Instance].
func (c *Card) Again(p *cardos.Prober, seen [][]cardos.FoundKey) (int, error) {
	c.contactless = p.ATR.Contactless
	return c.Card.Again(p, seen)
}
