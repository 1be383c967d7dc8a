// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"testing"

	"tscns/tests/kit"
)

// Nothing grows: threads, descriptors, memory.
func TestCyclesLeaveNothing(t *testing.T) {
	bin, lib, setting := program(t, "cycles"), kit.SimModule(t), card(t)
	for _, scene := range []string{"cycles", "unload", "threads", "exit"} {
		t.Run(scene, func(t *testing.T) { report(t, []string{setting}, bin, lib, scene) })
	}
}

// The Go runtime has no descriptor that its host could close under it.
func TestHostClosesDescriptors(t *testing.T) {
	report(t, nil, program(t, "closing"), plain(t, echo), "double")
}
