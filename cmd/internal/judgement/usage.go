// SPDX-License-Identifier: Apache-2.0

package judgement

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"

	"tscns/cardos/certificate"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

// keyUsages are the names of the usages of a key (RFC 5280, 4.2.1.3) that a
// login does not need, in the order in which they are named.
var keyUsages = []struct {
	bits certificate.KeyUsage
	name message.Message
}{
	{certificate.NonRepudiation, message.UsageNonRepudiation},
	{certificate.KeyEncipherment | certificate.DataEncipherment, message.UsageEncryption},
	{certificate.KeyAgreement | certificate.EncipherOnly | certificate.DecipherOnly, message.UsageKeyAgreement},
	{certificate.CertSign | certificate.CRLSign, message.UsageAuthority},
}

// keyUsage wants digitalSignature where usages are named at all (RFC 8446,
// 4.4.2.2). Firefox and Chromium offer no certificate without it, the two with
// key agreement included, which OpenSSL would take.
func keyUsage(s *subject) []finding.Finding {
	if !s.HasKeyUsage || s.KeyUsage&certificate.DigitalSignature != 0 {
		return nil
	}
	var names list
	for _, u := range keyUsages {
		if s.KeyUsage&u.bits != 0 {
			names = append(names, u.name)
		}
	}
	return finding.Failed(message.CertificateKeyUsage.With(names), message.CureCertificateUsage)
}

// extendedUsages are the names of the extended usages (RFC 5280, 4.2.1.12) that
// certificates on cards are known or likely to have.
var extendedUsages = []struct {
	id   asn1.ObjectIdentifier
	name message.Message
}{
	{certificate.AnyUsage, message.UsageAny},
	{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}, message.UsageServer},
	{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 3}, message.UsageCode},
	{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}, message.UsageEmail},
	{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}, message.UsageTimestamp},
	{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 9}, message.UsageRevocation},
	{certificate.SmartcardLogon, message.UsageLogon},
	{certificate.PKINITClient, message.UsageKerberos},
}

// extendedUsage wants client authentication where extended usages are named at
// all. "Any" does not stand for it: Firefox and Chromium do not offer such a
// certificate and OpenSSL refuses it, though RFC 5280 would have it so.
func extendedUsage(s *subject) []finding.Finding {
	if len(s.ExtKeyUsage) == 0 || slices.ContainsFunc(s.ExtKeyUsage, certificate.ClientAuth.Equal) {
		return nil
	}
	var names list
	for _, id := range s.ExtKeyUsage {
		name := message.Verbatim(id.String())
		for _, u := range extendedUsages {
			if u.id.Equal(id) {
				name = u.name
			}
		}
		names = append(names, name)
	}
	return finding.Failed(message.CertificateExtendedUsage.With(names), message.CureCertificateUsage)
}

// authority wants no certificate of an authority (RFC 5280, 4.2.1.9): Firefox
// and Chromium do not offer one, OpenSSL would take it.
func authority(s *subject) []finding.Finding {
	if strict, err := x509.ParseCertificate(s.Raw); err == nil && strict.IsCA {
		return finding.Failed(message.CertificateOfAuthority, message.CureCertificateUsage)
	}
	return nil
}

// list is an enumeration, as an argument of a message.
type list []message.Message

// In implements [message.Localized].
func (l list) In(language message.Language) string {
	if len(l) == 0 {
		return message.UsageNone.In(language)
	}
	var names []string
	for _, m := range l {
		names = append(names, m.In(language))
	}
	return strings.Join(names, ", ")
}
