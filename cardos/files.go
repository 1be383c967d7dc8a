// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"errors"
)

// maxDataFile bounds a data file whose size the card does not tell, in bytes.
const maxDataFile = 4096

// DataFiles lists the public files that cards of this generation have, without
// asking the card. A file that turned out to be absent is left out.
func (c *Card) DataFiles() []DataFile {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []DataFile
	for _, f := range c.profile.data {
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
	file := path(f.Path)
	if !c.listed(file) {
		return nil, ErrNotFound
	}
	if file == pathIDCarta && c.info.Serial != "" {
		return []byte(c.info.Serial), nil
	}
	if c.profile.apps != nil {
		return c.readCached(file)
	}
	var b []byte
	err := c.doRead(func(t *tx) error {
		fci, ok, err := t.selectFile(file)
		if err != nil {
			return err
		}
		if !ok {
			return ErrNotFound
		}
		limit := maxDataFile
		if fci.HasSize {
			limit = min(limit, fci.Size)
		}
		b, err = t.readTo(nil, limit)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		c.absent[string(file)] = true
	}
	return b, err
}

// readCached answers out of what Identities read.
func (c *Card) readCached(file path) ([]byte, error) {
	if err := c.readIdentities(); err != nil {
		return nil, err
	}
	b, ok := c.cache[string(file)]
	if !ok {
		c.absent[string(file)] = true
		return nil, ErrNotFound
	}
	return bytes.Clone(b), nil
}

func (c *Card) listed(file path) bool {
	for _, f := range c.profile.data {
		if path(f.Path) == file {
			return !c.absent[string(file)]
		}
	}
	return false
}
