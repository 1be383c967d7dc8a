// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/asn1"
	"slices"

	"tscns/cardos/certificate"
)

// parsed is the certificate that a file holds, behind a header of a few bytes:
// the five that InfoCamere puts before it, a length, a data object. What is
// compressed is not understood. It returns nil where there is none.
func parsed(b []byte) (c *certificate.Certificate, at int) {
	for _, place := range certificate.Candidates(b, 0) {
		if place.Compression != certificate.Uncompressed || place.Length > len(b)-place.Offset || !plain(b[:place.Offset]) {
			continue
		}
		if c, err := certificate.Parse(b[place.Offset : place.Offset+place.Length]); err == nil {
			return c, place.Offset
		}
	}
	return nil, 0
}

// certificateFile returns a file with a certificate: its structure, and of the
// values what no two certificates differ by. What follows it is blanked.
func (c *cleaner) certificateFile(b []byte) []byte {
	cert, at := parsed(b)
	if cert == nil {
		return nil
	}
	clean := c.certificate(cert)
	if clean == nil {
		return nil
	}
	out := make([]byte, len(b))
	copy(out, b[:at])
	copy(out[at:], clean)
	if rest := b[at+len(clean):]; isBlank(rest) {
		copy(out[at+len(clean):], rest)
	}
	return out
}

// certificate returns a certificate of the same length and structure. Every value
// is made up: serial number, names, days, extensions, the authority's signature,
// by which guesses at the rest could be checked. What stays are algorithms,
// country, years, and the purposes of the key.
func (c *cleaner) certificate(cert *certificate.Certificate) []byte {
	out := bytes.Clone(cert.Raw)
	if !blank(out) {
		return nil
	}
	fields := tbs(cert.Raw, out)
	if len(fields) > 0 && fields[0].class == asn1.ClassContextSpecific {
		for _, version := range pairs(fields[0].raw, fields[0].out) {
			if len(version.raw) == 1 && version.raw[0] <= 2 {
				copy(version.out, version.raw)
			}
		}
		fields = fields[1:]
	}
	if len(fields) < 6 {
		return nil
	}
	// Serial number, algorithm, issuer, validity, subject, key (RFC 5280, 4.1).
	names(fields[2])
	if days := pairs(fields[3].raw, fields[3].out); len(days) == 2 {
		if year, ok := bytes.CutSuffix(days[1].out, []byte(firstDay)); ok {
			copy(days[1].out[len(year):], lastDay)
		}
	}
	names(fields[4])
	c.publicKey(cert, fields[5])
	for _, f := range fields[6:] {
		if f.class == asn1.ClassContextSpecific && f.tag == 3 {
			extensions(f)
		}
	}
	return out
}

// publicKey writes the key that takes the place of the card's.
func (c *cleaner) publicKey(cert *certificate.Certificate, field pair) {
	if k := c.keys.of(cert); k != nil {
		copy(field.out, field.raw)
		copy(field.out[bytes.Index(field.raw, k.modulus):], k.shown)
	} else if c.keys.keep {
		copy(field.out, field.raw)
	}
}

// pair is a DER value with the same place in what is written.
type pair struct {
	class, tag int
	raw, out   []byte
}

// pairs lists the values in DER with those in what is written of it; none where
// the structure was not kept.
func pairs(raw, out []byte) (list []pair) {
	from, ok := elements(raw)
	to, same := elements(out)
	if !ok || !same || len(from) != len(to) {
		return nil
	}
	for n, v := range from {
		if len(v.Bytes) != len(to[n].Bytes) {
			return nil
		}
		list = append(list, pair{v.Class, v.Tag, v.Bytes, to[n].Bytes})
	}
	return list
}

// inside lists the values in the only one of raw and out.
func inside(raw, out []byte) []pair {
	if list := pairs(raw, out); len(list) == 1 {
		return pairs(list[0].raw, list[0].out)
	}
	return nil
}

// tbs lists the fields of a certificate.
func tbs(raw, out []byte) []pair {
	if parts := inside(raw, out); len(parts) == 3 {
		return pairs(parts[0].raw, parts[0].out)
	}
	return nil
}

// elements splits DER into its values; they point into b.
func elements(b []byte) (list []asn1.RawValue, ok bool) {
	for len(b) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(b, &v)
		if err != nil {
			return nil, false
		}
		list, b = append(list, v), rest
	}
	return list, true
}

// blank makes up every value in DER, at its length, and reports whether it was
// DER. Identifiers of algorithms and the like stay.
func blank(b []byte) bool {
	list, ok := elements(b)
	if !ok {
		return false
	}
	for _, v := range list {
		switch {
		case v.IsCompound && !blank(v.Bytes), !v.IsCompound && v.Class != asn1.ClassUniversal:
			fill(v.Bytes, 'X')
		case !v.IsCompound:
			blankValue(v.Tag, v.Bytes)
		}
	}
	return true
}

