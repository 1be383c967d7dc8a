// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/binary"
	"reflect"
	"unsafe"

	"tscns/module/ck"
)

// Frame lays the arguments of a call out in the memory of a C program, whose
// arena begins at Base: words are passed in registers, everything else lies in
// Memory.
type Frame struct {
	Base   Addr
	Memory []byte
	Words  [10]uint64
	back   []func(memory []byte)
}

// NewFrame lays out the arguments of the function name.
func NewFrame(base Addr, name string, args []any) *Frame {
	f := &Frame{Base: base}
	for i, a := range args {
		if w, ok := word(a); ok {
			f.Words[i] = w
			continue
		}
		f.Words[i] = f.place(name, i, a)
	}
	return f
}

// Return writes the memory after the call back into the arguments.
func (f *Frame) Return(memory []byte) {
	for _, b := range f.back {
		b(memory)
	}
}

// put appends bytes at a place that suits every type and returns its address.
func (f *Frame) put(b []byte) uint64 {
	for len(f.Memory)%16 != 0 {
		f.Memory = append(f.Memory, 0)
	}
	at := uint64(f.Base) + uint64(len(f.Memory))
	f.Memory = append(f.Memory, b...)
	if len(b) == 0 {
		f.Memory = append(f.Memory, 0) // an address of its own
	}
	return at
}

// shared puts memory of ours there, and back after the call.
func (f *Frame) shared(b []byte) uint64 {
	at := f.put(b)
	from := at - uint64(f.Base)
	f.back = append(f.back, func(memory []byte) { copy(b, memory[from:]) })
	return at
}

func (f *Frame) place(name string, i int, a any) uint64 {
	switch a := a.(type) {
	case []byte:
		return f.shared(a)
	case Template:
		return f.template(a)
	case *Mechanism:
		return f.mechanism(a)
	case *InitArgs:
		return f.put(numbers(uint64(a.Callbacks[0]), uint64(a.Callbacks[1]), uint64(a.Callbacks[2]),
			uint64(a.Callbacks[3]), uint64(a.Flags), uint64(a.Reserved)))
	}
	v := reflect.ValueOf(a)
	switch {
	case v.Kind() == reflect.Pointer:
		return f.shared(unsafe.Slice((*byte)(v.UnsafePointer()), v.Type().Elem().Size()))
	case v.Kind() == reflect.Slice:
		return f.shared(unsafe.Slice((*byte)(v.UnsafePointer()), uintptr(v.Len())*v.Type().Elem().Size()))
	}
	panic(bad(name, i, a))
}

func numbers(all ...uint64) []byte {
	var b []byte
	for _, n := range all {
		b = binary.NativeEndian.AppendUint64(b, n)
	}
	return b
}

func (f *Frame) template(t Template) uint64 {
	var entries []byte
	for i := range t {
		value := uint64(0)
		if t[i].Value != nil {
			value = f.shared(t[i].Value)
		}
		entries = append(entries, numbers(uint64(t[i].Type), value, uint64(t[i].Len))...)
	}
	at := f.put(entries)
	from := int(at - uint64(f.Base))
	f.back = append(f.back, func(memory []byte) {
		for i := range t {
			t[i].Len = uint(binary.NativeEndian.Uint64(memory[from+24*i+16:]))
		}
	})
	return at
}

func (f *Frame) mechanism(m *Mechanism) uint64 {
	var parameter []byte
	switch p := m.Param.(type) {
	case nil:
		return f.put(numbers(uint64(m.Type), 0, 0))
	case []byte:
		parameter = p
	case PSS:
		parameter = numbers(uint64(p.Hash), uint64(p.MGF), uint64(p.Salt))
	case OAEP:
		label := uint64(0)
		if p.Label != nil {
			label = f.put(p.Label)
		}
		parameter = numbers(uint64(p.Hash), uint64(p.MGF), uint64(p.Source), label, uint64(len(p.Label)))
	case NullParam:
		return f.put(numbers(uint64(m.Type), 0, uint64(p)))
	}
	return f.put(numbers(uint64(m.Type), f.put(parameter), uint64(len(parameter))))
}

// sizes holds that numbers here are as wide as CK_ULONG of the host.
var _ = [1]struct{}{}[unsafe.Sizeof(ck.RV(0))-8]
