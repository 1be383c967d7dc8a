// SPDX-License-Identifier: Apache-2.0

package built

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// walk runs c/walker.c on a library with a simulated card inside.
func walk(t *testing.T, program, lib string, args ...string) {
	t.Helper()
	last := filepath.Join(t.TempDir(), "last")
	require.NoError(t, os.WriteFile(last, make([]byte, 4096), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 2*limit)
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

func compiled(t *testing.T, name string, flags ...string) string {
	t.Helper()
	program, err := compile(name, flags...)
	if errors.Is(err, errNoCompiler) {
		t.Skipf("SKIPPED: %v", err)
	}
	require.NoError(t, err)
	return program
}

// Every function with every kind of bad argument, wild addresses included.
func TestWalker(t *testing.T) {
	program := compiled(t, "walker")
	lib := os.Getenv("TSCNS_SIM_MODULE")
	if lib == "" {
		var err error
		lib, err = buildLibrary("walker-sim.so")
		require.NoError(t, err)
	}
	walk(t, program, lib, "wild")
}

// The same under AddressSanitizer, in C and in Go: nothing is read or written
// beyond what the host gave. Checks of Go's own pointers are off: a host's bad
// pointers are the point.
func TestWalkerUnderAddressSanitizer(t *testing.T) {
	program := compiled(t, "walker", "-fsanitize=address")
	lib, err := buildLibrary("walker-asan.so", "-asan", "-gcflags=all=-d=checkptr=0")
	if err != nil && strings.Contains(err.Error(), "-asan") {
		t.Skipf("SKIPPED: this compiler has no AddressSanitizer for Go: %v", err)
	}
	require.NoError(t, err)
	walk(t, program, lib)
}
