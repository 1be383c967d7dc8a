// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"tscns/cardos/store"
)

// Number is the number of a card, where it has one that fits a token's serial
// number whole: two numbers that are cut may be the same.
type Number struct {
	Text   string // 16 digits or capital letters; "" for none
	Source NumberSource
}

// NumberSource is the file that a number was read from.
type NumberSource int

// The sources.
const (
	NoNumber   NumberSource = iota
	NumberFile              // EF_IDCarta, or what the layout has in its place
	NumberGDO               // EF.GDO, where that does not serve
)

// NumberLength is the length of a card's number in characters, which is that
// of serialNumber in CK_TOKEN_INFO.
const NumberLength = store.MaxNumber

// MaxNumberFile is how much of a file with the card's number is read, in bytes:
// enough to see that it is longer.
const MaxNumberFile = 64

// ParseNumber returns the number in the content of EF_IDCarta, without what
// fills the file: none where that is not 16 digits or capital letters.
func ParseNumber(b []byte) Number {
	n := Number{string(bytes.TrimRight(b, "\x00\xFF ")), NumberFile}
	if !n.valid() {
		return Number{}
	}
	return n
}

// ParsePackedNumber returns the number in a data object of tag 5A, two digits a
// byte (ISO/IEC 7816-6, EF.GDO of the CNS): none where it has not 16 digits.
func ParsePackedNumber(b []byte, source NumberSource) Number {
	if len(b) < 2+NumberLength/2 || b[0] != 0x5A || b[1] != NumberLength/2 {
		return Number{}
	}
	n := Number{fmt.Sprintf("%X", b[2:2+NumberLength/2]), source}
	if strings.ContainsAny(n.Text, "ABCDEF") || !n.valid() {
		return Number{}
	}
	return n
}

// valid reports whether a number is one that [ParseNumber] or
// [ParsePackedNumber] returns. One of equal characters was never written.
func (n Number) valid() bool {
	if n.Text == "" {
		return n.Source == NoNumber
	}
	for _, c := range []byte(n.Text) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return len(n.Text) == NumberLength && strings.Trim(n.Text, n.Text[:1]) != "" &&
		(n.Source == NumberFile || n.Source == NumberGDO)
}

// serial returns what tells a card from others, 16 characters: its number, else
// the beginning of the SHA-256 of its first certificate, in hexadecimal. A card
// without either cannot be told from others of its kind: it has the same of its
// answer to reset.
func (c *Card) serial() string {
	if c.info.Number.Text != "" {
		return c.info.Number.Text
	}
	what := c.info.ATR
	for _, id := range c.identities {
		if len(id.Keys) > 0 {
			what = id.Keys[0].Certificate.Raw
			break
		}
	}
	sum := sha256.Sum256(what)
	return fmt.Sprintf("%X", sum[:NumberLength/2])
}
