// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
)

// secrets are what the last look searches for: everything of this card and its
// holder that was met anywhere in the recording.
type secrets struct {
	texts  []string // names and the like, in capital letters
	digits []string // numbers
	bytes  [][]byte // keys, signatures, serial numbers
}

// The least that is searched for: less is found by chance.
const (
	minText   = 3 // characters
	minDigits = 10
	minBytes  = 6
)

// ofEveryCard are words that may be in a subject and are in every recording.
var ofEveryCard = []string{"CNS", "TS-CNS", "CARTA", "NAZIONALE", "DEI", "SERVIZI", madeUpCode}

func (s *secrets) text(b []byte) {
	t := strings.ToUpper(string(b))
	for _, part := range append(strings.FieldsFunc(t, func(r rune) bool { return strings.ContainsRune(" /.,'", r) }), t) {
		if len(part) >= minText && strings.Trim(part, "X0") != "" && !slices.Contains(s.texts, part) && !slices.Contains(ofEveryCard, part) {
			s.texts = append(s.texts, part)
		}
	}
	s.number(t)
}

// number notes the parts of a number that must not survive in one piece.
func (s *secrets) number(t string) {
	for at := 0; at+minDigits <= len(t); at++ {
		part := t[at : at+minDigits]
		if isDigits([]byte(part)) && strings.Count(part, "0") < minDigits/2 && !slices.Contains(s.digits, part) {
			s.digits = append(s.digits, part)
		}
	}
}

func (s *secrets) raw(b []byte) {
	if len(b) >= minBytes && len(bytes.Trim(b, string(b[:1]))) > 0 {
		s.bytes = append(s.bytes, bytes.Clone(b))
	}
}

// learn notes the secrets of a file: the holder's data, a certificate, a number.
func (c *cleaner) learn(i *image) {
	from, ok := i.from()
	if !ok {
		return
	}
	if fields := holderFields(i.data); fields != nil {
		for n, f := range fields {
			value := i.data[f.from:f.to]
			// The administration, dates that keep their year, sex and height are
			// those of many.
			if !slices.Contains([]int{0, 1, 2, 6, 7}, n) && !bytes.Equal(value, holderValue(n, value)) {
				c.secrets.text(value)
			}
		}
		return
	}
	if cert, _ := parsed(i.data); cert != nil {
		c.keys.learn(cert)
		for _, a := range attributesOf(contentOf(cert.Subject), contentOf(cert.Subject)) {
			if !a.oid.Equal(oidCountry) {
				c.secrets.text(a.raw)
			}
		}
		c.secrets.raw(cert.Serial)
		if parts := inside(cert.Raw, cert.Raw); len(parts) == 3 && len(parts[2].raw) > 1 {
			c.secrets.raw(parts[2].raw[1:])
		}
		if k := cert.RSA(); k != nil && !c.keys.keep {
			c.secrets.raw(k.Modulus)
		}
		return
	}
	rest := i.data[from:]
	if len(rest) > 2 && rest[0] == 0x5A && int(rest[1]) <= len(rest)-2 {
		rest = rest[2 : 2+int(rest[1])]
	}
	if bytes.HasSuffix(i.path, []byte{0x10, 0x03}) {
		c.secrets.text(bytes.TrimRight(rest, "\x00\xFF "))
	} else if len(rest) <= 16 {
		c.secrets.number(hexDigits(rest))
	}
}

// contentOf is the value of DER.
func contentOf(der []byte) []byte {
	var v asn1.RawValue
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		return nil
	}
	return v.Bytes
}

// taxCode is the form of a codice fiscale, also of one in which letters stand for
// digits (decree of 23 December 1976, article 6).
var taxCode = regexp.MustCompile(`[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]`)

// in reports whether b holds something of the card or its holder, in characters
// of one or two bytes, packed digits, base64 or hexadecimal.
func (s *secrets) in(b []byte) bool {
	return slices.ContainsFunc(views(b), s.inView)
}

// inText is the same for what is no answer of the card: a name in it is a word of
// ours.
func (s *secrets) inText(b []byte) bool {
	return (&secrets{digits: s.digits, bytes: s.bytes}).in(b)
}

func (s *secrets) inView(b []byte) bool {
	upper := strings.ToUpper(string(b))
	for _, code := range taxCode.FindAllString(upper, -1) {
		if code != madeUpCode {
			return true
		}
	}
	for _, t := range s.texts {
		if strings.Contains(upper, t) && (len(t) > minText || bytes.Contains(b, []byte(t))) {
			return true
		}
	}
	packed, turned := hexDigits(b), hexDigits(swapped(b))
	for _, d := range s.digits {
		if strings.Contains(upper, d) || strings.Contains(packed, d) || strings.Contains(turned, d) {
			return true
		}
	}
	return slices.ContainsFunc(s.bytes, func(x []byte) bool { return bytes.Contains(b, x) })
}

var (
	hexText    = regexp.MustCompile(`(?:[0-9A-Fa-f]{2}[ :]?){4,}`)
	base64Text = regexp.MustCompile(`[A-Za-z0-9+/_-]{4,}`)
)

// views are b and what it spells in other encodings.
func views(b []byte) [][]byte {
	list := [][]byte{b}
	if len(b) == 0 {
		return nil
	}
	for odd := range 2 { // UTF-16, either end first
		var half []byte
		for i := odd; i < len(b); i += 2 {
			half = append(half, b[i])
		}
		list = append(list, half)
	}
	for _, text := range hexText.FindAll(b, -1) {
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte(" "), nil), []byte(":"), nil)
		if plain, err := hex.DecodeString(string(text[:len(text)&^1])); err == nil {
			list = append(list, plain)
		}
	}
	for _, text := range base64Text.FindAll(b, -1) {
		text = []byte(strings.NewReplacer("-", "+", "_", "/").Replace(string(text)))
		for skip := range 4 {
			if part := text[min(skip, len(text)):]; len(part) >= 4 {
				if plain, err := base64.StdEncoding.DecodeString(string(part[:len(part)&^3])); err == nil {
					list = append(list, plain)
				}
			}
		}
	}
	return list
}

func hexDigits(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

// swapped returns b with the halves of each byte exchanged, as some cards pack
// digits.
func swapped(b []byte) []byte {
	out := make([]byte, len(b))
	for i, x := range b {
		out[i] = x<<4 | x>>4
	}
	return out
}
