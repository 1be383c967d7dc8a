// SPDX-License-Identifier: Apache-2.0

package pki

import (
	"fmt"
	"strings"
)

// Holder is the content of EF_DatiPersonali: the person a card is made out to.
// Dates are DDMMYYYY.
type Holder struct {
	Issuer        string // code of the issuing body
	Issued        string
	Expires       string
	Surname       string
	Name          string
	Born          string
	Sex           string // M or F
	Height        string
	CodiceFiscale string // 16 characters
	Citizenship   string
	BirthTown     string // code
	BirthState    string
	BirthAct      string
	Town          string // of residence, code
	Address       string
	Notes         string
}

// personalSize is the size of EF_DatiPersonali, in bytes.
const personalSize = 400

// EF returns the file: six hexadecimal digits of length, then sixteen fields
// of two hexadecimal digits of length and as many Latin-1 bytes, then zeros up
// to 400 bytes. The first length counts itself, as on a card of 2025.
func (h Holder) EF() []byte {
	var fields strings.Builder
	for _, field := range []string{h.Issuer, h.Issued, h.Expires, h.Surname, h.Name, h.Born, h.Sex, h.Height,
		h.CodiceFiscale, h.Citizenship, h.BirthTown, h.BirthState, h.BirthAct, h.Town, h.Address, h.Notes} {
		latin := latin1(field)
		fmt.Fprintf(&fields, "%02X%s", len(latin), latin)
	}
	ef := make([]byte, max(personalSize, 6+fields.Len()))
	copy(ef, fmt.Sprintf("%06X%s", 6+fields.Len(), fields.String()))
	return ef
}

// latin1 cuts a field to 255 characters of one byte each.
func latin1(text string) []byte {
	var out []byte
	for _, r := range text {
		if r > 0xFF {
			r = '?'
		}
		out = append(out, byte(r))
	}
	return out[:min(len(out), 255)]
}

// Sample returns a made-up person, number n of a series: surname PROVA, a
// codice fiscale of the right form with a town that does not exist (X000).
func Sample(n int) Holder {
	names := []string{"MARIA", "LUCIA", "PAOLO", "CARLA", "MARCO", "ELENA", "PIERO", "NICOLÒ"}
	name := names[n%len(names)]
	sex, day := "F", 41
	if strings.HasSuffix(name, "O") || strings.HasSuffix(name, "Ò") {
		sex, day = "M", 1
	}
	h := Holder{
		Issuer: "6090", Issued: "01012026", Expires: "31122031",
		Surname: "PROVA", Name: name, Born: fmt.Sprintf("01%02d1980", n%12+1), Sex: sex,
		BirthTown: "X000", Town: "X000",
	}
	h.CodiceFiscale = fmt.Sprintf("PRV%s80%c%02dX000X", nameCode(name), "ABCDEHLMPRST"[n%12], day)
	return h
}

// nameCode is the part of a codice fiscale that a first name gives.
func nameCode(name string) string {
	var consonants, vowels []rune
	for _, r := range name {
		switch {
		case r == 'Ò':
			vowels = append(vowels, 'O')
		case strings.ContainsRune("AEIOU", r):
			vowels = append(vowels, r)
		default:
			consonants = append(consonants, r)
		}
	}
	if len(consonants) > 3 {
		consonants = append(consonants[:1], consonants[2:]...)
	}
	return string(append(append(consonants, vowels...), []rune("XXX")...)[:3])
}
