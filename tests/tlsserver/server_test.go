// SPDX-License-Identifier: Apache-2.0

package tlsserver

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pki"
	"tscns/tests/kit"
)

const patience = 20 * time.Second

// fixture is a server and a person with a card's certificate.
type fixture struct {
	set            *pki.Set
	server, client tls.Certificate
	pool           *x509.CertPool
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	set, err := kit.Set(2048)
	require.NoError(t, err)
	return fixture{set: set, pool: set.Authority.Pool(),
		server: tls.Certificate{Certificate: [][]byte{set.Server.Certificate}, PrivateKey: set.Server.Key},
		client: tls.Certificate{Certificate: [][]byte{set.Identity.Certificate}, PrivateKey: set.Identity.Key}}
}

func (w fixture) commonName(t *testing.T) string {
	t.Helper()
	leaf, err := x509.ParseCertificate(w.set.Identity.Certificate)
	require.NoError(t, err)
	return leaf.Subject.CommonName
}

// stranger is the same person with the certificate of another authority.
func (w fixture) stranger(t *testing.T) tls.Certificate {
	t.Helper()
	other, err := pki.NewAuthority(true)
	require.NoError(t, err)
	id, err := other.IssueIdentity(pki.IdentityOptions{Key: w.set.Identity.Key})
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{id.Certificate}, PrivateKey: id.Key}
}

func (w fixture) start(t *testing.T, version uint16) *Server {
	s, err := Start(Options{Certificate: w.server, ClientCAs: w.pool, Version: version})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func (w fixture) get(s *Server, client tls.Certificate, paths ...string) (string, error) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs:              w.pool,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &client, nil },
	}}
	defer transport.CloseIdleConnections()
	var last string
	for _, path := range paths {
		r, err := (&http.Client{Transport: transport, Timeout: patience}).Get(s.URL("localhost") + path)
		if err != nil {
			return "", err
		}
		text, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return "", err
		}
		last = string(text)
	}
	return last, nil
}

// TestSignature forces a client to each algorithm in turn.
func TestSignature(t *testing.T) {
	w := newFixture(t)
	for version, schemes := range map[uint16][]tls.SignatureScheme{
		tls.VersionTLS12: {tls.PKCS1WithSHA256, tls.PKCS1WithSHA384, tls.PKCS1WithSHA512, tls.PSSWithSHA256, tls.PSSWithSHA512},
		tls.VersionTLS13: {tls.PSSWithSHA256, tls.PSSWithSHA384, tls.PSSWithSHA512},
	} {
		for _, scheme := range schemes {
			t.Run(fmt.Sprintf("%s %s", tls.VersionName(version), schemeNames[scheme]), func(t *testing.T) {
				s := w.start(t, version)
				client := w.client
				client.SupportedSignatureAlgorithms = []tls.SignatureScheme{scheme}
				page, err := w.get(s, client, "", "favicon.ico", "")
				require.NoError(t, err, s.Log())
				logins, err := s.Wait(1, patience)
				require.NoError(t, err)
				require.Len(t, logins, 1, "one connection serves page and icon")
				require.Equal(t, scheme, logins[0].Signature)
				require.Equal(t, version, logins[0].Version)
				require.Equal(t, []string{"GET /", "GET /favicon.ico", "GET /"}, logins[0].Requests)
				require.Contains(t, html.UnescapeString(page), `<td id="cn">`+w.commonName(t)+`</td>`)
				require.Contains(t, page, logins[0].SignatureName())
				require.Contains(t, page, "Logged in")
				require.Empty(t, s.Log())
			})
		}
	}
}

// TestOpenSSLCiphers has each cipher suite of TLS 1.3 chosen by OpenSSL.
func TestOpenSSLCiphers(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("SKIPPED: openssl not installed (package openssl)")
	}
	w := newFixture(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "client.pem")
	key, err := x509.MarshalPKCS8PrivateKey(w.client.PrivateKey)
	require.NoError(t, err)
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.client.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	for suite, sigalg := range map[string]string{
		"TLS_AES_128_GCM_SHA256":       "rsa_pss_rsae_sha384",
		"TLS_AES_256_GCM_SHA384":       "rsa_pss_rsae_sha256",
		"TLS_CHACHA20_POLY1305_SHA256": "rsa_pss_rsae_sha512",
	} {
		t.Run(suite, func(t *testing.T) {
			s := w.start(t, tls.VersionTLS13)
			command := exec.Command(openssl, "s_client", "-connect", fmt.Sprintf("127.0.0.1:%d", s.Port()), "-tls1_3",
				"-ciphersuites", suite, "-client_sigalgs", sigalg, "-cert", file, "-key", file, "-ign_eof", "-quiet")
			command.Stdin = strings.NewReader("GET / HTTP/1.0\r\n\r\n")
			out, err := command.CombinedOutput()
			require.NoError(t, err, string(out))
			logins, err := s.Wait(1, patience)
			require.NoError(t, err)
			require.Equal(t, suite, tls.CipherSuiteName(logins[0].CipherSuite))
			require.Equal(t, sigalg, logins[0].SignatureName())
			require.Contains(t, string(out), sigalg)
		})
	}
}

func TestStrangersStayOutside(t *testing.T) {
	w := newFixture(t)
	s := w.start(t, 0)
	_, err := w.get(s, tls.Certificate{}, "")
	require.Error(t, err, "no certificate")
	_, err = w.get(s, w.stranger(t), "")
	require.Error(t, err, "another issuer")
	require.Empty(t, s.Logins())
	require.Contains(t, s.Log(), "handshake error")

	// A server without ClientCAs takes any certificate, and no lack of one.
	open, err := Start(Options{Certificate: w.server})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, open.Close()) })
	_, err = w.get(open, tls.Certificate{}, "")
	require.Error(t, err)
	_, err = w.get(open, w.stranger(t), "")
	require.NoError(t, err)
	require.Len(t, open.Logins(), 1)
	require.Contains(t, open.Logins()[0].Subject(), "CN="+w.commonName(t))
}

func TestLoopbackOnly(t *testing.T) {
	_, err := Start(Options{Address: "0.0.0.0:0"})
	require.ErrorContains(t, err, "loopback")
}

// TestBrokenHandshake feeds what no client should send.
func TestBrokenHandshake(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":        "",
		"cut record":     "160303",
		"cut message":    "160303000210ff",
		"no signature":   "16030300041400000016030300040f000000",
		"short verify":   "16030300050f00000104",
		"not the secret": "1703030011" + strings.Repeat("00", 17),
	} {
		raw, err := hex.DecodeString(raw)
		require.NoError(t, err)
		_, err = (&tap{bytes: raw}).peerSignature(tls.VersionTLS12, 0)
		require.Error(t, err, name)
		_, err = (&tap{bytes: raw, secret: make([]byte, 32)}).peerSignature(tls.VersionTLS13, tls.TLS_AES_128_GCM_SHA256)
		require.Error(t, err, name)
		_, err = (&tap{bytes: raw}).peerSignature(tls.VersionTLS13, tls.TLS_AES_128_GCM_SHA256)
		require.Error(t, err, name)
	}
}
