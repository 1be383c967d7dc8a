// SPDX-License-Identifier: Apache-2.0

package packages

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// computer is what people have before they install the package: a desktop,
// browsers, a card reader with its service.
var computer = []string{"firefox-esr", "chromium", "chromium-sandbox", "pcscd", "vsmartcard-vpcd", "libccid",
	"xvfb", "openbox", "python3-xdg", "x11-utils", "fonts-dejavu-core"}

// tools are what the test itself needs there.
var tools = []string{"xdotool", "imagemagick", "libnss3-tools", "p11-kit"}

// limit bounds everything that people do in the Debian.
const limit = 8 * time.Minute

// newRoot makes a Debian, or skips the test by name.
func newRoot(t *testing.T, suite string) *debian {
	t.Helper()
	cache := os.Getenv("TSCNS_PACKAGES_CACHE")
	if cache == "" {
		cache = t.TempDir()
	}
	d, err := newDebian(suite, t.TempDir(), cache, t.Logf)
	if errors.Is(err, errUnavailable) {
		t.Skipf("SKIPPED: %v", err)
	}
	require.NoError(t, err)
	return d
}

func (d *debian) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := d.root(args...)
	require.NoError(t, err)
	return out
}

// deb brings the package in.
func (d *debian) deb(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(file(t, "deb:amd64"))
	require.NoError(t, err)
	require.NoError(t, d.write("srv/tscns.deb", string(b), 0o644))
	return "/srv/tscns.deb"
}

// snapshot is the system's tree, which the test goes on without.
func (d *debian) snapshot(t *testing.T) map[string]string {
	t.Helper()
	all, err := d.tree()
	require.NoError(t, err)
	require.Greater(t, len(all), 3000, "a whole system")
	return all
}

// same compares two trees and names what differs.
func same(t *testing.T, before, after map[string]string) {
	t.Helper()
	for path, want := range before {
		if got, there := after[path]; !there || got != want {
			t.Errorf("%s: was %s, is %s", path, want, got)
		}
	}
	for path := range after {
		if _, there := before[path]; !there {
			t.Errorf("%s: left behind", path)
		}
	}
}

// Debian 12 has the browsers, and all that a package does to a system is looked
// at there.
func TestInstalledInDebian(t *testing.T) {
	d, deb := desktop(t, "bookworm")
	d.lifetime(t, deb, nil)
	if t.Failed() {
		return
	}
	t.Run("Administrator", func(t *testing.T) { d.administrator(t, deb) })
	t.Run("OtherFormats", func(t *testing.T) { d.otherFormats(t) })
}

// Debian 13 has another version of everything that the package meets, and
// OpenSSL's provider for PKCS#11.
func TestInstalledInDebian13(t *testing.T) {
	d, deb := desktop(t, "trixie")
	d.must(t, "apt-get", "install", "-y", "--no-install-recommends", "openssl", "pkcs11-provider")
	d.lifetime(t, deb, []string{"TSCNS_INSTALLED_PROVIDER=1"})
}

