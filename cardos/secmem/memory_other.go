// SPDX-License-Identifier: Apache-2.0

//go:build unix && !linux

package secmem

import "syscall"

// protected returns n bytes outside of the Go heap, locked where the system can
// lock memory, or nil.
func protected(n int) []byte {
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return nil
	}
	lock(b)
	return b
}
