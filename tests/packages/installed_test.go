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
