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
	asked  bool       // stated is what this card answered, and not a record
	value  *lengths   // of the PIN; nil where the card was not asked

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
	if err := c.inquire(p.Tx(), 1); err != nil {
		return nil, err
	}
	return c, nil
}

func (l *Layout) newCard(inner *apps.Card) *Card { return &Card{Card: inner, layout: l} }

// inquire has the card report PIN and key, where it has a certificate whose key
// can be used: the first key from a number on.
func (c *Card) inquire(t *cardos.Tx, from byte) error {
	keys, err := c.Card.Keys(t)
	if err != nil || len(keys) == 0 || !keys[0].Usable {
		return err
	}
	q := inquiry{t: t, contactless: c.contactless, size: len(keys[0].Certificate.RSA().Modulus)}
	stated, err := q.statement(from)
	if err == nil {
		c.stated, c.asked = stated, true
	}
	return err
}

// confirm asks for what a record says before a PIN is sent to where it says.
func (c *Card) confirm(t *cardos.Tx) error {
	if c.asked {
		return nil
	}
	err := c.inquire(t, number(c.stated.Key.Reference))
	if err == nil && c.stated == nil {
		err = c.inquire(t, 1)
	}
	return err
}

// Statement returns what the card reports, nil where it reports nothing.
func (c *Card) Statement() *Statement { return c.stated }

// Begin implements [cardos.Instance].
func (c *Card) Begin(t *cardos.Tx, reset bool) error {
	if reset {
		c.set = false
	}
	return c.Card.Begin(t, reset)
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
		k.Private, k.CardPads = privateKey{c, k.Private}, c.stated.Key.Use != Decipher
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
