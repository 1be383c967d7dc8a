// SPDX-License-Identifier: Apache-2.0

package packages

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// all are the packages that a build gives, by the names that package.sh takes,
// and the patterns of their file names.
var all = map[string]string{
	"deb:amd64":       "tscns_*_amd64.deb",
	"deb:arm64":       "tscns_*_arm64.deb",
	"rpm:amd64":       "tscns-*.x86_64.rpm",
	"archlinux:amd64": "tscns-*-x86_64.pkg.tar.zst",
}

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// built is the directory with the packages of this tree, made once.
var built = sync.OnceValues(func() (string, error) {
	dir, err := kit.TempDir()
	if err != nil {
		return "", err
	}
	return build("../..", filepath.Join(dir, "first"))
})

// build makes all packages of a source tree that can be made here.
func build(top, output string, env ...string) (string, error) {
	args := []string{"packaging/package.sh", output}
	for _, name := range []string{"deb:amd64", "rpm:amd64", "archlinux:amd64", "deb:arm64"} {
		if name != "deb:arm64" || crossCompiler() == nil {
			args = append(args, name)
		}
	}
	command := exec.Command("bash", args...)
	command.Dir = top
	command.Env = append(os.Environ(), env...)
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("package.sh: %w\n%s", err, out)
	}
	return output, nil
}

func crossCompiler() error {
	_, err := exec.LookPath("aarch64-linux-gnu-gcc")
	return err
}

// file returns the path of one of the packages.
func file(t *testing.T, name string) string {
	t.Helper()
	if name == "deb:arm64" && crossCompiler() != nil {
		t.Skip("SKIPPED: aarch64-linux-gnu-gcc is not installed (package gcc-aarch64-linux-gnu)")
	}
	dir, err := built()
	require.NoError(t, err)
	found, err := filepath.Glob(filepath.Join(dir, all[name]))
	require.NoError(t, err)
	require.Len(t, found, 1, name)
	return found[0]
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.Command(args[0], args[1:]...)
	command.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%q: %s", args, out)
	return string(out)
}
