// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// nodePackages are the npm packages of the recipe for graphene-pk11, which calls
// the library through pkcs11js.
var nodePackages = []string{"pkcs11js@2.1.7", "graphene-pk11@2.3.6"}

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

// nssDB makes an NSS database that knows the module and trusts the CA, and
// returns its directory and a file that answers the PIN prompt.
func (r *Rig) nssDB() (dir, pins string) {
	r.t.Helper()
	dir = filepath.Join(r.Dir, "nss")
	require.NoError(r.t, os.Mkdir(dir, 0o700))
	r.Tool("certutil", "libnss3-tools", "-N", "-d", "sql:"+dir, "--empty-password").OK()
	r.Tool("modutil", "libnss3-tools", "-dbdir", "sql:"+dir, "-add", "TS-CNS", "-libfile", r.Module, "-force").OK()
	r.Tool("certutil", "libnss3-tools", "-A", "-d", "sql:"+dir, "-n", "Demo CA", "-t", "CT,C,C", "-i", r.CAFile).OK()
	return dir, r.File("pins.txt", []byte(r.Token+":"+r.PIN+"\n"))
}

// nssName is the nickname that NSS gives the certificate.
func (r *Rig) nssName() string { return r.Token + ":" + r.Label }

func TestNSSTools(t *testing.T) {
	r := Start(t, Options{})
	dir, pins := r.nssDB()
	r.Tool("modutil", "libnss3-tools", "-dbdir", "sql:"+dir, "-list").OK().Has(t, "TS-CNS", r.Module, "status: loaded", "token: "+r.Token)

	r.Run("certificates without a PIN", func(t *testing.T, r *Rig) {
		// The token is friendly: certutil -L needs no login for it.
		r.Tool("certutil", "libnss3-tools", "-L", "-d", "sql:"+dir, "-h", "all").OK().Has(t, r.nssName())
		require.Zero(t, r.PINCommands())
	})
	r.Run("certificate byte for byte", func(t *testing.T, r *Rig) {
		out := r.Tool("certutil", "libnss3-tools", "-L", "-d", "sql:"+dir, "-n", r.nssName(), "-r", "-f", pins).OK()
		require.True(t, bytes.Equal(r.CertDER, []byte(out.Out)))
	})
	r.Run("keys", func(t *testing.T, r *Rig) {
		r.Tool("certutil", "libnss3-tools", "-K", "-d", "sql:"+dir, "-h", r.Token, "-f", pins).OK().Has(t, "rsa", r.Label)
	})
	request := r.File("request", []byte("GET / HTTP/1.0\r\n\r\n"))
	for _, version := range bothVersions {
		r.Run("tstclnt "+tls.VersionName(version), func(t *testing.T, r *Rig) {
			s := r.Server(version)
			name := strings.ToLower(strings.ReplaceAll(tls.VersionName(version), " ", "")) // tls1.3
			r.Tool("tstclnt", "libnss3-tools", "-h", "127.0.0.1", "-a", "localhost", "-p", fmt.Sprint(s.Port()), "-4",
				"-d", "sql:"+dir, "-n", r.nssName(), "-W", pins, "-V", name+":"+name, "-A", request).OK().Has(t, r.Holder)
			require.NotZero(t, r.OneLogin(s, version).Signature)
		})
	}
	r.Run("removed from the database", func(t *testing.T, r *Rig) {
		r.Tool("modutil", "libnss3-tools", "-dbdir", "sql:"+dir, "-delete", "TS-CNS", "-force").OK()
		list := r.Tool("modutil", "libnss3-tools", "-dbdir", "sql:"+dir, "-list").OK()
		require.NotContains(t, list.Text(), r.Module)
	})
}

// blankPDF is a document of one empty page (ISO 32000-1, annex H.2).
func blankPDF() []byte {
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]/Resources<<>>>>"}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var offsets []int
	for i, object := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}

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
