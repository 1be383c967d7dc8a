// SPDX-License-Identifier: Apache-2.0

package judgement

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"

	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

// weakDigests are the names of the digests in an authority's signature that
// servers refuse, by the algorithms with them (RFC 3279, 2.2; RFC 5758). As a
// digest of RSASSA-PSS, SHA-1 is the default (RFC 4055, 3.1).
var weakDigests = map[string]string{
	"1.2.840.113549.1.1.2": "MD2",
	"1.2.840.113549.1.1.4": "MD5",
	"1.2.840.113549.1.1.5": "SHA-1",
	"1.3.14.3.2.29":        "SHA-1",
	"1.2.840.10045.4.1":    "SHA-1",
	"1.2.840.10040.4.3":    "SHA-1",
	"1.3.14.3.2.26":        "SHA-1", // the digest itself
	"1.2.840.113549.2.5":   "MD5",   // the digest itself
}

var oidPSS = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}

// digest looks at what the authority signed the certificate with.
func digest(s *subject) []finding.Finding {
	if name := weakDigests[signedWith(s.Raw)]; name != "" {
		return finding.Warned(message.CertificateWeakDigest.With(name), message.CureCertificateRefused)
	}
	return nil
}

// signedWith returns the algorithm of the authority's signature; of RSASSA-PSS,
// that of its digest; "" where it is not understood.
func signedWith(der []byte) string {
	var c struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &c); err != nil {
		return ""
	}
	if !c.Algorithm.Algorithm.Equal(oidPSS) {
		return c.Algorithm.Algorithm.String()
	}
	var p struct {
		Hash pkix.AlgorithmIdentifier `asn1:"explicit,tag:0,optional"`
		MGF  pkix.AlgorithmIdentifier `asn1:"explicit,tag:1,optional"`
		Salt int                      `asn1:"explicit,tag:2,optional"`
	}
	if len(c.Algorithm.Parameters.FullBytes) > 0 {
		if _, err := asn1.Unmarshal(c.Algorithm.Parameters.FullBytes, &p); err != nil {
			return ""
		}
	}
	if len(p.Hash.Algorithm) == 0 {
		return "1.3.14.3.2.26"
	}
	return p.Hash.Algorithm.String()
}

// form has a strict parser read the certificate: that of Go, by which servers
// read what the library itself reads leniently.
func form(s *subject) []finding.Finding {
	if s.negativeSerial() {
		return finding.Warned(message.CertificateNegativeSerial, message.CureCertificateRefused)
	}
	if _, err := x509.ParseCertificate(s.Raw); err != nil {
		return finding.Warned(message.CertificateOddForm, message.CureCertificateRefused)
	}
	return nil
}

func (s *subject) negativeSerial() bool { return len(s.Serial) > 0 && s.Serial[0]&0x80 != 0 }
