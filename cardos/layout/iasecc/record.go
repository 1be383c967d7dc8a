// SPDX-License-Identifier: Apache-2.0

package iasecc

import (
	"tscns/cardos"
	"tscns/cardos/layout/apps"
	"tscns/cardos/store"
)

const maxPlace = 16 // bytes of the place of an application

// Place implements [cardos.Instance]: which application has the certificate, and
// what the card reports, so that another program need not ask.
func (c *Card) Place(keys []cardos.FoundKey) []byte {
	var w store.Writer
	w.Bytes(c.Card.Place(keys))
	if s := c.stated; s != nil {
		for _, n := range []int{int(s.PIN), int(s.Key.Reference), s.Key.Size, int(s.Key.Use), int(s.Key.Algorithm), int(s.Key.Hash)} {
			w.Number(n)
		}
	}
	return w.Encoded()
}

// Restore implements [cardos.Layout].
func (l *Layout) Restore(place []byte) (cardos.Instance, error) {
	d := store.NewReader(place)
	app := d.Bytes(maxPlace)
	var stated *Statement
	if d.End() != nil {
		// There is more: what the card reports.
		var err error
		if stated, err = decodeStatement(place); err != nil {
			return nil, err
		}
	}
	inner, err := (*apps.Layout)(l).Restore(app)
	if err != nil {
		return nil, err
	}
	c := l.newCard(inner.(*apps.Card))
	c.stated = stated
	return c, nil
}

// decodeStatement takes nothing for granted.
func decodeStatement(place []byte) (*Statement, error) {
	d := store.NewReader(place)
	d.Bytes(maxPlace)
	const byteMost, sizeMost = 0xFF, 0xFFFF
	s := &Statement{PIN: byte(d.Number(byteMost))}
	s.Key = Key{Reference: byte(d.Number(byteMost)), Size: d.Number(sizeMost), Use: Use(d.Number(int(uses) - 1)),
		Algorithm: byte(d.Number(byteMost)), Hash: byte(d.Number(byteMost))}
	if err := d.End(); err != nil {
		return nil, err
	}
	if s.PIN == 0 {
		return nil, store.ErrRecord
	}
	return s, nil
}
