// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/hex"

	"tscns/cardos"
)

// Made-up values that programs can parse.
const (
	madeUpCode  = "PRVPRV80A01X000X" // a codice fiscale of a town that does not exist
	madeUpBirth = "01011980"
)

// holderField is a field of EF_DatiPersonali.
type holderField struct{ from, to int }

// holderFields are the places of the fields: six hexadecimal digits, then 16
// fields of two hexadecimal digits of length and as many characters. It returns
// nil where b is something else.
func holderFields(b []byte) (list []holderField) {
	if _, err := cardos.ParseHolder(b); err != nil {
		return nil
	}
	at := 6
	for range 16 {
		size, err := hex.DecodeString(string(b[at : at+2]))
		if err != nil {
			return nil
		}
		f := holderField{at + 2, at + 2 + int(size[0])}
		list, at = append(list, f), f.to
	}
	return list
}

// holder returns EF_DatiPersonali, or any other file of that form, with made-up
// fields of the same lengths. What follows them is blanked.
func (c *cleaner) holder(b []byte) []byte {
	fields := holderFields(b)
	if fields == nil {
		return nil
	}
	out := make([]byte, len(b))
	copy(out, b[:6])
	for n, f := range fields {
		copy(out[f.from-2:], b[f.from-2:f.from])
		copy(out[f.from:], holderValue(n, b[f.from:f.to]))
	}
	return out
}

// holderValue is what is written of field n.
func holderValue(n int, b []byte) []byte {
	isDate := len(b) == 8 && isDigits(b)
	switch {
	case n == 0 && len(b) <= 4 && isDigits(b): // the administration that issued the card
		return b
	case (n == 1 || n == 2) && isDate: // issue and expiry
		return append([]byte("0101"), b[4:]...)
	case n == 5 && isDate:
		return []byte(madeUpBirth)
	case n == 8 && len(b) == len(madeUpCode):
		return []byte(madeUpCode)
	}
	return mask(b)
}

func isDigits(b []byte) bool { return len(bytes.Trim(b, "0123456789")) == 0 }

// mask returns as many zeros and X as there are digits and other bytes.
func mask(b []byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		if out[i] = 'X'; c >= '0' && c <= '9' {
			out[i] = '0'
		}
	}
	return out
}

func fill(b []byte, with byte) {
	for i := range b {
		b[i] = with
	}
}

// number returns the content of EF_IDCarta, a number in characters: its first
// digit, which tells a TS, zeros, and what fills the file.
func number(b []byte) []byte {
	text := bytes.TrimRight(b, "\x00\xFF ")
	if len(text) == 0 || len(text) > 32 || len(bytes.Trim(text, "0123456789"+capitals)) > 0 {
		return nil
	}
	out := bytes.Clone(b)
	fill(out[:len(text)], '0')
	if isDigits(text[:1]) {
		out[0] = text[0]
	}
	return out
}

// numberObject returns a data object of tag 5A, a number of two digits a byte, and
// what fills the file.
func numberObject(b []byte) []byte {
	if len(b) < 3 || b[0] != 0x5A || int(b[1]) > len(b)-2 || !isBlank(b[2+int(b[1]):]) {
		return nil
	}
	out := bytes.Clone(b)
	copy(out[2:], packedNumber(out[2:2+int(b[1])]))
	return out
}

// packedNumber returns the first digit of a number of two digits a byte, and
// zeros.
func packedNumber(b []byte) []byte {
	out := make([]byte, len(b))
	if len(b) > 0 && b[0] < 0xA0 {
		out[0] = b[0] & 0xF0
	}
	return out
}
