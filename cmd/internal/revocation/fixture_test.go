// SPDX-License-Identifier: Apache-2.0

package revocation

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ocsp"

	"tscns/simcard/pki"
)

// The hosts that the certificate of a simulated card names.
const (
	responderHost  = "ocsp.prova.invalid"
	repositoryHost = "portale.prova.invalid"
)

// certified is a key with its certificate.
type certified struct {
	key  crypto.Signer
	cert *x509.Certificate
}

// network is the authority of a card with its responder and its repository, on
// one server that plays every host. What a test changes is what they answer.
type network struct {
	t         *testing.T
	authority certified
	leaf      *x509.Certificate
	client    *http.Client
	now       time.Time

	issuer  http.HandlerFunc
	respond http.HandlerFunc
	list    http.HandlerFunc

	mu  sync.Mutex
	log []string // host, method, path
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	authority, err := pki.NewAuthority(true)
	require.NoError(t, err)
	identity, err := authority.IssueIdentity(pki.IdentityOptions{})
	require.NoError(t, err)
	n := &network{t: t, authority: certified{authority.Key, authority.Certificate}, leaf: parse(t, identity.Certificate), now: time.Now()}
	n.issuer = gives(authority.Certificate.Raw)
	n.respond = n.responds(func(*ocsp.Response) {})
	n.list = gives(n.crl(n.authority, func(*x509.RevocationList) {}))
	server := httptest.NewServer(http.HandlerFunc(n.serve))
	t.Cleanup(server.Close)
	n.client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}}}
	return n
}

func (n *network) serve(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	n.log = append(n.log, r.Host+" "+r.Method+" "+r.URL.Path)
	n.mu.Unlock()
	assert.Empty(n.t, r.Header["Cookie"])
	assert.Equal(n.t, "tscns", r.Header.Get("User-Agent"))
	switch {
	case r.Host == responderHost:
		n.respond(w, r)
	case strings.HasSuffix(r.URL.Path, ".crl"):
		n.list(w, r)
	default:
		n.issuer(w, r)
	}
}

func (n *network) ask() Answer { return n.askAbout(n.leaf.Raw) }

func (n *network) askAbout(der []byte) Answer {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return Ask(ctx, der, n.client, n.now)
}

func parse(t *testing.T, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return c
}

func gives(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) }
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// leads redirects to an address.
func leads(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusTemporaryRedirect) }
}

// responds answers as the authority does, once a test has changed the answer.
func (n *network) responds(change func(*ocsp.Response)) http.HandlerFunc {
	return n.respondsAs(n.authority, nil, change)
}

// respondsAs signs with another key, and puts its certificate into the answer.
func (n *network) respondsAs(signer certified, embedded *x509.Certificate, change func(*ocsp.Response)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(n.response(r, signer, embedded, change)) }
}

func (n *network) response(r *http.Request, signer certified, embedded *x509.Certificate, change func(*ocsp.Response)) []byte {
	body, err := io.ReadAll(r.Body)
	require.NoError(n.t, err)
	request, err := ocsp.ParseRequest(body)
	require.NoError(n.t, err)
	assert.Equal(n.t, "application/ocsp-request", r.Header.Get("Content-Type"))
	assert.Zero(n.t, request.SerialNumber.Cmp(n.leaf.SerialNumber))
	template := ocsp.Response{Status: ocsp.Good, SerialNumber: request.SerialNumber, ThisUpdate: n.now.Add(-time.Hour),
		NextUpdate: n.now.Add(time.Hour), Certificate: embedded, IssuerHash: crypto.SHA1}
	change(&template)
	b, err := ocsp.CreateResponse(n.authority.cert, signer.cert, template, signer.key)
	require.NoError(n.t, err)
	return b
}

// certify makes a certificate of the authority for another key.
func (n *network) certify(change func(*x509.Certificate)) certified {
	return n.certifyBy(n.authority, change)
}

func (n *network) certifyBy(authority certified, change func(*x509.Certificate)) certified {
	n.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(n.t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(77), Subject: pkix.Name{CommonName: "Responder"}, NotBefore: n.now.Add(-time.Hour),
		NotAfter: n.now.Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}, KeyUsage: x509.KeyUsageDigitalSignature}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, authority.cert, key.Public(), authority.key)
	require.NoError(n.t, err)
	return certified{key, parse(n.t, der)}
}

// stranger is an authority of the same name with another key.
func (n *network) stranger() certified {
	n.t.Helper()
	a, err := pki.NewAuthority(true)
	require.NoError(n.t, err)
	require.Equal(n.t, n.authority.cert.RawSubject, a.Certificate.RawSubject)
	return certified{a.Key, a.Certificate}
}

// crl makes a list that an authority signs.
func (n *network) crl(signer certified, change func(*x509.RevocationList)) []byte {
	n.t.Helper()
	template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: n.now.Add(-time.Hour), NextUpdate: n.now.Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(5), RevocationTime: n.now.Add(-2 * time.Hour)}}}
	change(template)
	b, err := x509.CreateRevocationList(rand.Reader, template, signer.cert, signer.key)
	require.NoError(n.t, err)
	return b
}

// entry adds the card's certificate to a list.
func (n *network) entry(reason int) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: n.leaf.SerialNumber, RevocationTime: n.now.Add(-48 * time.Hour), ReasonCode: reason})
	}
}

// extension adds an extension to a list.
func (n *network) extension(id asn1.ObjectIdentifier, value any) func(*x509.RevocationList) {
	der, err := asn1.Marshal(value)
	require.NoError(n.t, err)
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: id, Critical: true, Value: der})
	}
}

// withNonce puts a nonce into a response that the authority signed.
func (n *network) withNonce(response, nonce []byte) []byte {
	n.t.Helper()
	var outer struct {
		Status asn1.Enumerated
		Bytes  struct {
			Type     asn1.ObjectIdentifier
			Response []byte
		} `asn1:"explicit,tag:0,optional"`
	}
	_, err := asn1.Unmarshal(response, &outer)
	require.NoError(n.t, err)
	var basic struct {
		Data      asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	_, err = asn1.Unmarshal(outer.Bytes.Response, &basic)
	require.NoError(n.t, err)
	extensions, err := asn1.MarshalWithParams([]pkix.Extension{{Id: oidNonce, Value: nonce}}, "explicit,tag:1")
	require.NoError(n.t, err)
	data, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: append(basic.Data.Bytes, extensions...)})
	require.NoError(n.t, err)
	sum := crypto.SHA256.New()
	sum.Write(data)
	signature, err := n.authority.key.Sign(rand.Reader, sum.Sum(nil), crypto.SHA256)
	require.NoError(n.t, err)
	basic.Data, basic.Signature = asn1.RawValue{FullBytes: data}, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	outer.Bytes.Response, err = asn1.Marshal(basic)
	require.NoError(n.t, err)
	b, err := asn1.Marshal(outer)
	require.NoError(n.t, err)
	return b
}
