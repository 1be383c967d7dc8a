// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pki"
	"tscns/tests/kit"
)

// authority is a certification authority of the situations.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// issue makes a certificate from a template, of the authority's own when it has
// none yet.
func (a *authority) issue(t *testing.T, c *x509.Certificate, public any) []byte {
	t.Helper()
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	if c.NotBefore.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(90*24*time.Hour)
	}
	parent := a.certificate
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, a.key)
	require.NoError(t, err)
	return der
}

// newAuthority makes an authority, issued by another or by itself.
func newAuthority(t *testing.T, name string, above *authority) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a := &authority{key: key}
	if above == nil {
		above = a
	}
	der := above.issue(t, &x509.Certificate{Subject: pkix.Name{Country: []string{"IT"}, Organization: []string{name[:5]}, CommonName: name},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, key.Public())
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return a
}

func (a *authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}))
}

// cardsCertificate makes the certificate of a card's key, below a root and an
// authority in between.
func (a *authority) cardsCertificate(t *testing.T, key *rsa.PrivateKey, change func(*x509.Certificate)) []byte {
	t.Helper()
	cns, err := x509.OIDFromInts([]uint64{1, 3, 76, 16, 2, 1}) // the policy of the CNS
	require.NoError(t, err)
	c := &x509.Certificate{
		Subject:  pkix.Name{Country: []string{"IT"}, CommonName: "PRVPRV80A01H501X/6030000000000101"},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		Policies:              []x509.OID{cns},
		IssuingCertificateURL: []string{"http://portale.prova.invalid/ca.crt"},
	}
	if change != nil {
		change(c)
	}
	return a.issue(t, c, key.Public())
}

// sites are web servers in situations, by name, and the authorities of the card.
type sites struct {
	dir       string
	root, sub *authority

	names      []string          // of the situations
	address    map[string]string // by situation: ":port/path"
	signatures map[string]bool   // those that depend on the signatures of the card
}

// captive is the answer of a network that wants a login of its own first.
const captive = "HTTP/1.1 302 Found\r\nLocation: http://portale.example.invalid/\r\nContent-Length: 0\r\n\r\n"

// add adds a site.
func (s *sites) add(name string, port int, path string, signatures bool) {
	s.names = append(s.names, name)
	s.address[name], s.signatures[name] = fmt.Sprintf(":%d/%s", port, path), signatures
}

// at returns the address of a site by the name of its host.
func (s *sites) at(name, host string) string { return "https://" + host + s.address[name] }

// Pieces of configuration of nginx.
const (
	greeting = `location / { return 200 "<title>Logged in</title>"; }`
	tls12    = "ssl_protocols TLSv1.2; "
	tls13    = "ssl_protocols TLSv1.3; "
	both     = "ssl_protocols TLSv1.2 TLSv1.3; "
	welcome  = "Welcome" // the title of a page for all
)

// startSites starts them all.
func startSites(t *testing.T, set *pki.Set) *sites {
	t.Helper()
	s := &sites{dir: kit.WebDir(t), address: map[string]string{}, signatures: map[string]bool{}}
	s.root = newAuthority(t, "Prova: radice", nil)
	s.sub = newAuthority(t, "Prova: autorità delle tessere", s.root)
	other := newAuthority(t, "Altro: autorità di altre tessere", nil)
	files := map[string]string{"card": s.sub.pem(), "chain": s.sub.pem() + s.root.pem(), "root": s.root.pem(), "other": other.pem()}
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, name+".pem"), []byte(text), 0o644))
	}
	s.server(t, "server", set.Authority.Certificate, set.Authority.Key, nil)
	s.server(t, "stranger", other.certificate, other.key, nil)
	s.server(t, "elsewhere", set.Authority.Certificate, set.Authority.Key, func(c *x509.Certificate) { c.DNSNames = []string{"www.example.it"} })
	s.server(t, "expired", set.Authority.Certificate, set.Authority.Key, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().AddDate(0, 0, -2)
	})
	s.server(t, "early", set.Authority.Certificate, set.Authority.Key, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(0, 0, 2), time.Now().AddDate(1, 0, 0)
	})
	s.nginx(t)
	s.apache(t)
	s.add("nobody listens", kit.ClosedPort(t), "", false)
	s.add("plain HTTP, as a captive page", kit.Answers(t, captive).Port, "", false)
	return s
}

// server makes a server's certificate and key.
func (s *sites) server(t *testing.T, name string, above *x509.Certificate, key any, change func(*x509.Certificate)) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost", host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, above, own.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(own)
	require.NoError(t, err)
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, name+".pem"), text, 0o644))
}

