// SPDX-License-Identifier: Apache-2.0

package site

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"unicode"

	"tscns/cmd/internal/console"
)

// How much of a text from outside is shown, in characters.
const (
	longestName    = 80
	longestAddress = 200
)

// clean returns a name from outside as a part of a line: nothing in it commands
// a terminal, and it is not longer than a name.
func clean(s string) string { return cut(s, longestName) }

// cleanAddress does the same with an address.
func cleanAddress(s string) string { return cut(s, longestAddress) }

func cut(s string, longest int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, console.Printable(s))
	s = strings.ReplaceAll(s, "\x1b", "\uFFFD") // of the console's own colours
	if list := []rune(s); len(list) > longest {
		s = string(list[:longest-1]) + "…"
	}
	return s
}

// parseName returns a DER name, the empty name where it is none.
func parseName(der []byte) (n pkix.Name) {
	var sequence pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &sequence); err == nil && len(rest) == 0 {
		n.FillFromRDNSequence(&sequence)
	}
	return n
}

// nameOf returns the part of a DER name by which people know it.
func nameOf(der []byte) string {
	n := parseName(der)
	switch {
	case n.CommonName != "":
		return n.CommonName
	case len(n.OrganizationalUnit) > 0:
		return n.OrganizationalUnit[0]
	}
	return strings.Join(n.Organization, " ")
}

// related reports whether two names of authorities are of one organization: the
// one may have issued the other. A card does not have its issuer's certificate.
func related(a, b []byte) bool {
	x, y := parseName(a), parseName(b)
	one, other := strings.Join(x.Organization, " "), strings.Join(y.Organization, " ")
	return one != "" && strings.EqualFold(one, other)
}

// issuedAt returns where the certificate of a certificate's issuer is to be had
// (RFC 5280, section 4.2.2.1, id-ad-caIssuers), "" where it does not say.
func issuedAt(der []byte) string {
	c, err := x509.ParseCertificate(der)
	if err != nil || len(c.IssuingCertificateURL) == 0 {
		return ""
	}
	return cleanAddress(c.IssuingCertificateURL[0])
}
