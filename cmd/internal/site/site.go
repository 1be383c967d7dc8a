// SPDX-License-Identifier: Apache-2.0

// Package site looks at what a web site asks of a client's certificate, and
// compares it with what a card can do. [Look] connects as browsers do and shows
// the site neither a certificate nor a secret; [Compare] judges what it saw, and
// [Explain] why it saw nothing.
package site

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"time"
)

// Why [Look] saw nothing of a site.
var (
	ErrAddress     = errors.New("site: no https address")
	ErrName        = errors.New("site: no computer of this name")
	ErrNetwork     = errors.New("site: no answer of the name service, or no way to the site")
	ErrRefused     = errors.New("site: the computer refuses the connection")
	ErrSilent      = errors.New("site: no answer in time")
	ErrNotTLS      = errors.New("site: an answer without TLS")
	ErrOldVersions = errors.New("site: no version above TLS 1.1")
	ErrHandshake   = errors.New("site: the TLS handshake fails")

	ErrProxy         = errors.New("site: the proxy does not answer as one")
	ErrProxyKind     = errors.New("site: a proxy of a kind that is not spoken here")
	ErrProxyPassword = errors.New("site: the proxy wants a name and a password")
	ErrProxyRefuses  = errors.New("site: the proxy does not let through to the site")
)

// Why a site's own certificate is not trusted.
var (
	ErrOtherName   = errors.New("site: the certificate is another site's")
	ErrExpired     = errors.New("site: the certificate has expired")
	ErrNotYetValid = errors.New("site: the certificate is not valid yet")
	ErrUntrusted   = errors.New("site: the certificate's authority is not trusted")
)

// Options say how to look. The zero value looks as the system would.
type Options struct {
	Roots *x509.CertPool // trusted for the site; nil: the system's
	// Proxy returns the proxy on the way to a site, nil for none; nil is that
	// of the environment, as [net/http.ProxyFromEnvironment] reads it.
	Proxy func(*url.URL) (*url.URL, error)
	Now   time.Time // zero: the clock's
}

// Report is what a site offers at an address.
type Report struct {
	URL   *url.URL // the page, with its scheme; after redirects inside the site
	Proxy string   // host of the proxy on the way, "" for none
	Now   time.Time

	// The connections with TLS 1.3 alone and with TLS 1.2 alone. Browsers have
	// the newest version that both sides speak, and do not try the older one
	// when that fails.
	TLS13, TLS12 Connection
}

// Host returns the name of the site.
func (r Report) Host() string { return r.URL.Hostname() }

// Connection is what came of connecting with one version of TLS.
type Connection struct {
	Version uint16
	// Err is why there is no connection, nil where the site speaks the version.
	Err error
	// Trust is why the site's certificate is not trusted, nil where it is.
	Trust error
	// Request is what the site asks of a client's certificate, nil where it
	// asks for none.
	Request *Request
	Answer  Answer
}

// Offered reports whether the site speaks the version.
func (c Connection) Offered() bool { return c.Err == nil }

// Request is a CertificateRequest (RFC 8446, section 4.3.2; RFC 5246, section
// 7.4.4).
type Request struct {
	// Later reports whether it came after the handshake, once the site had seen
	// which page is wanted: a renegotiation of TLS 1.2. Post-handshake
	// authentication, which is how TLS 1.3 does that, is a client's offer that
	// browsers do not make, nor does [Look].
	Later       bool
	Schemes     []tls.SignatureScheme
	Authorities [][]byte // DER names, none for any
}

// Answer is what the site answers to a request for the page without a
// certificate.
type Answer struct {
	Status int      // of HTTP, 0 where none came
	HungUp bool     // the site ended the connection instead of an answer
	To     *url.URL // where a redirect leads, nil without one
	Date   time.Time
	// WantsCertificate reports whether the page complains of a certificate that
	// was not sent; WantsPostHandshake whether of a client that does not offer
	// post-handshake authentication.
	WantsCertificate, WantsPostHandshake bool
}
