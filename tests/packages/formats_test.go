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

	"tscns/tests/kit"
)

func TestDeb(t *testing.T) {
	for _, name := range []string{"deb:amd64", "deb:arm64"} {
		t.Run(name, func(t *testing.T) {
			path, dpkg := file(t, name), kit.Need(t, "dpkg", "dpkg-deb")
			field := func(name string) string { return strings.TrimSpace(run(t, dpkg, "-f", path, name)) }
			assert.Equal(t, "tscns", field("Package"))
			assert.Equal(t, strings.TrimPrefix(name, "deb:"), field("Architecture"))
			assert.Regexp(t, `^\d+\.\d+\.\d+-1$`, field("Version"))
			assert.Regexp(t, `^libc6 \(>= 2\.\d+\), libpcsclite1$`, field("Depends"))
			assert.Equal(t, "pcscd, libccid, libnss3-tools", field("Recommends"))
			assert.Equal(t, "/etc/chromium.d/tscns\n/etc/xdg/autostart/tscns.desktop", strings.TrimSpace(run(t, dpkg, "-I", path, "conffiles")))
			for _, script := range []string{"postinst", "prerm", "postrm"} {
				assert.Equal(t, content(t, filepath.Join("../../packaging/deb", script)), run(t, dpkg, "-I", path, script))
			}
			for _, line := range strings.Split(strings.TrimSpace(run(t, dpkg, "-c", path)), "\n") {
				owner := strings.Fields(line)[1]
				assert.True(t, owner == "root/root" || owner == "0/0", line)
			}
		})
	}
}

// Nothing to say, down to informational tags; what is overridden is explained
// in packaging/deb/lintian-overrides.
func TestLintian(t *testing.T) {
	lintian := kit.Need(t, "lintian", "lintian")
	for _, name := range []string{"deb:amd64", "deb:arm64"} {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, run(t, lintian, "--allow-root", "--display-info", "--fail-on", "error,warning,info", file(t, name)))
		})
	}
}

func TestRPM(t *testing.T) {
	path, rpm := file(t, "rpm:amd64"), kit.Need(t, "rpm", "rpm")
	assert.Contains(t, run(t, rpm, "-K", path), "digests OK")
	query := run(t, rpm, "-qip", path)
	for _, line := range []string{"Name        : tscns", "Release     : 1", "Architecture: x86_64", "License     : Apache-2.0", "Build Host  : localhost"} {
		assert.Contains(t, query, line)
	}
	scripts := run(t, rpm, "-qp", "--scripts", path)
	assert.Contains(t, scripts, content(t, "../../packaging/rpm/post"))
	assert.Contains(t, scripts, content(t, "../../packaging/rpm/preun"))
	assert.Contains(t, run(t, rpm, "-qp", "--requires", path), "libpcsclite.so.1()(64bit)")
	assert.Equal(t, "/etc/xdg/autostart/tscns.desktop", strings.TrimSpace(run(t, rpm, "-qcp", path)))
	assert.Contains(t, run(t, rpm, "-qdp", path), "/usr/share/man/man8/tscns-pkcs11.8.gz")
	assert.Contains(t, run(t, rpm, "-qp", "--changelog", path), "Release ")

	// Into a root of its own and out again: nothing is left.
	if os.Geteuid() != 0 {
		t.Log("SKIPPED: installing the rpm into a root of its own needs root")
		return
	}
	root := t.TempDir()
	run(t, rpm, "--root", root, "--initdb")
	run(t, rpm, "--root", root, "-i", "--nodeps", "--noscripts", path)
	run(t, rpm, "--root", root, "-V", "--nodeps", "tscns")
	assert.FileExists(t, filepath.Join(root, "usr/lib64/pkcs11/tscns-pkcs11.so"))
	run(t, rpm, "--root", root, "-e", "--nodeps", "--noscripts", "tscns")
	var left []string
	require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.Contains(path, "/rpm/") && !strings.Contains(path, "/.rpmdb/") {
			left = append(left, path)
		}
		return err
	}))
	assert.Empty(t, left)
}