// nginx starts those that nginx serves.
func (s *sites) nginx(t *testing.T) {
	t.Helper()
	file := func(name string) string { return filepath.Join(s.dir, name+".pem") }
	own := func(name string) string {
		return fmt.Sprintf("ssl_certificate %[1]s; ssl_certificate_key %[1]s; ssl_verify_depth 3; ", file(name))
	}
	// names: the authorities that it names; trusts: those that it has besides.
	asks := func(names, trusts string) string {
		return own("server") + greeting + fmt.Sprintf("ssl_verify_client on; ssl_client_certificate %s; ssl_trusted_certificate %s; ", file(names), file(trusts))
	}
	takes := func(algorithms string) string {
		return "ssl_conf_command ClientSignatureAlgorithms " + algorithms + "; "
	}
	usual := asks("chain", "chain")
	any := own("server") + `ssl_verify_client optional_no_ca; location / { if ($ssl_client_verify = NONE) { return 403; } return 200 "<title>Logged in</title>"; } `
	list := []struct {
		name, configuration string
		signatures          bool
	}{
		{"TLS 1.3 alone", tls13 + usual, true},
		{"TLS 1.3 and 1.2", both + usual, true},
		{"TLS 1.2 alone", tls12 + usual, true},
		{"any authority, TLS 1.3 and 1.2", both + any, true},
		{"any authority, TLS 1.2", tls12 + any, true},
		{"TLS 1.2, PKCS #1 alone", tls12 + usual + takes("RSA+SHA256"), true},
		{"TLS 1.2, PSS alone", tls12 + usual + takes("RSA-PSS+SHA256"), true},
		{"both, PSS and SHA-256 alone", both + usual + takes("RSA-PSS+SHA256:RSA+SHA256"), true},
		{"TLS 1.3, PSS with SHA-512", tls13 + usual + takes("RSA-PSS+SHA512"), true},
		{"TLS 1.2, PKCS #1 with SHA-512", tls12 + usual + takes("RSA+SHA512"), true},
		{"TLS 1.3, ECDSA alone", tls13 + usual + takes("ECDSA+SHA256"), true},
		{"TLS 1.2, ECDSA alone", tls12 + usual + takes("ECDSA+SHA256"), false},
		{"names the card's issuer alone", both + asks("card", "root"), false},
		{"names the root, knows the issuer", both + asks("root", "chain"), true},
		{"names the root, knows nothing else", both + asks("root", "root"), false},
		{"names other authorities", both + asks("other", "other"), false},
		{"asks for none", both + own("server") + `location / { return 200 "<title>` + welcome + `</title>"; }`, false},
		{"leads to another site", both + own("server") + `location / { return 302 https://login.example.invalid/cns; }`, false},
		{"forbids the page without asking", both + own("server") + `location / { return 403; }`, false},
		{"complains without asking", both + own("server") + `location / { return 496; } error_page 496 =400 @c; location @c { return 400 "<title>400 No required SSL certificate was sent</title>No required SSL certificate was sent"; }`, false},
		{"certificate of an unknown authority", both + strings.ReplaceAll(usual, file("server"), file("stranger")), false},
		{"certificate of another name", both + strings.ReplaceAll(usual, file("server"), file("elsewhere")), false},
		{"certificate expired", both + strings.ReplaceAll(usual, file("server"), file("expired")), false},
		{"certificate not yet valid", both + strings.ReplaceAll(usual, file("server"), file("early")), false},
		{"TLS 1.1 alone", "ssl_protocols TLSv1.1; ssl_ciphers DEFAULT@SECLEVEL=0; " + usual, false},
	}
	var configurations []kit.Website
	for _, site := range list {
		configurations = append(configurations, kit.Website(site.configuration))
	}
	for i, port := range kit.Nginx(t, configurations...) {
		s.add(list[i].name, port, "", list[i].signatures)
	}
}

// apache starts those that Apache serves, in folders that ask for a certificate
// once the page is known.
func (s *sites) apache(t *testing.T) {
	t.Helper()
	docs := filepath.Join(s.dir, "docs")
	require.NoError(t, os.MkdirAll(filepath.Join(docs, "cns"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(docs, "index.html"), []byte("<title>"+welcome+"</title>"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(docs, "cns", "index.html"), []byte("<title>Logged in</title>"), 0o644))
	site := func(protocols, more string) kit.Website {
		return kit.Website(fmt.Sprintf("SSLProtocol %s\nSSLCertificateFile %[2]s/server.pem\nSSLCertificateKeyFile %[2]s/server.pem\n"+
			"SSLCACertificateFile %[2]s/chain.pem\nSSLVerifyDepth 3\nDocumentRoot %[2]s/docs\n%[3]s", protocols, s.dir, more))
	}
	const folder = "<Location /cns>\nSSLVerifyClient require\n</Location>"
	for i, port := range kit.Apache(t,
		site("-all +TLSv1.2", folder), site("-all +TLSv1.2 +TLSv1.3", folder), site("-all +TLSv1.3", folder),
		site("-all +TLSv1.2 +TLSv1.3", "SSLVerifyClient require"),
		site("-all +TLSv1.2", folder+"\nRedirect /login /cns/"),
	) {
		name := []string{"folder, TLS 1.2", "folder, TLS 1.3 and 1.2", "folder, TLS 1.3", "Apache, TLS 1.3 and 1.2", "leads to a folder, TLS 1.2"}[i]
		s.add(name, port, []string{"cns/", "cns/", "cns/", "cns/", "login"}[i], true)
	}
}
