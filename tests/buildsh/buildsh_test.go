// SPDX-License-Identifier: Apache-2.0

// Package buildsh tests what build.sh says to people: usage, the Go version,
// and what is missing on a system without apt.
package buildsh

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// buildsh runs ./build.sh with the given environment and returns what it
// printed and its exit code.
func buildsh(t *testing.T, env []string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command("bash", append([]string{"./build.sh"}, args...)...)
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if !errors.As(err, &failed) {
		require.NoError(t, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func TestUsageInBothLanguages(t *testing.T) {
	out, code := buildsh(t, nil, "help")
	assert.Zero(t, code)
	assert.Contains(t, out, "no reader and no card needed")
	out, code = buildsh(t, []string{"LC_ALL=it_IT.UTF-8"}, "help")
	assert.Zero(t, code)
	assert.Contains(t, out, "nessun lettore")
	_, code = buildsh(t, nil, "frobnicate")
	assert.Equal(t, 2, code)
}

func TestGoVersionIsChecked(t *testing.T) {
	for _, old := range []string{"go1.19.8", "go1.23.12"} {
		out, code := buildsh(t, nil, "check-go", old)
		assert.Equal(t, 1, code)
		assert.Contains(t, out, "1.24 or newer is needed")
	}
	for _, good := range []string{"go1.24", "go1.24.0", "go1.26.8", "go1.100.1"} {
		out, code := buildsh(t, nil, "check-go", good)
		assert.Zero(t, code, "%s: %s", good, out)
	}
	_, code := buildsh(t, nil, "check-go", "go1.21.0", "auto")
	assert.Zero(t, code, "fetches what go.mod asks for")
	_, code = buildsh(t, nil, "check-go", "go1.22.1", "go1.22.1+auto")
	assert.Zero(t, code)
	for _, cannot := range [][]string{{"go1.21.0", "local"}, {"go1.22.1", "path"}, {"go1.20.14", "auto"}} {
		_, code = buildsh(t, nil, append([]string{"check-go"}, cannot...)...)
		assert.Equal(t, 1, code, "%s", cannot)
	}
	goMod, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	assert.Contains(t, string(goMod), "\ngo 1.24", "build.sh and go.mod name one version")
}

// pathWith makes a directory with links to the named programs and nothing
// else, to stand for a system that lacks the rest.
func pathWith(t *testing.T, programs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, p := range programs {
		real, err := exec.LookPath(p)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(real, filepath.Join(dir, p)))
	}
	return dir
}

func TestWithoutGo(t *testing.T) {
	out, code := buildsh(t, []string{"PATH=" + pathWith(t, "bash", "sed", "head", "dirname", "sort")}, "build")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "Go is not installed")
}

func TestWithoutAptThePackagesAreListed(t *testing.T) {
	path := pathWith(t, "bash", "sed", "head", "dirname", "sort", "go")
	out, code := buildsh(t, []string{"PATH=" + path}, "demo")
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "This system has no apt")
	for _, p := range []string{"gcc", "libpcsclite-dev", "pcscd", "vsmartcard-vpcd", "libengine-pkcs11-openssl", "curl"} {
		assert.Contains(t, out, "  "+p+"\n", "the whole list at once")
	}
}
