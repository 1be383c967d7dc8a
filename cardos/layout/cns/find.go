// SPDX-License-Identifier: Apache-2.0

package cns

import (
	"bytes"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/iso7816"
)

// Finder reads certificates at places of a card, each once.
type Finder struct {
	Found []cardos.FoundKey
	card  *Card
	have  map[cardos.Purpose]bool // purposes with a key that can be used
}

// NewFinder returns a finder that has found nothing.
func (c *Card) NewFinder() *Finder {
	c.places = nil
	return &Finder{card: c, have: map[cardos.Purpose]bool{}}
}

// Try reads the certificate at a place. refs are what may be the reference of
// its key: where there are several, its use finds the right one.
func (f *Finder) Try(t *cardos.Tx, place Place, refs []Reference) error {
	cert, err := f.card.certificateAt(t, place)
	if err != nil || cert == nil {
		return err
	}
	for _, k := range f.Found {
		if bytes.Equal(k.Certificate.Raw, cert.Raw) {
			return nil
		}
	}
	k, ok := f.card.newKey(place, refs, cert)
	if !ok {
		return nil
	}
	f.Found = append(f.Found, k)
	if k.Usable {
		f.have[place.Purpose] = true
	}
	return nil
}

// Usable reports whether a key that can be used was found.
func (f *Finder) Usable() bool { return len(f.have) > 0 }

// TryFirst tries the places of the configuration that are no fallbacks.
func (f *Finder) TryFirst(t *cardos.Tx) error {
	for _, place := range f.card.config.Keys {
		if place.Fallback {
			continue
		}
		if err := f.Try(t, place, []Reference{{Ref: place.Ref}}); err != nil {
			return err
		}
	}
	return nil
}

// TryPlaces tries the places of the configuration. One whose purpose has a key
// already is left out if it is a fallback, and always if only missing ones are
// looked for.
func (f *Finder) TryPlaces(t *cardos.Tx, missing bool) error {
	for _, place := range f.card.config.Keys {
		if f.have[place.Purpose] && (place.Fallback || missing) {
			continue
		}
		if err := f.Try(t, place, []Reference{{Ref: place.Ref}}); err != nil {
			return err
		}
	}
	return nil
}

// certificateAt returns nil if there is none that is listed.
func (c *Card) certificateAt(t *cardos.Tx, place Place) (*certificate.Certificate, error) {
	var f *cardos.CertificateFile
	if a := c.ahead; a != nil && Path(a.File) == place.Certificate && a.Offset == place.Offset {
		f = a.Content
	} else {
		var err error
		if f, err = c.openCertificate(t, place); err != nil {
			return nil, err
		}
	}
	cert, err := f.Read(t)
	c.places = append(c.places, f.Place(place.Purpose))
	return cert, err
}

func (c *Card) openCertificate(t *cardos.Tx, place Place) (*cardos.CertificateFile, error) {
	return t.OpenCertificate(place.Offset, func() (iso7816.FCI, bool, error) { return c.SelectFile(t, place.Certificate) })
}
