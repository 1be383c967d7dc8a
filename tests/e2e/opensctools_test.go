// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha512"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPKCS11Tool runs the tests that OpenSC's pkcs11-tool has for a module.
func TestPKCS11Tool(t *testing.T) {
	r := Start(t, Options{})
	tool := func(args ...string) *Command {
		return r.Tool("pkcs11-tool", "opensc", append([]string{"--module", r.Module}, args...)...)
	}
	login := []string{"--token-label", r.Token, "--login", "--pin", r.PIN}

	t.Run("lists", func(t *testing.T) {
		tool("-I").OK().Has(t, "Cryptoki version")
		tool("-L").OK().Has(t, r.Token, "token initialized", "login required", "PIN initialized")
		tool("-M", "--token-label", r.Token).OK().Has(t, "RSA-PKCS", "RSA-PKCS-PSS")
		tool("-O", "--token-label", r.Token).OK().Has(t, "Certificate Object; type = X.509 cert", "Public Key Object; RSA", "Profile object")
		require.Zero(t, r.PINCommands())
		tool(append([]string{"-O"}, login...)...).OK().Has(t, "Private Key Object; RSA", r.Label)
	})
	t.Run("certificate", func(t *testing.T) {
		out := filepath.Join(r.Dir, "read.der")
		tool("--token-label", r.Token, "-r", "-y", "cert", "--label", r.Label, "-o", out).OK()
		require.True(t, bytes.Equal(r.CertDER, r.Read(out)))
	})
	t.Run("test", func(t *testing.T) {
		text := tool(append([]string{"--test"}, login...)...).OK().Text()
		require.Contains(t, text, "No errors")
		// What it found wrong but did not count.
		for _, line := range strings.Split(text, "\n") {
			require.NotRegexp(t, `(?i)\b(error|fail|failed|ERR)\b`, strings.ReplaceAll(line, "No errors", ""), text)
		}
	})
	t.Run("sign SHA512-RSA-PKCS-PSS", func(t *testing.T) {
		in, out := r.File("message", []byte("messaggio")), filepath.Join(r.Dir, "message.sig")
		tool(append([]string{"--sign", "-m", "SHA512-RSA-PKCS-PSS", "--label", r.Label, "-i", in, "-o", out}, login...)...).OK()
		digest := sha512.Sum512([]byte("messaggio"))
		require.NoError(t, rsa.VerifyPSS(r.PublicKey(), crypto.SHA512, digest[:], r.Read(out), &rsa.PSSOptions{SaltLength: 64}))
	})
	t.Run("wrong PIN", func(t *testing.T) {
		wrong := strings.Repeat("9", len(r.PIN))
		result := tool("--token-label", r.Token, "--login", "--pin", wrong, "-O").Run()
		require.NotZero(t, result.Code)
		result.Has(t, "CKR_PIN_INCORRECT")
		r.WrongPINs(1)
		// Before the next right one, a length that no card takes costs nothing.
		tool("--token-label", r.Token, "--login", "--pin", "12", "-O").Run().Has(t, "CKR_PIN_LEN_RANGE")
		tool(append([]string{"-O"}, login...)...).OK()
	})
}
