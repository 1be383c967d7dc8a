// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	"github.com/spf13/cobra"

	"tscns/cardos"
)

// holderCard is what tscns card tells; its JSON form is the --json output.
// Without --show every value but codes of administrations is masked.
type holderCard struct {
	Number     string `json:"number"`
	Profile    string `json:"profile"`
	Surname    string `json:"surname,omitempty"`
	Name       string `json:"name,omitempty"`
	TaxCode    string `json:"taxCode,omitempty"`
	Born       string `json:"born,omitempty"` // 2006-01-02, as all dates
	BirthPlace string `json:"birthPlace,omitempty"`
	Sex        string `json:"sex,omitempty"`
	Residence  string `json:"residence,omitempty"`
	Address    string `json:"address,omitempty"`
	Issuer     string `json:"issuer,omitempty"`
	Issued     string `json:"issued,omitempty"`
	Expires    string `json:"expires,omitempty"`
}

func (a *app) cardCommand() *cobra.Command {
	c := a.command("card", cardTexts)
	asJSON, show, reader := a.jsonFlag(c), a.showFlag(c), a.readerFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		card, _, done := a.openCard(*reader)
		if card == nil {
			return nil
		}
		defer done()
		h := readHolder(card, *show)
		if *asJSON {
			return writeJSON(a.out, h)
		}
		h.writeText(a)
		if h.Surname == "" && h.TaxCode == "" {
			a.complain(exitNotGood, text{"the card does not tell its holder", "la tessera non dice il titolare"})
		}
		return nil
	}
	return c
}

// readHolder reads number and holder, which need no PIN.
func readHolder(card *cardos.Card, show bool) holderCard {
	info := card.Info()
	hc := holderCard{Number: mask(info.Serial, show), Profile: info.Profile}
	for _, f := range card.DataFiles() {
		if !f.Holder {
			continue
		}
		data, err := card.ReadDataFile(f)
		if err != nil {
			continue
		}
		h, err := cardos.ParseHolder(data)
		if err != nil || h.Surname+h.Name+h.TaxCode == "" {
			continue
		}
		place := h.BirthPlace
		if place == "" {
			place = h.BirthState
		}
		hc.Surname, hc.Name, hc.TaxCode = mask(h.Surname, show), mask(h.Name, show), mask(h.TaxCode, show)
		hc.Born, hc.BirthPlace, hc.Sex = maskAll(day(h.Born), show), maskAll(place, show), maskAll(h.Sex, show)
		hc.Residence, hc.Address = maskAll(h.ResidencePlace, show), maskAll(h.Address, show)
		hc.Issuer, hc.Issued, hc.Expires = h.Issuer, day(h.Issued), day(h.Expires)
		break
	}
	return hc
}

// maskAll hides a text of which even the first character tells too much.
func maskAll(s string, show bool) string {
	if show || s == "" {
		return s
	}
	return "••••"
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(dateLayout)
}

func (h holderCard) writeText(a *app) {
	for _, row := range []struct {
		name  text
		value string
	}{
		{text{"Card", "Tessera"}, h.Profile},
		{text{"Number", "Numero"}, h.Number},
		{text{"Surname", "Cognome"}, h.Surname},
		{text{"Name", "Nome"}, h.Name},
		{text{"Tax code", "Codice fiscale"}, h.TaxCode},
		{text{"Born", "Nascita"}, h.Born},
		{text{"Birth place", "Luogo di nascita"}, h.BirthPlace},
		{text{"Sex", "Sesso"}, h.Sex},
		{text{"Residence", "Residenza"}, h.Residence},
		{text{"Address", "Indirizzo"}, h.Address},
		{text{"Issued by", "Emessa da"}, h.Issuer},
		{text{"Issued on", "Emessa il"}, h.Issued},
		{text{"Expires on", "Scade il"}, h.Expires},
	} {
		if row.value != "" {
			a.say(text{"%-18s%s", "%-18s%s"}, a.lang.of(row.name), row.value)
		}
	}
}

var cardTexts = helpTexts{
	use:   text{"[--show] [--json]", "[--show] [--json]"},
	short: text{"The card's number and its holder, without a PIN", "Il numero della tessera e il titolare, senza PIN"},
	long: text{`Shows the number of the card and what it tells of its holder. Towns and administrations are given by their codes,
as the card has them. Sends no PIN.`,
		`Mostra il numero della tessera e ciò che dice del titolare. Comuni ed enti sono dati con i loro codici, come stanno
sulla tessera. Non invia il PIN.`},
}
