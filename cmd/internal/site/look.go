// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Bounds of what a site can cost.
const (
	lookLimit    = 30 * time.Second // for all connections
	connectLimit = 8 * time.Second  // for one, with its page
	pageLimit    = 64 << 10         // bytes of an answer that are read
	redirects    = 4                // inside the site
)

// Look connects to a site as far as needed to see what it asks for, with each
// version of TLS that browsers speak, and asks for the page of the address. It
// sends no certificate. An address without a scheme is one of https. Redirects
// are followed inside the site only.
//
// The error is one of this package's where the site showed nothing. It takes no
// longer than 30 seconds, whatever the site does.
func Look(ctx context.Context, address string, o Options) (Report, error) {
	u, err := parse(address)
	if err != nil {
		return Report{}, err
	}
	if o.Proxy == nil {
		o.Proxy = func(u *url.URL) (*url.URL, error) { return http.ProxyFromEnvironment(&http.Request{URL: u}) }
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	var r Report
	for range redirects {
		if r, err = o.page(ctx, u); err != nil {
			return r, err
		}
		next := r.redirect()
		if next == nil || r.asks() || next.Host != u.Host || next.String() == u.String() {
			break
		}
		u = next
	}
	return r, nil
}

// parse returns the address of a page of https.
func parse(address string) (*url.URL, error) {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return nil, ErrAddress
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u, nil
}

// page looks at one page.
func (o Options) page(ctx context.Context, u *url.URL) (Report, error) {
	r := Report{URL: u, Now: o.Now}
	proxy, err := o.Proxy(u)
	if err != nil {
		return r, ErrProxyKind
	}
	if proxy != nil {
		r.Proxy = proxy.Hostname()
	}
	r.TLS13 = o.connect(ctx, u, proxy, tls.VersionTLS13, tls.VersionTLS13)
	if isAny(r.TLS13.Err, ErrAddress, ErrName, ErrNetwork, ErrRefused, ErrProxy, ErrProxyKind, ErrProxyPassword, ErrProxyRefuses) {
		return r, r.TLS13.Err // before TLS began
	}
	r.TLS12 = o.connect(ctx, u, proxy, tls.VersionTLS12, tls.VersionTLS12)
	if r.TLS13.Offered() || r.TLS12.Offered() {
		return r, nil
	}
	for _, err := range []error{ErrNotTLS, ErrSilent} {
		if isAny(err, r.TLS12.Err, r.TLS13.Err) {
			return r, err
		}
	}
	if o.connect(ctx, u, proxy, tls.VersionTLS10, tls.VersionTLS11).Offered() {
		return r, ErrOldVersions
	}
	return r, ErrHandshake
}

// connect makes one connection and one request.
func (o Options) connect(ctx context.Context, u, proxy *url.URL, lowest, highest uint16) (c Connection) {
	c.Version = highest
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	raw, err := dial(ctx, u, proxy)
	if err != nil {
		c.Err = err
		return c
	}
	defer raw.Close()
	end, _ := ctx.Deadline()
	_ = raw.SetDeadline(end)
	done := false
	conn := tls.Client(raw, &tls.Config{
		ServerName: u.Hostname(), MinVersion: lowest, MaxVersion: highest, CipherSuites: suites(),
		// HTTP/2 knows no renegotiation: browsers go back to HTTP/1.1 for it.
		NextProtos: []string{"http/1.1"},
		// Checked below, so that the site's request is seen all the same. No
		// certificate and no secret goes to the site.
		InsecureSkipVerify: true,
		Renegotiation:      tls.RenegotiateOnceAsClient,
		VerifyConnection: func(s tls.ConnectionState) error {
			c.Trust = o.trust(s, u.Hostname())
			return nil
		},
		GetClientCertificate: func(i *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if c.Request == nil {
				c.Request = &Request{Later: done, Schemes: i.SignatureSchemes, Authorities: i.AcceptableCAs}
			}
			return &tls.Certificate{}, nil
		},
	})
	if err := conn.HandshakeContext(ctx); err != nil {
		if c.Request == nil { // else it fails for the lack of a certificate
			c.Err = handshakeError(err)
		}
		return c
	}
	done = true
	c.Answer = ask(conn, u)
	return c
}

// suites are what browsers have of TLS 1.2: those of package tls, and the
// exchange of keys by RSA.
func suites() (list []uint16) {
	for _, s := range tls.CipherSuites() {
		list = append(list, s.ID)
	}
	return append(list, tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA)
}

// ask requests the page. A site that asks for a certificate later does so
// before its answer.
func ask(conn net.Conn, u *url.URL) (a Answer) {
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: tscns\r\nAccept: text/html, */*\r\nConnection: close\r\n\r\n",
		u.RequestURI(), u.Host); err != nil {
		return a
	}
	response, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, pageLimit)), nil)
	if err != nil {
		a.HungUp = !isTimeout(err)
		return a
	}
	defer response.Body.Close()
	a.Status = response.StatusCode
	a.Date, _ = http.ParseTime(response.Header.Get("Date"))
	if to, err := response.Location(); err == nil && a.Status/100 == 3 {
		a.To = u.ResolveReference(to)
	}
	if a.Status/100 != 4 {
		return a
	}
	body, _ := io.ReadAll(response.Body)
	text := string(body)
	// The page of nginx for its own status 496, and Apache's reason for a 403.
	a.WantsCertificate = strings.Contains(text, "No required SSL certificate was sent")
	a.WantsPostHandshake = strings.Contains(text, "Post-Handshake Authentication")
	return a
}

// trust returns why the site's certificate is not trusted, nil where it is.
func (o Options) trust(s tls.ConnectionState, host string) error {
	pool := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		pool.AddCert(c)
	}
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: host, Intermediates: pool, Roots: o.Roots, CurrentTime: o.Now})
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &name):
		return ErrOtherName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && o.Now.Before(invalid.Cert.NotBefore):
		return ErrNotYetValid
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return ErrExpired
	}
	return ErrUntrusted
}

// dial connects to a site, through a proxy where there is one.
func dial(ctx context.Context, u, proxy *url.URL) (net.Conn, error) {
	if proxy != nil {
		return dialProxy(ctx, u, proxy)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", hostPort(u, "443"))
	return conn, dialError(err)
}

func hostPort(u *url.URL, port string) string {
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
}

// dialError names why no connection was made.
func dialError(err error) error {
	var name *net.DNSError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &name) && name.IsNotFound:
		return ErrName
	case errors.As(err, &name):
		return ErrNetwork
	case isTimeout(err):
		return ErrSilent
	case errors.Is(err, syscall.ECONNREFUSED):
		return ErrRefused
	}
	return ErrNetwork
}

// handshakeError names why TLS did not come about.
func handshakeError(err error) error {
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &record):
		return ErrNotTLS
	case isTimeout(err):
		return ErrSilent
	}
	return ErrHandshake
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

func isAny(err error, list ...error) bool {
	for _, e := range list {
		if errors.Is(err, e) {
			return err != nil
		}
	}
	return false
}
