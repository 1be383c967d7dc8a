// SPDX-License-Identifier: Apache-2.0

package apps

import (
	"bytes"

	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// Probe implements [cardos.Layout]. It confirms the layout by the holder's data
// and reads them, then looks for the application with the certificate and reads
// that. A card where none of the candidates is that one can still show its
// holder.
func (l *Layout) Probe(p *cardos.Prober) (cardos.Instance, error) {
	c := l.newCard(nil)
	if ok, err := c.readHolder(p, l.AfterReset != nil && l.AfterReset(p.ATR)); !ok || err != nil {
		return nil, err
	}
	for i := range l.Candidates {
		if ok, err := c.Try(p, &l.Candidates[i]); ok || err != nil {
			return c, err
		}
	}
	// The file alone is on every CNS.
	if ok, err := ask(p, "application", func() (bool, error) { return c.enterHolder(p.Tx()) }); !ok || err != nil {
		return nil, err
	}
	return c, nil
}

// certificateQuestion is the name of the question of [Card.Again]. It leaves
// another application selected than the one after a reset.
const certificateQuestion = "application of the certificate"

// ask is [cardos.Prober.Ask] for a question whose answer leaves something
// selected: one that was asked before is asked again where the answer was yes.
func ask(p *cardos.Prober, name string, probe func() (bool, error)) (bool, error) {
	asked := false
	ok, err := p.Ask(name, func() (bool, error) { asked = true; return probe() })
	if !ok || err != nil || asked {
		return ok, err
	}
	ok, err = probe()
	return ok && err == nil, cardos.UnlessRefused(err)
}

// readHolder reads the holder's data. selected: their application is, if nobody
// selected another since the reset. ok is false where the card has no such file.
func (c *Card) readHolder(p *cardos.Prober, selected bool) (ok bool, err error) {
	c.holderAsked = true
	fci, ok, err := c.reachHolder(p, selected)
	if !ok || err != nil {
		return false, err
	}
	p.Confirm()
	b, err := p.Tx().ReadFile(fci, cardos.MaxDataFile)
	if err != nil {
		return true, cardos.UnlessRefused(err)
	}
	c.holder = b
	return true, nil
}

// reachHolder selects the file of the holder's data.
func (c *Card) reachHolder(p *cardos.Prober, selected bool) (fci iso7816.FCI, ok bool, err error) {
	if selected && !p.Asked(certificateQuestion) {
		ok, err = ask(p, "holder's file after a reset", func() (ok bool, err error) {
			fci, ok, err = c.selectPath(p.Tx(), fromMF, c.layout.HolderFile)
			return ok, err
		})
		if ok || err != nil {
			c.here = Holder
			return fci, ok, err
		}
	}
	ok, err = ask(p, "application", func() (bool, error) { return c.enterHolder(p.Tx()) })
	if !ok || err != nil {
		return fci, false, err
	}
	ok, err = ask(p, "holder's file", func() (ok bool, err error) {
		fci, ok, err = c.selectFile(p.Tx(), c.layout.HolderFile)
		return ok, err
	})
	return fci, ok, err
}

// enterHolder selects the application with the holder's data. ok is false where
// the card does not name it.
func (c *Card) enterHolder(t *cardos.Tx) (ok bool, err error) {
	s := &c.layout.Holder
	fci, err := c.selectApp(t, s)
	if err != nil || !bytes.Equal(fci.Name, s.Name) {
		return false, err
	}
	c.here, c.atRoot = Holder, true
	return true, nil
}

// Number file of these cards: two bytes of header (very likely tag 5A, length
// 8), then 16 digits, two a byte.
const (
	numberTag    = 0x5A
	numberOffset = 2
	numberLength = cardos.NumberLength / 2
)

// Try asks whether an application is the one with the card's number and the
// certificate, and reads both. It is the one of the card then.
func (c *Card) Try(p *cardos.Prober, s *Selection) (ok bool, err error) {
	t := p.Tx()
	if _, err := c.selectApp(t, s); err != nil {
		return false, cardos.UnlessRefused(err)
	}
	number, ok, err := c.readNumber(t)
	if err != nil || !ok {
		return false, cardos.UnlessRefused(err)
	}
	fci, ok, err := c.selectFile(t, c.layout.CertificateFile)
	if err != nil || !ok {
		return false, cardos.UnlessRefused(err)
	}
	p.Number, c.found, c.here = number, s, Certificate
	file, err := t.OpenCertificate(0, func() (iso7816.FCI, bool, error) { return fci, true, nil })
	if err != nil {
		return true, err
	}
	cert, err := file.Read(t)
	c.places = []cardos.CertificatePlace{file.Place(cardos.Authentication)}
	if cert != nil {
		c.keys = []cardos.FoundKey{c.newKey(cert)}
	}
	return true, err
}

// readNumber reads the card's number, none where the file holds none or a longer
// one. ok is false where the selected application does not have the file.
func (c *Card) readNumber(t *cardos.Tx) (number cardos.Number, ok bool, err error) {
	if number, err = c.numberByShortIdentifier(t); number.Text != "" || err != nil {
		return number, err == nil, err
	}
	// In the recorded order: the file leaves the root current.
	fci, ok, err := c.selectFile(t, c.layout.Number)
	if err != nil || !ok {
		return number, false, err
	}
	b, err := t.ReadBinary(numberOffset, numberLength)
	if fci.HasSize && fci.Size > numberOffset+numberLength {
		return number, err == nil, err
	}
	return parseNumber(append([]byte{numberTag, numberLength}, b...)), err == nil, err // not read, as in the recording
}

// numberByShortIdentifier returns nothing where the card does not take that, or
// where the header is not the one of a number of this length.
func (c *Card) numberByShortIdentifier(t *cardos.Tx) (number cardos.Number, err error) {
	sfi := c.layout.NumberSFI
	if sfi == 0 {
		return number, nil
	}
	r, err := t.Send(iso7816.Command{INS: iso7816.InsReadBinary, P1: 0x80 | sfi, Ne: numberOffset + numberLength})
	if err != nil || r.Status != iso7816.OK || len(r.Data) < numberOffset || r.Data[0] != numberTag || r.Data[1] != numberLength {
		return number, err
	}
	return parseNumber(r.Data), nil
}

func parseNumber(b []byte) cardos.Number { return cardos.ParsePackedNumber(b, cardos.NumberFile) }

// Again implements [cardos.Instance]. It leaves the holder's data to
// [Card.ReadDataFile]: most programs do not want them.
func (c *Card) Again(p *cardos.Prober, seen [][]cardos.FoundKey) (match int, err error) {
	ok, err := p.Ask(certificateQuestion, func() (bool, error) {
		err := c.enter(p.Tx(), Certificate)
		return err == nil, err
	})
	if !ok || err != nil {
		return -1, err
	}
	match, _, err = p.Compare(seen, func(*cardos.FoundKey) (*cardos.CertificateFile, error) {
		return p.Tx().OpenCertificate(0, func() (iso7816.FCI, bool, error) {
			return c.selectFile(p.Tx(), c.layout.CertificateFile)
		})
	})
	if match >= 0 {
		c.keys = seen[match]
	}
	return match, err
}
