// SPDX-License-Identifier: Apache-2.0

package cardinfo

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"math"
	"time"

	"tscns/cardos"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/judgement"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/revocation"
)

// Certificate is what is printed of a certificate.
type Certificate struct {
	Purpose   string    `json:"purpose"` // PurposeAuthentication, PurposeSignature
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	DaysLeft  int       `json:"daysLeft"` // negative once it expired
	CNSPolicy bool      `json:"cnsPolicy"`
	KeyBits   int       `json:"keyBits"` // 0 for a key of a kind that is not supported
	Key       string    `json:"key"`     // its kind, "RSA 2048" or "EC P-256"
	Findings  []Finding `json:"findings"`

	// Revocation is nil unless it was asked whether the certificate is revoked.
	Revocation *revocation.Answer `json:"revocation,omitempty"`

	// Judgement is Findings in full, by [judgement.Certificate], with what
	// Revocation means.
	Judgement []finding.Finding `json:"-"`
	DER       []byte            `json:"-"`
}

// Finding is what is judged of a certificate: the code and the state of a
// [finding.Finding].
type Finding struct {
	Code  string        `json:"code"`
	State finding.State `json:"state"`
}

// What a certificate is for.
const (
	PurposeAuthentication = "authentication"
	PurposeSignature      = "signature"
)

// ListedCertificate is a line of tscns cert list; its JSON form is the --json
// output.
type ListedCertificate struct {
	ID    string `json:"id"` // CKA_ID in hexadecimal digits
	Label string `json:"label"`
	Certificate
}

// Certificates lists the certificates of a card, those of the key for
// authentication first, as the card has them, judged at a time.
func Certificates(card *cardos.Card, show bool, now time.Time) []ListedCertificate {
	list := []ListedCertificate{}
	identities, err := card.Identities()
	if err != nil {
		return list
	}
	for _, id := range identities {
		for _, k := range id.Keys {
			list = append(list, ListedCertificate{ID: hex.EncodeToString(k.ID), Label: k.Label,
				Certificate: describe(k, id.Purpose, show, now)})
		}
	}
	return list
}

func describe(k cardos.Key, purpose cardos.Purpose, show bool, now time.Time) Certificate {
	name := PurposeAuthentication
	if purpose == cardos.DigitalSignature {
		name = PurposeSignature
	}
	c, judged := k.Certificate, judgement.Certificate(k, purpose, now)
	codes := []Finding{}
	for _, f := range judged {
		codes = append(codes, Finding{f.Code(), f.State})
	}
	return Certificate{
		Purpose:   name,
		Subject:   mask(commonName(c.Subject), show),
		Issuer:    commonName(c.Issuer),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		DaysLeft:  int(math.Floor(c.NotAfter.Sub(now).Hours() / 24)),
		CNSPolicy: c.IsCNS(),
		KeyBits:   k.Bits,
		Key:       c.KeyName(),
		Findings:  codes, Judgement: judged, DER: c.Raw,
	}
}

// KeyText returns what is said of the key of a certificate.
func (c *Certificate) KeyText() message.Message {
	if c.KeyBits == 0 {
		return message.KeyUnusable.With(c.Key)
	}
	return message.KeyBits.With(c.KeyBits)
}

// commonName returns the CN of a DER name, or all of it without one.
func commonName(der []byte) string {
	var rdn pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &rdn); err != nil {
		return ""
	}
	var name pkix.Name
	name.FillFromRDNSequence(&rdn)
	if name.CommonName != "" {
		return name.CommonName
	}
	return name.String()
}
