// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// limit is how long a host program may run before it counts as hanging.
const limit = 90 * time.Second

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// echo is the package of a library whose backend is a double.
const echo = "./tests/doubles/echo"

// plain is a build of the library without any flag of the linker.
func plain(t *testing.T, pkg string) string {
	t.Helper()
	return kit.GoModule(t, pkg)
}

// program compiles a program of c/. It exports its functions to the library.
func program(t *testing.T, name string) string {
	t.Helper()
	return kit.Program(t, "tests/abi/c/"+name+".c", "-rdynamic")
}

// run runs a program and returns what it printed.
func run(t *testing.T, env []string, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // a child of a killed program may hold its output open
	err := cmd.Run()
	require.NoError(t, ctx.Err(), "hangs:\n%s", out.String())
	require.NoError(t, err, "%s", out.String())
	return out.String()
}

// report runs a program that prints "ok" at its end, and logs what else it
// prints.
func report(t *testing.T, env []string, bin string, args ...string) {
	t.Helper()
	out := run(t, env, bin, args...)
	text, found := strings.CutSuffix(out, "ok\n")
	require.True(t, found, "%s", out)
	if text != "" {
		t.Log(strings.TrimSpace(text))
	}
}

// compile compiles a C program that a test made.
func compile(t *testing.T, source string, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program.c")
	require.NoError(t, os.WriteFile(path, []byte(source), 0o600))
	return kit.Program(t, path, flags...)
}
