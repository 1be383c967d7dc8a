// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/asn1"
	"slices"

	"tscns/cardos/certificate"
)

// keptExtensions say nothing of the holder: usages, policies, the authority's
// addresses, and hashes of public keys. The content of any other is blanked.
var keptExtensions = []asn1.ObjectIdentifier{
	{2, 5, 29, 14}, {2, 5, 29, 15}, {2, 5, 29, 19}, {2, 5, 29, 31}, {2, 5, 29, 32}, {2, 5, 29, 35}, {2, 5, 29, 37},
	{1, 3, 6, 1, 5, 5, 7, 1, 1}, {1, 3, 6, 1, 5, 5, 7, 1, 3}, {2, 16, 840, 1, 113730, 1, 1},
}

// certificateFile masks the certificate in a file, which may have a header: the
// five bytes that InfoCamere puts before it, a length, a data object. What is
// compressed is not masked, and so left out.
func (m *masker) certificateFile(b []byte) bool {
	for _, c := range certificate.Candidates(b, 0) {
		if c.Compression == certificate.Uncompressed && m.certificate(b[c.Offset:]) {
			return true
		}
	}
	return false
}

// certificate masks a DER certificate in place: serial number, times of day,
// subject, what extensions tell of the holder, and the authority's signature,
// by which guesses at the rest could be checked. The public key stays: it is
// what proves the recorded signature.
func (m *masker) certificate(b []byte) bool {
	n, err := certificate.Length(b)
	if err != nil || n > len(b) {
		return false
	}
	c, err := certificate.Parse(b[:n])
	if err != nil {
		return false
	}
	parts, ok := elements(b[:n])
	if !ok || len(parts) != 1 {
		return false
	}
	parts, ok = elements(parts[0].Bytes)
	if !ok || len(parts) != 3 {
		return false
	}
	fields, ok := elements(parts[0].Bytes)
	if !ok {
		return false
	}
	serial := bytes.Clone(c.Serial)
	for i := 1; i < len(c.Serial); i++ {
		c.Serial[i] = 0x11
	}
	m.add(serial, c.Serial)
	m.name(c.Subject)
	for _, f := range fields {
		switch {
		case f.Class == asn1.ClassContextSpecific && f.Tag == 3:
			m.extensions(f.Bytes)
		case f.Class == asn1.ClassContextSpecific && f.Tag != 0:
			blank(f.Bytes)
		case f.Tag == asn1.TagSequence:
			maskTimes(f.Bytes)
		}
	}
	signature := parts[2].Bytes
	if len(signature) > 1 {
		m.add(signature[1:], bytes.Repeat([]byte{0x5A}, len(signature)-1))
		copy(signature[1:], bytes.Repeat([]byte{0x5A}, len(signature)-1))
	}
	return true
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

// maskTimes blanks the time of day of a validity, if b is one.
func maskTimes(b []byte) {
	list, ok := elements(b)
	if !ok {
		return
	}
	for _, v := range list {
		if (v.Tag == asn1.TagUTCTime || v.Tag == asn1.TagGeneralizedTime) && v.Class == asn1.ClassUniversal && len(v.Bytes) >= 7 {
			copy(v.Bytes[len(v.Bytes)-7:], "000000")
		}
	}
}

// oidCountry is the one attribute of a name that stays.
var oidCountry = asn1.ObjectIdentifier{2, 5, 4, 6}

// name masks the values of a DER name: a codice fiscale and a number keep
// their form.
func (m *masker) name(der []byte) {
	sets, ok := elements(der)
	if !ok || len(sets) != 1 {
		blank(der)
		return
	}
	sets, _ = elements(sets[0].Bytes)
	for _, set := range sets {
		attributes, _ := elements(set.Bytes)
		for _, a := range attributes {
			var oid asn1.ObjectIdentifier
			rest, err := asn1.Unmarshal(a.Bytes, &oid)
			value, ok := elements(rest)
			if err != nil || !ok || len(value) != 1 {
				blank(a.Bytes)
				continue
			}
			if !oid.Equal(oidCountry) {
				m.value(value[0].Bytes)
			}
		}
	}
}

// value masks one value of a name, and remembers its parts.
func (m *masker) value(b []byte) {
	before := bytes.Clone(b)
	code, rest, split := bytes.Cut(b, []byte("/"))
	if split && len(code) == 16 {
		copy(code, "PRVPRV80A01X000X")
		number, hash, _ := bytes.Cut(rest, []byte("."))
		m.number(string(number))
		for i := 1; i < len(number); i++ {
			number[i] = '0'
		}
		copy(hash, maskText(hash))
		m.add(before[:16], b[:16])
		m.add(before[len(before)-len(hash):], hash)
	} else {
		copy(b, maskText(b))
	}
	m.add(before, b)
}

// extensions blanks the content of those that are not known to be harmless.
func (m *masker) extensions(b []byte) {
	list, ok := elements(b)
	if !ok || len(list) != 1 {
		blank(b)
		return
	}
	list, _ = elements(list[0].Bytes)
	for _, e := range list {
		var oid asn1.ObjectIdentifier
		rest, err := asn1.Unmarshal(e.Bytes, &oid)
		if err != nil || kept(oid) {
			continue
		}
		parts, _ := elements(rest)
		if n := len(parts); n > 0 {
			blank(parts[n-1].Bytes)
		}
	}
}

func kept(oid asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc(keptExtensions, oid.Equal)
}

// blank overwrites the primitive values in DER, or all of it where it is none.
func blank(b []byte) {
	list, ok := elements(b)
	if !ok {
		copy(b, maskText(b))
		for i, c := range b {
			if c < 0x20 || c >= 0x7F {
				b[i] = 0
			}
		}
		return
	}
	for _, v := range list {
		if v.IsCompound {
			blank(v.Bytes)
		} else if v.Tag != asn1.TagOID || v.Class != asn1.ClassUniversal {
			for i := range v.Bytes {
				v.Bytes[i] = 'X'
			}
		}
	}
}
