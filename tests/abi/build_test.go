// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// limit is how long a host program may run before it counts as hanging.
const limit = 90 * time.Second

// top is the root of the sources.
var top = func() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return dir
}()

// simulated is the package of the library with a simulated card inside.
const simulated = "./tests/doubles/simcard"

var (
	buildDir string
	builds   = map[string]func() (string, error){}
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "tscns-abi-")
	if err != nil {
		panic(err)
	}
	buildDir = dir
	for name, command := range map[string]func(out string) *exec.Cmd{
		"shipped":       func(out string) *exec.Cmd { return exec.Command("./build.sh", "module", out) },
		"simcard":       func(out string) *exec.Cmd { return exec.Command("./build.sh", "module", out, simulated) },
		"plain":         func(out string) *exec.Cmd { return goBuild(out, "./pkcs11export/tscns-pkcs11") },
		"double":        func(out string) *exec.Cmd { return goBuild(out, "./tests/doubles/echo") },
		"plain simcard": func(out string) *exec.Cmd { return goBuild(out, simulated) },
	} {
		builds[name] = sync.OnceValues(func() (string, error) { return build(name, command) })
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// goBuild is the plain way to build the library, without any flag of the linker.
func goBuild(out, pkg string) *exec.Cmd {
	return exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-o", out, pkg)
}

// build makes a library.
func build(name string, command func(out string) *exec.Cmd) (string, error) {
	if err := declareSources(); err != nil {
		return "", err
	}
	out := filepath.Join(buildDir, name+".so")
	cmd := command(out)
	cmd.Dir = top
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	text, err := cmd.CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(text), Err: err}
	}
	return out, nil
}

// declareSources looks at each source file, so that the go tool runs these
// tests again when one of them has changed.
func declareSources() error {
	for _, dir := range []string{"build.sh", "include", "pkcs11export", "module", "cardos", "tests/abi/c",
		"simcard", "tests/simreader", "tests/doubles"} {
		err := filepath.WalkDir(filepath.Join(top, dir), func(path string, _ os.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// library returns a build: "shipped" (the one that TSCNS_MODULE names, where
// it is set), "simcard", "double", "plain" or "plain simcard" (go build without
// any flag of the linker).
func library(t *testing.T, name string) string {
	t.Helper()
	if path := os.Getenv("TSCNS_MODULE"); name == "shipped" && path != "" {
		return path
	}
	path, err := builds[name]()
	require.NoError(t, err)
	return path
}

// compiler returns the C compiler, or skips the test.
func compiler(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CC"), "gcc", "cc"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("no C compiler (gcc) on this machine")
	return ""
}

// compile makes a program of a C source.
func compile(t *testing.T, source string, flags ...string) string {
	t.Helper()
	cc := compiler(t)
	program := filepath.Join(t.TempDir(), "program")
	args := append([]string{"-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g"}, flags...)
	args = append(args, source, "-o", program, "-ldl", "-pthread")
	text, err := exec.Command(cc, args...).CombinedOutput()
	require.NoError(t, err, "%s", text)
	return program
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

// program compiles a program of c/. It exports its functions to the library.
func program(t *testing.T, name string) string {
	t.Helper()
	return compile(t, filepath.Join("c", name+".c"), "-I", filepath.Join(top, "include"), "-rdynamic")
}

// host compiles a program of c/ and runs it with a library.
func host(t *testing.T, name, lib string, env ...string) {
	t.Helper()
	require.Equal(t, "ok\n", run(t, env, program(t, name), lib))
}
