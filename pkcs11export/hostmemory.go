// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include "bridge.h"
*/
import "C"

import (
	"sync"

	"tscns/cardos/hostmemory"
)

// address is where a host says that memory of its is: any number, 0 for NULL.
type address uintptr

// The functions of package hostmemory, which panic where the host has no memory.

func readHost(to []byte, from address)  { hostmemory.Read(to, uintptr(from)) }
func writeHost(to address, from []byte) { hostmemory.Write(uintptr(to), from) }
func touch(p address, n uintptr)        { hostmemory.Touch(uintptr(p), n) }
func load[T any](from address) T        { return hostmemory.Load[T](uintptr(from)) }
func store[T any](to address, v T)      { hostmemory.Store(uintptr(to), v) }

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
