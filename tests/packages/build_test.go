// SPDX-License-Identifier: Apache-2.0

package packages

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// epoch is the time that package.sh puts into packages by itself.
func epoch(t *testing.T) string {
	t.Helper()
	if out, err := exec.Command("git", "-C", "../..", "log", "-1", "--format=%ct").Output(); err == nil {
		return strings.TrimSpace(string(out))
	}
	info, err := os.Stat("../../CHANGELOG.md")
	require.NoError(t, err)
	return fmt.Sprint(info.ModTime().Unix())
}

// copySource copies what is built, without history and results, into another folder.
func copySource(t *testing.T) string {
	t.Helper()
	const top = "../.."
	to := filepath.Join(t.TempDir(), "elsewhere")
	require.NoError(t, filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{".git", "dist", "tests"}, name) {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		if name == ".git" || !entry.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), b, 0o600)
	}))
	return to
}

func hash(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return fmt.Sprintf("%x", sha256.Sum256(b))
}

// Another folder, other permissions, another time zone and language: the same bytes.
func TestReproducible(t *testing.T) {
	first, err := shared.build()
	require.NoError(t, err)
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	second, err := build(copySource(t), filepath.Join(t.TempDir(), "second"),
		"SOURCE_DATE_EPOCH="+epoch(t), "TZ=Pacific/Auckland", "LC_ALL=it_IT.UTF-8", "LANG=it_IT.UTF-8")
	require.NoError(t, err)
	entries, err := os.ReadDir(first)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(entries), 3)
	for _, entry := range entries {
		sum := hash(t, filepath.Join(first, entry.Name()))
		assert.Equal(t, sum, hash(t, filepath.Join(second, entry.Name())), entry.Name())
		t.Logf("%s  %s", sum, entry.Name())
	}
}

// The scripts that packages run are such that a plain shell understands, and
// end well where the command is not there.
func TestScripts(t *testing.T) {
	for name, arguments := range map[string][][]string{
		"deb/postinst":    {{"configure", ""}, {"abort-upgrade", "1"}, {"abort-remove"}},
		"deb/prerm":       {{"remove"}, {"upgrade", "2"}},
		"deb/postrm":      {{"upgrade", "2"}, {"remove"}},
		"rpm/post":        {{"1"}},
		"rpm/preun":       {{"0"}, {"1"}},
		"archlinux/post":  {{"0.1.0-1"}},
		"archlinux/preun": {{"0.1.0-1"}},
		"chromium/tscns":  {{}},
	} {
		path := filepath.Join("../../packaging", name)
		if _, err := os.Stat("/usr/bin/tscns"); err == nil {
			t.Log("SKIPPED: the package is installed on this computer, which the scripts would change")
			break
		}
		for _, args := range arguments {
			command := exec.Command("sh", append([]string{path}, args...)...)
			command.Env = []string{"PATH=" + t.TempDir(), "HOME=" + t.TempDir()}
			sh, err := exec.LookPath("sh")
			require.NoError(t, err)
			command.Path = sh
			out, err := command.CombinedOutput()
			assert.NoError(t, err, "%s %v: %s", name, args, out)
		}
	}
	if shellcheck, err := exec.LookPath("shellcheck"); err == nil {
		run(t, shellcheck, "-s", "sh", "../../packaging/deb/postinst", "../../packaging/deb/prerm", "../../packaging/deb/postrm",
			"../../packaging/rpm/post", "../../packaging/rpm/preun", "../../packaging/archlinux/post", "../../packaging/archlinux/preun",
			"../../packaging/chromium/tscns")
		run(t, shellcheck, "../../packaging/package.sh")
	} else {
		t.Log("SKIPPED: shellcheck is not installed")
	}
}
