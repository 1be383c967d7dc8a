// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// masker replaces what says who the holder is, in place and at the same
// length, and remembers what it replaced. What it does not understand it marks
// as not to be written: nothing is kept because it looked harmless.
type masker struct {
	secrets []secret
}

// secret is a text or number that must not survive, with what takes its place.
type secret struct{ from, to []byte }

// minSecret is the least length of a secret that is looked for everywhere: a
// shorter one would be found by chance.
const minSecret = 4

func (m *masker) add(from, to []byte) {
	if len(from) >= minSecret && !bytes.Equal(from, to) {
		m.secrets = append(m.secrets, secret{bytes.Clone(from), bytes.Clone(to)})
	}
}

// image is the content of one file, put together from its reads.
type image struct {
	path  []byte // of the SELECT command
	reads []read
	data  []byte // from offset 0, zeros where nothing was read
	first int    // lowest offset read
}

type read struct {
	e      *exchange
	offset int
}

// mask replaces everything personal in a recording.
func (m *masker) mask(r *recording) {
	images := imagesOf(r.exchanges)
	for _, i := range images {
		known := m.image(i)
		for _, rd := range i.reads {
			copy(rd.e.data(), i.data[rd.offset:])
			rd.e.unknown = !known
		}
	}
	for _, e := range r.exchanges {
		m.other(e)
	}
	for _, e := range r.exchanges {
		m.sweep(e.command)
		m.sweep(e.data())
	}
	r.atr = maskATR(r.atr)
}

// imagesOf puts the reads of each selection together.
func imagesOf(exchanges []*exchange) []*image {
	var list []*image
	var current *image
	for _, e := range exchanges {
		switch {
		case len(e.command) >= 5 && e.command[1] == 0xA4 && e.status() == 0x9000:
			n := min(int(e.command[4]), len(e.command)-5)
			current = &image{path: e.command[5 : 5+n], first: 1 << 15}
			list = append(list, current)
		case len(e.command) == 5 && e.command[1] == 0xB0 && len(e.answer) > 2:
			offset := int(e.command[2])<<8 | int(e.command[3])
			if e.command[2] >= 0x80 { // by short identifier, which selects the file
				current = &image{path: e.command[2:3], first: 1 << 15}
				list = append(list, current)
				offset = int(e.command[3])
			}
			if current == nil {
				e.unknown = true
				continue
			}
			if end := offset + len(e.data()); end > len(current.data) {
				current.data = append(current.data, make([]byte, end-len(current.data))...)
			}
			copy(current.data[offset:], e.data())
			current.first = min(current.first, offset)
			current.reads = append(current.reads, read{e, offset})
		}
	}
	return list
}

// image masks one file; false where it is not understood.
func (m *masker) image(i *image) bool {
	last := ""
	if n := len(i.path); n >= 2 {
		last = fmt.Sprintf("%X", i.path[n-2:])
	}
	objects := bytes.HasPrefix(i.path, []byte{0x14, 0x00})
	switch {
	case len(bytes.Trim(i.data, "\x00\xFF")) == 0:
		return true
	case m.holder(i.data), m.certificateFile(i.data):
		return true
	case last == "1003":
		m.digits(i.data)
		return true
	case m.numberFile(i, last):
		return true
	case objects && (last == "4000" || last == "5000" || last == "1000"):
		return true // directories and the name of the layout
	case objects && len(i.path) == 6:
		return m.attributes(i.data)
	case last == "2F00" || last == "2F01":
		return keep(i.data, directoryTags)
	}
	return false
}

// numberFile masks a file with the card's number in a data object of tag 5A; last
// is the end of its path. False for another file.
func (m *masker) numberFile(i *image, last string) bool {
	whole := i.first == 0 && len(i.data) > 2 && i.data[0] == 0x5A
	switch {
	case whole && (last == "2F02" || len(i.path) == 1): // EF.GDO, or EF.SN by its short identifier
		m.packed(i.data[2:min(len(i.data), 2+int(i.data[1]))])
		return true
	case last == "D003" && (whole || i.first == 2) && len(i.data) >= 10:
		m.packed(i.data[2:10])
		return true
	}
	return false
}

