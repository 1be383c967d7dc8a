// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

const packageJava = "openjdk-17-jdk-headless"

func TestJava(t *testing.T) {
	r := Start(t, Options{})
	source, err := filepath.Abs("java/TLSLogin.java")
	require.NoError(t, err)
	config := r.File("tscns.cfg", []byte(fmt.Sprintf("name = TSCNS\nlibrary = %s\n", r.Module)))
	java := "-J-Duser.home=" + r.Home

	r.Run("keytool", func(t *testing.T, r *Rig) {
		r.Tool("keytool", packageJava, java, "-list", "-v", "-providerClass", "sun.security.pkcs11.SunPKCS11", "-providerArg", config,
			"-storetype", "PKCS11", "-storepass", r.PIN).OK().Has(t, "PrivateKeyEntry", r.Label)
	})
	r.Run("TLS", func(t *testing.T, r *Rig) {
		r.Tool("javac", packageJava, java, "-d", r.Dir, source).OK()
		s12, s13 := r.Server(tls.VersionTLS12), r.Server(tls.VersionTLS13)
		r.Tool("java", packageJava, "-Duser.home="+r.Home, "-cp", r.Dir, "TLSLogin", config, r.PIN, r.CAFile,
			fmt.Sprint(s12.Port()), "TLSv1.2", fmt.Sprint(s13.Port()), "TLSv1.3").OK().
			Has(t, "key: true", "SHA256withRSA verified: true", "TLSv1.2: logged in", "TLSv1.3: logged in")
		require.True(t, isPSS(r.OneLogin(s12, tls.VersionTLS12).Signature))
		require.True(t, isPSS(r.OneLogin(s13, tls.VersionTLS13).Signature))
	})
}

// nodePackages are the npm packages that node/pkcs11.js and the recipe for
// graphene-pk11 were written for.
var nodePackages = []string{"pkcs11js@2.1.7", "graphene-pk11@2.3.6"}

// TestPKCS11JS uses the library from Node.js.
func TestPKCS11JS(t *testing.T) {
	r := Start(t, Options{})
	modules := installNode(t)
	script, err := os.ReadFile("node/pkcs11.js")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(modules, "pkcs11.js"), script, 0o600))
	r.Tool("node", "nodejs", filepath.Join(modules, "pkcs11.js"), r.Module, r.PIN, "00000000").At(modules).OK().
		Has(t, "token: "+r.Token, "logged in", "signed: SHA256-RSA-PKCS\n", "signed: SHA256-RSA-PKCS-PSS", "done")
	r.WrongPINs(1)
	require.Equal(t, 3, r.PINTries())
}

// nodeModules is the directory with the npm packages, made once for the test
// process.
var nodeModules = sync.OnceValues(func() (string, error) {
	dir, err := kit.TempDir()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", append([]string{"install", "--prefix", dir, "--no-save", "--no-audit", "--no-fund", "--foreground-scripts"}, nodePackages...)...)
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm cannot install %v: %w\n%s", nodePackages, err, out)
	}
	if built, _ := filepath.Glob(filepath.Join(dir, "node_modules", "pkcs11js", "build", "Release", "*.node")); len(built) == 0 {
		return "", errors.New("npm did not compile pkcs11js (it needs node-gyp and the headers of Node.js)")
	}
	return dir, nil
})

// installNode returns a directory with the npm packages, or skips the test: one
// is compiled, and neither comes with the system.
func installNode(t *testing.T) string {
	t.Helper()
	Need(t, "npm", "npm")
	Need(t, "node", "nodejs")
	dir, err := nodeModules()
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	return dir
}

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

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

var bothVersions = []uint16{tls.VersionTLS12, tls.VersionTLS13}

// isPSS tells RSASSA-PSS from RSASSA-PKCS1-v1_5.
func isPSS(s tls.SignatureScheme) bool {
	return s == tls.PSSWithSHA256 || s == tls.PSSWithSHA384 || s == tls.PSSWithSHA512
}
