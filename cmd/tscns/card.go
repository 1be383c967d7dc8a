// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"tscns/cmd/internal/cardinfo"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
)

func (a *app) cardCommand() *cobra.Command {
	c := a.command("card", help{message.Verbatim("[--show] [--json]"), message.HelpCard, message.HelpCardLong})
	asJSON, show, reader := a.jsonFlag(c), a.showFlag(c), a.readerFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		card, done := a.openCard(*reader)
		if card == nil {
			return nil
		}
		defer done()
		h := cardinfo.ReadHolder(card, *show)
		if *asJSON {
			a.writeJSON(h)
			return nil
		}
		a.printHolder(h)
		if h.Surname == "" && h.TaxCode == "" {
			a.complain(exit.NotGood, message.CardNoHolder)
		}
		return nil
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
		{message.LabelBorn, h.Born},
		{message.LabelBirthPlace, h.BirthPlace},
		{message.LabelSex, h.Sex},
		{message.LabelResidence, h.Residence},
		{message.LabelAddress, h.Address},
		{message.LabelIssuedBy, h.Issuer},
		{message.LabelIssuedOn, h.Issued},
		{message.LabelExpiresOn, h.Expires},
	} {
		if row.value != "" {
			fmt.Fprintf(a.Out, "%-18s%s\n", a.Text(row.label), row.value)
		}
	}
}
