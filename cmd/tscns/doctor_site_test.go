// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/tlsserver"
)

func TestDoctorTriesASite(t *testing.T) {
	set, err := simcard.NewSet(simcard.FamilyB2)
	require.NoError(t, err)
	x := healthy(t, simcard.FamilyB2, func(o *simcard.Options) { *o = simcard.ForIdentity(simcard.FamilyB2, set.Identity) })
	cert := tls.Certificate{Certificate: [][]byte{set.Server.Certificate}, PrivateKey: set.Server.Key}
	serve := func(o tlsserver.Options) string {
		o.Certificate = cert
		s, err := tlsserver.Start(o)
		require.NoError(t, err)
		t.Cleanup(func() { s.Close() })
		return s.URL("localhost")
	}
	site := func(l message.Language, url string) map[string]string {
		_, found := x.findingsOf(l, set.Authority.Pool(), url)
		require.Len(t, found["site"], 1)
		return found["site"][0]
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	nobody := "https://" + closed.Addr().String() + "/"
	closed.Close()
	plain := plainSite(t, cert)
	for _, c := range []struct {
		name, url, state string
		text, cure       [2]string
	}{
		{"takes the card, TLS 1.3", serve(tlsserver.Options{ClientCAs: set.Authority.Pool(), Version: tls.VersionTLS13}), "ok",
			[2]string{"takes your card's issuer (TLS 1.3)", "accetta l'autorità della tua tessera (TLS 1.3)"}, [2]string{}},
		{"takes the card, TLS 1.2", serve(tlsserver.Options{ClientCAs: set.Authority.Pool(), Version: tls.VersionTLS12}), "ok",
			[2]string{"(TLS 1.2)", "(TLS 1.2)"}, [2]string{}},
		{"takes any", serve(tlsserver.Options{}), "ok", [2]string{"of any issuer", "di qualunque autorità"}, [2]string{}},
		{"takes others", serve(tlsserver.Options{ClientCAs: strangers(t)}), "failure",
			[2]string{"does not name your card's issuer", "non è tra le 1 che accetta"}, [2]string{"this site, not your card", "è il sito, non la tua tessera"}},
		{"asks for none", plain, "failure", [2]string{"asks for no certificate", "non chiede un certificato"}, [2]string{"this site, not your card", "è il sito, non la tua tessera"}},
		{"nobody there", nobody, "failure", [2]string{"cannot be reached", "non è raggiungibile"}, [2]string{"not about your card", "non la tua tessera"}},
		{"no address", "http://localhost/", "failure", [2]string{"no https address", "non è un indirizzo https"}, [2]string{"https://", "https://"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for l := range 2 {
				f := site(message.Language(l), c.url)
				assert.Equal(t, c.state, f["state"], "%v", f)
				assert.Contains(t, f["text"], c.text[l])
				if c.name != "nobody there" || l == 1 {
					assert.Contains(t, f["cure"], c.cure[l])
				}
			}
		})
	}
	x.args = append(x.args, "--url", serve(tlsserver.Options{}))
	_, found := x.findings(message.English)
	assert.Contains(t, found["site"][0]["text"], "does not trust", "this computer does not know the tests' authority")
}

// findingsOf runs the checks with an authority that this computer trusts.
func (x *set) findingsOf(l message.Language, roots *x509.CertPool, url string) (int, map[string][]map[string]string) {
	x.t.Helper()
	x.roots = roots
	defer func() { x.roots = nil }()
	args := x.args
	defer func() { x.args = args }()
	x.args = append(append([]string(nil), args...), "--url", url)
	return x.findings(l)
}

// strangers is an authority that issued no card.
func strangers(t *testing.T) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Strangers"}, NotAfter: time.Now().Add(oneDay), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	require.NoError(t, err)
	c, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(c)
	return pool
}

// plainSite is a web server that asks for no certificate.
func plainSite(t *testing.T, cert tls.Certificate) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = c.Read(make([]byte, 1024))
				_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
			}()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "https://localhost:" + port + "/"
}
