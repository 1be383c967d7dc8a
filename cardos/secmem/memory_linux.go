// SPDX-License-Identifier: Apache-2.0

package secmem

import "syscall"

// Advice of madvise(2) that package syscall lacks; the same numbers on every
// architecture that Go knows.
const (
	madvDontDump   = 16 // Linux 3.4
	madvWipeOnFork = 18 // Linux 4.14: a forked process finds zeros
)

// protected returns n bytes outside of the Go heap, or nil.
func protected(n int) []byte {
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return nil
	}
	_ = syscall.Madvise(b, madvDontDump)
	if syscall.Madvise(b, madvWipeOnFork) != nil {
		// A forked child does not use this memory: see pkcs11export/copy.c.
		_ = syscall.Madvise(b, syscall.MADV_DONTFORK)
	}
	_ = syscall.Mlock(b)
	return b
}
