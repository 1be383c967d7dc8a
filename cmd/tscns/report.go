// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"tscns/cmd/internal/message"
	"tscns/cmd/internal/report"
)

func (a *app) reportCommand() *cobra.Command {
	c := a.command("report", help{message.UseOptions, message.HelpReport, message.HelpReportLong})
	o := report.Options{Version: version}
	f := c.Flags()
	f.BoolVar(&o.Login, "login", false, a.Text(message.FlagReportLogin))
	f.BoolVar(&o.Probe, "probe", false, a.Text(message.FlagReportProbe))
	reader := a.readerFlag(c)
	f.BoolVar(&o.PublicKey, "public-key", false, a.Text(message.FlagReportPublicKey))
	f.StringVar(&o.Output, "output", "tscns-report.apdu", a.Text(message.FlagReportOutput))
	c.Run = func(*cobra.Command, []string) {
		o.Reader, o.PINRecords = *reader, a.cards.PINRecords
		a.code = report.Run(o, &a.Console, a.service())
	}
	return c
}
