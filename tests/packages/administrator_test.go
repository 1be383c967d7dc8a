// SPDX-License-Identifier: Apache-2.0

package packages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
		rpm := tool(t, "rpm", "rpm")
		run(t, rpm, "--root", d.dir, "--dbpath", "/var/lib/rpm", "-i", "--nodeps", file(t, "rpm:amd64"))
		assert.Contains(t, content(t, d.path(policies)), "/usr/lib64/pkcs11/tscns-pkcs11.so")
		run(t, rpm, "--root", d.dir, "--dbpath", "/var/lib/rpm", "-e", "--nodeps", "tscns")
		onlyFolders(t, d, before, unlike(t))
	})
	t.Run("Arch", func(t *testing.T) {
		bsdtar := tool(t, "bsdtar", "libarchive-tools")
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
