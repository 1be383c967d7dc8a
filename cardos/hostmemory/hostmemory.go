// SPDX-License-Identifier: Apache-2.0

// Package hostmemory copies between Go and memory that a host of a library names
// by an address: any number, of which nothing is known.
//
// An address is a pointer nowhere but in three functions here, which call nothing
// that could stop for the garbage collector: that ends the process when a pointer
// on a stack leads to memory of Go's that is free.
//
// Where the host has no memory, they panic. With [debug.SetPanicOnFault] in the
// goroutine that is an error to recover from, and without it the end of the
// process; see [Fault].
package hostmemory

import (
	"fmt"
	"unsafe"
)

// lowest is the first address that can be a host's: no system gives away the page
// at zero, and Go's runtime has a panic of its own for it.
const lowest = 4096

// noMemory is the panic for an address below lowest, as runtime.Error is for the
// others.
type noMemory uintptr

func (a noMemory) Error() string { return fmt.Sprintf("hostmemory: no memory at %#x", uintptr(a)) }

// Addr is that of the errors of [debug.SetPanicOnFault].
func (a noMemory) Addr() uintptr { return uintptr(a) }

func check(address uintptr) {
	if address < lowest {
		panic(noMemory(address))
	}
}

// pointer makes an address usable.
func pointer(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

// Read fills to.
//
//go:noinline
func Read(to []byte, from uintptr) {
	check(from)
	copy(to, unsafe.Slice((*byte)(pointer(from)), len(to)))
}

// Write copies all of from.
//
//go:noinline
func Write(to uintptr, from []byte) {
	check(to)
	copy(unsafe.Slice((*byte)(pointer(to)), len(from)), from)
}

// Touch reads a byte of each page of n bytes, which are at least one, before an
// allocation of that size is made. What it returns means nothing.
//
//go:noinline
func Touch(address, n uintptr) (x byte) {
	check(address)
	for i := uintptr(0); i < n; i += 4096 {
		x ^= *(*byte)(pointer(address + i))
	}
	return x ^ *(*byte)(pointer(address + n - 1))
}

// Load returns a value as it lies in memory. T has no pointers.
func Load[T any](from uintptr) (v T) {
	Read(unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v)), from)
	return v
}

// Store writes a value as it lies in memory. T has no pointers.
func Store[T any](to uintptr, v T) {
	Write(to, unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v)))
}

// Fault reports whether a value that was recovered is from an access to memory
// that is not there.
func Fault(recovered any) bool {
	_, ok := recovered.(interface {
		error
		Addr() uintptr
	})
	return ok
}
