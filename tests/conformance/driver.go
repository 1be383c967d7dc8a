// SPDX-License-Identifier: Apache-2.0

// Package conformance holds the behaviours that PKCS#11 asks of a token, as a
// list of numbered items, each with the section of the standard that asks for
// it and a test.
//
// An item is written once, as a host would call the functions (Driver), and
// runs on two of them: package module in process, over a reader in process,
// and the built library in a C program of its own, over a real PC/SC service
// (package built). Sections are those of the PKCS #11 Specification Version
// 3.1 unless an item says otherwise.
package conformance

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"sync"
	"unsafe"

	"tscns/module/ck"
	"tscns/tests/kit"
)

// Driver is one thread of a host that uses a PKCS#11 library.
//
// Call calls a C function by its name. Arguments are those of the C function,
// in order, written so:
//
//	nil, or a nil slice or pointer  NULL
//	a number, a bool                a CK_ULONG, a CK_BBOOL
//	[]byte                          CK_BYTE_PTR; written back
//	*uint, *ck.SessionHandle ...    CK_ULONG_PTR; written back
//	[]ck.SlotID ...                 an array of CK_ULONG; written back
//	Template                        CK_ATTRIBUTE_PTR; values and lengths written back
//	*Mechanism, *InitArgs           CK_MECHANISM_PTR, CK_C_INITIALIZE_ARGS_PTR
//	*Info, *TokenInfo ...           the structure; written back
//
// Lengths are arguments of their own, as in C.
type Driver interface {
	Call(name string, args ...any) ck.RV
	// Thread returns another thread of the same host.
	Thread() Driver
}

// Addr is an address in a Host, for pointers that are none.
type Addr uint64

// Host is a driver that can do what C can and Go cannot.
type Host interface {
	Driver
	// CallIn calls a function through one of the ways to it.
	CallIn(way Way, name string, args ...any) ck.RV
	// Pointer tells the address of a function by one of the ways to it.
	Pointer(way Way, name string) Addr
	// Peek reads memory.
	Peek(a Addr, n int) []byte
	// Callbacks are four mutex functions that work.
	Callbacks() [4]Addr
	// MutexCalls counts how often they were called.
	MutexCalls() int
	// Nowhere is the address of a page without access.
	Nowhere() Addr
	// Fork forks the host; calls are made in the child until child returns. It
	// reports whether the child ended well.
	Fork(child func()) bool
}

// Way is a way to a C function.
type Way uint32

// Ways to a function: the tables, and the symbol.
const (
	In240 Way = iota
	In30
	Symbol
)

// Attribute is a CK_ATTRIBUTE. A nil Value is NULL; Len is ulValueLen.
type Attribute struct {
	Type  ck.AttributeType
	Value []byte
	Len   uint
}

// Template is an array of CK_ATTRIBUTE.
type Template []Attribute

// Attr makes an entry to search with or to set.
func Attr(a ck.AttributeType, v []byte) Attribute { return Attribute{a, v, uint(len(v))} }

// Buffer makes an entry to ask for up to n bytes.
func Buffer(a ck.AttributeType, n int) Attribute {
	return Attribute{a, make([]byte, n), uint(n)}
}

// Size makes an entry that asks for the size.
func Size(a ck.AttributeType) Attribute { return Attribute{a, nil, 0} }

// Mechanism is a CK_MECHANISM. Param is nil, []byte, PSS, OAEP or NullParam.
type Mechanism struct {
	Type  ck.MechanismType
	Param any
}

// PSS is CK_RSA_PKCS_PSS_PARAMS.
type PSS struct {
	Hash ck.MechanismType
	MGF  ck.MGFType
	Salt uint // bytes
}

// OAEP is CK_RSA_PKCS_OAEP_PARAMS. Label is its pSourceData.
type OAEP struct {
	Hash   ck.MechanismType
	MGF    ck.MGFType
	Source uint
	Label  []byte
}

// NullParam is a parameter of that many bytes at NULL.
type NullParam uint

// InitArgs is CK_C_INITIALIZE_ARGS.
type InitArgs struct {
	Callbacks [4]Addr
	Flags     ck.Flags
	Reserved  Addr
}

// The structures of the standard as they lie in memory where CK_ULONG has 8
// bytes, with the names of package module.
type (
	// Info is CK_INFO.
	Info struct {
		CryptokiVersion    [2]byte
		ManufacturerID     [32]byte
		Flags              uint64
		LibraryDescription [32]byte
		LibraryVersion     [2]byte
	}
	// SlotInfo is CK_SLOT_INFO.
	SlotInfo struct {
		Description                      [64]byte
		ManufacturerID                   [32]byte
		Flags                            uint64
		HardwareVersion, FirmwareVersion [2]byte
	}
	// TokenInfo is CK_TOKEN_INFO.
	TokenInfo struct {
		Label, ManufacturerID                 [32]byte
		Model, SerialNumber                   [16]byte
		Flags                                 uint64
		MaxSessionCount, SessionCount         uint64
		MaxRWSessionCount, RWSessionCount     uint64
		MaxPINLen, MinPINLen                  uint64
		TotalPublicMemory, FreePublicMemory   uint64
		TotalPrivateMemory, FreePrivateMemory uint64
		HardwareVersion, FirmwareVersion      [2]byte
		UTCTime                               [16]byte
	}
	// SessionInfo is CK_SESSION_INFO.
	SessionInfo struct {
		SlotID, State, Flags, DeviceError uint64
	}
	// MechanismInfo is CK_MECHANISM_INFO.
	MechanismInfo struct {
		MinKeySize, MaxKeySize, Flags uint64
	}
)

// isNull says whether an argument stands for NULL.
func isNull(a any) bool {
	if a == nil {
		return true
	}
	v := reflect.ValueOf(a)
	return (v.Kind() == reflect.Slice || v.Kind() == reflect.Pointer) && v.IsNil()
}

// word is an argument that is passed by value.
func word(a any) (uint64, bool) {
	v := reflect.ValueOf(a)
	switch {
	case isNull(a):
		return 0, true
	case v.CanUint():
		return v.Uint(), true
	case v.CanInt():
		return uint64(v.Int()), true
	case v.Kind() == reflect.Bool:
		if v.Bool() {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

func bad(name string, i int, a any) string {
	return fmt.Sprintf("conformance: %s, argument %d: %T", name, i, a)
}

// Function is a line of pkcs11export/functions.h.
type Function struct {
	Name    string
	Version string // of the first table that has it: "2.40" or "3.0"
	Kind    string // GO, OWN or UNSUPPORTED
}

// Functions lists the functions of the library in the order of its tables.
var Functions = sync.OnceValue(func() []Function {
	text, err := os.ReadFile(filepath.Join(kit.Top(), "pkcs11export", "functions.h"))
	if err != nil {
		panic(err)
	}
	var all []Function
	for _, m := range regexp.MustCompile(`(?m)^FUNCTION_(\d)_(\d+)\((\w+), (C_\w+),`).FindAllSubmatch(text, -1) {
		all = append(all, Function{string(m[4]), fmt.Sprintf("%s.%s", m[1], m[2]), string(m[3])})
	}
	if len(all) != 92 {
		panic(fmt.Sprintf("conformance: %d functions in functions.h", len(all)))
	}
	return all
})

// Names lists their names, sorted: what the library exports.
func Names() (names []string) {
	for _, f := range Functions() {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names
}

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
