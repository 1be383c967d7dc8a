// SPDX-License-Identifier: Apache-2.0

package site

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/message"
)

// name returns a DER name.
func name(t testing.TB, organization, common string) []byte {
	t.Helper()
	n := pkix.Name{CommonName: common}
	if organization != "" {
		n.Organization = []string{organization}
	}
	der, err := asn1.Marshal(n.ToRDNSequence())
	require.NoError(t, err)
	return der
}

// What is seen of a site, and what it means for a card.
func TestCompare(t *testing.T) {
	issuer, root := name(t, "Regione di Prova", "CA Cittadini"), name(t, "regione di prova", "Radice")
	with := Card{Certificate: []byte{0}, Issuer: issuer, Bits: 2048, PSS: true}
	without, small := with, with
	without.PSS, small.Bits = false, 1024
	all := []tls.SignatureScheme{tls.PSSWithSHA256, tls.PSSWithSHA512, tls.PKCS1WithSHA256, tls.ECDSAWithP256AndSHA256}
	asks := func(s ...tls.SignatureScheme) *Request { return &Request{Schemes: s} }
	later := &Request{Later: true, Schemes: all}
	none := Connection{Err: ErrHandshake}
	names := func(list ...[]byte) *Request { return &Request{Schemes: all, Authorities: list} }
	for _, c := range []struct {
		what     string
		new, old Connection // TLS 1.3, TLS 1.2
		card     Card
		want     string
	}{
		{"everything", Connection{Request: asks(all...)}, Connection{Request: asks(all...)}, with, "site-takes-any"},
		{"no card", Connection{Request: asks(all...)}, none, Card{}, "site-without-card"},
		{"the issuer among others", Connection{Request: names(root, issuer)}, none, with, "site-takes-issuer"},
		{"the root only", Connection{Request: names(root)}, none, with, "site-names-root"},
		{"others only", Connection{Request: names(name(t, "Altro", "CA"), name(t, "", "Radice"))}, none, with, "site-other-issuers"},
		{"later, TLS 1.2", none, Connection{Request: later}, with, "site-takes-any"},
		{"later, both", Connection{Answer: Answer{Status: 403}}, Connection{Request: later}, with, "site-asks-too-late"},
		{"later, both, no PSS", Connection{Answer: Answer{Status: 403}}, Connection{Request: later}, without, "site-asks-too-late site-open-ssl-signature"},
		{"later, TLS 1.3", Connection{Answer: Answer{Status: 403, WantsPostHandshake: true}}, none, with, "site-asks-too-late-new"},
		{"later, TLS 1.3, no PSS", Connection{Answer: Answer{Status: 403, WantsPostHandshake: true}}, none, without, "site-only-pss"},
		{"later, TLS 1.3, no card", Connection{Answer: Answer{Status: 403, WantsPostHandshake: true}}, none, Card{}, "site-asks-too-late-new"},
		{"the root only, no PSS", Connection{Request: names(root)}, Connection{Request: names(root)}, without, "site-names-root site-needs-pss"},
		{"forbidden", Connection{Answer: Answer{Status: 403}}, Connection{Answer: Answer{Status: 403}}, with, "site-forbids"},
		{"hangs up at the page", Connection{Answer: Answer{HungUp: true}}, none, with, "site-forbids"},
		{"forbidden, TLS 1.2", none, Connection{Answer: Answer{Status: 403}}, with, "site-asks-nothing"},
		{"PKCS #1 in TLS 1.2, no PSS", none, Connection{Request: asks(tls.PKCS1WithSHA256)}, without, "site-takes-any"},
		{"PSS in TLS 1.2, no PSS", none, Connection{Request: asks(tls.PSSWithSHA256)}, without, "site-only-pss"},
		{"PSS everywhere, no PSS", Connection{Request: asks(tls.PSSWithSHA256)}, Connection{Request: asks(tls.PSSWithSHA256)}, without, "site-only-pss"},
		{"PKCS #1 is not of TLS 1.3", Connection{Request: asks(tls.PKCS1WithSHA256)}, none, with, "site-other-signatures"},
		{"EC keys", Connection{Request: asks(tls.ECDSAWithP256AndSHA256)}, Connection{Request: asks(tls.Ed25519)}, with, "site-other-signatures"},
		{"SHA-512 for a key of 1024 bits", Connection{Request: asks(tls.PSSWithSHA512)}, none, small, "site-other-signatures"},
		{"SHA-384 for a key of 1024 bits", Connection{Request: asks(tls.PSSWithSHA384)}, none, small, "site-takes-any"},
	} {
		u, err := url.Parse("https://cns.example.it/")
		require.NoError(t, err)
		c.new.Version, c.old.Version = tls.VersionTLS13, tls.VersionTLS12
		var codes []string
		for _, f := range Compare(Report{URL: u, TLS13: c.new, TLS12: c.old}, c.card) {
			codes = append(codes, f.Code())
		}
		assert.Equal(t, c.want, strings.Join(codes, " "), c.what)
	}
}

// The holder learns what to import, and from where.
func TestRootOnly(t *testing.T) {
	f := newFixture(t)
	card := f.card(true)
	r := Report{URL: &url.URL{Scheme: "https", Host: "cns.example.it"}}
	r.TLS13 = Connection{Version: tls.VersionTLS13, Request: &Request{Schemes: []tls.SignatureScheme{tls.PSSWithSHA256}, Authorities: [][]byte{name(t, "tscns demo, nessun ente", "Radice\x1b[31m di prova")}}}
	found := Compare(r, card)
	require.Len(t, found, 1)
	assert.Equal(t, "site-names-root", found[0].Code())
	for _, l := range message.Languages() {
		assert.Contains(t, found[0].Text.In(l), "Regione di Prova - CA Cittadini Demo")
		assert.NotContains(t, found[0].Text.In(l), "\x1b")
		assert.Contains(t, found[0].Cure.In(l), "http://portale.prova.invalid/repository/ca/cittadini-demo/cacert-cittadini-demo.crt)")
	}
	// A root of another name, or another authority: nobody can tell from the list.
	r.TLS13.Request.Authorities = [][]byte{name(t, "", "Radice di prova")}
	found = Compare(r, card)
	require.Len(t, found, 1)
	assert.Equal(t, "site-other-issuers", found[0].Code())
	assert.Contains(t, found[0].Text.In(message.English), "Regione di Prova - CA Cittadini Demo")
	assert.Contains(t, found[0].Cure.In(message.English), "import the certificate of your card's issuer into the browser (to be had at http://portale.prova.invalid/")
	card.Certificate = []byte{0x30, 0} // not one that says where
	assert.Contains(t, Compare(r, card)[0].Cure.In(message.English), "AgID")
}
