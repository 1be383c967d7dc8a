// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"errors"
)

// MaxDataFile bounds a data file whose size the card does not report, in bytes.
const MaxDataFile = 4096

// DataFiles lists the public files that cards of this generation have, without
// asking the card. A file that turned out to be absent is left out.
func (c *Card) DataFiles() []DataFile {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []DataFile
	for _, f := range c.layout.DataFiles() {
		if !c.absent[string(f.Path)] {
			f.Path = bytes.Clone(f.Path)
			list = append(list, f)
		}
	}
	return list
}

// ReadDataFile reads a file of DataFiles, padding included. It returns
// ErrNotFound where this card does not have it.
func (c *Card) ReadDataFile(f DataFile) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead != nil {
		return nil, c.dead
	}
	if !c.lists(&f) {
		return nil, ErrNotFound
	}
	if f.Number && c.info.Number.Source == NumberFile {
		return []byte(c.info.Number.Text), nil
	}
	if b := c.layout.Content(f); b != nil {
		return bytes.Clone(b), nil
	}
	var b []byte
	err := c.doRead(func(t *Tx) (err error) {
		b, err = c.layout.ReadDataFile(t, f)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		c.absent[string(f.Path)] = true
	}
	return b, err
}

// lists reports whether a file with the path of f is listed, and makes f that.
func (c *Card) lists(f *DataFile) bool {
	for _, g := range c.layout.DataFiles() {
		if bytes.Equal(f.Path, g.Path) {
			*f = g
			return !c.absent[string(f.Path)]
		}
	}
	return false
}
