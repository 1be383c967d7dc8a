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

// protected returns n bytes beside the heap, or nil. Windows has no fork, and
// no way to keep memory out of a dump of all of it.
func protected(n int) []byte {
	address, _, _ := virtualAlloc.Call(0, uintptr(n), memReserve|memCommit, pageReadWrite)
	if address == 0 {
		return nil
	}
	_, _, _ = virtualLock.Call(address, uintptr(n))
	// The address is not one of Go's, so the garbage collector never moves it.
	return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&address))), n)
}
