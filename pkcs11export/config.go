// SPDX-License-Identifier: Apache-2.0

package pkcs11export

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"tscns/cardos/localfiles"
)

// traceVariable names the file that the trace is appended to, or "stderr".
// The Go runtime copies the environment when it starts, in the first
// C_Initialize (start.c) or, in a plain build, when the host loads the library:
// what the host sets later is not seen.
const traceVariable = "TSCNS_TRACE"

// pinPadVariable set to "off" leaves the PIN pads of readers unused, for one that
// does not work as it reports.
const pinPadVariable = "TSCNS_PINPAD"

// How the garbage collector runs in its host. Once it finds a tenth more memory
// in hand than it used at its last run, the Go runtime gives back the rest bit
// by bit, in the background and by a timer; with the first timer it opens an
// epoll and an event descriptor, and it ends the process when the host closes
// them. The ballast, address space that is never touched and so costs no
// memory, makes that tenth larger than the heap ever varies. gcPercent counts
// from the ballast, too: the collector runs when some 2 MB were allocated.
const (
	ballastSize = 32 << 20 // bytes
	gcPercent   = 5
)

var ballast []byte //nolint:unused // only written: it holds the memory

// processors bounds the threads that the runtime makes on large machines.
const processors = 4

// tameRuntime is called once, before anything of size is allocated.
var tameRuntime = sync.OnceFunc(func() {
	if runtime.GOMAXPROCS(0) > processors {
		runtime.GOMAXPROCS(processors)
	}
	debug.SetGCPercent(-1)
	ballast = make([]byte, ballastSize)
	calls.Store(0)
})

// collectFrom is the call with which the garbage collector begins to run. Its
// first run, which the ballast makes due at once, and the threads that it wants
// would cost a host a sixth of the time that C_Initialize takes, and most hosts
// that find no card never make that many calls.
const collectFrom = 16

var calls atomic.Uint32

// countCall is called at the start of every call.
func countCall() {
	if calls.Load() < collectFrom && calls.Add(1) == collectFrom {
		debug.SetGCPercent(gcPercent)
	}
}

// config is what the environment and the configuration files say; this file
// is the only one to ask them.
type config struct {
	localfiles.Config
	tracePath string
	noPINPad  bool
}

var settings = sync.OnceValue(func() config {
	getenv := os.Getenv
	if privileged() {
		getenv = nil
	}
	return config{
		Config:    localfiles.ReadConfig(getenv),
		tracePath: Environment(traceVariable),
		noPINPad:  Environment(pinPadVariable) == "off",
	}
})

// Environment returns the value of a variable, or "" in a program that runs with
// more rights than its caller: there the environment is the caller's.
func Environment(name string) string {
	if privileged() {
		return ""
	}
	return os.Getenv(name)
}

// RuntimeDir returns the user's runtime directory, or "": none in a program that
// runs with more rights than its caller.
func RuntimeDir() string {
	if privileged() {
		return ""
	}
	return localfiles.RuntimeDir(Environment)
}