// Data objects whose values tell what a card has and can do, and nothing of its
// holder.
var (
	// Of EF.DIR and EF.ATR: application identifier and path, services and
	// capabilities, lengths of extended commands (ISO 7816-4, 8.2.1 and 12.7).
	directoryTags = map[uint32]bool{0x4F: true, 0x51: true, 0x43: true, 0x47: true, 0x02: true}
	// Of PIN, key and environment in IAS-ECC: tries, sizes, access rules,
	// references and algorithms.
	statementTags = map[uint32]bool{0x80: true, 0x83: true, 0x84: true, 0x8C: true, 0x95: true, 0x9A: true, 0x9B: true, 0x9C: true, 0x9D: true, 0x9E: true}
)

// maxKept is the longest value that is written, in bytes: an application
// identifier has 16.
const maxKept = 16

// keep blanks every value of nested data objects but the short ones of these
// tags. It returns false, and leaves the bytes as they are, where they are
// something else.
func keep(b []byte, tags map[uint32]bool) bool {
	list, err := iso7816.ParseTLV(b)
	if err != nil {
		return false
	}
	for _, o := range list {
		if o.Constructed() && keep(o.Value, tags) {
			continue
		}
		if !tags[o.Tag] || len(o.Value) > maxKept {
			clear(o.Value)
		}
	}
	return true
}

// statement reports whether an answer of GET DATA is what an IAS-ECC card
// states of a PIN, key or environment (template 70), and blanks the rest of it.
func statement(b []byte) bool {
	list, err := iso7816.ParseTLV(b)
	return err == nil && len(list) == 1 && list[0].Tag == 0x70 && keep(b, statementTags)
}

// other looks at answers that are no file content.
func (m *masker) other(e *exchange) {
	if len(e.answer) <= 2 || len(e.command) < 4 {
		return
	}
	switch ins := e.command[1]; {
	case ins == 0xB0:
	case ins == 0xA4 && (e.answer[0] == 0x6F || e.answer[0] == 0x62): // FCI
	case ins == 0x2A, ins == 0x88: // a signature of our own text
	case ins == 0xC0: // the rest of any of them
		e.unknown = true
	case ins == 0xCB && statement(e.data()):
	case ins == 0xB2 && keep(e.data(), directoryTags):
	case ins == 0xCA && e.command[2] == 0x01 && e.command[3] == 0x80: // the model
	case ins == 0xCA && e.command[2] == 0xDF && e.command[3] == 0x64: // free memory
	default:
		e.unknown = true
	}
}

// holder masks EF_DatiPersonali field by field: six hexadecimal digits, then
// 16 fields of two hexadecimal digits of length and as many characters.
func (m *masker) holder(b []byte) bool {
	if _, err := cardos.ParseHolder(b); err != nil {
		return false
	}
	end := 6
	for n := range 16 {
		size, err := hex.DecodeString(string(b[end : end+2]))
		if err != nil {
			return false
		}
		field := b[end+2 : end+2+int(size[0])]
		end += 2 + len(field)
		if n == 0 {
			continue // the administration that issued the card
		}
		before := bytes.Clone(field)
		copy(field, maskField(n, field))
		m.add(before, field)
	}
	clear(b[end:])
	return true
}

// The fields that programs parse stay parseable.
func maskField(n int, field []byte) []byte {
	switch {
	case (n == 1 || n == 2) && len(field) == 8:
		return append([]byte("0101"), field[4:]...) // the years of issue and expiry
	case n == 5 && len(field) == 8:
		return []byte("01011980")
	case n == 8 && len(field) == 16:
		return []byte("PRVPRV80A01X000X")
	}
	return maskText(field)
}

// maskText replaces letters and digits by others and keeps the rest.
func maskText(b []byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		switch {
		case c >= '0' && c <= '9':
			out[i] = '0'
		case c >= 'a' && c <= 'z':
			out[i] = 'x'
		case c >= 'A' && c <= 'Z' || c >= 0x80:
			out[i] = 'X'
		}
	}
	return out
}

