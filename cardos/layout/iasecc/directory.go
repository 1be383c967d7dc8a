// SPDX-License-Identifier: Apache-2.0

package iasecc

import (
	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/cardos/layout/apps"
)

// EF.DIR lists the applications of a card: see [iso7816.ApplicationNames].
const (
	directoryFile = "\x2F\x00"

	maxDirectory = 1024 // bytes
	maxRecords   = iso7816.MaxApplications
)

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
	for _, name := range iso7816.ApplicationNames(directory) {
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
	for n := byte(1); n <= maxRecords; n++ {
		r, err := t.Send(iso7816.Command{INS: iso7816.InsReadRecord, P1: n, P2: 0x04, Ne: iso7816.MaxShortNe})
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
