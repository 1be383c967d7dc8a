// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tscns/cardos"
	"tscns/cmd/internal/cardinfo"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/console"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/judgement"
	"tscns/cmd/internal/message"
)

func (a *app) certCommand() *cobra.Command {
	return a.group("cert", help{message.Verbatim("list|export"), message.HelpCert, message.Message{}},
		a.certListCommand(), a.certExportCommand())
}

func (a *app) certListCommand() *cobra.Command {
	c := a.command("list", help{message.Verbatim("[--show] [--json]"), message.HelpCertList, message.Message{}})
	return a.readsCard(c, func(card *cardos.Card, show, asJSON bool) {
		list := cardinfo.Certificates(card, show, time.Now())
		if len(list) == 0 {
			a.code = exit.NotGood
		}
		if asJSON {
			a.writeJSON(list)
			return
		}
		if len(list) == 0 {
			a.complainOfCertificate(card)
		}
		width := a.width(message.LabelSubject, message.LabelIssuer, message.LabelValid, message.LabelKey)
		for _, cert := range list {
			fmt.Fprintf(a.Out, "%s (id %s)\n", cert.Label, cert.ID)
			for _, row := range []struct {
				label message.Message
				value string
			}{
				{message.LabelSubject, cert.Subject},
				{message.LabelIssuer, cert.Issuer},
				{message.LabelValid, a.validity(cert.Certificate)},
				{message.LabelKey, a.Text(cert.KeyText())},
			} {
				fmt.Fprintf(a.Out, "  %-*s %s\n", width, a.Text(row.label), row.value)
			}
			a.printFindings("  ", cert.Judgement)
		}
	})
}

// complainOfCertificate says why a card lists no certificate.
func (a *app) complainOfCertificate(card *cardos.Card) {
	place, err := card.CertificatePlace(cardos.Authentication)
	if err != nil {
		a.fail(err)
		return
	}
	for _, f := range judgement.Missing(place, card.Info().Grade) {
		a.explain(&cards.Error{Message: f.Text, Cure: f.Cure, Code: exit.NotGood})
	}
}

func (a *app) certExportCommand() *cobra.Command {
	c := a.command("export", help{message.UseOptions, message.HelpCertExport, message.HelpCertExportLong})
	f := c.Flags()
	asDER := f.Bool("der", false, a.Text(message.FlagDER))
	id := f.String("id", "", a.Text(message.FlagID))
	output := f.String("output", "", a.Text(message.FlagCertOutput))
	reader := a.readerFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		card, done := a.openCard(*reader)
		if card == nil {
			return nil
		}
		defer done()
		for _, cert := range cardinfo.Certificates(card, true, time.Now()) {
			if *id != "" && cert.ID != *id {
				continue
			}
			b := cert.DER
			if !*asDER {
				b = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.DER})
			}
			return a.deliver(b, *output)
		}
		a.complain(exit.NotGood, message.NoSuchCertificate)
		return nil
	}
	return c
}

// deliver writes to a new file, or to the output.
func (a *app) deliver(b []byte, file string) error {
	if file == "" {
		if _, err := console.Raw(a.Out).Write(b); err != nil { // DER is not text
			a.complain(exit.NotGood, message.OutputNotWritten.With(finding.Why(err)).Because(err))
		}
		return nil
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err == nil {
		_, err = f.Write(b)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		a.complain(exit.NotGood, message.NotWritten.With(file, finding.Why(err)).Because(err))
		return nil
	}
	fmt.Fprintln(a.Err, file)
	return nil
}
