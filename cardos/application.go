// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"errors"

	"tscns/cardos/iso7816"
)

// where names one of the applications of a card that has several.
type where int

const (
	nowhere       where = iota
	inHolder            // the application with the holder's data
	inCertificate       // the one with the certificate and the card's number
)

// other is the other one of the two.
func (w where) other() where {
	if w == inHolder {
		return inCertificate
	}
	return inHolder
}

// application is how an application is selected.
type application struct {
	p1, p2 byte
	name   []byte // data of SELECT; may be empty
	noFCI  bool
}

// applications is the layout of a card whose files lie in several
// applications and are selected by a path from the application's root.
type applications struct {
	holder     application
	holderFile path // must be there for the layout to be this one
	// candidates: one of them is the application that holds both files.
	candidates          []application
	number, certificate path
	pins                []pinForm
	signs               []signForm
}

// selectApplication makes the root of an application current. It does so anew
// unless nothing but this very transaction can have moved since: selecting an
// application again may cost a PIN state.
func (t *tx) selectApplication(a *application) error {
	c := iso7816.Command{INS: iso7816.InsSelect, P1: a.p1, P2: a.p2, Data: a.name, Ne: iso7816.MaxShortNe}
	if a.noFCI {
		c.Ne = 0
	}
	t.card.state.here, t.root = nowhere, false
	t.moved(dirUnknown, false)
	r, err := t.send(c)
	if err != nil {
		return err
	}
	return statusError(r.Status)
}

// enter selects one of the two applications that are known of the card.
func (t *tx) enter(w where) error {
	if t.root && t.card.state.here == w {
		return nil
	}
	a := t.card.applicationAt(w)
	if a == nil {
		return ErrNotFound
	}
	if err := t.selectApplication(a); err != nil {
		return err
	}
	t.card.state.here, t.root = w, true
	return nil
}

// applicationAt returns nil where the card has no such application.
func (c *Card) applicationAt(w where) *application {
	switch {
	case c.profile == nil || c.profile.apps == nil:
	case w == inHolder:
		return &c.profile.apps.holder
	case w == inCertificate:
		return c.found
	}
	return nil
}

// selectBelow selects a file by its path from the root of the application,
// which must be current. ok is false where it is not there.
func (t *tx) selectBelow(file path) (fci iso7816.FCI, ok bool, err error) {
	r, err := t.send(iso7816.Command{INS: iso7816.InsSelect, P1: 0x09, Data: []byte(file), Ne: iso7816.MaxShortNe})
	if err != nil {
		return fci, false, err
	}
	if fci, ok, err = selected(r); ok {
		t.root = len(file) == 2
	}
	return fci, ok, err
}

// readBelow reads a file of an application, nil where the card refuses.
func (t *tx) readBelow(w where, file path, limit int) ([]byte, error) {
	err := t.enter(w)
	if errors.Is(err, ErrNotFound) || refused(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	fci, ok, err := t.selectBelow(file)
	if err != nil || !ok {
		return nil, unlessRefused(err)
	}
	b, err := t.readSelectedFile(fci, limit)
	if err != nil {
		return nil, unlessRefused(err)
	}
	return b, nil
}

// readSelectedFile reads the file that is selected, as far as its FCI and the
// limit tell.
func (t *tx) readSelectedFile(fci iso7816.FCI, limit int) ([]byte, error) {
	if fci.HasSize {
		limit = min(limit, fci.Size)
	}
	return t.readTo(nil, limit)
}

// Number file of these cards: two bytes of header (very likely tag 5A, length
// 8), then 16 digits, two a byte.
const (
	numberOffset = 2
	numberLength = 8
)

// probeApplications confirms the layout by its first application and a file
// in it. Then it looks for the other application: a card where none of the
// candidates is that one can still show its holder.
func (r *recogniser) probeApplications(a *applications) (bool, error) {
	if ok, err := r.holdsHolder(a); !ok || err != nil {
		return false, err
	}
	for i := range a.candidates {
		ok, err := r.holdsNumber(a, &a.candidates[i])
		if err != nil {
			return false, err
		}
		if ok {
			r.found = &a.candidates[i]
			break
		}
	}
	return true, nil
}

// holdsHolder asks for the application with the holder's file, and for the
// file, which is then selected.
func (r *recogniser) holdsHolder(a *applications) (bool, error) {
	ok, err := r.ask("application", func() (bool, error) {
		return true, r.tx.selectApplication(&a.holder)
	})
	if !ok || err != nil {
		return false, err
	}
	ok, err = r.ask("holder's file", func() (ok bool, err error) {
		r.holderFCI, ok, err = r.tx.selectBelow(a.holderFile)
		return ok, err
	})
	if !ok || err != nil {
		return false, err
	}
	r.confirm()
	return true, nil
}

// holdsNumber asks a candidate for both files and reads the card's number.
func (r *recogniser) holdsNumber(a *applications, candidate *application) (bool, error) {
	if err := r.tx.selectApplication(candidate); err != nil {
		return false, unlessRefused(err)
	}
	// In the recorded order: the number's file leaves the root current.
	_, ok, err := r.tx.selectBelow(a.number)
	if err != nil || !ok {
		return false, unlessRefused(err)
	}
	b, err := r.tx.readBinary(numberOffset, numberLength)
	if err != nil {
		return false, unlessRefused(err)
	}
	if _, ok, err = r.tx.selectBelow(a.certificate); err != nil || !ok {
		return false, unlessRefused(err)
	}
	r.serial = parsePackedSerial(b)
	return true, nil
}

// parsePackedSerial returns the 16 digits of 8 bytes, nothing for others.
func parsePackedSerial(b []byte) string {
	if len(b) != numberLength {
		return ""
	}
	digits := make([]byte, 0, serialLength)
	for _, x := range b {
		if x>>4 > 9 || x&0xF > 9 {
			return ""
		}
		digits = append(digits, '0'+x>>4, '0'+x&0xF)
	}
	return string(digits)
}

// findInApplications reads the certificate, and the holder's data too: to read
// them later would leave the application in which the PIN was verified.
func (c *Card) findInApplications(t *tx) ([]foundKey, error) {
	apps := c.profile.apps
	b, err := t.readBelow(inHolder, apps.holderFile, maxDataFile)
	if err != nil {
		return nil, err
	}
	if b != nil {
		c.cache = map[string][]byte{string(apps.holderFile): b}
	}
	if err := t.enter(inCertificate); err != nil {
		if errors.Is(err, ErrNotFound) {
			return nil, nil
		}
		return nil, unlessRefused(err)
	}
	k := keySpec{purpose: Authentication, certificate: apps.certificate}
	cert, err := readCertificate(t, k, func() (iso7816.FCI, bool, error) { return t.selectBelow(apps.certificate) })
	if err != nil || cert == nil {
		return nil, err
	}
	return []foundKey{newFoundKey(cert, k, nil)}, nil
}