// desktop makes a Debian that people sit at, and brings the package there.
func desktop(t *testing.T, suite string) (*debian, string) {
	begin := time.Now()
	d := newRoot(t, suite)
	deb := d.deb(t)

	t.Run("Recommends", func(t *testing.T) {
		plan := d.must(t, "apt-get", "install", "-s", deb)
		for _, name := range []string{"tscns", "libpcsclite1", "pcscd", "libccid", "libnss3-tools"} {
			assert.Contains(t, plan, "\nInst "+name+" ", "apt brings it along")
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	d.must(t, append([]string{"apt-get", "install", "-y", "--no-install-recommends"}, append(computer, tools...)...)...)
	d.must(t, "useradd", "--create-home", "--shell", "/bin/sh", "citizen")
	t.Logf("a computer with browsers and reader: %v", time.Since(begin).Round(time.Second))
	return d, deb
}

// lifetime has the package installed, used by people and purged.
func (d *debian) lifetime(t *testing.T, deb string, env []string) {
	before := d.snapshot(t)
	t.Run("People", func(t *testing.T) {
		start := time.Now()
		d.people(t, deb, env)
		t.Logf("four logins: %v", time.Since(start).Round(time.Second))
	})
	require.NotContains(t, d.must(t, "dpkg-query", "-l"), "tscns")
	t.Run("NothingIsLeft", func(t *testing.T) { same(t, before, d.snapshot(t)) })
}

// people runs the tests of package browser in the Debian, as somebody with an
// account there, and does what the administrator is asked to do meanwhile.
func (d *debian) people(t *testing.T, deb string, env []string) {
	const folder = "srv/tscns/tests/e2e/browser" // pictures go to ../../artifacts
	binary := d.path("srv/tscns/installed.test")
	require.NoError(t, os.MkdirAll(d.path(folder), 0o755))
	require.NoError(t, os.MkdirAll(d.path("srv/steps"), 0o755))
	require.NoError(t, os.MkdirAll(d.path("srv/tscns/tests/artifacts"), 0o755))
	compile := exec.Command("go", "test", "-c", "-tags", "installed", "-o", binary, "./tests/e2e/browser")
	compile.Dir = "../.."
	out, err := compile.CombinedOutput()
	require.NoError(t, err, "%s", out)
	d.must(t, "chown", "-R", "citizen", "/srv/steps", "/srv/tscns")

	session := d.session("citizen", "/"+folder,
		append([]string{"HOME=/home/citizen", "TSCNS_INSTALLED_STEPS=/srv/steps", "TSCNS_SYSTEM_READER=127.0.0.1:35963",
			"TSCNS_MODULE=/usr/lib/x86_64-linux-gnu/pkcs11/tscns-pkcs11.so"}, env...),
		"/srv/tscns/installed.test", "-test.v", "-test.run", "^TestInstalled$", "-test.timeout", limit.String())
	var said bytes.Buffer
	session.Stdout, session.Stderr = &said, &said
	require.NoError(t, session.Start())
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	t.Cleanup(func() { _ = session.Process.Kill() })

	steps := map[string][]string{
		"install": {"apt-get", "install", "-y", deb},
		"purge":   {"apt-get", "purge", "-y", "tscns"},
	}
	for {
		select {
		case err := <-ended:
			keepPictures(t, d.path("srv/tscns/tests/artifacts"))
			require.NoError(t, err, "%s", said.String())
			require.Empty(t, steps, "all was asked for")
			for _, line := range strings.Split(said.String(), "\n") {
				if strings.Contains(line, "--- PASS") || strings.Contains(line, "started in") {
					t.Log(strings.TrimSpace(line))
				}
			}
			return
		case <-time.After(50 * time.Millisecond):
		}
		for step, args := range steps {
			if _, err := os.Stat(d.path("srv/steps/" + step + ".asked")); err == nil {
				delete(steps, step)
				start := time.Now()
				out := d.must(t, args...)
				t.Logf("%v: %v", args, time.Since(start).Round(100*time.Millisecond))
				assert.NotContains(t, out, "tscns: Firefox does not know", "a silent installation")
				require.NoError(t, d.write("srv/steps/"+step+".done", "", 0o644))
			}
		}
	}
}

// keepPictures copies what people saw to where pictures of tests go.
func keepPictures(t *testing.T, from string) {
	t.Helper()
	pictures, err := filepath.Glob(filepath.Join(from, "*.png"))
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll("../artifacts", 0o755))
	for _, path := range pictures {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join("../artifacts", filepath.Base(path)), b, 0o644))
	}
}

