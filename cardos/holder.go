// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"fmt"
	"time"
)

// Holder is the content of EF_DatiPersonali. All of it is personal data: it
// goes to the screen of the person who asked, and nowhere else.
type Holder struct {
	Issuer         string    // code of the issuing administration
	Issued         time.Time // zero where absent or not a date
	Expires        time.Time
	Surname        string
	Name           string
	Born           time.Time
	Sex            string
	Height         string
	TaxCode        string // codice fiscale, 16 characters
	Citizenship    string
	BirthPlace     string // town code
	BirthState     string // for people born abroad
	BirthAct       string
	ResidencePlace string // town code
	Address        string
	Notes          string
}

// holderFields is how many fields the file has.
const holderFields = 16

// ParseHolder reads EF_DatiPersonali: six hexadecimal digits of length, then
// 16 fields, each with two hexadecimal digits of length, in Latin-1. Cards
// disagree on whether the first length counts itself, so it is not used: file
// and fields bound the reading.
func ParseHolder(b []byte) (Holder, error) {
	if _, ok := hexNumber(b, 6); !ok {
		return Holder{}, fmt.Errorf("%w: holder data without length", ErrProtocol)
	}
	b = b[6:]
	var field [holderFields]string
	for i := range field {
		n, ok := hexNumber(b, 2)
		if !ok || 2+n > len(b) {
			return Holder{}, fmt.Errorf("%w: holder data end in field %d", ErrProtocol, i+1)
		}
		field[i] = latin1(b[2 : 2+n])
		b = b[2+n:]
	}
	return Holder{Issuer: field[0], Issued: date(field[1]), Expires: date(field[2]),
		Surname: field[3], Name: field[4], Born: date(field[5]), Sex: field[6], Height: field[7],
		TaxCode: field[8], Citizenship: field[9], BirthPlace: field[10], BirthState: field[11],
		BirthAct: field[12], ResidencePlace: field[13], Address: field[14], Notes: field[15]}, nil
}

// hexNumber reads the first digits of b as a hexadecimal number.
func hexNumber(b []byte, digits int) (n int, ok bool) {
	if len(b) < digits {
		return 0, false
	}
	for _, c := range b[:digits] {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | int(c-'0')
		case c >= 'A' && c <= 'F':
			n = n<<4 | int(c-'A'+10)
		case c >= 'a' && c <= 'f':
			n = n<<4 | int(c-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

// latin1 turns Latin-1 into UTF-8, without control characters.
func latin1(b []byte) string {
	r := make([]rune, 0, len(b))
	for _, c := range b {
		if c >= 0x20 && (c < 0x7F || c >= 0xA0) {
			r = append(r, rune(c))
		}
	}
	return string(r)
}

// date reads DDMMYYYY.
func date(s string) time.Time {
	t, err := time.Parse("02012006", s)
	if err != nil {
		return time.Time{}
	}
	return t
}
