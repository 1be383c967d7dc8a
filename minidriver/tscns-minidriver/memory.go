// SPDX-License-Identifier: Apache-2.0

//go:build windows

package main

/*
#include "bridge.h"
*/
import "C"

import (
	"unicode/utf16"
	"unsafe"

	"tscns/cardos"
	"tscns/cardos/hostmemory"
	"tscns/cardos/secmem"
	"tscns/minidriver"
)

// address is where a caller says that memory of its is, 0 for NULL.
type address uintptr

// Limits on what a caller can mean. A larger number is a mistake, such as a length
// that was never set, and is refused before anything is allocated.
const (
	maxData = 16 << 10 // bytes of one input
	maxText = 64       // characters of a name; the longest that is known has 32
)

func load[T any](from address) T        { return hostmemory.Load[T](uintptr(from)) }
func store[T any](to address, value T)  { hostmemory.Store(uintptr(to), value) }
func writeHost(to address, from []byte) { hostmemory.Write(uintptr(to), from) }

// span is what a caller has at an address, and its length in bytes.
type span struct {
	p address
	n C.DWORD
}

// bytes copies it, so that nobody changes it meanwhile.
func (s span) bytes() ([]byte, error) {
	if s.n == 0 {
		return nil, nil
	}
	if s.p == 0 || s.n > maxData {
		return nil, minidriver.InvalidParameter
	}
	b := make([]byte, s.n)
	hostmemory.Read(b, uintptr(s.p))
	return b, nil
}

// withPIN calls f with a copy of a PIN in memory that is not Go's and is wiped
// afterwards: nil for a NULL pointer without a length, which asks for the
// reader's keypad. Of a PIN that is longer than any only the beginning is copied,
// which is still too long.
func (s span) withPIN(f func(pin cardos.Secret) error) error {
	switch {
	case s.p == 0 && s.n == 0:
		return f(nil)
	case s.n == 0:
		return f(cardos.Secret{})
	case s.p == 0:
		return minidriver.InvalidParameter
	}
	b := secmem.New(int(min(s.n, secmem.Size)))
	defer b.Free()
	hostmemory.Read(b.Bytes(), uintptr(s.p))
	return f(cardos.Secret(b.Bytes()))
}

// ansi copies a text of bytes that a zero ends, "" for NULL. What is longer than
// maxText is cut off behind its next character, and is no name of ours.
func ansi(p address) string {
	var text []byte
	for p != 0 && len(text) <= maxText {
		b := load[byte](p + address(len(text)))
		if b == 0 {
			break
		}
		text = append(text, b)
	}
	return string(text)
}

// wide does the same with a text in UTF-16.
func wide(p address) string {
	var text []uint16
	for p != 0 && len(text) <= maxText {
		u := load[uint16](p + address(2*len(text)))
		if u == 0 {
			break
		}
		text = append(text, u)
	}
	return string(utf16.Decode(text))
}

// version refuses a structure that is newer than what is known of it. Its first
// member is a version, of which 0 means 1.
func version(p address, known C.DWORD) error {
	if load[C.DWORD](p) > known {
		return minidriver.RevisionMismatch
	}
	return nil
}

// output are the places of an address and a length in bytes, of memory that the
// caller is given.
type output struct{ memory, length address }

// clear is called first, so that an error leaves no address behind.
func (out output) clear() error {
	if out.memory == 0 || out.length == 0 {
		return minidriver.InvalidParameter
	}
	store(out.memory, address(0))
	store(out.length, C.DWORD(0))
	return nil
}

// give has the caller's allocator make memory for data, and says where it is. A
// call gives memory once, to places that clear has written: none is lost.
func (c card) give(out output, data []byte) error {
	memory, err := c.allocate(data)
	if err != nil {
		return err
	}
	store(out.memory, memory)
	store(out.length, C.DWORD(len(data)))
	return nil
}

// allocate returns memory of the caller's allocator that holds data.
func (c card) allocate(data []byte) (address, error) {
	alloc := load[uintptr](c.data + C.card_pfnCspAlloc)
	if alloc == 0 {
		return 0, minidriver.InvalidParameter
	}
	memory := address(C.call_alloc(C.uintptr_t(alloc), C.size_t(max(len(data), 1))))
	if memory == 0 {
		return 0, minidriver.NoMemory
	}
	writeHost(memory, data)
	return memory, nil
}

// fill writes data into a buffer and their length to where it is
// wanted. The length is written for a buffer that is too small, too.
func (s span) fill(length address, data []byte) error {
	store(length, C.DWORD(len(data)))
	if int64(s.n) < int64(len(data)) {
		return minidriver.InsufficientBuffer
	}
	writeHost(s.p, data)
	return nil
}

// ours are bytes of our_functions, by their places in a CARD_DATA.
func ours(begin, end uintptr) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&C.our_functions)), C.card_size)[begin:end]
}
