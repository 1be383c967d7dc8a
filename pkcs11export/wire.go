// SPDX-License-Identifier: Apache-2.0

//go:build !simcard && !double

package main

/*
#cgo linux pkg-config: libpcsclite
#include "process.h"
#pragma GCC diagnostic ignored "-Wunused-parameter" // in what cgo writes below
*/
import "C"

import (
	"runtime"

	"tscns/cardos"
	"tscns/cardos/pcsc"
	"tscns/module"
)

// newLibrary makes the library that is shipped: real readers, over PC/SC.
func newLibrary() module.API {
	pcsc.SetServiceLock(serviceLock{})
	return newModule(func() (cardos.Transport, error) { return pcsc.New(), nil }, settings().runtimeDir)
}

// serviceLock is the lock of process.c that a fork of the host waits for.
type serviceLock struct{}

func (serviceLock) Lock() {
	runtime.LockOSThread()
	C.lock_service()
}

func (serviceLock) Unlock() {
	C.unlock_service()
	runtime.UnlockOSThread()
}