// rpmlint unpacks with cpio, which follows the absolute names that nfpm writes:
// as root it would put the package's files into this system. So it is nobody, and
// gets a cpio that makes names relative: a desktop entry that it does not find ends
// it.
func TestRPMLint(t *testing.T) {
	dir, err := os.MkdirTemp("", "tscns-rpmlint-") // where everybody may read
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	bin := filepath.Join(dir, "bin")
	require.NoError(t, os.Mkdir(bin, 0o755))
	cpio := "#!/bin/sh\nexec " + kit.Need(t, "cpio", "cpio") + ` --no-absolute-filenames "$@"` + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "cpio"), []byte(cpio), 0o755))
	args := []string{"env", "HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "PATH=" + bin + ":" + os.Getenv("PATH"), kit.Need(t, "rpmlint", "rpmlint")}
	if os.Geteuid() == 0 {
		args = append([]string{kit.Need(t, "util-linux", "setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"}, args...)
	}
	require.NoError(t, os.Chmod(dir, 0o755))
	copied := func(path string) string {
		to := filepath.Join(dir, filepath.Base(path))
		require.NoError(t, os.WriteFile(to, []byte(content(t, path)), 0o644))
		return to
	}
	const installed = "/usr/bin/tscns"
	before, _ := os.Stat(installed)
	out := run(t, append(args, "-c", copied("../../packaging/rpm/rpmlint.toml"), copied(file(t, "rpm:amd64")))...)
	assert.Contains(t, out, "0 errors, 0 warnings")
	after, _ := os.Stat(installed)
	if before == nil || after == nil {
		require.Equal(t, before, after, "nothing is installed here")
	} else {
		require.True(t, os.SameFile(before, after) && before.ModTime().Equal(after.ModTime()), "nothing is installed here")
	}
}

func TestArch(t *testing.T) {
	path, bsdtar := file(t, "archlinux:amd64"), kit.Need(t, "libarchive-tools", "bsdtar")
	dir := t.TempDir()
	run(t, bsdtar, "-xf", path, "-C", dir)
	info := content(t, filepath.Join(dir, ".PKGINFO"))
	for _, line := range []string{"pkgname = tscns", "arch = x86_64", "license = Apache-2.0", "depend = pcsclite", "backup = etc/xdg/autostart/tscns.desktop"} {
		assert.Contains(t, info, line+"\n")
	}
	assert.Regexp(t, `(?m)^pkgver = \d+\.\d+\.\d+-1$`, info)
	assert.Regexp(t, `(?m)^pkgdesc = [^\n]{1,80}$`, info)
	install := filepath.Join(dir, ".INSTALL")
	run(t, "bash", "-n", install)
	run(t, "bash", "-c", `. "$0" && declare -F post_install pre_remove`, install)

	// .MTREE has every file, and no other, as pacman -Qkk wants it.
	var listed, there []string
	for _, line := range strings.Split(gunzip(t, filepath.Join(dir, ".MTREE")), "\n") {
		if name, rest, ok := strings.Cut(line, " "); ok && strings.HasPrefix(name, "./") && strings.Contains(rest, "type=file") {
			listed = append(listed, name)
			assert.Contains(t, rest, "sha256digest=", name)
		}
	}
	for _, name := range strings.Split(strings.TrimSpace(run(t, bsdtar, "-tf", path)), "\n") {
		// nfpm leaves the script out, which pacman does not mind.
		if name != ".MTREE" && name != ".INSTALL" && !strings.HasSuffix(name, "/") {
			there = append(there, "./"+name)
		}
	}
	slices.Sort(listed)
	slices.Sort(there)
	assert.Equal(t, there, listed)
}

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
	first, err := built()
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
		run(t, shellcheck, "-x", "--source-path=../..", "../../packaging/package.sh")
	} else {
		t.Log("SKIPPED: shellcheck is not installed")
	}
}
