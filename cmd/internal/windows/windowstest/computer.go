// SPDX-License-Identifier: Apache-2.0

// Package windowstest has a computer with Windows for tests on every system: its
// registry, services, certificates and devices are what the test says.
package windowstest

import (
	"io/fs"
	"maps"
	"slices"
	"strings"

	"tscns/cmd/internal/windows"
	"tscns/packaging/windows/calais"
)

// Computer is a computer with Windows. The zero value has an empty registry, no
// services, and a process without the rights of an administrator.
type Computer struct {
	Registered Registry
	Services   map[string]windows.Service
	Store      []windows.Certificate
	Undriven   []string
	Vendors    map[string]string // by path
	Admin      bool
	RemoteUse  bool
	Writers    map[string]string // by path
}

var _ windows.System = (*Computer)(nil)

// Registry implements [windows.System].
func (c *Computer) Registry() windows.Registry { return &c.Registered }

// Service implements [windows.System].
func (c *Computer) Service(name string) (windows.Service, error) { return c.Services[name], nil }

// Certificates implements [windows.System].
func (c *Computer) Certificates() ([]windows.Certificate, error) { return c.Store, nil }

// UndrivenReaders implements [windows.System].
func (c *Computer) UndrivenReaders() ([]string, error) { return c.Undriven, nil }

// Vendor implements [windows.System].
func (c *Computer) Vendor(path string) string { return c.Vendors[path] }

// Elevated implements [windows.System].
func (c *Computer) Elevated() bool { return c.Admin }

// Remote implements [windows.System].
func (c *Computer) Remote() bool { return c.RemoteUse }

// Writer implements [windows.System].
func (c *Computer) Writer(path string) (string, error) { return c.Writers[path], nil }

// Enter writes the entry of a driver of cards.
func (c *Computer) Enter(d windows.Driver) {
	key := calais.Key + `\` + d.Name
	for name, text := range map[string]string{calais.ValueDLL: d.Library, calais.ValueCSP: d.CSP, calais.ValueKSP: d.KSP, calais.ValueInstalledBy: d.InstalledBy} {
		if text != "" {
			c.Registered.Put(key, name, windows.Value{Text: text})
		}
	}
	c.Registered.Put(key, calais.ValueATR, windows.Value{Binary: d.ATR})
	c.Registered.Put(key, calais.ValueMask, windows.Value{Binary: d.Mask})
}

// Registry is a registry in memory. Names differ in more than their case.
type Registry struct {
	keys   map[string]map[string]windows.Value // values by name, by key
	Denied error                               // of every change, nil for none
}

// Put writes a value, and makes its key with those above.
func (r *Registry) Put(key, name string, v windows.Value) {
	if r.keys == nil {
		r.keys = map[string]map[string]windows.Value{}
	}
	for i, c := range key + `\` {
		if c == '\\' && r.keys[key[:i]] == nil {
			r.keys[key[:i]] = map[string]windows.Value{}
		}
	}
	r.keys[key][name] = v
}

// Content returns a copy of all keys with their values.
func (r *Registry) Content() map[string]map[string]windows.Value {
	all := map[string]map[string]windows.Value{}
	for key, values := range r.keys {
		all[key] = maps.Clone(values)
	}
	return all
}

func (r *Registry) values(key string) (map[string]windows.Value, error) {
	values := r.keys[key]
	if values == nil {
		return nil, fs.ErrNotExist
	}
	return values, nil
}

// Keys implements [windows.Registry].
func (r *Registry) Keys(key string) (names []string, err error) {
	if _, err := r.values(key); err != nil {
		return nil, err
	}
	for other := range r.keys {
		if rest, below := strings.CutPrefix(other, key+`\`); below && !strings.Contains(rest, `\`) {
			names = append(names, rest)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Names implements [windows.Registry].
func (r *Registry) Names(key string) ([]string, error) {
	values, err := r.values(key)
	return slices.Sorted(maps.Keys(values)), err
}

// Value implements [windows.Registry].
func (r *Registry) Value(key, name string) (windows.Value, error) {
	v, ok := r.keys[key][name]
	if !ok {
		return v, fs.ErrNotExist
	}
	return v, nil
}

// Set implements [windows.Registry].
func (r *Registry) Set(key, name string, v windows.Value) error {
	values, err := r.values(key)
	if err != nil || r.Denied != nil {
		return cmpErr(r.Denied, err)
	}
	values[name] = v
	return nil
}

// Create implements [windows.Registry].
func (r *Registry) Create(key string) (made bool, err error) {
	if r.Denied != nil {
		return false, r.Denied
	}
	if r.keys[key] != nil {
		return false, nil
	}
	if i := strings.LastIndexByte(key, '\\'); i >= 0 && r.keys[key[:i]] == nil {
		return false, fs.ErrNotExist
	}
	if r.keys == nil {
		r.keys = map[string]map[string]windows.Value{}
	}
	r.keys[key] = map[string]windows.Value{}
	return true, nil
}

// DeleteValue implements [windows.Registry].
func (r *Registry) DeleteValue(key, name string) error {
	if _, err := r.Value(key, name); err != nil || r.Denied != nil {
		return cmpErr(r.Denied, err)
	}
	delete(r.keys[key], name)
	return nil
}

// DeleteKey implements [windows.Registry].
func (r *Registry) DeleteKey(key string) error {
	below, err := r.Keys(key)
	switch {
	case err != nil || r.Denied != nil:
		return cmpErr(r.Denied, err)
	case len(below) > 0:
		return fs.ErrPermission
	}
	delete(r.keys, key)
	return nil
}

func cmpErr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}
