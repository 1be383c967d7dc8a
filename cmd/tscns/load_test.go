// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/register"
)

var library = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("TSCNS_MODULE"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "tscns-doctor")
	if err != nil {
		return "", err
	}
	libraryDir = dir
	path := filepath.Join(dir, register.LibraryFile())
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-o", path, "./pkcs11export/tscns-pkcs11")
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

var libraryDir string // removed by TestMain

// module is the built library: TSCNS_MODULE, or one built for these tests.
func module(t *testing.T) string {
	t.Helper()
	path, err := library()
	require.NoError(t, err)
	return path
}

// turnsAway is a service that runs and ends every connection at once, as pcscd
// does with a client that polkit refuses.
func turnsAway(t require.TestingT) (path string, stop func()) {
	dir, err := os.MkdirTemp("", "sock") // a short path
	require.NoError(t, err)
	path = filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	require.NoError(t, err)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	return path, func() {
		l.Close()
		os.RemoveAll(dir)
	}
}

// The library is loaded as a browser does, in a process of its own: the real
// one answers, one that crashes or is none does not take the command along.
func TestLoadingTheLibrary(t *testing.T) {
	l, err := loadLibrary(module(t))
	require.NoError(t, err)
	assert.NotZero(t, l.Slots)
	assert.NotEmpty(t, l.Description)
	assert.Positive(t, l.Time)
	for name, code := range map[string]string{
		"no PKCS#11":   "int x;",
		"crashes":      "__attribute__((constructor)) static void f(void) { *(volatile int *)0 = 1; }",
		"ends at once": "#include <unistd.h>\n__attribute__((constructor)) static void f(void) { _exit(0); }",
	} {
		cc, err := exec.LookPath("cc")
		if err != nil {
			t.Skip("SKIPPED: cc not installed (package gcc)")
		}
		path := filepath.Join(t.TempDir(), "tscns-pkcs11.so")
		cmd := exec.Command(cc, "-shared", "-fPIC", "-x", "c", "-o", path, "-")
		cmd.Stdin = strings.NewReader(code)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		_, err = loadLibrary(path)
		require.Error(t, err, name)
	}
}
