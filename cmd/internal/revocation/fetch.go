// SPDX-License-Identifier: Apache-2.0

package revocation

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // of certificates of older cards
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Client returns a client for [Ask]: through the proxies that the environment
// names (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), without cookies.
func Client() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // documented
	t.DisableCompression = true
	t.DisableKeepAlives = true
	t.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{Transport: t}
}

// Proxy returns the host of the proxy by which [Client] reaches a source, ""
// without one.
func Proxy(s Source) string {
	u, err := http.ProxyFromEnvironment(&http.Request{URL: s.url})
	if err != nil || u == nil {
		return ""
	}
	return u.Host
}

// maxRedirects bounds the redirections of one request.
const maxRedirects = 3

// errElsewhere ends a request that would leave its host.
var errElsewhere = errors.New("redirected to another host")

// sameHost returns a client that follows few redirections, and none to a host
// that nobody was told of.
func sameHost(client *http.Client) *http.Client {
	c := *client
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		switch {
		case r.URL.Hostname() != via[0].URL.Hostname():
			return errElsewhere
		case len(via) > maxRedirects || r.URL.Scheme != "http" && r.URL.Scheme != "https":
			return http.ErrUseLastResponse // not the answer of success that is wanted
		}
		return nil
	}
	return &c
}

// fetch makes one request, with a body if there is one, and returns the body of
// the answer, of at most limit bytes.
func (q *question) fetch(ctx context.Context, u *url.URL, kind string, body []byte, limit int64, patience time.Duration) ([]byte, Problem) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	method := http.MethodGet
	if body != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, Malformed
	}
	r.Header.Set("User-Agent", "tscns")
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	resp, err := q.client.Do(r)
	if errors.Is(err, errElsewhere) {
		return nil, Elsewhere
	}
	if err != nil {
		return nil, NoAnswer
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, Refused
	case resp.ContentLength > limit:
		return nil, TooLarge
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, NoAnswer
	case int64(len(b)) > limit:
		return nil, TooLarge
	}
	return b, ""
}

// fetchIssuer fetches the certificate of the authority (RFC 5280, 4.2.2.1).
func (q *question) fetchIssuer(ctx context.Context, u *url.URL) Problem {
	b, problem := q.fetch(ctx, u, "", nil, maxIssuer, requestLimit)
	if problem != "" {
		return problem
	}
	list := certificates(b)
	if len(list) == 0 {
		return Malformed
	}
	for _, c := range list {
		if issued(c, q.leaf) {
			q.issuer = c
			return ""
		}
	}
	return OtherSubject
}

// certificates returns the certificates of an answer: one in DER or PEM, or the
// certificates of a PKCS #7 message (RFC 5652, 5.1).
func certificates(b []byte) (list []*x509.Certificate) {
	if block, _ := pem.Decode(b); block != nil {
		b = block.Bytes
	}
	if c, err := x509.ParseCertificate(b); err == nil {
		return []*x509.Certificate{c}
	}
	signedData := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	var message, content, data, all, certificate cryptobyte.String
	var id asn1.ObjectIdentifier
	explicit := cbasn1.Tag(0).ContextSpecific().Constructed()
	input := cryptobyte.String(b)
	if !input.ReadASN1(&message, cbasn1.SEQUENCE) || !message.ReadASN1ObjectIdentifier(&id) || !id.Equal(signedData) ||
		!message.ReadASN1(&content, explicit) || !content.ReadASN1(&data, cbasn1.SEQUENCE) ||
		!data.SkipASN1(cbasn1.INTEGER) || !data.SkipASN1(cbasn1.SET) || !data.SkipASN1(cbasn1.SEQUENCE) || !data.ReadASN1(&all, explicit) {
		return nil
	}
	for all.ReadASN1Element(&certificate, cbasn1.SEQUENCE) {
		if c, err := x509.ParseCertificate(certificate); err == nil {
			list = append(list, c)
		}
	}
	return list
}

// issued reports whether an authority issued a certificate. Certificates of
// older cards are signed with SHA-1, which crypto/x509 does not check; here it
// decides nothing but whose answers to believe about the card at hand.
func issued(authority, leaf *x509.Certificate) bool {
	if !bytes.Equal(authority.RawSubject, leaf.RawIssuer) || !authority.BasicConstraintsValid || !authority.IsCA ||
		authority.KeyUsage != 0 && authority.KeyUsage&x509.KeyUsageCertSign == 0 {
		return false
	}
	key, isRSA := authority.PublicKey.(*rsa.PublicKey)
	if leaf.SignatureAlgorithm == x509.SHA1WithRSA && isRSA {
		sum := sha1.Sum(leaf.RawTBSCertificate) //nolint:gosec // see above
		return rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], leaf.Signature) == nil
	}
	return authority.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil
}
