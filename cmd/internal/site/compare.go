// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

// Card is what a card brings to a site: its certificate for authentication, and
// the signatures that its key makes.
type Card struct {
	Certificate []byte // DER, nil without a card or a certificate
	Issuer      []byte // DER name of the certificate's issuer
	Bits        int    // modulus of the key
	PSS         bool   // RSA-PSS signatures, without which there is no TLS 1.3
}

// The digests of TLS signatures with RSA, in bytes.
var (
	pss   = map[tls.SignatureScheme]int{tls.PSSWithSHA256: 32, tls.PSSWithSHA384: 48, tls.PSSWithSHA512: 64}
	pkcs1 = map[tls.SignatureScheme]int{tls.PKCS1WithSHA256: 32, tls.PKCS1WithSHA384: 48, tls.PKCS1WithSHA512: 64}
)

// signs reports whether the card makes a signature of a scheme in a version.
func (c Card) signs(version uint16, scheme tls.SignatureScheme) bool {
	if digest, is := pss[scheme]; is {
		return c.PSS && 2*digest+2 <= (c.Bits-1+7)/8 // RFC 8017, section 9.1.1: salt as long as the digest
	}
	_, is := pkcs1[scheme]
	return is && version < tls.VersionTLS13 // RFC 8446, section 4.2.3
}

// clock is how far the clocks of two computers may be apart before one of them
// is wrong.
const clock = 24 * time.Hour

// Compare judges what a site offers: whether a browser gets in with a card, and
// the next step where it does not.
func Compare(r Report, c Card) []finding.Finding {
	for _, conn := range []Connection{r.TLS13, r.TLS12} {
		if conn.Offered() && conn.Trust != nil {
			return untrusted(r, conn)
		}
	}
	var found []finding.Finding
	if r.Proxy != "" {
		found = finding.Noted(message.SiteThroughProxy.With(clean(r.Host()), clean(r.Proxy)))
	}
	if !r.asks() {
		return append(found, r.asksNothing()...)
	}
	return append(found, r.asked(c)...)
}

// untrusted is about the site's own certificate.
func untrusted(r Report, conn Connection) []finding.Finding {
	host := clean(r.Host())
	away := conn.Answer.Date.Sub(r.Now).Abs()
	switch dated := !conn.Answer.Date.IsZero(); {
	case isAny(conn.Trust, ErrExpired, ErrNotYetValid) && dated && away > clock:
		return finding.Failed(message.SiteClock.With(day(r.Now), day(conn.Answer.Date)), message.CureSiteClock)
	case errors.Is(conn.Trust, ErrNotYetValid):
		return finding.Failed(message.SiteNotYetValid.With(host, day(r.Now)), message.CureSiteClock)
	case errors.Is(conn.Trust, ErrExpired):
		return finding.Failed(message.SiteExpired.With(host, day(r.Now)), message.CureSiteExpired)
	case errors.Is(conn.Trust, ErrOtherName):
		return finding.Failed(message.SiteOtherName.With(host), message.CureSiteOtherName)
	}
	return finding.Failed(message.SiteUntrusted.With(host), message.CureSiteUntrusted)
}

func day(t time.Time) message.Date { return message.Date(t) }

// asks reports whether the site asks for a certificate in any way that was seen.
func (r Report) asks() bool {
	return r.TLS13.Request != nil || r.TLS12.Request != nil || r.TLS13.Answer.WantsPostHandshake
}

// redirect returns where the page leads, nil where it is one.
func (r Report) redirect() *url.URL {
	for _, c := range []Connection{r.TLS13, r.TLS12} {
		if c.Answer.To != nil {
			return c.Answer.To
		}
	}
	return nil
}

// asksNothing is about a page that asks for no certificate.
func (r Report) asksNothing() []finding.Finding {
	host, to := clean(r.Host()), r.redirect()
	switch {
	case to != nil && to.Host != r.URL.Host:
		return finding.Failed(message.SiteLeadsElsewhere.With(host, clean(to.Host)),
			message.CureSiteLeadsElsewhere.With(cleanAddress(to.Scheme+"://"+to.Host+to.Path)))
	case r.TLS13.Answer.WantsCertificate || r.TLS12.Answer.WantsCertificate:
		return finding.Failed(message.SiteWantsUnasked.With(host), message.CureSiteItself)
	case r.TLS13.Offered() && (r.TLS13.Answer.Status == http.StatusForbidden || r.TLS13.Answer.HungUp):
		return finding.Failed(message.SiteForbids.With(host), message.CureSiteForbids)
	}
	return finding.Failed(message.SiteAsksNothing.With(host), message.CureSiteAsksNothing)
}

