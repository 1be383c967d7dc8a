// SPDX-License-Identifier: Apache-2.0

//go:build unix

package pkcs11export

import "syscall"

// largeBuffer returns memory outside of Go's heap, and what gives it back.
func largeBuffer(n int) ([]byte, func(), error) {
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	return b, func() { _ = syscall.Munmap(b) }, err
}
