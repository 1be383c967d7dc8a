// SPDX-License-Identifier: Apache-2.0

package revocation

import (
	"bytes"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"net/url"
	"slices"
)

// Extensions of a list (RFC 5280, 5.2).
var (
	oidDelta = asn1.ObjectIdentifier{2, 5, 29, 27} // deltaCRLIndicator
	oidScope = asn1.ObjectIdentifier{2, 5, 29, 28} // issuingDistributionPoint
)

// scope is the extension that says which certificates a list is about.
type scope struct {
	Point struct {
		FullName []asn1.RawValue `asn1:"optional,tag:0"`
		Relative asn1.RawValue   `asn1:"optional,tag:1"`
	} `asn1:"optional,tag:0"`
	OnlyUsers       bool           `asn1:"optional,tag:1"`
	OnlyAuthorities bool           `asn1:"optional,tag:2"`
	SomeReasons     asn1.BitString `asn1:"optional,tag:3"`
	Indirect        bool           `asn1:"optional,tag:4"`
	OnlyAttributes  bool           `asn1:"optional,tag:5"`
}

// tagURI is the tag of a GeneralName that is an address (RFC 5280, 4.2.1.6).
const tagURI = 6

// readList fetches a list and looks for the certificate in it.
func (q *question) readList(ctx context.Context, u *url.URL) (*Answer, Problem) {
	b, problem := q.fetch(ctx, u, "", nil, maxCRL, crlLimit)
	if problem != "" {
		return nil, problem
	}
	if block, _ := pem.Decode(b); block != nil {
		b = block.Bytes
	}
	list, err := x509.ParseRevocationList(b)
	if err != nil {
		return nil, Malformed
	}
	switch {
	case !bytes.Equal(list.RawIssuer, q.leaf.RawIssuer):
		return nil, OtherSubject
	case list.CheckSignatureFrom(q.issuer) != nil:
		return nil, NotSigned
	case !q.current(list.ThisUpdate, list.NextUpdate):
		return nil, OutOfDate
	case !q.covered(list.Extensions):
		return nil, OtherScope
	}
	for _, e := range list.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(q.leaf.SerialNumber) == 0 && e.ReasonCode != remove {
			return revoked(e.RevocationTime, e.ReasonCode, list.ThisUpdate), ""
		}
	}
	return &Answer{State: Good, AsOf: &list.ThisUpdate}, ""
}

// covered reports whether a list with these extensions holds the certificate if
// it is revoked, for whatever reason. Authorities with many certificates publish
// several lists, each signed alike: one that is for others would say nothing.
func (q *question) covered(extensions []pkix.Extension) bool {
	for _, e := range extensions {
		switch {
		case e.Id.Equal(oidDelta):
			return false
		case e.Id.Equal(oidScope):
			var s scope
			if rest, err := asn1.Unmarshal(e.Value, &s); err != nil || len(rest) > 0 || !q.in(s) {
				return false
			}
		case e.Critical:
			return false
		}
	}
	return true
}

func (q *question) in(s scope) bool {
	if s.OnlyAuthorities || s.OnlyAttributes || s.Indirect || s.SomeReasons.BitLength > 0 || len(s.Point.Relative.FullBytes) > 0 {
		return false
	}
	return len(s.Point.FullName) == 0 || slices.ContainsFunc(s.Point.FullName, func(name asn1.RawValue) bool {
		return name.Class == asn1.ClassContextSpecific && name.Tag == tagURI && slices.Contains(q.leaf.CRLDistributionPoints, string(name.Bytes))
	})
}
