// SPDX-License-Identifier: Apache-2.0

package cardinfo

import (
	"strings"
	"time"

	"tscns/cardos"
)

// Holder is what tscns card prints; its JSON form is the --json output. Every
// value is masked but the codes of administrations, unless it was read to be
// shown.
type Holder struct {
	Number     string `json:"number"`
	Profile    string `json:"profile"`
	Surname    string `json:"surname,omitempty"`
	Name       string `json:"name,omitempty"`
	TaxCode    string `json:"taxCode,omitempty"`
	Born       string `json:"born,omitempty"` // DateLayout, as all dates
	BirthPlace string `json:"birthPlace,omitempty"`
	Sex        string `json:"sex,omitempty"`
	Residence  string `json:"residence,omitempty"`
	Address    string `json:"address,omitempty"`
	Issuer     string `json:"issuer,omitempty"`
	Issued     string `json:"issued,omitempty"`
	Expires    string `json:"expires,omitempty"`
}

// DateLayout is how dates are written.
const DateLayout = "2006-01-02"

// ReadHolder reads number and holder, which need no PIN.
func ReadHolder(card *cardos.Card, show bool) Holder {
	info := card.Info()
	out := Holder{Number: mask(info.Number.Text, show), Profile: info.Profile}
	eachHolder(card, func(h cardos.Holder) bool {
		if h.Surname+h.Name+h.TaxCode == "" {
			return false
		}
		place := h.BirthPlace
		if place == "" {
			place = h.BirthState
		}
		out.Surname, out.Name, out.TaxCode = mask(h.Surname, show), mask(h.Name, show), mask(h.TaxCode, show)
		out.Born, out.BirthPlace, out.Sex = maskAll(day(h.Born), show), maskAll(place, show), maskAll(h.Sex, show)
		out.Residence, out.Address = maskAll(h.ResidencePlace, show), maskAll(h.Address, show)
		out.Issuer, out.Issued, out.Expires = h.Issuer, day(h.Issued), day(h.Expires)
		return true
	})
	return out
}

// holderName returns name and surname of the holder, "" where the card does not
// report them.
func holderName(card *cardos.Card, show bool) (name string) {
	eachHolder(card, func(h cardos.Holder) bool {
		if h.Surname+h.Name == "" {
			return false
		}
		name = mask(h.Surname, show) + " " + mask(h.Name, show)
		return true
	})
	return name
}

// eachHolder reads the files with holder data until one is good enough.
func eachHolder(card *cardos.Card, good func(cardos.Holder) bool) {
	for _, f := range card.DataFiles() {
		if !f.Holder {
			continue
		}
		data, err := card.ReadDataFile(f)
		if err != nil {
			continue
		}
		if h, err := cardos.ParseHolder(data); err == nil && good(h) {
			return
		}
	}
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(DateLayout)
}

const masked = "••••"

// mask hides a personal text but for the first character of each word: "ROSSI"
// becomes "R••••". With show it hides nothing.
func mask(s string, show bool) string {
	if show || s == "" {
		return s
	}
	fields := strings.Fields(s)
	for i, f := range fields {
		fields[i] = string([]rune(f)[:1]) + masked
	}
	return strings.Join(fields, " ")
}

// maskAll hides a text of which even the first character tells too much.
func maskAll(s string, show bool) string {
	if show || s == "" {
		return s
	}
	return masked
}
