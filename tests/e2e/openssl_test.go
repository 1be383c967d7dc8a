// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/tlsserver"
)

// needEngine skips the test where OpenSSL has no engine for PKCS#11.
func (r *Rig) needEngine() {
	r.t.Helper()
	if r.Tool("openssl", "openssl", "engine", "pkcs11").Run().Code != 0 {
		r.t.Skip("SKIPPED: OpenSSL engine pkcs11 not installed (package libengine-pkcs11-openssl)")
	}
}

// engine returns the setting that makes the engine load the module.
func (r *Rig) engine() string { return "PKCS11_MODULE_PATH=" + r.Module }

// curl fetches pages by the engine.
func (r *Rig) curl(urls ...string) *Command { return r.curlWith(r.PIN, urls...) }

func (r *Rig) curlWith(pin string, urls ...string) *Command {
	args := append([]string{"-sS", "--max-time", "45", "--noproxy", "*", "--cacert", r.CAFile,
		"--engine", "pkcs11", "--cert-type", "ENG", "--cert", r.URI("cert"),
		"--key-type", "ENG", "--key", r.URI("private") + ";pin-value=" + pin}, urls...)
	return r.Tool("curl", "curl", args...).With(r.engine())
}

// TestCurl leaves nothing in the person's home.
func TestCurl(t *testing.T) {
	r := Start(t, Options{})
	r.needEngine()
	for _, version := range bothVersions {
		r.Run(tls.VersionName(version), func(t *testing.T, r *Rig) {
			s := r.Server(version)
			before := r.Signatures()
			r.curl(s.URL("localhost"), s.URL("localhost")+"again").OK().Has(t, r.Holder, "Logged in")
			login := r.OneLogin(s, version)
			require.Equal(t, []string{"GET /", "GET /again"}, login.Requests)
			require.True(t, isPSS(login.Signature), login.SignatureName())
			require.Equal(t, before+1, r.Signatures(), "one connection is one signature")
		})
	}
	files, err := os.ReadDir(r.Home)
	require.NoError(t, err)
	require.Empty(t, files)
}

// TestCurlWrongPIN: a wrong PIN given once costs one try, and the next run
// with the right one restores them.
func TestCurlWrongPIN(t *testing.T) {
	r := Start(t, Options{})
	r.needEngine()
	s := r.Server(tls.VersionTLS13)
	full := r.PINTries()
	require.NotZero(t, r.curlWith("99999999", s.URL("localhost")).Run().Code)
	r.WrongPINs(1)
	require.Equal(t, full-1, r.PINTries())
	require.Empty(t, s.Logins())
	r.curl(s.URL("localhost")).OK()
	r.OneLogin(s, tls.VersionTLS13)
	require.Equal(t, full, r.PINTries())
}

func TestOpenSSLClient(t *testing.T) {
	r := Start(t, Options{})
	r.needEngine()
	client := func(r *Rig, s *tlsserver.Server, options ...string) Result {
		return r.openssl(append([]string{"s_client", "-connect", fmt.Sprintf("127.0.0.1:%d", s.Port()), "-servername", "localhost",
			"-verify_return_error", "-CAfile", r.CAFile, "-cert", r.CertFile, "-engine", "pkcs11", "-keyform", "engine",
			"-key", r.URI("private") + ";pin-value=" + r.PIN, "-ign_eof"}, options...)...).In("GET / HTTP/1.0\r\n\r\n").OK()
	}
	for _, version := range bothVersions {
		flag := map[uint16]string{tls.VersionTLS12: "-tls1_2", tls.VersionTLS13: "-tls1_3"}[version]
		r.Run(tls.VersionName(version), func(t *testing.T, r *Rig) {
			s := r.Server(version)
			client(r, s, flag).Has(t, r.Holder)
			r.OneLogin(s, version)
		})
	}
	r.Run("server that wants PKCS1", func(t *testing.T, r *Rig) {
		s := r.Server(tls.VersionTLS12)
		client(r, s, "-tls1_2", "-sigalgs", "ECDSA+SHA256:RSA+SHA256")
		require.Equal(t, tls.PKCS1WithSHA256, r.OneLogin(s, tls.VersionTLS12).Signature)
	})
}

