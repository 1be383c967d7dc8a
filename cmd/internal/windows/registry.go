// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"tscns/packaging/windows/calais"
)

// Registry is HKEY_LOCAL_MACHINE as 64-bit programs see it. Keys are paths with
// backslashes, without one at either end. What is not there is
// [fs.ErrNotExist], what may not be written [fs.ErrPermission].
type Registry interface {
	// Keys lists the names of the keys below a key, in the order in which
	// Windows goes through them.
	Keys(key string) ([]string, error)
	// Names lists the values of a key.
	Names(key string) ([]string, error)
	Value(key, name string) (Value, error)
	// Set writes a value of a key that is there.
	Set(key, name string, v Value) error
	// Create makes a key and reports whether it was not there before. The key
	// above it is there.
	Create(key string) (made bool, err error)
	DeleteValue(key, name string) error
	// DeleteKey removes a key without keys below it.
	DeleteKey(key string) error
}

// Value is a value of a key: one of its members is set.
type Value struct {
	Text   string   // REG_SZ, or REG_EXPAND_SZ with its variables filled in
	Binary []byte   // REG_BINARY
	List   []string // REG_MULTI_SZ
}

// Equal reports whether two values are the same.
func (v Value) Equal(other Value) bool { return reflect.DeepEqual(v, other) }

// Drivers lists the entries of the drivers of cards, in the order in which
// Windows looks for one: the first that takes a card has it.
func Drivers(r Registry) (list []Driver, err error) {
	names, err := r.Keys(calais.Key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, name := range names {
		key := calais.Key + `\` + name
		value := func(name string) Value { v, _ := r.Value(key, name); return v } // what is not there is empty
		list = append(list, Driver{
			Name: name, Library: value(calais.ValueDLL).Text, CSP: value(calais.ValueCSP).Text, KSP: value(calais.ValueKSP).Text,
			InstalledBy: value(calais.ValueInstalledBy).Text, ATR: value(calais.ValueATR).Binary, Mask: value(calais.ValueMask).Binary,
		})
	}
	return list, err
}

// Ours reports whether an entry names this project's minidriver.
func (d Driver) Ours() bool {
	return strings.EqualFold(d.Library[strings.LastIndexAny(d.Library, `\/`)+1:], calais.DLL)
}

// Taker returns the driver that Windows gives a card to.
func Taker(drivers []Driver, atr []byte) (Driver, bool) {
	i := slices.IndexFunc(drivers, func(d Driver) bool { return d.Takes(atr) })
	if i < 0 {
		return Driver{}, false
	}
	return drivers[i], true
}