// digits masks a number in characters: its first digit, which tells a TS, and
// zeros.
func (m *masker) digits(b []byte) {
	before := bytes.Clone(b)
	for i := 1; i < len(b); i++ {
		if b[i] != 0 {
			b[i] = '0'
		}
	}
	m.number(string(bytes.TrimRight(before, "\x00")))
}

// packed masks a number of two digits a byte.
func (m *masker) packed(b []byte) {
	m.number(hex.EncodeToString(b))
	if len(b) > 0 {
		b[0] &= 0xF0
		clear(b[1:])
	}
}

// minDigits is how much of a number must not survive in one piece.
const minDigits = 12

// number remembers a number and its parts, in characters and packed.
func (m *masker) number(s string) {
	for size := len(s); size >= minDigits; size-- {
		for i := 0; i+size <= len(s); i++ {
			part := s[i : i+size]
			if strings.Count(part, "0") > size-4 {
				continue // would be found by chance
			}
			masked := strings.Repeat("0", size)
			if i == 0 {
				masked = s[:1] + masked[1:]
			}
			m.add([]byte(part), []byte(masked))
			if packed, err := hex.DecodeString(part); err == nil {
				to, _ := hex.DecodeString(masked)
				m.add(packed, to)
			}
		}
	}
}

// attributes masks an attribute file of layout T: two bytes of flags, then a
// label and an identifier of their own lengths. What follows is of the key or
// the serial number of the certificate.
func (m *masker) attributes(b []byte) bool {
	rest := b
	if len(rest) < 2 {
		return false
	}
	ofCertificate := rest[0] == 0 && rest[1] == 1
	rest = rest[2:]
	for range 2 {
		if len(rest) < 2 || len(rest) < 2+int(rest[0])<<8+int(rest[1]) {
			return false
		}
		text := rest[2 : 2+int(rest[0])<<8+int(rest[1])]
		rest = rest[2+len(text):]
		before := bytes.Clone(text)
		copy(text, maskText(text))
		m.add(before, text)
	}
	if ofCertificate && len(rest) > 7 { // two empty fields, length, serial number
		serial := rest[7:]
		before := bytes.Clone(serial)
		copy(serial, bytes.Repeat([]byte{0x11}, len(serial)))
		m.add(before, serial)
	}
	return true
}

var uuid = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)

// sweep replaces what was found to be personal wherever else it stands.
func (m *masker) sweep(b []byte) {
	for _, s := range m.secrets {
		for i := 0; i+len(s.from) <= len(b); i++ {
			if bytes.HasPrefix(b[i:], s.from) {
				copy(b[i:], s.to)
			}
		}
	}
	for _, at := range uuid.FindAllIndex(b, -1) {
		copy(b[at[0]:], maskText(b[at[0]:at[1]]))
	}
}

// maskATR blanks the four bytes of a contactless answer that are the card's
// own (ISO 14443-3, PUPI), and makes its check byte fit.
func maskATR(atr []byte) []byte {
	atr = bytes.Clone(atr)
	if len(atr) == 17 && bytes.HasPrefix(atr, []byte{0x3B, 0x8C, 0x80, 0x01, 0x50}) {
		clear(atr[5:9])
		atr[16] = 0
		for _, b := range atr[1:16] {
			atr[16] ^= b
		}
	}
	return atr
}

// leak returns a secret that is still somewhere in a finished transcript, as
// the last look before it is shown: as bytes, or as text of the file itself.
func (m *masker) leak(r *recording, text []byte) bool {
	for _, s := range m.secrets {
		for _, e := range r.exchanges {
			if bytes.Contains(e.command, s.from) || !e.unknown && bytes.Contains(e.answer, s.from) {
				return true
			}
		}
		if bytes.Contains(text, s.from) || len(s.from) > 5 && bytes.Contains(text, fmt.Appendf(nil, "% X", s.from)) {
			return true
		}
	}
	return false
}
