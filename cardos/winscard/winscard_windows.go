// SPDX-License-Identifier: Apache-2.0

package winscard

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// The functions of the system's own winscard.dll. They are looked up at their
// first use: a program that loads us must not wait for that.
var (
	library  = windows.NewLazySystemDLL("winscard.dll")
	status   = library.NewProc("SCardStatusW")
	transmit = library.NewProc("SCardTransmit")
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
	if status.Find() != nil {
		return 0, noService
	}
	var state uint32
	var atr [atrSize]byte
	size := uint32(len(atr))
	r, _, _ := status.Call(card, 0, 0, uintptr(unsafe.Pointer(&state)), uintptr(unsafe.Pointer(&protocol)),
		uintptr(unsafe.Pointer(&atr[0])), uintptr(unsafe.Pointer(&size)))
	return protocol, uint32(r)
}

// request is SCARD_IO_REQUEST.
type request struct{ protocol, size uint32 }

func (system) transmit(card uintptr, protocol uint32, command, answer []byte) (n int, code uint32) {
	if transmit.Find() != nil {
		return 0, noService
	}
	send := request{protocol, uint32(unsafe.Sizeof(request{}))}
	size := uint32(len(answer))
	r, _, _ := transmit.Call(card, uintptr(unsafe.Pointer(&send)), uintptr(unsafe.Pointer(&command[0])), uintptr(len(command)),
		0, uintptr(unsafe.Pointer(&answer[0])), uintptr(unsafe.Pointer(&size)))
	return int(size), uint32(r)
}
