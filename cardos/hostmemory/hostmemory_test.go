// SPDX-License-Identifier: Apache-2.0

package hostmemory

import (
	"runtime/debug"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestValuesAsTheyLie(t *testing.T) {
	type pair struct {
		A uint8
		B uint64
	}
	var memory pair
	at := uintptr(unsafe.Pointer(&memory))
	Store(at, pair{1, 2})
	require.Equal(t, pair{1, 2}, memory)
	require.Equal(t, pair{1, 2}, Load[pair](at))
}

func TestNoMemoryIsAFault(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	for _, address := range []uintptr{0, 1, lowest - 1, lowest, 0xDEAD0000} {
		for name, f := range map[string]func(){
			"read":  func() { Read(make([]byte, 1), address) },
			"write": func() { Write(address, []byte{1}) },
			"touch": func() { Touch(address, 1) },
		} {
			func() {
				defer func() { require.True(t, Fault(recover()), "%s %#x", name, address) }()
				f()
			}()
		}
	}
	require.False(t, Fault(nil))
	require.False(t, Fault("a panic"))
}
