// SPDX-License-Identifier: Apache-2.0

package cns

import (
	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/store"
)

// Limits of a record that is believed.
const (
	maxRefs    = 48 // as many as a directory of objects has places
	maxOffset  = 64
	maxPathLen = 8
)

// Place implements [cardos.Instance]: where the first certificate lies.
func (c *Card) Place(keys []cardos.FoundKey) []byte {
	place := placeOf(&keys[0])
	var w store.Writer
	w.Bytes([]byte(place.Certificate))
	w.Number(place.Offset)
	return w.Encoded()
}

func placeOf(k *cardos.FoundKey) *Place { return &k.Private.(*Key).place }

// Access implements [cardos.PrivateKey].
func (k *Key) Access() []byte {
	var w store.Writer
	w.Number(int(k.place.Purpose))
	w.Bytes([]byte(k.place.Certificate))
	w.Number(k.place.Offset)
	w.Bytes([]byte(k.place.Directory))
	padded := 0
	if k.place.CardPads {
		padded = 1
	}
	w.Number(padded)
	w.Number(len(k.refs))
	for _, ref := range k.refs {
		w.Number(int(ref.Ref))
		w.Bytes([]byte(ref.Attributes))
	}
	return w.Encoded()
}

// decodeAccess takes nothing for granted.
func decodeAccess(b []byte) (place Place, refs []Reference, err error) {
	d := store.NewReader(b)
	place.Purpose = cardos.Purpose(d.Number(int(cardos.DigitalSignature)))
	place.Certificate = Path(d.Bytes(maxPathLen))
	place.Offset = d.Number(maxOffset)
	place.Directory = Path(d.Bytes(maxPathLen))
	place.CardPads = d.Number(1) == 1
	bad := len(place.Certificate)%2 != 0 || len(place.Directory)%2 != 0
	for range d.Number(maxRefs) {
		ref := Reference{Ref: byte(d.Number(255)), Attributes: Path(d.Bytes(maxPathLen))}
		bad = bad || len(ref.Attributes)%2 != 0
		refs = append(refs, ref)
	}
	if err := d.End(); err != nil {
		return Place{}, nil, err
	}
	// A key without a reference could not be used.
	if bad || len(refs) == 0 {
		return Place{}, nil, store.ErrRecord
	}
	return place, refs, nil
}

// RestoreCard returns the file system of cards whose record has this place.
func RestoreCard(config *Config, place []byte) (*Card, error) {
	d := store.NewReader(place)
	d.Bytes(maxPathLen)
	d.Number(maxOffset)
	if err := d.End(); err != nil {
		return nil, err
	}
	return NewCard(config), nil
}

// RestoreKeys implements [cardos.Instance].
func (c *Card) RestoreKeys(keys []store.Key, certificates []*certificate.Certificate) ([]cardos.FoundKey, error) {
	var list []cardos.FoundKey
	for i, k := range keys {
		place, refs, err := decodeAccess(k.Access)
		if err != nil {
			return nil, err
		}
		found, ok := c.newKey(place, refs, certificates[i])
		if !ok || found.PIN != k.PIN {
			return nil, store.ErrRecord
		}
		list = append(list, found)
	}
	return list, nil
}

// Again implements [cardos.Instance]. The certificate that is none of those
// looked for is read to its end and kept, so that nothing is read twice.
func (c *Card) Again(p *cardos.Prober, seen [][]cardos.FoundKey) (match int, err error) {
	if ok, err := c.reach(p); !ok || err != nil {
		return -1, err
	}
	match, rest, err := p.Compare(seen, func(k *cardos.FoundKey) (*cardos.CertificateFile, error) {
		return c.openCertificate(p.Tx(), *placeOf(k))
	})
	if err != nil || rest == nil {
		return match, err
	}
	_, err = rest.Read(p.Tx())
	first := placeOf(&seen[0][0])
	p.ReadAhead = &cardos.ReadAhead{File: string(first.Certificate), Offset: first.Offset, Content: rest}
	return match, err
}