// blankValue makes up a value of a universal type.
func blankValue(tag int, b []byte) {
	switch tag {
	case asn1.TagOID:
		if len(b) > maxOID || !plain(b) {
			fill(b, 0x2A)
		}
	case asn1.TagUTCTime, asn1.TagGeneralizedTime:
		blankTime(b)
	case asn1.TagBoolean:
		if len(b) != 1 || b[0] != 0 {
			fill(b, 0xFF)
		}
	case asn1.TagInteger:
		fill(b, 0x11)
	case asn1.TagOctetString:
		if len(b) < 2 || !blank(b) { // of an extension: DER again
			fill(b, 0)
		}
	case asn1.TagBitString, asn1.TagEnum:
		fill(b, 0)
	default:
		blankText(tag, b)
	}
}

// maxOID is the longest identifier that stays, in bytes: a longer one may number a
// person.
const maxOID = 12

// The ends of a year, as UTCTime and GeneralizedTime have them behind it.
const (
	firstDay = "0101000000Z"
	lastDay  = "1231235959Z"
)

// blankTime leaves the year.
func blankTime(b []byte) {
	year := len(b) - len(firstDay)
	if year < 0 || !isDigits(b[:len(b)-1]) || b[len(b)-1] != 'Z' {
		fill(b, '0')
		return
	}
	copy(b[year:], firstDay)
}

// blankText makes up a text that the type allows.
func blankText(tag int, b []byte) {
	switch tag {
	case asn1.TagNumericString:
		fill(b, '0')
	case asn1.TagBMPString:
		for i := range b {
			b[i] = "\x00X"[i%2]
		}
	default:
		copy(b, mask(b))
	}
}

// Attributes of names.
var (
	oidCountry    = asn1.ObjectIdentifier{2, 5, 4, 6}
	oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}
)

// names writes the country of a DER name, and a made-up code where the subject of
// a CNS has the holder's: CODICEFISCALE/number.hash.
func names(field pair) {
	for _, a := range attributesOf(field.raw, field.out) {
		code, rest, split := bytes.Cut(a.raw, []byte("/"))
		switch {
		case a.oid.Equal(oidCountry) && len(a.raw) == 2 && len(bytes.Trim(a.raw, capitals)) == 0:
			copy(a.out, a.raw)
		case a.oid.Equal(oidCommonName) && split && len(code) == len(madeUpCode):
			copy(a.out, madeUpCode+"/")
			if dot := bytes.IndexByte(rest, '.'); dot >= 0 {
				a.out[len(code)+1+dot] = '.'
			}
		}
	}
}

const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// attribute is one of a name, or an extension.
type attribute struct {
	oid asn1.ObjectIdentifier
	pair
}

// attributesOf lists those of a name, without the header of the whole.
func attributesOf(raw, out []byte) (list []attribute) {
	for _, set := range pairs(raw, out) {
		for _, a := range pairs(set.raw, set.out) {
			if found, ok := attributeOf(a); ok {
				list = append(list, found)
			}
		}
	}
	return list
}

// attributeOf is an identifier with what comes last behind it.
func attributeOf(p pair) (a attribute, ok bool) {
	list := pairs(p.raw, p.out)
	rest, err := asn1.Unmarshal(p.raw, &a.oid)
	if err != nil || len(rest) == 0 || len(list) < 2 {
		return a, false
	}
	a.pair = list[len(list)-1]
	return a, true
}

// purposes are the extensions that say what the key is for: their values are
// named bits, numbers of one byte and identifiers (RFC 5280, 4.2.1).
var purposes = []asn1.ObjectIdentifier{{2, 5, 29, 15}, {2, 5, 29, 19}, {2, 5, 29, 37}, {2, 16, 840, 1, 113730, 1, 1}}

// extensions writes the purposes of the key.
func extensions(field pair) {
	for _, e := range inside(field.raw, field.out) {
		if a, ok := attributeOf(e); ok && slices.ContainsFunc(purposes, a.oid.Equal) && isPurpose(a.raw) {
			copy(a.out, a.raw)
		}
	}
}

// isPurpose reports whether DER is made of what a purpose may be.
func isPurpose(b []byte) bool {
	list, ok := elements(b)
	for _, v := range list {
		if v.Class != asn1.ClassUniversal {
			return false
		}
		switch v.Tag {
		case asn1.TagSequence:
			ok = ok && isPurpose(v.Bytes)
		case asn1.TagOID:
			ok = ok && len(v.Bytes) <= maxOID && plain(v.Bytes)
		case asn1.TagBoolean, asn1.TagInteger:
			ok = ok && len(v.Bytes) == 1
		case asn1.TagBitString:
			ok = ok && len(v.Bytes) <= 3
		default:
			return false
		}
	}
	return ok
}
