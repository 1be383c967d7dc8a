// SPDX-License-Identifier: Apache-2.0

// Package apps is the layout of cards whose files lie in several applications
// and are selected by a path from the application's root: one application has
// the holder's data, another the certificate and the card's number. Nothing
// public tells where the PIN is and how the key is used, so both are searched
// among plausible forms: see [PINForm] and [SignForm].
package apps

import (
	"bytes"
	"fmt"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/iso7816"
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
	// AfterReset reports whether cards with this answer to reset have Holder
	// selected after it. It is nil where none is known to.
	AfterReset func(cardos.ATR) bool
	// Candidates: one of them is the application that holds both Number and
	// CertificateFile. There are at most 256.
	Candidates              []Selection
	Number, CertificateFile string
	// NumberSFI is the short identifier of Number (ISO 7816-4, 7.3.2), 0 for
	// none. A card that does not take it is asked by the identifier.
	NumberSFI byte

	PIN       cardos.PINSpec
	PINForms  []PINForm
	SignForms []SignForm
	Files     []cardos.DataFile
	// Forms are the ways to send a command that does not fit a short APDU, in
	// the order to try them.
	Forms []secop.Form
}

// Card is the layout on one card. Layouts that learn more of the application of
// the certificate build on it.
type Card struct {
	layout *Layout
	found  *Selection // the application with the certificate, nil where none was found
	// here is the application that was selected last, none where not known;
	// atRoot: its root was made current in this very transaction.
	here   App
	atRoot bool

	// As far as the card has them.
	holder      []byte
	holderAsked bool // the card was asked for the holder's data
	keys        []cardos.FoundKey
	places      []cardos.CertificatePlace
	search      search
}

// Enter makes the root of an application current. A card that does not have it
// is cardos.ErrNotFound.
func (c *Card) Enter(t *cardos.Tx, a App) error { return c.enter(t, a) }

// IsSelected reports whether an application was the last that was selected, as
// far as is known.
func (c *Card) IsSelected(a App) bool { return c.here == a }

// StillSelected asks whether the application of the certificate, which was the
// last that was selected as far as is known, still is: by the card's number,
// which no other has.
func (c *Card) StillSelected(t *cardos.Tx) bool {
	if c.here != Certificate || c.layout.NumberSFI == 0 {
		return false
	}
	number, err := c.numberByShortIdentifier(t)
	return err == nil && number.Text != ""
}

// Has reports whether the card has an application.
func (c *Card) Has(a App) bool { return c.selection(a) != nil }

// Narrow leaves these forms of the PIN alone to be tried.
func (c *Card) Narrow(forms []PINForm) {
	layout := *c.layout
	layout.PINForms = forms
	c.layout = &layout
}

// SelectFile selects a file by its path from the root of the application,
// which must be current. ok is false where it is not there.
func (c *Card) SelectFile(t *cardos.Tx, file string) (fci iso7816.FCI, ok bool, err error) {
	return c.selectFile(t, file)
}

func (l *Layout) newCard(found *Selection) *Card {
	return &Card{layout: l, found: found, search: search{tried: map[string]bool{}}}
}

// Begin implements [cardos.Instance].
func (c *Card) Begin(_ *cardos.Tx, reset bool) error {
	c.atRoot = false
	if reset {
		c.here = none
	}
	return nil
}

// PINs implements [cardos.Instance].
func (c *Card) PINs() []cardos.PIN {
	return []cardos.PIN{{Purpose: cardos.Authentication, Spec: c.layout.PIN, Search: c.presentPIN}}
}

// Keys implements [cardos.Instance]: the certificate was read when the card was
// recognised.
func (c *Card) Keys(*cardos.Tx) ([]cardos.FoundKey, error) { return c.keys, nil }

// Places implements [cardos.Instance]: none where the application with the
// certificate was not found.
func (c *Card) Places() []cardos.CertificatePlace { return c.places }

func (c *Card) newKey(cert *certificate.Certificate) cardos.FoundKey {
	return cardos.FoundKey{Certificate: cert, Private: &key{card: c}, Usable: cert.RSA() != nil}
}

// DataFiles implements [cardos.Instance].
func (c *Card) DataFiles() []cardos.DataFile { return c.layout.Files }

// Content implements [cardos.Instance].
func (c *Card) Content(f cardos.DataFile) []byte {
	if string(f.Path) == c.layout.HolderFile {
		return c.holder
	}
	return nil
}

// ReadDataFile implements [cardos.Instance]. The holder's data of a card that
// was known again are read here. They lie in another application than the PIN
// of the key, so that this is refused while that is verified.
func (c *Card) ReadDataFile(t *cardos.Tx, f cardos.DataFile) ([]byte, error) {
	if string(f.Path) != c.layout.HolderFile || c.holderAsked {
		return nil, cardos.ErrNotFound
	}
	if t.PINInForce() {
		return nil, fmt.Errorf("%w: the holder's data while a PIN is verified", cardos.ErrUnsupported)
	}
	if err := c.enter(t, Holder); err != nil {
		return nil, err
	}
	fci, ok, err := c.selectFile(t, c.layout.HolderFile)
	if err != nil {
		return nil, err
	}
	c.holderAsked = true
	if !ok {
		return nil, cardos.ErrNotFound
	}
	c.holder, err = t.ReadFile(fci, cardos.MaxDataFile)
	return c.holder, err
}

// Place implements [cardos.Instance]: which application has the certificate, as
// the number of a candidate or as the name that the card reported.
func (c *Card) Place([]cardos.FoundKey) []byte {
	if c.found == nil {
		return nil
	}
	for i := range c.layout.Candidates {
		if c.found == &c.layout.Candidates[i] {
			return []byte{byte(i)}
		}
	}
	return c.found.Name
}

// Restore implements [cardos.Layout].
func (l *Layout) Restore(place []byte) (cardos.Instance, error) {
	switch n := len(place); {
	case n == 1 && int(place[0]) < len(l.Candidates):
		return l.newCard(&l.Candidates[place[0]]), nil
	case n >= iso7816.MinNameLength && n <= iso7816.MaxNameLength:
		return l.newCard(&Selection{P1: 0x04, Name: bytes.Clone(place)}), nil
	}
	return nil, store.ErrRecord
}

// RestoreKeys implements [cardos.Instance].
func (c *Card) RestoreKeys(keys []store.Key, certificates []*certificate.Certificate) ([]cardos.FoundKey, error) {
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
