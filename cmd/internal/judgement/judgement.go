// SPDX-License-Identifier: Apache-2.0

// Package judgement decides what a card's certificate is good for, before any
// PIN is sent: every command that reports on a certificate has it from here. It
// reads no card and no clock.
//
// What browsers and servers do with a certificate was measured: Firefox ESR 153
// and Chromium 156 as clients; OpenSSL 3.0 at the security levels 1 and 2, GnuTLS
// 3.7, Java 17 and Go 1.24 as servers. The table is in docs/browsers.md.
package judgement

import (
	"time"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

// soon is how long before its end a certificate is worth a word.
const soon = 30 * 24 * time.Hour

// minBits is the size of an RSA key, in bits, that OpenSSL wants of a client at
// security level 2: its own default since 3.2, and Debian's before.
const minBits = 2048

// subject is what is judged.
type subject struct {
	*certificate.Certificate
	key cardos.Key
	now time.Time
}

// rule is a row: what it finds wrong, nil where all is well.
type rule struct {
	login bool // about logging in: not asked of a certificate for signatures
	judge func(*subject) []finding.Finding
}

// rules are all the rows; what ends the use of a certificate comes first.
var rules = []rule{
	{false, dates},
	{true, keyUsage},
	{true, extendedUsage},
	{true, authority},
	{true, policy},
	{true, keySize},
	{true, digest},
	{false, form},
}

// Certificate judges the certificate of a key at a time: a failure is one that
// cannot be used, a warning one that some refuse. Without either it returns
// [message.CertificateValid] alone. Of a certificate for signatures it judges
// dates, kind of key and form.
func Certificate(k cardos.Key, purpose cardos.Purpose, now time.Time) []finding.Finding {
	if !k.Usable {
		return finding.Failed(message.CertificateKeyUnsupported.With(k.Certificate.KeyName()), message.ReportCertificate)
	}
	s := &subject{k.Certificate, k, now}
	var found []finding.Finding
	for _, r := range rules {
		if !r.login || purpose == cardos.Authentication {
			found = append(found, r.judge(s)...)
		}
	}
	if len(found) == 0 {
		return finding.Good(message.CertificateValid.With(s.end()))
	}
	return found
}

// Refusals returns those findings of [Certificate] for which a server that logs
// people in by TS-CNS may refuse the certificate now.
func Refusals(findings []finding.Finding) (list []finding.Finding) {
	for _, f := range findings {
		if f.State >= finding.Warning && !f.Text.Is(message.CertificateExpiresOn) {
			list = append(list, f)
		}
	}
	return list
}

// Missing says why a card has no certificate for authentication that can be
// used, by what it holds there, and what to do about it. grade is how well its
// kind is known: that a card was never activated is said only where it is known
// where its certificate belongs, and never of what this version does not
// understand. It returns nil if there is a certificate.
func Missing(place cardos.CertificatePlace, grade cardos.Grade) []finding.Finding {
	next := message.ReportCertificate
	switch place.State {
	case cardos.CertificatePresent:
		return nil
	case cardos.CertificateNone:
		if grade >= cardos.DriverKnown {
			next = message.CureNoCertificate
		}
		return finding.Failed(message.NoCertificate, next)
	case cardos.CertificateNotUnderstood:
		return finding.Failed(message.CertificateNotUnderstood, next)
	case cardos.CertificateKeyUnsupported:
		return finding.Failed(message.CertificateKeyUnsupported.With(place.Key), next)
	}
	return finding.Failed(message.CertificateNotFound, next)
}

// end is the day of the end, as messages have it.
func (s *subject) end() message.Date { return message.Date(s.NotAfter) }

// dates compares the dates with the time. A date that was not understood is no
// reason to say that the other one is past.
func dates(s *subject) []finding.Finding {
	switch {
	case !s.NotBefore.IsZero() && s.now.Before(s.NotBefore):
		return finding.Failed(message.CertificateNotYetValid, message.CureCertificateNotYetValid)
	case !s.NotAfter.IsZero() && s.now.After(s.NotAfter):
		return finding.Failed(message.CertificateExpiredOn.With(s.end()), message.CureCertificateExpiredOn)
	case s.NotBefore.IsZero() || s.NotAfter.IsZero():
		return finding.Warned(message.CertificateDatesUnread, message.ReportCertificate)
	case s.NotAfter.Sub(s.now) < soon:
		return finding.Warned(message.CertificateExpiresOn.With(s.end()), message.CureCertificateExpiresOn)
	}
	return nil
}

// policy wants the policy of the CNS, which sites look for.
func policy(s *subject) []finding.Finding {
	if s.IsCNS() {
		return nil
	}
	return finding.Warned(message.CertificateNoPolicy.With(s.end()), message.CureCertificateNoPolicy)
}

func keySize(s *subject) []finding.Finding {
	if s.key.Bits == 0 || s.key.Bits >= minBits {
		return nil
	}
	return finding.Warned(message.CertificateShortKey.With(s.key.Bits), message.CureCertificateRefused)
}
