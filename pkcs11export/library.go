// SPDX-License-Identifier: Apache-2.0

package pkcs11export

/*
#include "process.h"
#pragma GCC diagnostic ignored "-Wunused-parameter" // in what cgo writes below
*/
import "C"

import (
	"runtime"
	"sync"
	"time"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cardos/profile"
	"tscns/module"
)

// backend makes what answers the C functions.
var backend func() module.API

// library is the module behind the C functions, made at the first call.
var library = sync.OnceValue(func() module.API { return backend() })

// Serve names what answers the C functions. The main package of a library calls
// it in an init function; f is called once, by the first C function that needs
// an answer.
func Serve(f func() module.API) { backend = f }

// readerStatesFor is how long reader states are taken for current, far below
// the time in which a reader notices that a card was removed.
const readerStatesFor = 2 * time.Millisecond

// NewModule returns the module over a smart card service, with the settings of
// the environment and the configuration files. open connects to the service.
// The cache of public card data, the records of PINs and shared logins have their
// files in runtimeDir; where that is empty they stay in memory, and each program is
// alone.
func NewModule(open func() (cardos.Transport, error), runtimeDir string) module.API {
	options := cardos.Options{Reads: cardos.ReadsNamed(settings().Reads), PINRecords: localfiles.NewPINRecords(runtimeDir),
		Logins: localfiles.NewLogins(runtimeDir)}
	c := module.Config{Cards: profile.Options(options), Open: open,
		ULongSize: C.sizeof_CK_ULONG, Lately: readerStatesFor, NoPINPad: settings().noPINPad}
	if settings().Cache {
		c.Cards.Store = localfiles.NewCache(runtimeDir)
	}
	if tracing() {
		c.Trace = traceEvent
	}
	return module.New(c)
}

// ServiceLock is a [sync.Locker] that a fork of the host waits for. It is held
// while a connection to the PC/SC service is opened or closed (process.h).
type ServiceLock struct{}

// Lock locks, and holds the goroutine on its thread, which has to unlock.
func (ServiceLock) Lock() {
	runtime.LockOSThread()
	C.lock_service()
}

// Unlock undoes Lock.
func (ServiceLock) Unlock() {
	C.unlock_service()
	runtime.UnlockOSThread()
}
