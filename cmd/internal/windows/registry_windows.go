// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"errors"
	"strings"

	sys "golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// machine is the registry of this computer. The errors of the system are
// [fs.ErrNotExist] and [fs.ErrPermission] by themselves ([syscall.Errno.Is]).
type machine struct{}

// open calls do with a key that is there.
func open(key string, access uint32, do func(registry.Key) error) error {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, key, access|registry.WOW64_64KEY)
	if err != nil {
		return err
	}
	return errors.Join(do(k), k.Close())
}

func (machine) Keys(key string) (names []string, err error) {
	err = open(key, registry.ENUMERATE_SUB_KEYS|registry.QUERY_VALUE, func(k registry.Key) error {
		names, err = k.ReadSubKeyNames(-1)
		return err
	})
	return names, err
}

func (machine) Names(key string) (names []string, err error) {
	err = open(key, registry.QUERY_VALUE, func(k registry.Key) error {
		names, err = k.ReadValueNames(-1)
		return err
	})
	return names, err
}

func (machine) Value(key, name string) (v Value, err error) {
	err = open(key, registry.QUERY_VALUE, func(k registry.Key) error {
		_, kind, err := k.GetValue(name, nil)
		switch {
		case err != nil:
			return err
		case kind == registry.BINARY:
			v.Binary, _, err = k.GetBinaryValue(name)
		case kind == registry.MULTI_SZ:
			v.List, _, err = k.GetStringsValue(name)
		default:
			v.Text, _, err = k.GetStringValue(name)
		}
		if err == nil && kind == registry.EXPAND_SZ {
			v.Text, err = registry.ExpandString(v.Text)
		}
		return err
	})
	return v, err
}

func (machine) Set(key, name string, v Value) error {
	return open(key, registry.SET_VALUE, func(k registry.Key) error {
		switch {
		case v.Binary != nil:
			return k.SetBinaryValue(name, v.Binary)
		case v.List != nil:
			return k.SetStringsValue(name, v.List)
		}
		return k.SetStringValue(name, v.Text)
	})
}

func (machine) Create(key string) (made bool, err error) {
	k, old, err := registry.CreateKey(registry.LOCAL_MACHINE, key, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return false, err
	}
	return !old, k.Close()
}

func (machine) DeleteValue(key, name string) error {
	return open(key, registry.SET_VALUE, func(k registry.Key) error { return k.DeleteValue(name) })
}

func (machine) DeleteKey(key string) error {
	above, name := "", key
	if i := strings.LastIndexByte(key, '\\'); i >= 0 {
		above, name = key[:i], key[i+1:]
	}
	return open(above, registry.ENUMERATE_SUB_KEYS|sys.DELETE, func(k registry.Key) error { return registry.DeleteKey(k, name) })
}
