// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"math/big"

	"tscns/cardos/certificate"
	"tscns/cardos/iso7816"
)

// Limits of the RSA keys that are offered, in bits.
const (
	minKeyBits = 1024
	maxKeyBits = 4096
)

// keySlot is a key of this card with what is needed to use it.
type keySlot struct {
	dir  path
	refs []keyRef // what may be the key's reference; one where it is known
	n, e *big.Int
	size int // of the modulus, in bytes
	// padded: see keySpec.
	padded bool
}

// foundKey is a certificate read, with the place of its key.
type foundKey struct {
	spec keySpec
	cert *certificate.Certificate
	slot keySlot
}

// Identities returns the PINs of the card with their keys, the one for
// authentication first. The certificates are read at the first call; then it
// answers from memory. A file that holds no certificate of an RSA key is
// skipped. The result must not be modified.
func (c *Card) Identities() ([]Identity, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.readIdentities(); err != nil {
		return nil, err
	}
	return c.identities, nil
}

func (c *Card) readIdentities() error {
	if c.dead != nil {
		return c.dead
	}
	if c.read {
		return nil
	}
	var found []foundKey
	err := c.doRead(func(t *tx) (err error) {
		if c.profile.apps != nil {
			found, err = c.findInApplications(t)
		} else {
			found, err = c.findKeys(t)
		}
		return err
	})
	if err != nil {
		return err
	}
	c.build(found)
	c.read, c.ahead = true, nil
	c.remember(found)
	return nil
}

// findKeys reads the certificates that the card lists in its directories,
// then those at the fixed places of the profile.
func (c *Card) findKeys(t *tx) ([]foundKey, error) {
	var found []foundKey
	have := map[Purpose]bool{}
	try := func(k keySpec, refs []keyRef) error {
		cert, err := c.certificateAt(t, k)
		if err != nil || cert == nil {
			return err
		}
		for _, f := range found {
			if bytes.Equal(f.cert.Raw, cert.Raw) {
				return nil
			}
		}
		found = append(found, newFoundKey(cert, k, refs))
		have[k.purpose] = true
		return nil
	}
	if c.profile.directory != noDirectory {
		listed, refs, err := readDirectories(t)
		if err != nil {
			return nil, err
		}
		for _, k := range listed {
			if err := try(k, refs); err != nil {
				return nil, err
			}
		}
	}
	for _, k := range c.profile.keys {
		if have[k.purpose] && (k.fallback || c.profile.directory != noDirectory) {
			continue
		}
		if err := try(k, []keyRef{{ref: k.ref}}); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func newFoundKey(cert *certificate.Certificate, k keySpec, refs []keyRef) foundKey {
	public := cert.RSA()
	return foundKey{k, cert, keySlot{dir: k.dir, refs: refs, padded: k.padded, size: len(public.Modulus),
		n: new(big.Int).SetBytes(public.Modulus), e: new(big.Int).SetBytes(public.Exponent)}}
}

// certificateAt returns nil where there is none that can be used.
func (c *Card) certificateAt(t *tx, k keySpec) (*certificate.Certificate, error) {
	if a := c.ahead; a != nil && a.file == k.certificate && a.offset == k.offset {
		return a.cert, nil
	}
	return readCertificate(t, k, func() (iso7816.FCI, bool, error) { return t.selectFile(k.certificate) })
}

// readCertificate reads the certificate in the file that selectIt selects.
func readCertificate(t *tx, k keySpec, selectIt func() (iso7816.FCI, bool, error)) (*certificate.Certificate, error) {
	f, err := startCertificate(t, k, selectIt)
	if f == nil || err != nil {
		return nil, err
	}
	return f.finish(t)
}

// certificateFile is a selected file of which the beginning was read.
type certificateFile struct {
	spec   keySpec
	head   []byte // of the file; at least the offset and 4 bytes
	length int    // of the certificate
}

// startCertificate returns nil where the file is not there or begins no
// certificate.
func startCertificate(t *tx, k keySpec, selectIt func() (iso7816.FCI, bool, error)) (*certificateFile, error) {
	fci, ok, err := selectIt()
	if err != nil {
		return nil, unlessRefused(err)
	}
	if !ok {
		return nil, nil
	}
	first := iso7816.MaxShortNe
	if fci.HasSize && fci.Size < first {
		first = fci.Size
	}
	if first < k.offset+4 {
		return nil, nil
	}
	b, err := t.readBinary(0, first)
	if err != nil {
		return nil, unlessRefused(err)
	}
	if len(b) < k.offset+4 {
		return nil, nil
	}
	length, err := certificate.Length(b[k.offset:])
	if err != nil || fci.HasSize && fci.Size < k.offset+length {
		return nil, nil
	}
	return &certificateFile{k, b, length}, nil
}

// finish reads the rest of the certificate. It returns nil where it is none
// that can be used.
func (f *certificateFile) finish(t *tx) (*certificate.Certificate, error) {
	b, err := t.readTo(f.head, f.spec.offset+f.length)
	if err != nil {
		return nil, unlessRefused(err)
	}
	cert, err := certificate.Parse(b[f.spec.offset:])
	if err != nil || !usableKey(cert) {
		return nil, nil
	}
	return cert, nil
}

func unlessRefused(err error) error {
	if refused(err) {
		return nil
	}
	return err
}

func usableKey(cert *certificate.Certificate) bool {
	k := cert.RSA()
	if k == nil {
		return false
	}
	bits := new(big.Int).SetBytes(k.Modulus).BitLen()
	return bits >= minKeyBits && bits <= maxKeyBits && bits%8 == 0 &&
		k.Modulus[len(k.Modulus)-1]&1 == 1 && len(k.Exponent) <= 8
}

// build fills in identities and slots. An identity of its own PIN that has no
// key is left out, but for the first.
func (c *Card) build(found []foundKey) {
	c.identities, c.slots = nil, nil
	labels := map[string]int{}
	for i, pin := range c.profile.pins {
		id := Identity{Purpose: pin.purpose, PIN: pin.spec}
		for _, f := range found {
			if f.spec.purpose != pin.purpose {
				continue
			}
			label := keyLabel(f)
			if labels[label]++; labels[label] > 1 {
				label = fmt.Sprintf("%s %d", label, labels[label])
			}
			raw := c.profile.rawRSA
			if f.slot.padded {
				raw = Unknown
			}
			sum := sha1.Sum(f.cert.RSA().Modulus)
			id.Keys = append(id.Keys, Key{ID: sum[:], Label: label, Certificate: f.cert,
				Bits: f.slot.n.BitLen(), RawRSA: raw, identity: i, slot: len(c.slots)})
			c.slots = append(c.slots, f.slot)
		}
		if i > 0 && len(id.Keys) == 0 {
			break
		}
		c.identities = append(c.identities, id)
	}
}

// keyLabel tells a person what a key is for. A certificate with
// nonRepudiation makes legally binding signatures, wherever it lies.
func keyLabel(f foundKey) string {
	if f.spec.purpose == DigitalSignature || f.cert.HasKeyUsage && f.cert.KeyUsage&certificate.NonRepudiation != 0 {
		return "Firma digitale"
	}
	return "CNS autenticazione"
}
