// SPDX-License-Identifier: Apache-2.0

package cns

import (
	"bytes"

	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// selection is what is believed of the current directory and the security
// environment of a card. Another program can change both between two
// transactions without our notice.
type selection struct {
	dir Path // unknown where not known
	// certain: dir was selected in this very transaction.
	certain bool
	key     *Key // in the security environment, nil where not known
}

const unknown Path = "?"

// set notes the current directory after a SELECT that the card accepted.
func (s *selection) set(dir Path) {
	s.certain = true
	if s.dir != dir {
		s.dir, s.key = dir, nil
	}
}

// forget makes nothing known of the card any more.
func (s *selection) forget() { *s = selection{dir: unknown} }

// Begin implements [cardos.Instance].
func (c *Card) Begin(t *cardos.Tx, reset bool) error {
	c.current.certain = false
	if !reset {
		return nil
	}
	c.current.forget()
	if c.config.Applet == nil {
		return nil
	}
	_, err := c.selectApplet(t)
	return err
}

// selectApplet selects the application of the configuration. named reports
// whether the answer names it, which a card may leave out.
func (c *Card) selectApplet(t *cardos.Tx) (named bool, err error) {
	r, err := t.Send(iso7816.Command{INS: iso7816.InsSelect, P1: 0x04, Data: c.config.Applet, Ne: iso7816.MaxShortNe})
	if err != nil {
		return false, err
	}
	if r.Status != iso7816.OK {
		return false, cardos.StatusError(r.Status)
	}
	c.current = selection{dir: MF, certain: true}
	fci, ok, err := cardos.ParseSelected(r)
	return ok && bytes.Equal(fci.Name, c.config.Applet), err
}

// selectDir makes a directory current, if it is not known to be.
func (c *Card) selectDir(t *cardos.Tx, dir Path) error {
	if c.current.certain && c.current.dir == dir {
		return nil
	}
	command := iso7816.Command{INS: iso7816.InsSelect, P1: 0x08, Data: []byte(dir)}
	if dir == MF {
		command.P1, command.Data = 0x00, []byte{0x3F, 0x00}
	}
	r, err := t.Send(command)
	if err == nil && r.Status == iso7816.FileNotFound && c.config.Applet != nil {
		// Another program may have selected another application.
		if _, err := c.selectApplet(t); err != nil {
			return err
		}
		r, err = t.Send(command)
	}
	if err != nil {
		return err
	}
	if r.Status != iso7816.OK {
		return cardos.StatusError(r.Status)
	}
	c.current.set(dir)
	return nil
}

// SelectFile selects a file. ok is false if the card does not have it.
func (c *Card) SelectFile(t *cardos.Tx, file Path) (fci iso7816.FCI, ok bool, err error) {
	command := iso7816.Command{INS: iso7816.InsSelect, P1: 0x08, Data: []byte(file), Ne: iso7816.MaxShortNe}
	r, err := t.Send(command)
	if err == nil && r.Status == iso7816.WrongLength {
		command.Ne = 0 // a card that returns no FCI
		r, err = t.Send(command)
	}
	if err != nil {
		return fci, false, err
	}
	if fci, ok, err = cardos.ParseSelected(r); ok {
		c.current.set(file[:max(0, len(file)-2)])
	}
	return fci, ok, err
}

// Read selects a file and reads it, at most limit bytes. It returns nothing if
// the card refuses.
func (c *Card) Read(t *cardos.Tx, file Path, limit int) ([]byte, error) {
	fci, ok, err := c.SelectFile(t, file)
	if err != nil || !ok {
		return nil, cardos.UnlessRefused(err)
	}
	b, err := t.ReadFile(fci, limit)
	if err != nil {
		return nil, cardos.UnlessRefused(err)
	}
	return b, nil
}
