// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"reflect"
	"unsafe"

	"tscns/module"
	"tscns/module/ck"
)

// InProcess drives package module. Where C would pass NULL it asks the module
// for its answer to bad arguments, as the C layer does.
type InProcess struct{ *module.Module }

// Thread returns the module itself: its methods may be called from anywhere.
func (d InProcess) Thread() Driver { return d }

// Call implements Driver.
func (d InProcess) Call(name string, args ...any) ck.RV {
	f, ok := inProcess[name]
	if !ok {
		return module.RVOf(d.unsupported(name, args))
	}
	return module.RVOf(f(&call{d.Module, name, args}))
}

func (d InProcess) unsupported(name string, args []any) error {
	for _, f := range Functions() {
		if f.Name == name && f.Kind == "UNSUPPORTED" {
			h, _ := word(args[0])
			return d.UnsupportedIn(ck.SessionHandle(h))
		}
	}
	panic("conformance: " + name + " cannot be called in process")
}

// call is a call with its arguments.
type call struct {
	*module.Module
	name string
	args []any
}

func (c *call) word(i int) uint {
	w, ok := word(c.args[i])
	if !ok {
		panic(bad(c.name, i, c.args[i]))
	}
	return uint(w)
}

func (c *call) null(i int) bool           { return isNull(c.args[i]) }
func (c *call) session() ck.SessionHandle { return ck.SessionHandle(c.word(0)) }
func (c *call) slot() ck.SlotID           { return ck.SlotID(c.word(0)) }
func (c *call) object(i int) ck.ObjectHandle {
	return ck.ObjectHandle(c.word(i))
}

// in is an input with its length in the next argument; false for NULL with a
// length.
func (c *call) in(i int) ([]byte, bool) {
	n := c.word(i + 1)
	if c.null(i) {
		return []byte{}, n == 0
	}
	return append([]byte{}, c.args[i].([]byte)[:n]...), true
}

// pin is in for a PIN: NULL without a length stays nil.
func (c *call) pin(i int) ([]byte, bool) {
	if c.null(i) && c.word(i+1) == 0 {
		return nil, true
	}
	return c.in(i)
}

// at is the number that an argument points to.
func (c *call) at(i int) uint { return uint(reflect.ValueOf(c.args[i]).Elem().Uint()) }

func (c *call) set(i int, v uint) { reflect.ValueOf(c.args[i]).Elem().SetUint(uint64(v)) }

// room is the output in argument i with its length in the next one.
func (c *call) room(i int) module.BufferSize {
	if c.null(i) {
		return module.SizeQuery
	}
	return module.BufferSize(c.at(i + 1))
}

func (c *call) deliver(i int, out module.Output, err error) error {
	if err == nil || module.RVOf(err) == ck.CKR_BUFFER_TOO_SMALL {
		c.set(i+1, out.Len)
	}
	if err == nil && !c.null(i) {
		copy(c.args[i].([]byte), out.Data)
	}
	return err
}

// list delivers numbers with their count in the next argument.
func list[T ~uint](c *call, i int, values []T) error {
	space := c.at(i + 1)
	c.set(i+1, uint(len(values)))
	if c.null(i) {
		return nil
	}
	if space < uint(len(values)) {
		return ck.CKR_BUFFER_TOO_SMALL
	}
	copy(c.args[i].([]T), values)
	return nil
}

func (c *call) template(i int) ([]module.Attribute, bool) {
	n := c.word(i + 1)
	if c.null(i) {
		return nil, n == 0
	}
	var all []module.Attribute
	for _, a := range c.args[i].(Template)[:n] {
		if a.Value == nil && a.Len > 0 {
			return nil, false
		}
		all = append(all, module.Attribute{Type: a.Type, Value: append([]byte{}, a.Value[:a.Len]...)})
	}
	return all, true
}

func (c *call) mechanism(i int) *module.Mechanism {
	if c.null(i) {
		return nil
	}
	m := c.args[i].(*Mechanism)
	out := &module.Mechanism{Type: m.Type, Param: module.BadParam{}}
	kind := module.ParamKindOf(m.Type)
	switch p := m.Param.(type) {
	case nil:
		if kind == module.ParamNone {
			out.Param = nil
		}
	case PSS:
		if kind == module.ParamPSS {
			out.Param = module.PSSParams{Hash: p.Hash, MGF: p.MGF, SaltLen: p.Salt}
		}
	case OAEP:
		if kind == module.ParamOAEP {
			out.Param = module.OAEPParams{Hash: p.Hash, MGF: p.MGF, Source: p.Source}
		}
	}
	return out
}

// pad fills a text member with blanks, as the C layer does.
func pad(field []byte, text string) {
	if len(text) > len(field) {
		panic(fmt.Sprintf("conformance: text of %d bytes for %d", len(text), len(field)))
	}
	for i := range field {
		field[i] = ' '
	}
	copy(field, text)
}

func version(v module.Version) [2]byte { return [2]byte{v.Major, v.Minor} }

func (c *call) badIn(end ...module.Operation) error { return c.BadArgumentsIn(c.session(), end...) }

func zero(p any) { // a structure that the library is to fill
	v := reflect.ValueOf(p)
	clear(unsafe.Slice((*byte)(v.UnsafePointer()), v.Type().Elem().Size()))
}
