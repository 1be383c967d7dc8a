// SPDX-License-Identifier: Apache-2.0

package iasecc

import (
	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/cardos/layout/apps"
)

// EF.DIR lists the applications of a card (ISO 7816-4, 12.2.2.3): templates 61
// with the name in 4F, one after the other or one a record.
const (
	directoryFile = "\x2F\x00"

	tagApplication = 0x61
	tagName        = 0x4F

	maxApplications = 16
	maxDirectory    = 1024 // bytes

	insReadRecord = 0xB2
)

// parseDirectory returns the names in a directory, each once. Damaged entries
// and what follows them are left out.
func parseDirectory(b []byte) (names [][]byte) {
	seen := map[string]bool{}
	for len(b) > 0 && len(names) < maxApplications {
		if b[0] == 0x00 || b[0] == 0xFF {
			b = b[1:]
			continue
		}
		entry, rest, err := iso7816.ReadTLV(b)
		if err != nil {
			break
		}
		b = rest
		name := entry.Value
		if entry.Tag == tagApplication {
			inner, _ := iso7816.ParseTLV(entry.Value)
			name, _ = iso7816.Find(inner, tagName)
		} else if entry.Tag != tagName {
			continue
		}
		if len(name) >= 5 && len(name) <= 16 && !seen[string(name)] {
			seen[string(name)] = true
			names = append(names, name)
		}
	}
	return names
}

// tryListed reads the directory of the card and tries the applications that it
// names and that were not tried before.
func (c *Card) tryListed(p *cardos.Prober) error {
	tried := map[string]bool{string(c.layout.Holder.Name): true}
	for _, s := range c.layout.Candidates {
		tried[string(s.Name)] = true
	}
	if err := c.Enter(p.Tx(), apps.Holder); err != nil {
		return cardos.UnlessRefused(err)
	}
	directory, err := c.readDirectory(p.Tx())
	if err != nil {
		return err
	}
	for _, name := range parseDirectory(directory) {
		if tried[string(name)] {
			continue
		}
		if ok, err := c.Try(p, &apps.Selection{P1: 0x04, Name: name}); ok || err != nil {
			return err
		}
	}
	return nil
}

// readDirectory reads EF.DIR, nothing where the card has none.
func (c *Card) readDirectory(t *cardos.Tx) ([]byte, error) {
	fci, ok, err := c.SelectFile(t, directoryFile)
	if err != nil || !ok {
		return nil, cardos.UnlessRefused(err)
	}
	b, err := t.ReadFile(fci, maxDirectory)
	if err == nil && len(b) > 0 || err != nil && !cardos.Refused(err) {
		return b, err
	}
	for n := byte(1); n <= maxApplications; n++ {
		r, err := t.Send(iso7816.Command{INS: insReadRecord, P1: n, P2: 0x04, Ne: iso7816.MaxShortNe})
		if err != nil {
			return nil, err
		}
		if r.Status != iso7816.OK && r.Status != iso7816.EndOfFile {
			break
		}
		b = append(b, r.Data...)
	}
	return b, nil
}
