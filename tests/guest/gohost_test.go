// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"testing"

	"tscns/tests/e2e"
	"tscns/tests/kit"
)

// A host in Go goes on being scheduled by its own runtime, whose signal the
// runtime of the library takes over.
func TestGoHostIsPreempted(t *testing.T) {
	r := e2e.Start(t, e2e.Options{})
	bin := kit.GoProgram(t, "./tests/guest/gohost")
	r.Tool(bin, "", r.Module).OK().Has(t, "ok\n")
}
