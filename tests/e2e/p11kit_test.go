// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tscns/tests/kit"

	"github.com/stretchr/testify/require"
)

const p11kitModules = "/usr/share/p11-kit/modules"

// privateModules prepares a shell command that sees, and nobody else does,
// one file in p11-kit's directory of modules, or none for no content.
func (r *Rig) privateModules(content, script string) *Command {
	r.t.Helper()
	unshare := []string{"-m"}
	if os.Geteuid() != 0 {
		unshare = []string{"-U", "-r", "-m"}
	}
	if r.Tool("unshare", "util-linux", append(unshare, "true")...).Run().Code != 0 {
		r.t.Skip("SKIPPED: this system lets nobody make a mount namespace (unshare -m)")
	}
	if _, err := os.Stat(p11kitModules); err != nil {
		r.t.Skip("SKIPPED: p11-kit modules not installed (package p11-kit-modules)")
	}
	dir, err := os.MkdirTemp(r.Dir, "modules")
	require.NoError(r.t, err)
	require.NoError(r.t, os.Chmod(dir, 0o755)) // for programs of every user
	if content != "" {
		require.NoError(r.t, os.WriteFile(filepath.Join(dir, "tscns.module"), []byte(content), 0o644))
	}
	mount := fmt.Sprintf("mount --bind '%s' %s && %s", dir, p11kitModules, script)
	return r.Tool("unshare", "util-linux", append(unshare, "sh", "-c", mount)...)
}

// packaged returns the file that a package installs for p11-kit, with the
// path of the library under test.
func (r *Rig) packaged() string {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(kit.Top(), "packaging", "p11-kit", "*.module"))
	require.NoError(r.t, err)
	require.Len(r.t, files, 1)
	var lines []string
	found := false
	for _, line := range strings.Split(string(r.Read(files[0])), "\n") {
		if strings.HasPrefix(line, "module:") {
			line, found = "module: "+r.Module, true
		}
		lines = append(lines, line)
	}
	require.True(r.t, found, "a line module:")
	return strings.Join(lines, "\n")
}

// TestP11KitRegistered: with the packaged file every program that goes through
// p11-kit finds the card.
func TestP11KitRegistered(t *testing.T) {
	r := Start(t, Options{})
	Need(t, "p11-kit", "p11-kit")
	file := r.packaged()
	r.privateModules(file, "p11-kit list-modules").OK().Has(t, r.Module, "token: "+r.Token)
	r.Run("p11tool", func(t *testing.T, r *Rig) {
		Need(t, "p11tool", "gnutls-bin")
		r.privateModules(file, "p11tool --batch --list-all '"+r.TokenURI()+"'").OK().Has(t, "Type: X.509 Certificate", r.Label)
	})
	r.Run("curl finds it by URI alone", func(t *testing.T, r *Rig) {
		r.needEngine()
		s := r.Server(tls.VersionTLS13)
		Need(t, "curl", "curl")
		script := fmt.Sprintf("curl -sS --max-time 45 --noproxy '*' --cacert %s --engine pkcs11 --cert-type ENG --cert '%s' --key-type ENG --key '%s;pin-value=%s' %s",
			r.CAFile, r.URI("cert"), r.URI("private"), r.PIN, s.URL("localhost"))
		r.privateModules(file, script).OK().Has(t, r.Holder)
		r.OneLogin(s, tls.VersionTLS13)
	})
}
