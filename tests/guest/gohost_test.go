// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

// A host in Go goes on being scheduled by its own runtime, whose signal the
// runtime of the library takes over.
func TestGoHostIsPreempted(t *testing.T) {
	r := e2e.Start(t, e2e.Options{})
	bin := filepath.Join(r.Dir, "gohost")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", bin, "./gohost")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	r.Tool(bin, "", r.Module).OK().Has(t, "ok\n")
}
