// SPDX-License-Identifier: Apache-2.0

// Package buildsh tests what build.sh says to people: usage, the Go version,
// and what is missing on a system without apt.
package buildsh

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
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

// clone copies the files of the project that a build reads into a new folder
// of the given name, which everybody may enter.
func clone(t *testing.T, name string) string {
	t.Helper()
	parent, err := os.MkdirTemp("", "tscns-clone")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(parent) })
	require.NoError(t, os.Chmod(parent, 0o755))
	dir := filepath.Join(parent, name)
	require.NoError(t, os.Mkdir(dir, 0o755))
	for _, part := range []string{"build.sh", "CHANGELOG.md", "go.mod", "go.sum", "cardos", "cmd", "docs", "include", "module", "packaging", "pkcs11export", "simcard"} {
		info, err := os.Stat("../../" + part)
		require.NoError(t, err)
		if info.IsDir() {
			require.NoError(t, os.CopyFS(filepath.Join(dir, part), os.DirFS("../../"+part)))
			continue
		}
		text, err := os.ReadFile("../../" + part)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, part), text, info.Mode()))
	}
	return dir
}

// buildIn runs ./build.sh in a folder, as somebody who is not root.
func buildIn(t *testing.T, dir string, env []string) (string, int) {
	t.Helper()
	cmd := exec.Command("bash", "./build.sh")
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "LC_ALL=C.UTF-8", "PWD="+dir), env...)
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if !errors.As(err, &failed) {
		require.NoError(t, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// oneLine fails the test unless the output is one line that has the text.
func oneLine(t *testing.T, out, text string) {
	t.Helper()
	assert.Contains(t, out, text)
	assert.Equal(t, 1, strings.Count(out, "\n"), "%s", out)
}

func TestFolderWithAnOddName(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: builds the library")
	}
	dir := clone(t, `l'unità "a", b: 1`)
	cmd := exec.Command("bash", "./build.sh", "build")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TSCNS_NO_INSTALL=1", "PWD="+dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, file := range []string{"tscns-pkcs11.so", "tscns", "simcard"} {
		assert.FileExists(t, filepath.Join(dir, "dist", file))
	}
	links, err := filepath.Glob("/tmp/tscns-build.*/tscns")
	require.NoError(t, err)
	for _, link := range links {
		target, _ := os.Readlink(link)
		assert.NotEqual(t, dir, target, "the link is removed")
	}
}

func TestFolderThatIsReadOnly(t *testing.T) {
	dir := clone(t, "tscns")
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(path, 0o555)
		}
		return err
	}))
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
	out, code := buildIn(t, dir, []string{"TSCNS_NO_INSTALL=1", "HOME=" + t.TempDir()})
	assert.Equal(t, 1, code)
	oneLine(t, out, "this folder cannot be written")
}

func TestNoNetworkForGoModules(t *testing.T) {
	dir := clone(t, "tscns")
	require.NoError(t, os.Chmod(dir, 0o777))
	home := filepath.Join(filepath.Dir(dir), "home")
	require.NoError(t, os.Mkdir(home, 0o755))
	require.NoError(t, os.Chmod(home, 0o777))
	out, code := buildIn(t, dir, []string{"TSCNS_NO_INSTALL=1", "HOME=" + home, "GOMODCACHE=" + home + "/mod", "GOCACHE=" + home + "/build",
		"GOPROXY=http://127.0.0.1:1", "GOFLAGS="})
	assert.Equal(t, 1, code)
	oneLine(t, out, "the Go modules are not there and cannot be downloaded: ")
	assert.Contains(t, out, "127.0.0.1:1", "the reason, not what is listed")
}

// aptWithout makes stand-ins for apt's programs on a system where nothing is
// installed: apt knows every package, and fails as the script says.
func aptWithout(t *testing.T, getScript string) string {
	t.Helper()
	path := pathWith(t, "bash", "sh", "sed", "head", "dirname", "sort", "go", "mkdir", "find", "tail", "tr", "cut", "awk", "id", "env", "cat", "chmod", "tee", "rm")
	for dir := path; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		require.NoError(t, os.Chmod(dir, 0o755))
	}
	for name, script := range map[string]string{
		"dpkg-query": "exit 1",
		"apt-cache":  `case "$*" in *policy*) echo "Candidate: 1" ;; *) echo "Installed-Size: 40000"; echo "Size: 9000000" ;; esac`,
		"apt-get":    `case "$*" in *--simulate*) echo "Inst gcc (1 all)"; echo "Inst cpp (1 all)"; exit 0 ;; esac` + "\n" + getScript,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(path, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	return path
}

func TestPackagesWithoutRoot(t *testing.T) {
	dir := clone(t, "tscns")
	require.NoError(t, os.Chmod(dir, 0o777))
	out, code := buildIn(t, dir, []string{"PATH=" + aptWithout(t, "exit 1"), "TSCNS_NO_INSTALL=", "CI=1"})
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "2 to install and 0 to unpack into dist/, 41 MB on disk, 9 MB to download", "before anything is asked of root")
	assert.Contains(t, out, "to build: compiler and PC/SC headers: gcc libc6-dev")
	assert.Contains(t, out, "neither root nor sudo to install: gcc libc6-dev pkg-config libpcsclite-dev ca-certificates\n")
}

func TestPackagesWithoutNetwork(t *testing.T) {
	dir := clone(t, "tscns")
	require.NoError(t, os.Chmod(dir, 0o777))
	path := aptWithout(t, `echo "E: Failed to fetch http://debian/gcc.deb  Temporary failure resolving"; exit 100`)
	require.NoError(t, os.WriteFile(filepath.Join(path, "sudo"), []byte("#!/bin/sh\necho asked for root\n"), 0o755))
	out, code := buildIn(t, dir, []string{"PATH=" + path, "TSCNS_NO_INSTALL=", "CI=1"})
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "build.sh: could not download: gcc libc6-dev pkg-config libpcsclite-dev ca-certificates: Failed to fetch http://debian/gcc.deb")
	assert.NotContains(t, out, "asked for root")
}

// On a terminal the person is asked, and a no ends it.
func TestPackagesAreAskedFor(t *testing.T) {
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("SKIPPED: script is not installed (package bsdutils)")
	}
	dir := clone(t, "tscns")
	path := aptWithout(t, "echo $* >>"+dir+"/asked; exit 1")
	require.NoError(t, os.WriteFile(filepath.Join(path, "sudo"), []byte("#!/bin/sh\nexit 1\n"), 0o755))
	cmd := exec.Command(script, "-qec", "bash ./build.sh", "/dev/null")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "PATH="+path, "TSCNS_NO_INSTALL=", "CI=", "SHELL=/bin/sh")
	cmd.Stdin = strings.NewReader("n\n")
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "Go on? [Y/n]")
	assert.Contains(t, string(out), "Nothing was installed.")
	asked, _ := os.ReadFile(filepath.Join(dir, "asked"))
	assert.NotContains(t, string(asked), "install")
}

func TestHelpOfTheDemoDoesNothing(t *testing.T) {
	for locale, text := range map[string]string{"C.UTF-8": "Logs in to a test server", "it_IT.UTF-8": "Accede a un server di prova"} {
		out, code := buildsh(t, []string{"LC_ALL=" + locale, "PATH=" + pathWith(t, "bash", "sed", "dirname", "cat")}, "demo", "--help")
		assert.Zero(t, code, "%s", out)
		assert.Contains(t, out, text)
	}
}

func TestPackageOfAnotherWord(t *testing.T) {
	_, code := buildsh(t, nil, "package", "every")
	assert.Equal(t, 2, code)
}
