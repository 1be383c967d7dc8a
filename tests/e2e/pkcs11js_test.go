// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// pkcs11jsVersion is the npm package that the script in node/ was written for.
const pkcs11jsVersion = "pkcs11js@2.1.7"

// TestPKCS11JS uses the library from Node.js.
func TestPKCS11JS(t *testing.T) {
	r := Start(t, Options{})
	modules := installNode(t, r.Dir, pkcs11jsVersion)
	script, err := os.ReadFile("node/pkcs11.js")
	require.NoError(t, err)
	r.Tool("node", "nodejs", r.File("pkcs11.js", script), r.Module, r.PIN, "00000000").At(modules).OK().
		Has(t, "token: "+r.Token, "logged in", "signed: SHA256-RSA-PKCS\n", "signed: SHA256-RSA-PKCS-PSS", "done")
	r.WrongPINs(1)
	require.Equal(t, 3, r.PINTries())
}

// installNode installs an npm package below a directory, or skips the test:
// the package is compiled, and neither comes with the system.
func installNode(t *testing.T, dir, pkg string) string {
	t.Helper()
	npm := Need(t, "npm", "npm")
	Need(t, "node", "nodejs")
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	install := exec.CommandContext(ctx, npm, "install", "--prefix", dir, "--no-save", "--no-audit", "--no-fund", "--foreground-scripts", pkg)
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: npm cannot install %s: %v\n%s", pkg, err, out)
	}
	if built, _ := filepath.Glob(filepath.Join(dir, "node_modules", "pkcs11js", "build", "Release", "*.node")); len(built) == 0 {
		t.Skipf("SKIPPED: npm did not compile %s (it needs node-gyp and the headers of Node.js)", pkg)
	}
	return dir
}
