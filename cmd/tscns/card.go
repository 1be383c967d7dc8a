// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tscns/cardos"
	"tscns/cmd/internal/cardinfo"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
)

func (a *app) cardCommand() *cobra.Command {
	c := a.command("card", help{message.Verbatim("[--show] [--json]"), message.HelpCard, message.HelpCardLong})
	return a.readsCard(c, func(card *cardos.Card, show, asJSON bool) {
		h := cardinfo.ReadHolder(card, show)
		if asJSON {
			a.writeJSON(h)
			return
		}
		a.printHolder(h)
		if h.Surname == "" && h.TaxCode == "" {
			a.complain(exit.NotGood, message.CardNoHolder)
		}
	})
}

// readsCard gives a command the options of those that read one card, and the
// card to read.
func (a *app) readsCard(c *cobra.Command, read func(card *cardos.Card, show, asJSON bool)) *cobra.Command {
	asJSON, show, reader := a.jsonFlag(c), a.showFlag(c), a.readerFlag(c)
	c.Run = func(*cobra.Command, []string) {
		if card, done := a.openCard(*reader); card != nil {
			defer done()
			read(card, *show, *asJSON)
		}
	}
	return c
}

func (a *app) printHolder(h cardinfo.Holder) {
	for _, row := range []struct {
		label message.Message
		value string
	}{
		{message.LabelCard, h.Profile},
		{message.LabelNumber, h.Number},
		{message.LabelSurname, h.Surname},
		{message.LabelName, h.Name},
		{message.LabelTaxCode, h.TaxCode},
		{message.LabelBorn, a.day(h.Born)},
		{message.LabelBirthPlace, h.BirthPlace},
		{message.LabelSex, h.Sex},
		{message.LabelResidence, h.Residence},
		{message.LabelAddress, h.Address},
		{message.LabelIssuedBy, h.Issuer},
		{message.LabelIssuedOn, a.day(h.Issued)},
		{message.LabelExpiresOn, a.day(h.Expires)},
	} {
		if row.value != "" {
			fmt.Fprintf(a.Out, "%-18s%s\n", a.Text(row.label), row.value)
		}
	}
}

// day returns a date as people write it; one that is masked as it is.
func (a *app) day(date string) string {
	if t, err := time.Parse(cardinfo.DateLayout, date); err == nil {
		return message.Date(t).In(a.Language)
	}
	return date
}
