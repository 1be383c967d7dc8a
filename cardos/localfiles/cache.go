// SPDX-License-Identifier: Apache-2.0

package localfiles

import (
	"bytes"
	"slices"
	"sync"
)

// Limits of the cache: the number of cards, and the bytes of each.
const (
	maxCards = 16
	maxCard  = 64 << 10
)

// Cache keeps public card data in memory and in files of the user's runtime
// directory, so that the next program need not read the card again. That
// directory is in RAM and is removed with the user's last session; nothing is
// written elsewhere. Cache implements cardos.Store.
type Cache struct {
	dir string // "" for memory alone

	mu     sync.Mutex
	memory []entry // newest first
}

type entry struct {
	name string
	blob []byte
}

// NewCache returns a cache. runtimeDir is the value of XDG_RUNTIME_DIR. If it is
// empty, not the user's own or not in RAM, or if the system has no runtime
// directories, the cache is in memory only.
func NewCache(runtimeDir string) *Cache {
	return &Cache{dir: underHome(runtimeDir)}
}

// Load returns the entries, newest first: those that this program saved, then
// those of other programs. Files of other owners, modes or names are ignored.
func (c *Cache) Load() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list [][]byte
	for _, e := range c.memory {
		list = append(list, bytes.Clone(e.blob))
	}
	for _, blob := range c.loadFiles() {
		if !slices.ContainsFunc(list, func(b []byte) bool { return bytes.Equal(b, blob) }) {
			list = append(list, blob)
		}
	}
	return list
}

// Save stores a blob of at most 64 KiB under a name of 64 hexadecimal digits and
// replaces an earlier one. An empty blob deletes it. Errors are dropped, since
// the card can be read again.
func (c *Cache) Save(name string, blob []byte) {
	if !isName(name) || len(blob) > maxCard {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.memory = slices.DeleteFunc(c.memory, func(e entry) bool { return e.name == name })
	if len(blob) > 0 {
		c.memory = slices.Insert(c.memory, 0, entry{name, bytes.Clone(blob)})
		c.memory = c.memory[:min(len(c.memory), maxCards)]
	}
	c.saveFile(name, blob)
}

// nameLength is the length of a name, a SHA-256 hash in hexadecimal digits.
const nameLength = 64

func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == nameLength
}
