// SPDX-License-Identifier: Apache-2.0

package library

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// limit bounds one run of a host, which takes far less than a second.
const limit = 30 * time.Second

// nobody is the user of this name on Debian, and the attacker.
const nobody = 65534

// host compiles a program of c/.
func host(t *testing.T, name string, flags ...string) string {
	t.Helper()
	return kit.Program(t, "tests/attack/library/c/"+name+".c", flags...)
}

// needsRoot skips a test that gives files away or changes root directories.
func needsRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: this attack is made ready by root")
	}
}

// open returns a directory that every user can enter.
func open(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tscns-attack-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// place copies a program into a directory.
func place(t *testing.T, dir, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	path := filepath.Join(dir, filepath.Base(file))
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(path, b, 0o755))
	require.NoError(t, os.Chmod(path, 0o755))
	return path
}

// run runs a program with this environment alone, as the attacker if wanted.
// It returns the output and the exit code.
func run(t *testing.T, attacker bool, env []string, program string, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Dir = env, "/"
	if attacker {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, ctx.Err(), "hangs: %s", out)
	if ended := (*exec.ExitError)(nil); !errors.As(err, &ended) {
		require.NoError(t, err)
	}
	require.True(t, cmd.ProcessState.Exited(), "%s: %s", cmd.ProcessState, out)
	return string(out), cmd.ProcessState.ExitCode()
}
