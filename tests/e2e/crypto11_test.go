// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGoCrypto11 has a Go program log in by package crypto11.
func TestGoCrypto11(t *testing.T) {
	r := Start(t, Options{})
	source, err := filepath.Abs("crypto11")
	require.NoError(t, err)
	tool := func(args ...string) ([]byte, error) {
		command := exec.Command("go", args...)
		command.Dir = source
		command.Env = append(os.Environ(), "CGO_ENABLED=1", "GOWORK=off", "GOFLAGS=")
		return command.CombinedOutput()
	}
	if out, err := tool("mod", "download"); err != nil {
		t.Skipf("SKIPPED: Go package crypto11 cannot be downloaded: %s", out)
	}
	program := filepath.Join(r.Dir, "crypto11")
	out, err := tool("build", "-o", program, ".")
	require.NoError(t, err, string(out))
	s12, s13 := r.Server(tls.VersionTLS12), r.Server(tls.VersionTLS13)
	r.Tool(program, "", r.Module, r.Token, r.PIN, r.CAFile, s12.URL("localhost"), s13.URL("localhost")).OK().
		Has(t, r.Holder, "signatures verified: PKCS1, PSS", "TLS 1.2 200 OK", "TLS 1.3 200 OK")
	require.True(t, isPSS(r.OneLogin(s12, tls.VersionTLS12).Signature))
	require.True(t, isPSS(r.OneLogin(s13, tls.VersionTLS13).Signature))
}
