// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"sync"
)

// traceVariable names the file that the trace is appended to, or "stderr".
// The Go runtime copies the environment when the host loads the library: what
// the host sets later is not seen.
const traceVariable = "TSCNS_TRACE"

// gcPercent keeps the heap of the library small inside its host: the garbage
// collector starts when the heap has grown by this much.
const gcPercent = 30

// config is what the environment says; this file is the only one to read it.
type config struct {
	tracePath string
}

var settings = sync.OnceValue(func() config {
	return config{tracePath: environment(traceVariable)}
})

// environment reads a variable, or nothing in a program that runs with more
// rights than its caller: there the environment is the caller's.
func environment(name string) string {
	if privileged() {
		return ""
	}
	return os.Getenv(name)
}

// privileged tells whether the program runs with more rights than its caller.
func privileged() bool {
	return os.Getuid() != os.Geteuid() || os.Getgid() != os.Getegid()
}