// asked is about a site that asks for a certificate.
func (r Report) asked(c Card) []finding.Finding {
	host := clean(r.Host())
	newest := r.TLS13
	if !newest.Offered() {
		newest = r.TLS12
	}
	name := tls.VersionName(newest.Version)
	request := newest.Request
	if request == nil { // browsers are not asked: see below
		request = r.TLS12.Request
	}
	var found []finding.Finding
	known := c.Certificate != nil
	if known && request != nil && !request.names(c.Issuer) {
		found = r.otherIssuers(c, request)
	}
	switch {
	case !known && newest.Request != nil:
		return finding.Noted(message.SiteWithoutCard.With(host, name))
	case known && !r.signable(c, newest):
		return append(found, r.cannotSign(c, newest)...)
	case newest.Request == nil:
		found = append(found, r.asksTooLate()...)
	case len(found) > 0:
	case len(request.Authorities) == 0:
		found = finding.Good(message.SiteTakesAny.With(host, name))
	default:
		found = finding.Good(message.SiteTakesIssuer.With(host, name))
	}
	if known && !c.PSS && request != nil && request.takesPSS() {
		found = append(found, finding.Warned(message.SiteOpenSSLSignature.With(host), message.CureSiteOpenSSLSignature)...)
	}
	return found
}

// signable reports whether the card can sign in the version that browsers
// choose or, where the site asks too late for that, in the one that is left.
func (r Report) signable(c Card, newest Connection) bool {
	switch {
	case newest.Request != nil:
		return newest.Request.signedBy(c, newest.Version)
	case r.TLS12.Request != nil:
		return r.TLS12.Request.signedBy(c, tls.VersionTLS12)
	}
	return c.PSS
}

// names reports whether a request takes certificates of an issuer.
func (r *Request) names(issuer []byte) bool {
	return len(r.Authorities) == 0 || slices.ContainsFunc(r.Authorities, func(a []byte) bool { return bytes.Equal(a, issuer) })
}

// signedBy reports whether a card can make one of the signatures.
func (r *Request) signedBy(c Card, version uint16) bool {
	return slices.ContainsFunc(r.Schemes, func(s tls.SignatureScheme) bool { return c.signs(version, s) })
}

// takesPSS reports whether a request takes RSA-PSS signatures.
func (r *Request) takesPSS() bool {
	return slices.ContainsFunc(r.Schemes, func(s tls.SignatureScheme) bool { _, is := pss[s]; return is })
}

// asksTooLate is about a site that speaks TLS 1.3, and asks once the page is
// known: it cannot ask browsers, which do not offer that.
func (r Report) asksTooLate() []finding.Finding {
	host := clean(r.Host())
	if r.TLS12.Request != nil {
		return finding.Failed(message.SiteAsksTooLate.With(host), message.CureSiteTLS12)
	}
	return finding.Failed(message.SiteAsksTooLateNew.With(host), message.CureSitePostHandshake)
}

// cannotSign is about signatures that the card does not make in the version
// that browsers choose.
func (r Report) cannotSign(c Card, newest Connection) []finding.Finding {
	host := clean(r.Host())
	older := r.TLS12.Request
	switch {
	case newest.Version == tls.VersionTLS13 && older != nil && older.signedBy(c, tls.VersionTLS12):
		return finding.Failed(message.SiteNeedsPSS.With(host), message.CureSiteNeedsPSS)
	case !c.PSS && (newest.Request == nil || newest.Request.takesPSS()):
		return finding.Failed(message.SiteOnlyPSS.With(host), message.CureSiteOnlyPSS)
	}
	return finding.Failed(message.SiteOtherSignatures.With(host), message.CureSiteItself)
}

// otherIssuers is about a site that does not name the card's issuer. Browsers
// offer it nothing then, unless they know the certificate of an issuer in between.
func (r Report) otherIssuers(c Card, request *Request) []finding.Finding {
	host, issuer := clean(r.Host()), clean(nameOf(c.Issuer))
	above := ""
	for _, a := range request.Authorities {
		if related(a, c.Issuer) {
			above = clean(nameOf(a))
		}
	}
	from := message.CureInTheList
	if at := issuedAt(c.Certificate); at != "" {
		from = message.CureIssuedAt.With(at)
	}
	if above == "" {
		return finding.Failed(message.SiteOtherIssuers.With(host, issuer, len(request.Authorities)), message.CureSiteOtherIssuers.With(from))
	}
	return finding.Failed(message.SiteNamesRoot.With(host, above, issuer), message.CureSiteNamesRoot.With(issuer, from))
}
