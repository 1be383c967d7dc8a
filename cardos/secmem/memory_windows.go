// SPDX-License-Identifier: Apache-2.0

package secmem

import (
	"syscall"
	"unsafe"
)

var (
	kernel32     = syscall.NewLazyDLL("kernel32.dll")
	virtualAlloc = kernel32.NewProc("VirtualAlloc")
	virtualLock  = kernel32.NewProc("VirtualLock")
)

const (
	memCommit     = 0x1000
	memReserve    = 0x2000
	pageReadWrite = 0x04
)

// protected returns n bytes outside of the Go heap, or nil. Windows has no fork,
// and cannot leave memory out of a full dump.
func protected(n int) []byte {
	address, _, _ := virtualAlloc.Call(0, uintptr(n), memReserve|memCommit, pageReadWrite)
	if address == 0 {
		return nil
	}
	_, _, _ = virtualLock.Call(address, uintptr(n))
	// The memory is not Go's, so the garbage collector does not move it.
	return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&address))), n)
}
