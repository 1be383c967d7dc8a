// SPDX-License-Identifier: Apache-2.0

package winscard

import (
	"sync"
	"syscall"
	"unsafe"
)

// searchSystem32 is LOAD_LIBRARY_SEARCH_SYSTEM32: no file of that name beside a
// program is taken. Package windows of golang.org/x/sys could ask so as well, and
// brings a network stack.
const searchSystem32 = 0x800

// library is the system's own winscard.dll, or nil. It is looked for at the first
// use: a program that loads us must not wait for that.
var library = sync.OnceValue(func() *syscall.DLL {
	const name = "winscard.dll"
	path, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil
	}
	load := syscall.NewLazyDLL("kernel32.dll").NewProc("LoadLibraryExW")
	handle, _, _ := load.Call(uintptr(unsafe.Pointer(path)), 0, searchSystem32)
	if handle == 0 {
		return nil
	}
	return &syscall.DLL{Name: name, Handle: syscall.Handle(handle)}
})

// find returns a function of the library, or nil.
func find(name string) *syscall.Proc {
	dll := library()
	if dll == nil {
		return nil
	}
	proc, err := dll.FindProc(name)
	if err != nil {
		return nil
	}
	return proc
}

var (
	status   = sync.OnceValue(func() *syscall.Proc { return find("SCardStatusW") })
	transmit = sync.OnceValue(func() *syscall.Proc { return find("SCardTransmit") })
)

// New returns a link to the card with this answer to reset, behind the handles
// that [Link.Use] sets.
func New(atr []byte) *Link { return newLink(atr, system{}) }

// system is winscard.dll.
type system struct{}

// noService is SCARD_E_NO_SERVICE.
const noService = 0x8010001D

// atrSize is how long an answer to reset is in the structures of PC/SC, in bytes.
const atrSize = 36

func (system) status(card uintptr) (protocol, code uint32) {
	f := status()
	if f == nil {
		return 0, noService
	}
	var state uint32
	var atr [atrSize]byte
	size := uint32(len(atr))
	r, _, _ := f.Call(card, 0, 0, uintptr(unsafe.Pointer(&state)), uintptr(unsafe.Pointer(&protocol)),
		uintptr(unsafe.Pointer(&atr[0])), uintptr(unsafe.Pointer(&size)))
	return protocol, uint32(r)
}

// request is SCARD_IO_REQUEST.
type request struct{ protocol, size uint32 }

func (system) transmit(card uintptr, protocol uint32, command, answer []byte) (n int, code uint32) {
	f := transmit()
	if f == nil {
		return 0, noService
	}
	send := request{protocol, uint32(unsafe.Sizeof(request{}))}
	size := uint32(len(answer))
	r, _, _ := f.Call(card, uintptr(unsafe.Pointer(&send)), uintptr(unsafe.Pointer(&command[0])), uintptr(len(command)),
		0, uintptr(unsafe.Pointer(&answer[0])), uintptr(unsafe.Pointer(&size)))
	return int(size), uint32(r)
}
