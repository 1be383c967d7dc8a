// SPDX-License-Identifier: Apache-2.0

package iasecc

import (
	"tscns/cardos"
	"tscns/cardos/layout/apps"
	"tscns/cardos/store"
)

// Limits of a record that is believed, in bytes.
const (
	maxPlace     = 16 // of the place of an application
	maxStatement = 32
)

// Place implements [cardos.Instance]: which application has the certificate, and
// what the card reports, so that another program need not ask.
func (c *Card) Place(keys []cardos.FoundKey) []byte {
	var w store.Writer
	w.Bytes(c.stated.encode())
	w.Bytes(c.Card.Place(keys))
	return w.Encoded()
}

// Restore implements [cardos.Layout].
func (l *Layout) Restore(place []byte) (cardos.Instance, error) {
	d := store.NewReader(place)
	encoded, app := d.Bytes(maxStatement), d.Bytes(maxPlace)
	if err := d.End(); err != nil {
		return nil, err
	}
	inner, err := (*apps.Layout)(l).Restore(app)
	if err != nil {
		return nil, err
	}
	c := l.newCard(inner.(*apps.Card))
	if len(encoded) > 0 {
		if c.stated, err = decodeStatement(encoded); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// encode returns nothing for no statement.
func (s *Statement) encode() []byte {
	if s == nil {
		return nil
	}
	var w store.Writer
	for _, n := range []int{int(s.PIN), int(s.Key.Reference), s.Key.Size, int(s.Key.Use), int(s.Key.Algorithm), int(s.Key.Hash)} {
		w.Number(n)
	}
	return w.Encoded()
}

// decodeStatement takes nothing for granted.
func decodeStatement(encoded []byte) (*Statement, error) {
	d := store.NewReader(encoded)
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
