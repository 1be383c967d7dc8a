// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"slices"

	"tscns/cardos/certificate"
)

// usableKey is a private key of this card; private is nil for one of a kind
// that cannot be used.
type usableKey struct {
	private PrivateKey
	public  publicKey
}

// Identities returns the PINs of the card with their keys, the one for
// authentication first. The certificates are read at the first call; then it
// answers from memory. A file that holds no certificate is skipped: see
// [Card.CertificatePlace]. The result must not be modified.
//
// ErrNotRecognized is a card on which nothing is understood, neither a
// certificate nor the holder's data: there are other countries' cards with the
// answer to reset and the files of an Italian one.
func (c *Card) Identities() ([]Identity, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead != nil {
		return nil, c.dead
	}
	if !c.read {
		var found []FoundKey
		err := c.doRead(func(t *Tx) (err error) {
			if found, err = c.layout.Keys(t); err != nil || len(found) > 0 {
				return err
			}
			return c.understood(t, c.layout.Places())
		})
		if err != nil {
			return nil, err
		}
		c.list(found)
		c.places = c.layout.Places()
		c.remember(found)
	}
	return c.identities, nil
}

// understood returns ErrNotRecognized if a certificate file holds something that
// is not understood, and no file the holder's data.
func (c *Card) understood(t *Tx, places []CertificatePlace) error {
	if !slices.ContainsFunc(places, func(p CertificatePlace) bool { return p.State == CertificateNotUnderstood }) {
		return nil
	}
	expected := false // cards of this layout have the holder's data
	for _, f := range c.layout.DataFiles() {
		if !f.Holder || f.Number {
			continue
		}
		expected = true
		b := c.layout.Content(f)
		if b == nil {
			var err error
			if b, err = c.layout.ReadDataFile(t, f); err != nil && !errors.Is(err, ErrNotFound) && !Refused(err) {
				return err
			}
		}
		if _, err := ParseHolder(b); err == nil {
			return nil
		}
	}
	if !expected {
		return nil
	}
	return ErrNotRecognized
}

// list fills in identities and keys. An identity with a PIN of its own that
// has no key is left out, but for the first.
func (c *Card) list(found []FoundKey) {
	c.read, c.identities, c.keys, c.found = true, nil, nil, found
	labels := map[string]int{}
	for i, pin := range c.pins {
		id := Identity{Purpose: pin.Purpose, PIN: pin.Spec}
		for _, f := range found {
			if f.PIN != i {
				continue
			}
			label := keyLabel(pin.Purpose, f.Certificate)
			if labels[label]++; labels[label] > 1 {
				label = fmt.Sprintf("%s %d", label, labels[label])
			}
			id.Keys = append(id.Keys, c.newKey(f, label))
		}
		if i > 0 && len(id.Keys) == 0 {
			break
		}
		c.identities = append(c.identities, id)
	}
	if len(found) > 0 {
		c.pinMemory.identify(found[0].Certificate.Raw)
	}
	c.info.Serial = c.serial()
}

// newKey lists a key.
func (c *Card) newKey(f FoundKey, label string) Key {
	k := Key{ID: keyID(f.Certificate), Label: label, Certificate: f.Certificate, identity: f.PIN, slot: len(c.keys)}
	var usable usableKey
	if public := f.Certificate.RSA(); public != nil && f.Usable {
		usable = usableKey{f.Private, newPublicKey(public)}
		k.Usable, k.Bits = true, usable.public.n.BitLen()
		if f.CardPads {
			k.LongestMessage = longestMessage(usable.public.size)
		} else {
			k.RawRSA = c.profile.RawRSA
		}
	}
	c.keys = append(c.keys, usable)
	return k
}

// keyID is the SHA-1 of the modulus, or of what stands for it in another key.
func keyID(cert *certificate.Certificate) []byte {
	id := sha1.Sum(cert.SPKI)
	switch k := cert.PublicKey.(type) {
	case *certificate.RSAPublicKey:
		id = sha1.Sum(k.Modulus)
	case *certificate.ECPublicKey:
		id = sha1.Sum(k.Point)
	}
	return id[:]
}

// keyLabel tells a person what a key is for. A certificate with
// nonRepudiation makes legally binding signatures, wherever it lies, unless
// something else in it is for authentication: the policy of the CNS, the usage
// of a client or of a login, or digitalSignature beside it with no usage named
// that restricts it.
func keyLabel(purpose Purpose, cert *certificate.Certificate) string {
	if purpose == DigitalSignature || cert.KeyUsage&certificate.NonRepudiation != 0 && !authenticates(cert) {
		return "Firma digitale"
	}
	return "CNS autenticazione"
}

// authenticates reports whether a certificate names authentication as a use of
// its key.
func authenticates(cert *certificate.Certificate) bool {
	if cert.IsCNS() {
		return true
	}
	unrestricted := len(cert.ExtKeyUsage) == 0
	for _, usage := range cert.ExtKeyUsage {
		switch {
		case usage.Equal(certificate.ClientAuth), usage.Equal(certificate.PKINITClient), usage.Equal(certificate.SmartcardLogon):
			return true
		case usage.Equal(certificate.AnyUsage):
			unrestricted = true
		}
	}
	return unrestricted && cert.KeyUsage&certificate.DigitalSignature != 0
}
