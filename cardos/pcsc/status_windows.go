// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"reflect"
	"syscall"
	"time"
	"unsafe"

	"github.com/ebfe/scard"
)

// winscard.dll is already loaded: scard loads it by the same name.
var getStatusChangeW = syscall.NewLazyDLL("winscard.dll").NewProc("SCardGetStatusChangeW")

// readerState is SCARD_READERSTATEW.
type readerState struct {
	name           *uint16
	user           uintptr
	current, event uint32
	atrSize        uint32
	atr            [36]byte
}

// GetStatusChange replaces the method of scard, which passes the names as
// integers that the garbage collector does not follow. The memory of a name may
// be reused before the service reads it; the call then fails with
// SCARD_E_UNKNOWN_READER or reads other data.
func (c scardContext) GetStatusChange(states []scard.ReaderState, timeout time.Duration) error {
	raw := make([]readerState, len(states))
	for i, s := range states {
		name, err := syscall.UTF16PtrFromString(s.Reader)
		if err != nil {
			return scard.ErrInvalidParameter
		}
		raw[i] = readerState{name: name, current: uint32(s.CurrentState), atrSize: uint32(min(len(s.Atr), 36))}
		copy(raw[i].atr[:], s.Atr)
	}
	code, _, _ := getStatusChangeW.Call(c.handle(), uintptr(timeout.Milliseconds()),
		uintptr(unsafe.Pointer(&raw[0])), uintptr(len(raw)))
	if e := scard.Error(code); e != scard.ErrSuccess {
		return e
	}
	for i, r := range raw {
		states[i].EventState = scard.StateFlag(r.event)
		if n := min(int(r.atrSize), len(r.atr)); n > 0 {
			states[i].Atr = append([]byte(nil), r.atr[:n]...)
		}
	}
	return nil
}

// handle returns the SCARDCONTEXT, which scard does not export.
func (c scardContext) handle() uintptr {
	return uintptr(reflect.ValueOf(c.Context).Elem().FieldByName("ctx").Uint())
}