// TestOpenSSLServerSees has OpenSSL's own server name the algorithm, apart
// from tests/tlsserver.
func TestOpenSSLServerSees(t *testing.T) {
	r := Start(t, Options{})
	r.needEngine()
	server := r.Tool("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-tls1_3", "-cert", r.ServerFile, "-key", r.ServerFile,
		"-CAfile", r.CAFile, "-Verify", "2", "-verify_return_error", "-www").Start()
	server.WaitLog(t, "ACCEPT 127.0.0.1:")
	port := strings.Fields(strings.SplitAfter(server.log.String(), "ACCEPT 127.0.0.1:")[1])[0]
	page := r.curl("https://localhost:"+port+"/").OK().Has(t, "TLSv1.3", r.Holder, "Peer signing digest: SHA").Text()
	require.Regexp(t, `Peer signature type: (RSA-PSS|rsa_pss_rsae_sha\d+)\b`, page, "by its name in OpenSSL 3.0, or in 3.5")
}

// openssl prepares an openssl command whose engine loads the module.
func (r *Rig) openssl(args ...string) *Command {
	return r.Tool("openssl", "openssl", args...).With(r.engine())
}

// TestOpenSSLSigns verifies what the engine signs by PSS both by OpenSSL and by Go,
// and has it decrypt. PKCS #1, CMS and requests are recipes.
func TestOpenSSLSigns(t *testing.T) {
	r := Start(t, Options{})
	r.needEngine()
	data := r.File("data.txt", []byte("dati da firmare\n"))
	public := r.File("public.pem", r.PublicKeyPEM())
	key := []string{"-engine", "pkcs11", "-keyform", "engine"}
	uri := r.URI("private") + ";pin-value=" + r.PIN
	digest := sha256.Sum256([]byte("dati da firmare\n"))
	pss := []string{"-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"}

	r.Run("dgst PSS", func(t *testing.T, r *Rig) {
		out := filepath.Join(r.Dir, "pss.sig")
		r.openssl(append(append(append([]string{"dgst"}, key...), pss...), "-sign", uri, "-sha256", "-out", out, data)...).OK()
		r.openssl(append(append([]string{"dgst", "-sha256"}, pss...), "-verify", public, "-signature", out, data)...).OK().Has(t, "Verified OK")
		require.NoError(t, rsa.VerifyPSS(r.PublicKey(), crypto.SHA256, digest[:], r.Read(out),
			&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}))
	})
	r.Run("decrypt", func(t *testing.T, r *Rig) {
		// The certificate of a CNS is for signing alone (keyUsage).
		cipher, before := filepath.Join(r.Dir, "cipher"), r.Signatures()
		r.openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", public, "-in", data, "-out", cipher).OK()
		result := r.openssl(append(append([]string{"pkeyutl", "-decrypt"}, key...), "-inkey", uri, "-in", cipher)...).Run()
		require.NotZero(t, result.Code)
		result.Has(t, "Key function not permitted")
		require.Equal(t, before, r.Signatures())
	})
}

// TestOldCardWithOpenSSL: a key of 1024 bits is below the security level of
// Debian's OpenSSL, which says so before the card is asked. Level 1 is what a
// holder of an old card sets in a configuration file, for one command.
func TestOldCardWithOpenSSL(t *testing.T) {
	r := Start(t, Options{Family: simcard.FamilyC})
	r.needEngine()
	require.Equal(t, 1024, r.PublicKey().N.BitLen())
	level1 := r.File("level1.cnf", []byte("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nCipherString = DEFAULT@SECLEVEL=1\n"))
	for _, version := range bothVersions {
		s := r.Server(version)
		r.curl(s.URL("localhost")).Run().Has(t, "ee key too small")
		r.curl(s.URL("localhost")).With("OPENSSL_CONF="+level1).OK().Has(t, r.Holder)
		require.True(t, isPSS(r.OneLogin(s, version).Signature))
	}
}
