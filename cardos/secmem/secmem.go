// SPDX-License-Identifier: Apache-2.0

// Package secmem provides memory for PINs. It is outside of the Go heap, kept out
// of swap, core dumps and forked processes where the system supports that, and
// wiped when it is freed.
//
// Each of these protections is best effort. A system that refuses one (a limit on
// locked memory, an old kernel, a sandbox) leaves plain memory that is wiped.
package secmem

import "sync"

// Size is the maximum size of a protected [Buffer] in bytes: more than two PINs
// with the command around them.
const Size = 128

// chunk is the number of bytes requested from the system at a time: a page on
// most systems, and 32 buffers.
const chunk = 4096

var pool struct {
	sync.Mutex
	free [][]byte
}

// Buffer is a piece of protected memory. Its creator calls [Buffer.Free] when
// nothing uses the bytes any more.
type Buffer struct {
	bytes []byte
	slot  []byte // nil after Free, and for bytes on the heap
}

// New returns a buffer of n zero bytes. A buffer longer than [Size] is on the heap
// and only wiped: no PIN is that long.
func New(n int) *Buffer {
	if n > Size {
		return &Buffer{bytes: make([]byte, n)}
	}
	slot := take()
	return &Buffer{bytes: slot[:n:n], slot: slot}
}

// Copy returns a buffer with a copy of b, which may be memory of the host that
// faults. It copies at most [Size] bytes, more than any PIN has.
func Copy(b []byte) *Buffer {
	buffer := New(min(len(b), Size))
	copied := false
	defer func() {
		if !copied {
			buffer.Free()
		}
	}()
	copy(buffer.bytes, b)
	copied = true
	return buffer
}

// Bytes returns the memory, nil for a nil buffer and after [Buffer.Free].
func (b *Buffer) Bytes() []byte {
	if b == nil {
		return nil
	}
	return b.bytes
}

// Free wipes the memory and releases it. It may be called more than once, and on
// a nil buffer.
func (b *Buffer) Free() {
	if b == nil {
		return
	}
	clear(b.bytes)
	b.bytes = nil
	if b.slot == nil {
		return
	}
	slot := b.slot
	b.slot = nil
	clear(slot) // an owner may have sliced beyond
	pool.Lock()
	defer pool.Unlock()
	pool.free = append(pool.free, slot)
}

func take() []byte {
	pool.Lock()
	defer pool.Unlock()
	if len(pool.free) == 0 {
		more := protected(chunk)
		if more == nil {
			more = make([]byte, chunk)
		}
		for ; len(more) >= Size; more = more[Size:] {
			pool.free = append(pool.free, more[:Size:Size])
		}
	}
	last := len(pool.free) - 1
	slot := pool.free[last]
	pool.free = pool.free[:last]
	return slot
}
