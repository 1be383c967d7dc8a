// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGnuTLS(t *testing.T) {
	r := Start(t, Options{})
	Need(t, "p11tool", "gnutls-bin") // the whole test is skipped without it, not a part
	pin := "GNUTLS_PIN=" + r.PIN
	p11tool := func(args ...string) *Command {
		return r.Tool("p11tool", "gnutls-bin", append([]string{"--provider", r.Module, "--batch"}, args...)...)
	}
	r.Run("list without a PIN", func(t *testing.T, r *Rig) {
		p11tool("--list-tokens").OK().Has(t, "Label: "+r.Token)
		p11tool("--list-all", r.TokenURI()).OK().Has(t, "Type: X.509 Certificate", "Type: Public key", "Label: "+r.Label)
		require.Zero(t, r.PINCommands())
	})
	r.Run("list with a PIN", func(t *testing.T, r *Rig) {
		p11tool("--login", "--list-all", r.TokenURI()).With(pin).OK().Has(t, "Type: Private key", "CKA_SENSITIVE")
	})
	r.Run("export", func(t *testing.T, r *Rig) {
		require.Contains(t, p11tool("--export", r.URI("cert")).OK().Out, "-----BEGIN CERTIFICATE-----")
	})
	r.Run("test-sign", func(t *testing.T, r *Rig) {
		p11tool("--login", "--test-sign", r.URI("private")).With(pin).OK().Has(t, "ok")
	})
	for _, version := range bothVersions {
		r.Run("gnutls-cli "+tls.VersionName(version), func(t *testing.T, r *Rig) {
			s := r.Server(version)
			priority := "NORMAL:-VERS-ALL:+VERS-" + strings.ReplaceAll(tls.VersionName(version), " ", "")
			r.Tool("gnutls-cli", "gnutls-bin", "--provider", r.Module, "--x509cafile", r.CAFile, "--x509certfile", r.URI("cert"),
				"--x509keyfile", r.URI("private"), "--sni-hostname", "localhost", "--verify-hostname", "localhost",
				"--priority", priority, "-p", fmt.Sprint(s.Port()), "127.0.0.1").
				With(pin).In("GET / HTTP/1.0\r\n\r\n").OK().Has(t, r.Holder)
			require.True(t, isPSS(r.OneLogin(s, version).Signature))
		})
	}
}
