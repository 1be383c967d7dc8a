// SPDX-License-Identifier: Apache-2.0

// Package revocation asks whether a certificate is revoked, over the network
// and only when a person wants it: by OCSP (RFC 6960), then by the lists of
// revoked certificates (RFC 5280, 5), at the addresses that the certificate
// names. No answer counts whose signature does not lead to the authority that
// issued the certificate, or that is out of date.
package revocation

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
	"time"
)

// State is what is known of a certificate.
type State string

// The states of a certificate.
const (
	Good      State = "good" // not revoked
	Revoked   State = "revoked"
	Suspended State = "suspended" // revoked until further notice (certificateHold)
	Unknown   State = "unknown"
)

// Method is what an address is asked for.
type Method string

// The methods, in the order in which they are used.
const (
	Issuer Method = "issuer" // the certificate of the authority
	OCSP   Method = "ocsp"   // whether the certificate of a serial number is revoked
	CRL    Method = "crl"    // the list of revoked certificates
)

// Problem is why an address did not help, or why none was asked.
type Problem string

// The problems of an address.
const (
	NoAnswer     Problem = "no-answer"         // no connection, or no whole answer in time
	Refused      Problem = "refused"           // an error of HTTP or OCSP
	Elsewhere    Problem = "redirected"        // it leads to another host, which nobody was told of
	TooLarge     Problem = "too-large"         // more bytes than are read
	Malformed    Problem = "malformed"         // not what was asked for
	OtherSubject Problem = "other-certificate" // about another certificate, or of another authority
	NotSigned    Problem = "bad-signature"     // not signed by the authority or in its name
	OutOfDate    Problem = "out-of-date"       // no longer valid, or not yet
	NotKnown     Problem = "not-known"         // the responder does not know the certificate
	OtherScope   Problem = "other-scope"       // a list that need not hold the certificate
)

// The problems of a certificate.
const (
	NotNamed Problem = "not-named" // it names no address that could be asked
	OddForm  Problem = "odd-form"  // its form is one that is not understood here
)

// Source is an address that a certificate names.
type Source struct {
	Method Method `json:"method"`
	Host   string `json:"host"`

	url *url.URL
}

// Try is a source that was asked.
type Try struct {
	Source
	Problem Problem `json:"problem,omitempty"` // "" where it helped
}

// Answer is what is known of a certificate. Its JSON form is part of the --json
// output of commands.
type Answer struct {
	State   State      `json:"state"`
	When    *time.Time `json:"when,omitempty"`    // of the revocation
	Reason  string     `json:"reason,omitempty"`  // of the revocation, as RFC 5280, 5.3.1, names it
	AsOf    *time.Time `json:"asOf,omitempty"`    // when the answer was true
	By      string     `json:"by,omitempty"`      // the host that knew
	Problem Problem    `json:"problem,omitempty"` // why nobody was asked
	Asked   []Try      `json:"asked"`
}

// Bounds of what is asked.
const (
	maxSources   = 4 // of one method
	maxIssuer    = 256 << 10
	maxOCSP      = 256 << 10
	maxCRL       = 32 << 20
	requestLimit = 10 * time.Second
	crlLimit     = 40 * time.Second
	totalLimit   = 60 * time.Second
)

// Plan returns whom [Ask] asks about a DER certificate, and the addresses in it
// that it leaves alone: those that are not of HTTP. Both are empty if the
// certificate names no responder and no list.
func Plan(der []byte) (ask, leave []Source) {
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, nil
	}
	return plan(leaf)
}

func plan(leaf *x509.Certificate) (ask, leave []Source) {
	add := func(m Method, addresses []string) {
		for _, a := range addresses[:min(len(addresses), maxSources)] {
			u, err := url.Parse(a)
			switch {
			case err != nil || u.Host == "":
			case u.Scheme != "http" && u.Scheme != "https":
				leave = append(leave, Source{m, u.Host, u})
			default:
				u.User, u.Fragment = nil, ""
				ask = append(ask, Source{m, u.Host, u})
			}
		}
	}
	add(OCSP, leaf.OCSPServer)
	add(CRL, leaf.CRLDistributionPoints)
	if len(ask) == 0 {
		return nil, leave
	}
	known := ask
	ask = nil
	add(Issuer, leaf.IssuingCertificateURL)
	return append(ask, known...), leave
}

// Ask asks whether a DER certificate is revoked at a time, of the sources that
// [Plan] returns, until one knows. It takes at most a minute. The client's
// transport is used, and no redirection to another host followed.
func Ask(ctx context.Context, der []byte, client *http.Client, now time.Time) Answer {
	answer := Answer{State: Unknown, Asked: []Try{}}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		answer.Problem = OddForm
		return answer
	}
	sources, _ := plan(leaf)
	if len(sources) == 0 {
		answer.Problem = NotNamed
		return answer
	}
	ctx, cancel := context.WithTimeout(ctx, totalLimit)
	defer cancel()
	q := &question{leaf: leaf, client: sameHost(client), now: now}
	for _, s := range sources {
		if s.Method == Issuer && q.issuer != nil {
			continue
		}
		if s.Method != Issuer && q.issuer == nil {
			break // nothing that anybody answers could be checked
		}
		verdict, problem := q.ask(ctx, s)
		answer.Asked = append(answer.Asked, Try{s, problem})
		if verdict != nil {
			verdict.By, verdict.Asked = s.Host, answer.Asked
			return *verdict
		}
	}
	if q.issuer == nil && len(answer.Asked) == 0 {
		answer.Problem = NotNamed
	}
	return answer
}

// question is one run of [Ask].
type question struct {
	leaf, issuer *x509.Certificate // issuer is nil until it was fetched
	client       *http.Client
	now          time.Time
}

// ask asks one source. It returns a verdict, a problem, or, of a source of the
// authority's certificate, neither.
func (q *question) ask(ctx context.Context, s Source) (*Answer, Problem) {
	switch s.Method {
	case Issuer:
		return nil, q.fetchIssuer(ctx, s.url)
	case OCSP:
		return q.askResponder(ctx, s.url)
	}
	return q.readList(ctx, s.url)
}

// skew is how far clocks may be apart.
const skew = 5 * time.Minute

// untilNext is how long an answer counts that does not say when the next comes.
const untilNext = 24 * time.Hour

// current reports whether an answer holds now that was true at one time, and
// until another, zero where it does not say.
func (q *question) current(this, next time.Time) bool {
	if next.IsZero() {
		next = this.Add(untilNext)
	}
	return !this.After(q.now.Add(skew)) && !next.Before(q.now.Add(-skew))
}

// reasons are the names of the reasons in RFC 5280, 5.3.1.
var reasons = map[int]string{0: "unspecified", 1: "keyCompromise", 2: "cACompromise", 3: "affiliationChanged", 4: "superseded",
	5: "cessationOfOperation", hold: "certificateHold", 9: "privilegeWithdrawn", 10: "aACompromise"}

const (
	hold   = 6
	remove = 8 // removeFromCRL: in a delta list alone
)

// revoked returns the verdict on a certificate that is.
func revoked(when time.Time, reason int, asOf time.Time) *Answer {
	state := Revoked
	if reason == hold {
		state = Suspended
	}
	return &Answer{State: state, When: &when, Reason: reasons[reason], AsOf: &asOf}
}
