// SPDX-License-Identifier: Apache-2.0

package cns

import (
	"strings"

	"tscns/cardos"
	"tscns/cardos/certificate"
)

// Card is the file system on one card. It has the methods of a
// [cardos.Instance] but for Keys, which a layout adds.
type Card struct {
	config  *Config
	current selection
	ahead   *cardos.ReadAhead // nil for none
	places  []cardos.CertificatePlace
	pinDirs map[cardos.Purpose]Path // of keys that were found, by [Place.PINHere]

	form      int  // index of the form of PSO in use
	formKnown bool // it worked on this card
}

// NewCard returns the file system of a card of which nothing is known yet.
func NewCard(config *Config) *Card {
	return &Card{config: config, current: selection{dir: unknown}, pinDirs: map[cardos.Purpose]Path{}}
}

// Probe reports whether the card has the application of the configuration and
// the files that every CNS has.
func (c *Card) Probe(p *cardos.Prober) (bool, error) {
	if c.config.Applet != nil {
		if ok, err := c.probeApplet(p); !ok || err != nil {
			return false, err
		}
	}
	ok, err := p.Ask("files "+string(c.config.Applet), func() (bool, error) { return c.readNumber(p) })
	c.ahead = p.ReadAhead
	return ok, err
}

func (c *Card) probeApplet(p *cardos.Prober) (bool, error) {
	if ok, err := c.reach(p); !ok || err != nil {
		return false, err
	}
	if c.config.Confirm == "" {
		return true, nil
	}
	ok, err := p.Ask("confirm", func() (bool, error) {
		data, err := p.Tx().GetData(c.config.ConfirmTag)
		return strings.Contains(string(data), c.config.Confirm), err
	})
	if ok {
		p.Confirm()
	}
	return ok, err
}

// reach selects the application of the configuration, if there is one.
func (c *Card) reach(p *cardos.Prober) (bool, error) {
	if c.config.Applet == nil {
		return true, nil
	}
	return p.Ask("applet "+string(c.config.Applet), func() (bool, error) {
		named, err := c.selectApplet(p.Tx())
		if named {
			p.Confirm()
		}
		return err == nil, err
	})
}

// readNumber looks for the files that every CNS has, and reads the card's
// number: from EF_IDCarta, else from EF.GDO.
func (c *Card) readNumber(p *cardos.Prober) (bool, error) {
	ok, err := c.hasFiles(p)
	if !ok || err != nil || p.Number.Text != "" {
		return ok, err
	}
	_, b, err := c.readHead(p.Tx(), GDO, cardos.NumberLength/2+2)
	p.Number = cardos.ParsePackedNumber(b, cardos.NumberGDO)
	return true, err
}

// hasFiles looks for the files that every CNS has: the card's number, or else
// the holder's certificate file. A card shows that it has one by the file
// identifier in the answer to SELECT or by the content: 9000 alone is what
// some cards answer to everything.
func (c *Card) hasFiles(p *cardos.Prober) (bool, error) {
	named, b, err := c.readHead(p.Tx(), IDCarta, cardos.NumberLength)
	if err != nil {
		return false, err
	}
	if p.Number = cardos.ParseNumber(b); named || p.Number.Text != "" {
		p.Confirm()
		return true, nil
	}
	// The second question is for cards that say CNS: another one is better
	// asked for another application.
	if !p.ATR.CNS || !p.MayAsk() {
		return false, nil
	}
	named, b, err = c.readHead(p.Tx(), CCarta, 0)
	if err != nil {
		return false, err
	}
	if _, err := certificate.Length(b); !named && err != nil {
		return false, nil
	}
	p.Confirm()
	return true, nil
}

// headSize is how much of a file shows whether it begins a certificate, in
// bytes.
const headSize = 8

// readHead selects a file and reads its first n bytes, more of a file that the
// card reports to be larger, at most [cardos.MaxNumberFile]; if n is 0, it reads
// [headSize] where the card does not name the file. It returns nothing if the
// card refuses or names another file.
func (c *Card) readHead(t *cardos.Tx, file Path, n int) (named bool, b []byte, err error) {
	fci, ok, err := c.SelectFile(t, file)
	if err != nil || !ok {
		return false, nil, cardos.UnlessRefused(err)
	}
	named = fci.Names(string(file))
	if !named && fci.ID != 0 || named && n == 0 {
		return named, nil, nil
	}
	if n > 0 && fci.HasSize {
		n = max(n, min(fci.Size, cardos.MaxNumberFile))
	}
	b, err = t.ReadBinary(0, max(n, headSize))
	return named, b, cardos.UnlessRefused(err)
}

// Places implements [cardos.Instance].
func (c *Card) Places() []cardos.CertificatePlace { return c.places }

// PINs implements [cardos.Instance].
func (c *Card) PINs() []cardos.PIN {
	var list []cardos.PIN
	for _, p := range c.config.PINs {
		pin := cardos.PIN{Purpose: p.Purpose, Spec: p.Spec, Reference: &cardos.Reference{PIN: p.PIN, PUK: p.PUK,
			Select: func(t *cardos.Tx) error { return c.selectDir(t, c.pinDirectory(p)) }}}
		if p.Spec.TriesQuery == cardos.Proven {
			pin.Tries = func(t *cardos.Tx) (pin, puk cardos.Tries, err error) { return c.queryTries(t, p) }
		}
		list = append(list, pin)
	}
	return list
}

// pinDirectory returns the directory that must be current for a PIN.
func (c *Card) pinDirectory(p PIN) Path {
	if dir, ok := c.pinDirs[p.Purpose]; ok {
		return dir
	}
	return p.Directory
}

// queryTries asks for both counters where the master file is current, as it
// was recorded.
func (c *Card) queryTries(t *cardos.Tx, p PIN) (pin, puk cardos.Tries, err error) {
	if err = c.selectDir(t, MF); err != nil {
		return
	}
	if pin, err = t.VerifyWithoutData(p.PIN, p.Spec.MaxTries); err != nil {
		return
	}
	puk, err = t.VerifyWithoutData(p.PUK, 0)
	return
}

// DataFiles implements [cardos.Instance].
func (c *Card) DataFiles() []cardos.DataFile { return c.config.Files }

// Content implements [cardos.Instance]: nothing is read before its turn.
func (c *Card) Content(cardos.DataFile) []byte { return nil }

// ReadDataFile implements [cardos.Instance].
func (c *Card) ReadDataFile(t *cardos.Tx, f cardos.DataFile) ([]byte, error) {
	fci, ok, err := c.SelectFile(t, Path(f.Path))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, cardos.ErrNotFound
	}
	return t.ReadFile(fci, cardos.MaxDataFile)
}
