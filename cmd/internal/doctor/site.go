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
	"tscns/cmd/internal/words"
)

// siteLimit bounds the check of a site.
const siteLimit = 20 * time.Second

// request is what a site asks of a client.
type request struct {
	asked   bool
	version uint16
	issuers [][]byte // DER names; none: any
}

var siteNotCard = words.Text{"this is about the site or the network, not about your card", "riguarda il sito o la rete, non la tua tessera"}

// site connects as a browser would until it is known whether the site asks for
// a certificate and whether the card's would do. It shows the site none.
func (e *exam) site() []Finding {
	if e.URL == "" {
		return note(words.Text{"no site given to try (--url)", "nessun sito da provare (--url)"})
	}
	u, err := url.Parse(e.URL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return failure(words.Text{"%q is no https address", "%q non è un indirizzo https"}.With(e.URL), words.Text{"--url https://...", "--url https://..."})
	}
	r, trust, err := e.ask(u)
	switch {
	case err != nil && !r.asked:
		return failure(words.Text{"%s cannot be reached: %v", "%s non è raggiungibile: %v"}.With(u.Hostname(), err), siteNotCard)
	case trust != nil:
		return failure(words.Text{"%s has a certificate that this computer does not trust: %v", "%s ha un certificato di cui questo computer non si fida: %v"}.With(u.Hostname(), trust), siteNotCard)
	case !r.asked:
		return failure(words.Text{"%s asks for no certificate at this address", "%s a questo indirizzo non chiede un certificato"}.With(u.Hostname()),
			words.Text{"this site, not your card: choose its login with TS-CNS or smart card first, and give the address to which that leads", "è il sito, non la tua tessera: scegli prima il suo accesso con TS-CNS o smart card, e dai l'indirizzo a cui porta"})
	}
	return e.accepts(u.Hostname(), r)
}

// accepts compares what the site asks with what the card has.
func (e *exam) accepts(host string, r request) []Finding {
	version := tls.VersionName(r.version)
	if len(r.issuers) == 0 {
		return ok(words.Text{"%s asks for a certificate of any issuer (%s)", "%s chiede un certificato di qualunque autorità (%s)"}.With(host, version))
	}
	if e.card == nil {
		return note(words.Text{"%s asks for a certificate (%s); without a card nobody knows whether it would take yours", "%s chiede un certificato (%s); senza tessera non si sa se accetterebbe il tuo"}.With(host, version))
	}
	for _, id := range e.identities {
		for _, k := range id.Keys {
			if id.Purpose != cardos.Authentication {
				continue
			}
			for _, name := range r.issuers {
				if bytes.Equal(name, k.Certificate.Issuer) {
					return ok(words.Text{"%s asks for a certificate and takes your card's issuer (%s)", "%s chiede un certificato e accetta l'autorità della tua tessera (%s)"}.With(host, version))
				}
			}
		}
	}
	return failure(words.Text{"%s asks for a certificate (%s), and does not name your card's issuer among the %d that it takes", "%s chiede un certificato (%s), e l'autorità della tua tessera non è tra le %d che accetta"}.With(host, version, len(r.issuers)),
		words.Text{"this site, not your card: it may still take it by an intermediate authority; otherwise ask the site whether it takes the TS-CNS of your Region", "è il sito, non la tua tessera: può ancora accettarla per un'autorità intermedia; altrimenti chiedi al sito se accetta la TS-CNS della tua Regione"})
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
