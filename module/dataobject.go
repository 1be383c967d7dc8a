// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"
	"sync"

	"tscns/cardos"
	"tscns/module/ck"
)

// dataFile is a public file of the card, read when somebody asks for its
// value or size, once.
type dataFile struct {
	file cardos.DataFile

	mu    sync.Mutex // not held during calls to the card
	read  bool
	value []byte
}

// newDataObject makes the CKO_DATA object of a file (PKCS #11 3.1, section
// 4.5). Some hold the holder's data, which are public on these cards: anybody
// with the card reads them without a PIN.
func (l *library) newDataObject(f cardos.DataFile) *object {
	o := l.newObject(ck.CKO_DATA, f.Label, uniqueID("data", f.Path))
	o.values[ck.CKA_APPLICATION] = []byte("TS-CNS")
	o.values[ck.CKA_OBJECT_ID] = []byte{}
	o.file = &dataFile{file: f}
	return o
}

// fileValue returns the content of a file, empty where the card has none.
func (l *library) fileValue(s *session, f *dataFile) ([]byte, error) {
	if v, ok := f.known(); ok {
		return v, nil
	}
	value := []byte{}
	err := l.use(s, func(c card) error {
		v, err := c.ReadDataFile(f.file)
		if errors.Is(err, cardos.ErrNotFound) {
			return nil
		}
		value = append(value, v...)
		return err
	})
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.value, f.read = value, true
	return value, nil
}

func (f *dataFile) known() ([]byte, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.value, f.read
}
