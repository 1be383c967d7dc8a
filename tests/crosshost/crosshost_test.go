// SPDX-License-Identifier: Apache-2.0

package crosshost_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/crosshost"
)

// An emulator that does not start the host is run again, and does not count
// for how long the host takes to leave.
func TestHostThatIsNotStarted(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "emulator")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\nif mkdir \"$1\"; then exit 1; fi 2>/dev/null\necho started\necho leaving\nsleep 0.2\n"), 0o755))
	left := 0
	printed := crosshost.Host{Command: []string{script, filepath.Join(dir, "tried")}, Dir: dir, Leave: func(took time.Duration) {
		left++
		require.Greater(t, took, 100*time.Millisecond)
	}}.Run(t)
	require.Equal(t, crosshost.Printed{"started", "leaving"}, printed)
	require.Equal(t, 1, left)
}