// administrator checks what the package does to the settings of a computer
// whose administrator has some of their own.
func (d *debian) administrator(t *testing.T, deb string) {
	const policies = "etc/firefox/policies/policies.json"
	read := func() string {
		b, err := os.ReadFile(d.path(policies))
		require.NoError(t, err)
		return string(b)
	}
	for name, c := range map[string]struct{ text, merged string }{
		"merged":     {"{ \"policies\" :\n\t{\"DisableTelemetry\":true } }", `"DisableTelemetry": true`},
		"not JSON":   {"{ \"policies\": { // a comment\n} }\n", "// a comment"},
		"own device": {`{"policies":{"SecurityDevices":{"Add":{"TS-CNS":"/usr/lib/x86_64-linux-gnu/pkcs11/tscns-pkcs11.so"}}}}`, "tscns-pkcs11.so"},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, d.write(policies, c.text, 0o640))
			before := d.snapshot(t)
			d.must(t, "dpkg", "-i", deb)
			assert.Contains(t, read(), c.merged)
			if name == "merged" {
				assert.Contains(t, read(), "tscns-pkcs11.so")
			} else {
				assert.Equal(t, c.text, read(), "left as it is")
			}
			d.must(t, "dpkg", "-i", deb) // an update
			d.must(t, "dpkg", "-r", "tscns")
			assert.Equal(t, c.text, read(), "byte for byte")
			info, err := os.Stat(d.path(policies))
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o640), info.Mode().Perm())
			assert.FileExists(t, d.path("etc/xdg/autostart/tscns.desktop"), "settings stay until they are purged")
			d.must(t, "dpkg", "-P", "tscns")
			after := d.snapshot(t)
			// Its time of change may be another: its content was compared.
			delete(before, policies)
			delete(after, policies)
			same(t, before, after)
		})
	}
}

// otherFormats has the scripts of rpm and Arch run where their command runs.
func (d *debian) otherFormats(t *testing.T) {
	const policies = "etc/firefox/policies/policies.json"
	require.NoError(t, os.RemoveAll(d.path("etc/firefox")))
	before := d.snapshot(t)
	unlike := func(t *testing.T) map[string]string {
		after := d.snapshot(t)
		for path := range after {
			if strings.HasPrefix(path, "var/lib/rpm") { // the list of what is installed
				delete(after, path)
			}
		}
		return after
	}
	t.Run("rpm", func(t *testing.T) {
		rpm := kit.Need(t, "rpm", "rpm")
		run(t, rpm, "--root", d.dir, "--dbpath", "/var/lib/rpm", "-i", "--nodeps", file(t, "rpm:amd64"))
		assert.Contains(t, content(t, d.path(policies)), "/usr/lib64/pkcs11/tscns-pkcs11.so")
		run(t, rpm, "--root", d.dir, "--dbpath", "/var/lib/rpm", "-e", "--nodeps", "tscns")
		onlyFolders(t, d, before, unlike(t))
	})
	t.Run("Arch", func(t *testing.T) {
		bsdtar := kit.Need(t, "libarchive-tools", "bsdtar")
		path := file(t, "archlinux:amd64")
		run(t, bsdtar, "-xf", path, "-C", d.dir)
		d.must(t, "bash", "-c", ". /.INSTALL && post_install 0.1.0-1")
		assert.Contains(t, content(t, d.path(policies)), "/usr/lib/pkcs11/tscns-pkcs11.so")
		d.must(t, "bash", "-c", ". /.INSTALL && pre_remove 0.1.0-1")
		for _, name := range strings.Split(strings.TrimSpace(run(t, bsdtar, "-tf", path)), "\n") {
			if !strings.HasSuffix(name, "/") {
				require.NoError(t, os.Remove(filepath.Join(d.dir, name)))
			}
		}
		onlyFolders(t, d, before, unlike(t))
	})
}

// onlyFolders: of what is new nothing but empty folders, which a system that
// has such packages has anyway.
func onlyFolders(t *testing.T, d *debian, before, after map[string]string) {
	t.Helper()
	for path := range after {
		if _, there := before[path]; !there && after[path][0] == 'd' {
			delete(after, path)
		}
	}
	assert.NoDirExists(t, d.path("etc/firefox"))
	assert.NoDirExists(t, d.path("var/lib/tscns"))
	same(t, before, after)
}
