// SPDX-License-Identifier: Apache-2.0

package cards

import (
	"tscns/cardos"
	"tscns/cmd/internal/message"
)

// MissingCertificate says why a card has no certificate for authentication that
// can be used, by what it holds there, and what to do about it. grade is how
// well its kind is known: that a card was never activated is said only where it
// is known where its certificate belongs, and never of what this version does
// not understand. ok is false if there is a certificate.
func MissingCertificate(place cardos.CertificatePlace, grade cardos.Grade) (why, next message.Message, ok bool) {
	next = message.ReportCertificate
	switch place.State {
	case cardos.CertificatePresent:
		return why, message.Message{}, false
	case cardos.CertificateNone:
		if grade >= cardos.DriverKnown {
			next = message.CureNoCertificate
		}
		return message.NoCertificate, next, true
	case cardos.CertificateNotUnderstood:
		return message.CertificateNotUnderstood, next, true
	case cardos.CertificateKeyUnsupported:
		return message.CertificateKeyUnsupported.With(place.Key), next, true
	}
	return message.CertificateNotFound, next, true
}
