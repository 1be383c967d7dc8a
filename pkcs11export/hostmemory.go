// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include "bridge.h"
*/
import "C"

import (
	"sync"
	"unsafe"
)

// address is where a host says that memory of its is: any number, 0 for NULL.
// It is a pointer nowhere but in the three functions below, which call nothing
// that could stop for the garbage collector: that ends the process when a
// pointer on a stack leads to memory of Go's that is free.
type address uintptr

// pointer makes the address usable. Nothing is known of it.
func (a address) pointer() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&a)) }

// readHost fills to. It panics where the host has no memory, as do the other
// two.
//
//go:noinline
func readHost(to []byte, from address) { copy(to, unsafe.Slice((*byte)(from.pointer()), len(to))) }

//go:noinline
func writeHost(to address, from []byte) { copy(unsafe.Slice((*byte)(to.pointer()), len(from)), from) }

// touch reads a byte of each page of n bytes, which are at least one, before an
// allocation of that size is made.
//
//go:noinline
func touch(p address, n uintptr) (x byte) {
	for i := uintptr(0); i < n; i += 4096 {
		x ^= *(*byte)((p + address(i)).pointer())
	}
	return x ^ *(*byte)((p + address(n) - 1).pointer())
}

// load and store copy one value, as it lies in memory.
func load[T any](from address) (v T) {
	readHost(unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v)), from)
	return v
}

func store[T any](to address, v T) {
	writeHost(to, unsafe.Slice((*byte)(unsafe.Pointer(&v)), unsafe.Sizeof(v)))
}

// member is the address of a member of a structure, or of an entry of a list.
func (a address) member(place uintptr) address { return a + address(place) }

// scratch are the copies that calls make of data to hash and to sign. Longer
// data are copied into memory that is not Go's, and which goes with the call.
var scratch = sync.Pool{New: func() any { return new([scratchSize]byte) }}

const scratchSize = 64 << 10 // bytes

// take copies data that the module takes in once, within the call: it hashes
// them, or copies at most a block. The caller calls free after that. ok is
// false where bytes has false, and where there is no memory for a copy.
func (in input) take() (data []byte, free func(), ok bool) {
	free = func() {}
	switch {
	case in.n == 0:
		return []byte{}, free, true
	case in.p == 0 || in.n > maxBytes:
		return nil, free, false
	case in.n <= scratchSize:
		buffer := scratch.Get().(*[scratchSize]byte)
		data, free = buffer[:in.n], func() { scratch.Put(buffer) }
	default:
		touch(in.p, uintptr(in.n))
		var err error
		if data, free, err = largeBuffer(int(in.n)); err != nil {
			return nil, func() {}, false
		}
	}
	defer func() {
		if !ok {
			free() // there is no memory at that address
		}
	}()
	readHost(data, in.p)
	return data, free, true
}
