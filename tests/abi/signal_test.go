// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"fmt"
	"syscall"
	"testing"

	"tscns/tests/kit"
)

// Every handler of the host is reached, whenever it was set and whatever stack
// it wants.
func TestSignalHandlersOfTheHost(t *testing.T) {
	bin, lib := program(t, "signals"), kit.Module(t)
	for _, when := range []string{"before", "after", "later"} {
		for _, stack := range []string{"own", "alternate"} {
			t.Run(when+" "+stack, func(t *testing.T) { report(t, nil, bin, lib, when, stack) })
		}
	}
}

func TestInterruptDuringWait(t *testing.T) {
	report(t, nil, program(t, "interrupt"), kit.Module(t))
}

// Showers of signals whose handlers want more stack than Go has: SIGALRM
// stands for those that are masked in Go code, the others cannot be.
func TestShowersOfSignals(t *testing.T) {
	bin, lib, setting := program(t, "storm"), kit.SimModule(t), card(t)
	for _, s := range []syscall.Signal{syscall.SIGALRM, syscall.SIGCHLD, syscall.SIGPROF, syscall.SIGURG} {
		for _, when := range []string{"before", "after"} {
			t.Run(s.String()+" "+when, func(t *testing.T) {
				report(t, []string{setting}, bin, lib, fmt.Sprint(int(s)), when, "2")
			})
		}
	}
}
