// SPDX-License-Identifier: Apache-2.0

package apps

import (
	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// selectApp makes the root of an application current. It does so anew unless
// nothing but this very transaction can have moved since: selecting an
// application again may cost a PIN state. What the card reports of it may be
// empty.
func (c *Card) selectApp(t *cardos.Tx, s *Selection) (iso7816.FCI, error) {
	command := iso7816.Command{INS: iso7816.InsSelect, P1: s.P1, P2: s.P2, Data: s.Name, Ne: iso7816.MaxShortNe}
	if s.NoFCI {
		command.Ne = 0
	}
	c.here, c.atRoot = none, false
	r, err := t.Send(command)
	if err != nil {
		return iso7816.FCI{}, err
	}
	if r.Status != iso7816.OK {
		return iso7816.FCI{}, cardos.StatusError(r.Status)
	}
	fci, _, err := cardos.ParseSelected(r)
	return fci, err
}

// enter selects one of the two applications that are known of the card.
func (c *Card) enter(t *cardos.Tx, a App) error {
	if c.atRoot && c.here == a {
		return nil
	}
	s := c.selection(a)
	if s == nil {
		return cardos.ErrNotFound
	}
	if _, err := c.selectApp(t, s); err != nil {
		return err
	}
	c.here, c.atRoot = a, true
	return nil
}

// selection returns nil where the card has no such application.
func (c *Card) selection(a App) *Selection {
	switch a {
	case Holder:
		return &c.layout.Holder
	case Certificate:
		return c.found
	}
	return nil
}

// P1 of SELECT by a path (ISO 7816-4, 11.2.2).
const fromMF, fromCurrent = 0x08, 0x09

// selectFile selects a file by its path from the root of the application,
// which must be current. ok is false where it is not there, or where the card
// does not name it.
func (c *Card) selectFile(t *cardos.Tx, file string) (fci iso7816.FCI, ok bool, err error) {
	return c.selectPath(t, fromCurrent, file)
}

func (c *Card) selectPath(t *cardos.Tx, from byte, file string) (fci iso7816.FCI, ok bool, err error) {
	r, err := t.Send(iso7816.Command{INS: iso7816.InsSelect, P1: from, Data: []byte(file), Ne: iso7816.MaxShortNe})
	if err != nil {
		return fci, false, err
	}
	if fci, ok, err = cardos.ParseSelected(r); ok {
		c.atRoot = c.atRoot && len(file) == 2
		ok = fci.Names(file)
	}
	return fci, ok, err
}
