// SPDX-License-Identifier: Apache-2.0

// Package secmem is memory for PINs: kept out of swap, of core dumps and of
// forked processes where the system can do that, and wiped when it is given
// back. Go's own heap cannot be told apart like that, so it is memory beside
// the heap, in pieces of one size.
//
// Each of the three is best effort: a system that refuses one (a limit on
// locked memory, an old kernel, a sandbox) leaves plain memory that is wiped.
package secmem

import "sync"

// Size is how many bytes a Buffer of protected memory holds at most: two PINs
// with the command around them, and to spare.
const Size = 128

// chunk is how much memory is asked of the system at a time, in bytes: a page
// on most systems, enough for 32 PINs in use at once.
const chunk = 4096

var pool struct {
	sync.Mutex
	free [][]byte
}

// Buffer is a piece of such memory. It belongs to whoever made it, who calls
// Free when nothing uses its bytes any more.
type Buffer struct {
	bytes []byte
	slot  []byte // nil once freed, and where bytes lies on the heap
}

// New returns a buffer of n zero bytes. Above Size it lies on the heap, and
// is only wiped: nothing as long is a PIN.
func New(n int) *Buffer {
	if n > Size {
		return &Buffer{bytes: make([]byte, n)}
	}
	slot := take()
	return &Buffer{bytes: slot[:n:n], slot: slot}
}

// Copy returns a buffer with a copy of b, which may be memory that faults. Of
// more than Size bytes it takes the first Size: still too long for a PIN.
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

// Bytes returns the memory; nil of a nil buffer and of one that was freed.
func (b *Buffer) Bytes() []byte {
	if b == nil {
		return nil
	}
	return b.bytes
}

// Free wipes the memory and gives it back. It may be called again, and on nil.
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
