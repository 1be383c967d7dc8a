// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"tscns/cardos"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

// siteLimit bounds the check of a site.
const siteLimit = 20 * time.Second

// request is what a site asks of a client.
type request struct {
	asked   bool
	version uint16
	issuers [][]byte // DER names; none: any
}

// site connects as a browser would until it is known whether the site asks for
// a certificate and whether the card's would do. It shows the site none.
func (e *exam) site() []finding.Finding {
	if e.URL == "" {
		return finding.Noted(message.SiteNotGiven)
	}
	u, err := url.Parse(e.URL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return finding.Failed(message.SiteNoAddress.With(e.URL), message.Verbatim("--url https://..."))
	}
	r, trust, err := e.ask(u)
	switch {
	case err != nil && !r.asked:
		return finding.Failed(message.SiteUnreachable.With(u.Hostname(), err), message.CureSite)
	case trust != nil:
		return finding.Failed(message.SiteUntrusted.With(u.Hostname(), trust), message.CureSite)
	case !r.asked:
		return finding.Failed(message.SiteAsksNothing.With(u.Hostname()), message.CureSiteAsksNothing)
	}
	return e.accepts(u.Hostname(), r)
}

// accepts compares what the site asks with what the card has.
func (e *exam) accepts(host string, r request) []finding.Finding {
	version := tls.VersionName(r.version)
	if len(r.issuers) == 0 {
		return finding.Good(message.SiteTakesAny.With(host, version))
	}
	if e.card == nil {
		return finding.Noted(message.SiteWithoutCard.With(host, version))
	}
	for _, id := range e.identities {
		for _, k := range id.Keys {
			if id.Purpose != cardos.Authentication {
				continue
			}
			for _, name := range r.issuers {
				if bytes.Equal(name, k.Certificate.Issuer) {
					return finding.Good(message.SiteTakesIssuer.With(host, version))
				}
			}
		}
	}
	return finding.Failed(message.SiteOtherIssuers.With(host, version, len(r.issuers)), message.CureSiteOtherIssuers)
}

// ask makes one connection and one request. trust is why the site's own
// certificate is not trusted.
func (e *exam) ask(u *url.URL) (r request, trust, err error) {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	config := &tls.Config{
		ServerName: u.Hostname(),
		NextProtos: []string{"http/1.1"},
		// Checked below, so that the site's request is seen all the same. No
		// certificate and no secret goes to the site.
		InsecureSkipVerify: true,
		// Some sites ask only once they know the page.
		Renegotiation: tls.RenegotiateOnceAsClient,
		VerifyConnection: func(s tls.ConnectionState) error {
			_, trust = s.PeerCertificates[0].Verify(verifyOptions(s, u.Hostname(), e.Roots))
			return nil
		},
		GetClientCertificate: func(i *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			r = request{true, i.Version, i.AcceptableCAs}
			return &tls.Certificate{}, nil
		},
	}
	d := &net.Dialer{Timeout: siteLimit}
	conn, err := tls.DialWithDialer(d, "tcp", net.JoinHostPort(u.Hostname(), port), config)
	if err != nil {
		return r, trust, plain(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(siteLimit))
	if !r.asked {
		// One byte of the answer: a site that renegotiates does so before it.
		if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", u.RequestURI(), u.Host); err == nil {
			_, _ = conn.Read(make([]byte, 1))
		}
	}
	return r, trust, nil
}

func verifyOptions(s tls.ConnectionState, host string, roots *x509.CertPool) x509.VerifyOptions {
	pool := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		pool.AddCert(c)
	}
	return x509.VerifyOptions{DNSName: host, Intermediates: pool, Roots: roots}
}

// plain takes the cause out of an error of the network.
func plain(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}
