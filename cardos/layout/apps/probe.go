// SPDX-License-Identifier: Apache-2.0

package apps

import (
	"bytes"

	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// Probe implements [cardos.Layout]. It confirms the layout by the application
// with the holder's data and the file in it. Then it looks for the application
// with the certificate: a card where none of the candidates is that one can
// still show its holder.
func (l *Layout) Probe(p *cardos.Prober) (cardos.Instance, error) {
	c := l.newCard(nil)
	if _, ok, err := c.reachHolder(p); !ok || err != nil {
		return nil, err
	}
	for i := range l.Candidates {
		ok, err := c.holdsNumber(p, &l.Candidates[i])
		if err != nil {
			return nil, err
		}
		if ok {
			c.found = &l.Candidates[i]
			break
		}
	}
	return c, nil
}

// reachHolder asks for the application with the holder's data, and for their
// file, which is then selected.
func (c *card) reachHolder(p *cardos.Prober) (fci iso7816.FCI, ok bool, err error) {
	ok, err = p.Ask("application", func() (bool, error) {
		s := &c.layout.Holder
		fci, err := c.selectApp(p.Tx(), s)
		return bytes.Equal(fci.Name, s.Name), err
	})
	if !ok || err != nil {
		return fci, false, err
	}
	ok, err = p.Ask("holder's file", func() (ok bool, err error) {
		fci, ok, err = c.selectFile(p.Tx(), c.layout.HolderFile)
		return ok, err
	})
	if !ok || err != nil {
		return fci, false, err
	}
	p.Confirm()
	return fci, true, nil
}

// Number file of these cards: two bytes of header (very likely tag 5A, length
// 8), then 16 digits, two a byte.
const (
	numberOffset = 2
	numberLength = cardos.NumberLength / 2
)

// holdsNumber asks a candidate for both files and reads the card's number.
func (c *card) holdsNumber(p *cardos.Prober, candidate *Selection) (bool, error) {
	t := p.Tx()
	if _, err := c.selectApp(t, candidate); err != nil {
		return false, cardos.UnlessRefused(err)
	}
	// In the recorded order: the number's file leaves the root current.
	number, ok, err := c.selectFile(t, c.layout.Number)
	if err != nil || !ok {
		return false, cardos.UnlessRefused(err)
	}
	b, err := t.ReadBinary(numberOffset, numberLength)
	if err != nil {
		return false, cardos.UnlessRefused(err)
	}
	if _, ok, err = c.selectFile(t, c.layout.CertificateFile); err != nil || !ok {
		return false, cardos.UnlessRefused(err)
	}
	if !number.HasSize || number.Size <= numberOffset+numberLength {
		header := []byte{0x5A, numberLength} // not read, as in the recording
		p.Number = cardos.ParsePackedNumber(append(header, b...), cardos.NumberFile)
	}
	return true, nil
}

// Again implements [cardos.Instance]. It passes through the application with
// the holder's data and reads them, as Keys does: they are kept nowhere, and
// reading them later would leave the application of the PIN.
func (c *card) Again(p *cardos.Prober, seen [][]cardos.FoundKey) (match int, err error) {
	fci, ok, err := c.reachHolder(p)
	if !ok || err != nil {
		return -1, err
	}
	holder, err := p.Tx().ReadFile(fci, cardos.MaxDataFile)
	if err == nil {
		_, err = c.selectApp(p.Tx(), c.found)
	}
	if err != nil {
		return -1, cardos.UnlessRefused(err)
	}
	c.here, c.atRoot = Certificate, true
	match, _, err = p.Compare(seen, func(*cardos.FoundKey) (*cardos.CertificateFile, error) {
		return c.openCertificate(p.Tx())
	})
	if match >= 0 {
		c.read, c.holder, c.keys = true, holder, seen[match]
	}
	return match, err
}
