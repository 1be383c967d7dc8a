// SPDX-License-Identifier: Apache-2.0

package built

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pcscd"
	"tscns/tests/conformance"
)

var (
	dir     string // removed at the end
	service *pcscd.Service
)

func TestMain(m *testing.M) {
	var err error
	if dir, err = os.MkdirTemp("", "tscns-conformance"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if service != nil {
		if err := service.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// library is the library under test: TSCNS_MODULE, or one that is built once.
var library = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("TSCNS_MODULE"); path != "" {
		return path, nil
	}
	path := filepath.Join(dir, "tscns-pkcs11.so")
	cmd := exec.Command("./build.sh", "module", path) // the flags have one place
	cmd.Dir = conformance.Top()
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build.sh module: %w\n%s", err, text)
	}
	return path, nil
})

// buildLibrary builds the library with the simulated card inside.
func buildLibrary(name string, flags ...string) (string, error) {
	path := filepath.Join(dir, name)
	args := append([]string{"build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-o", path}, flags...)
	cmd := exec.Command("go", append(args, "./tests/doubles/simcard")...)
	cmd.Dir = conformance.Top()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, text)
	}
	return path, nil
}

// client is the C half of the driver, compiled once.
var client = sync.OnceValues(func() (string, error) { return compile("client") })

var errNoCompiler = errors.New("no C compiler (gcc) on this machine")

func compile(name string, flags ...string) (string, error) {
	cc := ""
	for _, one := range []string{os.Getenv("CC"), "gcc", "cc"} {
		if path, err := exec.LookPath(one); cc == "" && one != "" && err == nil {
			cc = path
		}
	}
	if cc == "" {
		return "", errNoCompiler
	}
	program := filepath.Join(dir, name)
	args := append([]string{"-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-I", filepath.Join(conformance.Top(), "include")}, flags...)
	args = append(args, filepath.Join(conformance.Top(), "tests", "conformance", "c", name+".c"), "-o", program, "-ldl", "-pthread")
	if text, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cc, err, text)
	}
	return program, nil
}

// need skips the test where there is no C compiler or no PC/SC service.
func need(t *testing.T) {
	t.Helper()
	_, err := client()
	if errors.Is(err, errNoCompiler) {
		t.Skipf("SKIPPED: %v", err)
	}
	require.NoError(t, err)
	if service == nil {
		run, err := os.MkdirTemp(dir, "pcscd")
		require.NoError(t, err)
		s, err := pcscd.Start(run, 1)
		if errors.Is(err, pcscd.ErrMissing) {
			t.Skipf("SKIPPED: %v (packages pcscd, vsmartcard-vpcd)", err)
		}
		require.NoError(t, err)
		service = s
		require.NoError(t, os.Setenv("PCSCLITE_CSOCK_NAME", s.Socket()))
	}
	_, err = library()
	require.NoError(t, err)
}
