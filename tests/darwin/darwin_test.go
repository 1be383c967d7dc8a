// SPDX-License-Identifier: Apache-2.0

package darwin

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/tests/crosshost"
	"tscns/tests/kit"
)

// needMac are the packages that cannot be looked at without Apple's headers:
// the PC/SC binding, the PKCS#11 client of doctor and the C ABI are cgo.
var needMac = []string{"tscns/cardos/pcsc", "tscns/cmd/tscns", "tscns/pkcs11export", "tscns/pkcs11export/tscns-pkcs11"}

// command runs a program in the source tree and returns what it printed.
func command(t *testing.T, env []string, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = kit.Top()
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestGoWithoutC(t *testing.T) {
	darwin := []string{"GOOS=darwin", "GOARCH=arm64", "CGO_ENABLED=0"}
	listed, err := command(t, nil, "go", "list", "./module/...", "./cardos/...", "./cmd/...", "./pkcs11export/...", "./simcard/...", "./tests/simreader")
	require.NoError(t, err, listed)
	args := []string{"vet"}
	for _, p := range strings.Fields(listed) {
		if !slices.Contains(needMac, p) {
			args = append(args, p)
		}
	}
	require.Greater(t, len(args), 10)
	out, err := command(t, darwin, "go", args...)
	require.NoError(t, err, out)
}

// notLinux has the compiler deny that this is Linux.
var notLinux = []string{"-U__linux__", "-U__linux", "-Ulinux"}

// TestCIsPOSIX compiles the C half with the functions and types of POSIX and
// XSI alone.
func TestCIsPOSIX(t *testing.T) {
	gcc := kit.Need(t, "gcc", "gcc", "cc")
	objects := t.TempDir()
	dir := filepath.Join(kit.Top(), "pkcs11export")
	listed, err := command(t, nil, "go", "list", "-f", `{{join .CgoFiles " "}}`, "./pkcs11export")
	require.NoError(t, err, listed)
	// The header that shim.c includes is made by cgo.
	cgo := exec.Command("go", append([]string{"tool", "cgo", "-objdir", objects, "-importpath", "tscns/pkcs11export", "--"}, strings.Fields(listed)...)...)
	cgo.Dir = dir
	out, err := cgo.CombinedOutput()
	require.NoError(t, err, "%s", out)
	sources, err := filepath.Glob(filepath.Join(dir, "*.c"))
	require.NoError(t, err)
	compiled := 0
	for _, source := range sources {
		if strings.HasSuffix(source, "_linux.c") || strings.HasSuffix(source, "_windows.c") {
			continue
		}
		args := append([]string{"-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-std=c11", "-D_XOPEN_SOURCE=700", "-I", objects, "-I", dir}, notLinux...)
		text, err := command(t, nil, gcc, append(args, source)...)
		assert.NoError(t, err, text)
		compiled++
	}
	require.GreaterOrEqual(t, compiled, 5)
}

// TestPOSIXHalfWorks builds the library, with a simulated card inside, as on a
// system that is neither Linux nor Windows, and uses it.
func TestPOSIXHalfWorks(t *testing.T) {
	kit.Need(t, "gcc", "gcc")
	dir := t.TempDir()
	module, host, forked := filepath.Join(dir, "tscns-pkcs11.so"), filepath.Join(dir, "host"), filepath.Join(dir, "forked")
	flags := "CGO_CFLAGS=-O2 " + strings.Join(notLinux, " ")
	out, err := command(t, []string{"CGO_ENABLED=1", flags}, "go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false",
		"-o", module, "./tests/doubles/simcard")
	require.NoError(t, err, out)
	card := crosshost.NewCard(t)
	card.Save(t, filepath.Join(dir, "card"))
	env := crosshost.Environment("TSCNS_SIMCARD=" + filepath.Join(dir, "card"))
	crosshost.BuildHost(t, "gcc", host)
	crosshost.Host{Command: []string{host, module}, Dir: dir, Env: env}.Run(t).Check(t, card, false)

	crosshost.Compile(t, "gcc", forked, "tests/darwin/c/forked.c")
	cmd := exec.Command(forked, module)
	cmd.Env = env
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", text)
}
