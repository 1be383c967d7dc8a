// SPDX-License-Identifier: Apache-2.0

package built

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tscns/tests/kit"

	"github.com/stretchr/testify/require"
)

const walker = "tests/conformance/c/walker.c"

// walkLimit is how long it may run before it counts as hanging.
const walkLimit = 2 * time.Minute

// walk runs c/walker.c on a library with a simulated card inside.
func walk(t *testing.T, program, lib string, args ...string) {
	t.Helper()
	last := filepath.Join(t.TempDir(), "last")
	require.NoError(t, os.WriteFile(last, make([]byte, 4096), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), walkLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{lib, last}, args...)...)
	cmd.Env = append(os.Environ(), "TSCNS_SIMCARD=c", "ASAN_OPTIONS=detect_leaks=0")
	out, err := cmd.CombinedOutput()
	text, _ := os.ReadFile(last)
	text, _, _ = bytes.Cut(text, []byte{0})
	require.NoError(t, ctx.Err(), "hangs in %s", text)
	require.NoError(t, err, "in %s\n%s", text, out)
	lines := strings.Fields(string(out))
	require.Equal(t, "ok", lines[len(lines)-1], "%s", out)
	t.Logf("%s", out)
}

// Every function with every kind of bad argument, wild addresses included.
func TestWalker(t *testing.T) {
	walk(t, kit.Program(t, walker), kit.SimModule(t), "wild")
}

// The same under AddressSanitizer, in C and in Go: nothing is read or written
// beyond what the host gave. Checks of Go's own pointers are off: a host's bad
// pointers are the point.
func TestWalkerUnderAddressSanitizer(t *testing.T) {
	walk(t, kit.Program(t, walker, "-fsanitize=address"),
		kit.GoModule(t, kit.Simulated, "-asan", "-gcflags=all=-d=checkptr=0"))
}
