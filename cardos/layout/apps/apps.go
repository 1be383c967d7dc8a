// SPDX-License-Identifier: Apache-2.0

// Package apps is the layout of cards whose files lie in several applications
// and are selected by a path from the application's root: one application has
// the holder's data, another the certificate and the card's number. Nothing
// public tells where the PIN is and how the key is used, so both are searched
// among plausible forms: see [PINForm] and [SignForm].
package apps

import (
	"errors"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/layout/secop"
	"tscns/cardos/store"
)

// App is one of the applications of a card.
type App int

// The applications of a card.
const (
	none        App = iota
	Holder          // the one with the holder's data
	Certificate     // the one with the certificate and the card's number
)

// other returns the other one of the two.
func (a App) other() App {
	if a == Holder {
		return Certificate
	}
	return Holder
}

// Selection is how an application is selected.
type Selection struct {
	P1, P2 byte
	Name   []byte // data of SELECT; may be empty
	NoFCI  bool
}

// Layout is the layout of one generation; it implements [cardos.Layout]. Paths
// are from the root of an application, 2 bytes a level.
type Layout struct {
	Holder     Selection
	HolderFile string // must be there for the card to have this layout
	// Candidates: one of them is the application that holds both Number and
	// CertificateFile. There are at most 256.
	Candidates              []Selection
	Number, CertificateFile string

	PIN       cardos.PINSpec
	PINForms  []PINForm // at most 64
	SignForms []SignForm
	Files     []cardos.DataFile
	// Forms are the ways to send a command that does not fit a short APDU, in
	// the order to try them.
	Forms []secop.Form
}

// card is the layout on one card.
type card struct {
	layout *Layout
	found  *Selection // the application with the certificate, nil where none was found
	// here is the application that was selected last, none where not known;
	// atRoot: its root was made current in this very transaction.
	here   App
	atRoot bool

	read   bool // holder and keys are filled in, as far as the card has them
	holder []byte
	keys   []cardos.FoundKey
	places []cardos.CertificatePlace
	search search
}

func (l *Layout) newCard(found *Selection) *card {
	return &card{layout: l, found: found, search: search{pin: noForm, sign: noForm}}
}

// Begin implements [cardos.Instance].
func (c *card) Begin(_ *cardos.Tx, reset bool) error {
	c.atRoot = false
	if reset {
		c.here = none
	}
	return nil
}

// PINs implements [cardos.Instance].
func (c *card) PINs() []cardos.PIN {
	return []cardos.PIN{{Purpose: cardos.Authentication, Spec: c.layout.PIN, Search: c.presentPIN}}
}

// Keys implements [cardos.Instance]. It reads the holder's data too: to read
// them later would leave the application in which the PIN was verified.
func (c *card) Keys(t *cardos.Tx) ([]cardos.FoundKey, error) {
	if c.read {
		return c.keys, nil
	}
	holder, err := c.readFile(t, Holder, c.layout.HolderFile)
	if err != nil {
		return nil, err
	}
	cert, err := c.readCertificate(t)
	if err != nil {
		return nil, err
	}
	c.read, c.holder, c.keys = true, holder, nil
	if cert != nil {
		c.keys = []cardos.FoundKey{c.newKey(cert)}
	}
	return c.keys, nil
}

// readCertificate returns nil where there is none that is listed.
func (c *card) readCertificate(t *cardos.Tx) (*certificate.Certificate, error) {
	if err := c.enter(t, Certificate); err != nil {
		if errors.Is(err, cardos.ErrNotFound) {
			return nil, nil
		}
		return nil, cardos.UnlessRefused(err)
	}
	f, err := c.openCertificate(t)
	if err != nil {
		return nil, err
	}
	cert, err := f.Read(t)
	c.places = []cardos.CertificatePlace{f.Place(cardos.Authentication)}
	return cert, err
}

// Places implements [cardos.Instance]: none where the application with the
// certificate was not found.
func (c *card) Places() []cardos.CertificatePlace { return c.places }

func (c *card) newKey(cert *certificate.Certificate) cardos.FoundKey {
	return cardos.FoundKey{Certificate: cert, Private: &key{card: c}, Usable: cert.RSA() != nil}
}

// DataFiles implements [cardos.Instance].
func (c *card) DataFiles() []cardos.DataFile { return c.layout.Files }

// Content implements [cardos.Instance].
func (c *card) Content(f cardos.DataFile) []byte {
	if string(f.Path) == c.layout.HolderFile {
		return c.holder
	}
	return nil
}

// ReadDataFile implements [cardos.Instance]: it reads all that is read of such
// a card, at once.
func (c *card) ReadDataFile(t *cardos.Tx, f cardos.DataFile) ([]byte, error) {
	if _, err := c.Keys(t); err != nil {
		return nil, err
	}
	if b := c.Content(f); b != nil {
		return b, nil
	}
	return nil, cardos.ErrNotFound
}

// Place implements [cardos.Instance]: which candidate has the certificate.
func (c *card) Place([]cardos.FoundKey) []byte {
	for i := range c.layout.Candidates {
		if c.found == &c.layout.Candidates[i] {
			return []byte{byte(i)}
		}
	}
	return nil
}

// Restore implements [cardos.Layout].
func (l *Layout) Restore(place []byte) (cardos.Instance, error) {
	if len(place) != 1 || int(place[0]) >= len(l.Candidates) {
		return nil, store.ErrRecord
	}
	return l.newCard(&l.Candidates[place[0]]), nil
}

// RestoreKeys implements [cardos.Instance].
func (c *card) RestoreKeys(keys []store.Key, certificates []*certificate.Certificate) ([]cardos.FoundKey, error) {
	var list []cardos.FoundKey
	for i, k := range keys {
		if k.PIN != 0 || len(k.Access) != 0 {
			return nil, store.ErrRecord
		}
		list = append(list, c.newKey(certificates[i]))
	}
	return list, nil
}

// Access implements [cardos.PrivateKey]: nothing is kept of a key's use.
func (k *key) Access() []byte { return nil }
