// SPDX-License-Identifier: Apache-2.0

package localfiles

import (
	"bytes"
	"slices"
	"sync"
)

// Limits of the cache: how many cards it holds, and bytes of each.
const (
	maxCards = 16
	maxCard  = 64 << 10
)

// Cache keeps what cards hold for everybody to read: in memory, and in files
// of the user's runtime directory so that the next program need not read the
// card again. That directory is in RAM and goes with the user's last session;
// nothing is ever written elsewhere. It implements cardos.Store.
type Cache struct {
	dir string // "" for memory alone

	mu     sync.Mutex
	memory []entry // newest first
}

type entry struct {
	name string
	blob []byte
}

// NewCache returns a cache. runtimeDir is the value of XDG_RUNTIME_DIR; where
// it is empty, not the user's own, not in RAM, or where the system has no such
// thing, the cache is in memory alone.
func NewCache(runtimeDir string) *Cache {
	return &Cache{dir: underHome(runtimeDir)}
}

// Load returns what is kept, the newest first: what this program saved, then
// what others did. Files that do not look like ours are left out.
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

// Save keeps a blob under a name of hexadecimal digits, in place of the one
// there; an empty blob takes it away. Failures are silent: the card can be read.
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

// nameLength is the size of a name: SHA-256 in hexadecimal digits.
const nameLength = 64

func isName(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == nameLength
}
