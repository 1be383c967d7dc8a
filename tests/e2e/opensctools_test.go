// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha512"
	"path/filepath"
	"regexp"
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

	r.Run("lists", func(t *testing.T, r *Rig) {
		tool("-I").OK().Has(t, "Cryptoki version")
		tool("-L").OK().Has(t, r.Token, "token initialized", "login required", "PIN initialized")
		tool("-M", "--token-label", r.Token).OK().Has(t, "RSA-PKCS", "RSA-PKCS-PSS")
		tool("-O", "--token-label", r.Token).OK().Has(t, "Certificate Object; type = X.509 cert", "Public Key Object; RSA", "Profile object")
		require.Zero(t, r.PINCommands())
		tool(append([]string{"-O"}, login...)...).OK().Has(t, "Private Key Object; RSA", r.Label)
	})
	r.Run("certificate", func(t *testing.T, r *Rig) {
		out := filepath.Join(r.Dir, "read.der")
		tool("--token-label", r.Token, "-r", "-y", "cert", "--label", r.Label, "-o", out).OK()
		require.True(t, bytes.Equal(r.CertDER, r.Read(out)))
	})
	r.Run("test", func(t *testing.T, r *Rig) {
		text := tool(append([]string{"--test"}, login...)...).OK().Text()
		require.Contains(t, text, "all 4 signature functions seem to work")
		require.Contains(t, text, "No errors")
		require.NotRegexp(t, `(?i)\b(fail|failed|err)\b`, text)
	})
	// Three threads initialise, list slots and read the token beside a test.
	// More of it would still run when the test is over, and the tool then
	// sleeps for half a minute.
	r.Run("test threads", func(t *testing.T, r *Rig) {
		var threads []string
		for range 3 {
			threads = append(threads, "--test-threads", "ILGISLT0")
		}
		text := tool(append(append(threads, "--test"), login...)...).OK().Text()
		require.Contains(t, text, "all 4 signature functions seem to work")
		// "rv = 0" up to 0.23, "rv:CKR_OK" later.
		require.Len(t, regexp.MustCompile(`returning rv( = 0|:CKR_OK)\b`).FindAllString(text, -1), 3, text)
	})
	r.Run("sign SHA512-RSA-PKCS-PSS", func(t *testing.T, r *Rig) {
		digest, out := sha512.Sum512([]byte("messaggio")), filepath.Join(r.Dir, "message.sig")
		sign := []string{"--sign", "--label", r.Label, "-o", out, "-m", "SHA512-RSA-PKCS-PSS", "-i", r.File("message", []byte("messaggio"))}
		if list := tool("-M", "--token-label", r.Token).OK().Text(); through != "" && !strings.Contains(list, "SHA512-RSA-PKCS-PSS") {
			// See checkSignatures.
			sign = append(sign[:5], "-m", "RSA-PKCS-PSS", "--hash-algorithm", "SHA512", "--mgf", "MGF1-SHA512", "--salt-len", "64", "-i", r.File("digest", digest[:]))
		}
		tool(append(sign, login...)...).OK()
		require.NoError(t, rsa.VerifyPSS(r.PublicKey(), crypto.SHA512, digest[:], r.Read(out), &rsa.PSSOptions{SaltLength: 64}))
	})
	r.Run("wrong PIN", func(t *testing.T, r *Rig) {
		wrong := strings.Repeat("9", len(r.PIN))
		result := tool("--token-label", r.Token, "--login", "--pin", wrong, "-O").Run()
		require.NotZero(t, result.Code)
		result.Has(t, "CKR_PIN_INCORRECT")
		r.WrongPINs(1)
		// A length that no card takes costs nothing.
		tool("--token-label", r.Token, "--login", "--pin", "12", "-O").Run().Has(t, "CKR_PIN_INCORRECT")
		r.WrongPINs(1)
		tool(append([]string{"-O"}, login...)...).OK()
	})
}
