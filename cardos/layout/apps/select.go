// SPDX-License-Identifier: Apache-2.0

package apps

import (
	"errors"
	"strings"

	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// selectApp makes the root of an application current. It does so anew unless
// nothing but this very transaction can have moved since: selecting an
// application again may cost a PIN state. What the card reports of it may be
// empty.
func (c *card) selectApp(t *cardos.Tx, s *Selection) (iso7816.FCI, error) {
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
func (c *card) enter(t *cardos.Tx, a App) error {
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
func (c *card) selection(a App) *Selection {
	switch a {
	case Holder:
		return &c.layout.Holder
	case Certificate:
		return c.found
	}
	return nil
}

// selectFile selects a file by its path from the root of the application,
// which must be current. ok is false where it is not there, or where the card
// does not name it.
func (c *card) selectFile(t *cardos.Tx, file string) (fci iso7816.FCI, ok bool, err error) {
	r, err := t.Send(iso7816.Command{INS: iso7816.InsSelect, P1: 0x09, Data: []byte(file), Ne: iso7816.MaxShortNe})
	if err != nil {
		return fci, false, err
	}
	if fci, ok, err = cardos.ParseSelected(r); ok {
		c.atRoot = len(file) == 2
		ok = strings.HasSuffix(file, string([]byte{byte(fci.ID >> 8), byte(fci.ID)}))
	}
	return fci, ok, err
}

// readFile reads a file of an application, nil where the card refuses.
func (c *card) readFile(t *cardos.Tx, a App, file string) ([]byte, error) {
	err := c.enter(t, a)
	if errors.Is(err, cardos.ErrNotFound) || cardos.Refused(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	fci, ok, err := c.selectFile(t, file)
	if err != nil || !ok {
		return nil, cardos.UnlessRefused(err)
	}
	b, err := t.ReadFile(fci, cardos.MaxDataFile)
	if err != nil {
		return nil, cardos.UnlessRefused(err)
	}
	return b, nil
}

func (c *card) openCertificate(t *cardos.Tx) (*cardos.CertificateFile, error) {
	return t.OpenCertificate(0, func() (iso7816.FCI, bool, error) { return c.selectFile(t, c.layout.CertificateFile) })
}
