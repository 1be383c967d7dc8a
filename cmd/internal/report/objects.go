// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"

	"tscns/cardos/iso7816"
)

// maxKept is the longest value that is written as the card sent it, in bytes: an
// application identifier has 16.
const maxKept = 16

// longest is the longest value of each data object that tells what a card has and
// can do, and nothing of its holder, in bytes.
type longest map[uint32]int

var (
	// Of file control information (ISO 7816-4, 7.4.3): size, descriptor,
	// identifier, name, short identifier, life cycle, access rules (86 and CB in
	// the manner of the CNS, 8C and 9C in that of IAS-ECC).
	fileTags = longest{0x80: 4, 0x81: 4, 0x82: 6, 0x83: 2, 0x84: 16, 0x85: 2, 0x86: 10, 0x88: 1, 0x8A: 1, 0x8C: 8, 0x9C: 8, 0xCB: 24}
	// Of EF.DIR and EF.ATR: application identifier and path, services and
	// capabilities, lengths of extended commands (ISO 7816-4, 8.2.1 and 12.7).
	directoryTags = longest{0x4F: 16, 0x51: 8, 0x43: 1, 0x47: 3, 0x02: 3, 0x82: 2}
	// Of PIN, key and environment in IAS-ECC: tries, sizes, access rules,
	// references and algorithms.
	statementTags = longest{0x80: 4, 0x83: 4, 0x84: 4, 0x8C: 16, 0x95: 2, 0x9A: 2, 0x9B: 2, 0x9C: 16, 0x9D: 16, 0x9E: 16}
)

// blankable are the other data objects whose tag may be written; their values are
// not. Tags of 80 and above may be, too: a tag below is a letter or a digit as
// well, and what follows may be a text.
var blankable = []uint32{0x42, 0x44, 0x45, 0x46, 0x4F, 0x50, 0x51, 0x5A, 0x5F2D, 0x61, 0x62, 0x6F, 0x70, 0x73, 0x79, 0x7B, 0x7F41, 0x7F48, 0x7F49}

// objects returns nested data objects with every value blanked but those of these
// tags that are as they should be. It returns nil where the bytes are something
// else.
func objects(b []byte, kept longest) []byte {
	out := bytes.Clone(b)
	list, err := iso7816.ParseTLV(out)
	if err != nil || len(list) == 0 {
		return nil
	}
	for _, o := range list {
		size, known := kept[o.Tag]
		first := firstByte(o.Tag)
		switch {
		case !known && first < 0x80 && !slices.Contains(blankable, o.Tag), first < 0x80 && len(o.Value) == 0:
			return nil
		case o.Constructed() && len(o.Value) > 0 && objects(o.Value, kept) != nil:
			copy(o.Value, objects(o.Value, kept))
		case known && len(o.Value) <= size && acceptable(o.Tag, o.Value):
		default:
			clear(o.Value)
		}
	}
	return out
}

func firstByte(tag uint32) byte {
	for tag > 0xFF {
		tag >>= 8
	}
	return byte(tag)
}

func acceptable(tag uint32, value []byte) bool {
	if tag == 0x4F || tag == 0x84 {
		return isName(value)
	}
	return plain(value)
}

// isName reports whether b is the name of an application: one that this command
// or the driver asks for, or one that begins as they do (ISO 7816-4, 12.2.3:
// registered, of a standard, proprietary) and hides no text and no number.
func isName(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	if slices.ContainsFunc(applicationProbes, func(p probe) bool { return bytes.Equal(p.name(), b) }) {
		return true
	}
	return len(b) <= maxKept && slices.Contains([]byte{0xA, 0xD, 0xE, 0xF}, b[0]>>4) && plain(b)
}

var (
	word = regexp.MustCompile(`[A-Za-z0-9@.+/-]{5}`)
	// packed is what a number of two digits a byte would be in hexadecimal.
	packed = regexp.MustCompile(`^[0-9]{14}`)
)

// plain reports whether a short value holds no word of five letters, also of two
// bytes each, and no number of fourteen digits: a name of an application or a
// list of access rules has many zeros.
func plain(b []byte) bool {
	if word.Match(b) || word.Match(bytes.ReplaceAll(b, []byte{0}, nil)) && bytes.Count(b, []byte{0}) >= 4 && spelled(b) {
		return false
	}
	for _, s := range []string{hexDigits(b), hexDigits(swapped(b))} {
		for at := range s {
			if number := packed.FindString(s[at:]); number != "" && strings.Count(number, "0") < 6 {
				return false
			}
		}
	}
	return true
}

// spelled reports whether every other byte in a row of ten is a zero.
func spelled(b []byte) bool {
	for at := 0; at+10 <= len(b); at++ {
		zeros := 0
		for n := 0; n < 10; n += 2 {
			if b[at+n] == 0 && b[at+n+1] != 0 || b[at+n] != 0 && b[at+n+1] == 0 {
				zeros++
			}
		}
		if zeros == 5 {
			return true
		}
	}
	return false
}

// slots returns a directory of objects (48 slots of a flag, an identifier and a
// size) where b is one, else nil.
func slots(b []byte) []byte {
	for at, x := range b {
		if at%5 == 0 && x != 0x00 && x != 0xFF {
			return nil
		}
	}
	return bytes.Clone(b)
}

// labels are those of tokens that are known.
var labels = []string{"TokenME", "Carta Nazionale dei Servizi"}

// tokenInfo returns the description of a token: 32 characters of label, which
// may be that of a person, and four bytes of flags.
func tokenInfo(b []byte) []byte {
	if len(b) != 36 {
		return nil
	}
	out := bytes.Clone(b)
	if label := string(bytes.TrimRight(b[:32], " ")); !slices.Contains(labels, label) {
		copy(out, mask(out[:32]))
	}
	return out
}

// attributes returns an attribute file of layout T: two bytes of flags, a label
// and an identifier of their own lengths, then the serial number of the
// certificate behind two empty fields, or the modulus of the key and its exponent
// with their sizes or without. It returns nil where b is something else.
func (c *cleaner) attributes(b []byte) []byte {
	out := bytes.Clone(b)
	if len(out) < 2 || out[0] != 0 {
		return nil
	}
	rest := out[2:]
	for range 2 {
		if len(rest) < 2 || len(rest) < 2+int(binary.BigEndian.Uint16(rest)) {
			return nil
		}
		n := int(binary.BigEndian.Uint16(rest))
		copy(rest[2:], mask(rest[2:2+n]))
		rest = rest[2+n:]
	}
	if bytes.HasPrefix(rest, []byte{0, 0, 0, 0, 0}) && len(rest) >= 6 && len(rest) <= 6+20 && int(rest[5]) == len(rest)-6 {
		fill(rest[6:], 0x11)
		return out
	}
	if k, at := c.keys.find(rest); k != nil {
		after := rest[at+len(k.modulus):]
		if len(bytes.Trim(rest[:max(0, at-2)], "\x00")) == 0 && len(after) <= 6 {
			copy(rest[at:], k.shown)
			return out
		}
	}
	return nil
}
