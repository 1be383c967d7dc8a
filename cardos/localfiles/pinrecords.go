// SPDX-License-Identifier: Apache-2.0

package localfiles

import (
	"bytes"
	"sync"
)

// pinPrefix begins the names of the files, which are no names of the cache.
const pinPrefix = "pin-"

// maxPINRecord is the size of a record, in bytes.
const maxPINRecord = 4 << 10

// PINRecords keeps what came of presenting PINs to cards of which nothing
// states the form of the command: in files of the directory of [RuntimeDir], so
// that all programs of the user stop after one refusal, and in memory, which is
// all there is where the directory cannot be used. It is not the cache, and
// "cache = off" does not turn it off. PINRecords implements cardos.PINRecords.
type PINRecords struct {
	dir string // "" for memory alone

	mu     sync.Mutex
	memory map[string][]byte
}

// NewPINRecords returns the records in a runtime directory, which has to be the
// user's own; in memory alone if it is "".
func NewPINRecords(runtimeDir string) *PINRecords {
	return &PINRecords{dir: underHome(runtimeDir), memory: map[string][]byte{}}
}

// Load returns what was saved last under a name of 64 hexadecimal digits, by
// any program. A file of another owner, mode or kind is ignored.
func (p *PINRecords) Load(name string) []byte {
	if !isName(name) {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if blob, err := p.loadFile(pinPrefix + name); err == nil && len(blob) > 0 {
		return blob
	}
	return bytes.Clone(p.memory[name])
}

// Save stores a blob under a name, in place of an earlier one. An empty blob
// deletes it. Errors are dropped: the rule that needs the record then holds for
// this program alone.
func (p *PINRecords) Save(name string, blob []byte) {
	if !isName(name) || len(blob) > maxPINRecord {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(blob) > 0 {
		p.memory[name] = bytes.Clone(blob)
	} else {
		delete(p.memory, name)
	}
	p.saveFile(pinPrefix+name, blob)
}
