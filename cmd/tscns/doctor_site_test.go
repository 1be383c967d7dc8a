// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/kit"
	"tscns/tests/tlsserver"
)

func TestDoctorTriesASite(t *testing.T) {
	set, err := simcard.NewSet(simcard.FamilyB2)
	require.NoError(t, err)
	x := newFixture(t, t.TempDir(), simcard.FamilyB2, func(o *simcard.Options) { *o = simcard.ForIdentity(simcard.FamilyB2, set.Identity) })
	cert := tls.Certificate{Certificate: [][]byte{set.Server.Certificate}, PrivateKey: set.Server.Key}
	serve := func(o tlsserver.Options) string {
		o.Certificate = cert
		s, err := tlsserver.Start(o)
		require.NoError(t, err)
		t.Cleanup(func() { s.Close() })
		return s.URL("localhost")
	}
	plain := httptest.NewUnstartedServer(http.NotFoundHandler()) // asks for no certificate
	plain.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	plain.StartTLS()
	t.Cleanup(plain.Close)
	roots := set.Authority.Pool()
	takes := tlsserver.Options{ClientCAs: set.Authority.Pool(), Version: tls.VersionTLS13}
	takes12 := tlsserver.Options{ClientCAs: set.Authority.Pool(), Version: tls.VersionTLS12}
	for _, c := range []struct {
		name, url, state, text, cure string
		roots                        *x509.CertPool
	}{
		{"takes the card, TLS 1.3", serve(takes), "ok", "takes your card's issuer (TLS 1.3)", "", roots},
		{"takes the card, TLS 1.2", serve(takes12), "ok", "(TLS 1.2)", "", roots},
		{"without https://", strings.TrimPrefix(serve(takes), "https://"), "ok", "(TLS 1.3)", "", roots},
		{"takes any", serve(tlsserver.Options{}), "ok", "of any issuer", "", roots},
		{"takes others", serve(tlsserver.Options{ClientCAs: strangers(t)}), "failure", "does not name your card's issuer", "ask the site whether it takes", roots},
		{"asks for none", strings.Replace(plain.URL, "127.0.0.1", "localhost", 1), "failure", "asks for no certificate", "this site, not your card", roots},
		{"nobody there", fmt.Sprintf("https://127.0.0.1:%d/", kit.ClosedPort(t)), "failure", "refuses the connection", "not about your card", roots},
		{"no address", "http://localhost/", "failure", "no https address", "https://", roots},
		{"an authority that this computer does not know", serve(takes), "failure", "does not trust", "enter no PIN there", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			x.app = func(a *app) { a.roots = c.roots }
			_, out, _ := x.run("doctor", "--json", "--url", c.url)
			list := findings(t, out)
			f := list[len(list)-1]
			assert.Equal(t, []string{"site", c.state}, []string{f.Check, f.State}, "%v", f)
			assert.Contains(t, f.Text, c.text)
			if assert.Contains(t, f.Cure, c.cure); c.cure == "" {
				assert.Empty(t, f.Cure)
			}
		})
	}
}

// strangers is an authority that issued no card.
func strangers(t *testing.T) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Strangers"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	require.NoError(t, err)
	c, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(c)
	return pool
}
