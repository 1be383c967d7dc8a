// SPDX-License-Identifier: Apache-2.0

package cardos

// CertificateState is what a place where a card may keep a certificate turned
// out to hold. What is not understood is a state of its own: it says nothing of
// the card. A greater state tells more.
type CertificateState int

// The states.
const (
	// CertificateNotFound: no file was found there, on a kind of card of which
	// too little is known to say that it has none.
	CertificateNotFound CertificateState = iota
	// CertificateNone: the file is empty or, on a kind of card that other
	// drivers use ([DriverKnown] or above), not there.
	CertificateNone
	// CertificateNotUnderstood: the file holds something that is not understood,
	// or the card does not let it be read.
	CertificateNotUnderstood
	// CertificateKeyUnsupported: the file holds a certificate of a key that
	// cannot be used, by its kind or size.
	CertificateKeyUnsupported
	// CertificatePresent: the file holds a certificate of a key that can be used.
	CertificatePresent
)

// CertificatePlace is a place where a card may keep a certificate.
type CertificatePlace struct {
	Purpose Purpose
	State   CertificateState
	// Key is the kind of key that the certificate is for, "RSA 2048" or "EC
	// P-256"; "" where no certificate was read.
	Key string
}

// placesOf returns the places of certificates that a store had.
func placesOf(keys []FoundKey, pins []PIN) (places []CertificatePlace) {
	for _, k := range keys {
		places = append(places, CertificatePlace{pins[k.PIN].Purpose, keyState(k.Certificate), k.Certificate.KeyName()})
	}
	return places
}

// CertificatePlace returns the place of the certificates of a purpose that
// tells most. It reads what [Card.Identities] reads, at most once; on a card
// seen before it knows the certificates alone.
func (c *Card) CertificatePlace(purpose Purpose) (CertificatePlace, error) {
	if _, err := c.Identities(); err != nil {
		return CertificatePlace{Purpose: purpose}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	best := CertificatePlace{Purpose: purpose}
	for _, place := range c.places {
		if place.Purpose == purpose && place.State >= best.State {
			best = place
		}
	}
	if best.State == CertificateNotFound && c.profile.Grade >= DriverKnown {
		best.State = CertificateNone
	}
	return best, nil
}
