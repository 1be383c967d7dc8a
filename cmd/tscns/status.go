// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"tscns/cardos"
	"tscns/cmd/internal/cardinfo"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/console"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/revocation"
)

func (a *app) statusCommand() *cobra.Command {
	c := a.command("status", help{message.Verbatim("[--show] [--online] [--json]"), message.HelpStatus, message.HelpStatusLong})
	asJSON, show := a.jsonFlag(c), a.showFlag(c)
	online := c.Flags().Bool("online", false, a.Text(message.FlagOnline))
	c.RunE = func(*cobra.Command, []string) error {
		done := a.Progress(message.ReadingCard)
		st := cardinfo.Read(a.service(), cards.Fresh(a.cards), version, *show)
		done()
		if *online {
			st.CheckRevocation(a.askRevocation)
		}
		if !st.Good() {
			a.code = exit.NotGood
		}
		if *asJSON {
			a.writeJSON(st)
			return nil
		}
		a.printStatus(st)
		return nil
	}
	return c
}

func (a *app) printStatus(st *cardinfo.Status) {
	switch {
	case st.Failure != nil:
		fmt.Fprintln(a.Out, a.Language.Sentence(st.Failure.Message))
		a.next("", st.Failure.Cure)
		a.trace(st.Failure.Message.Cause())
	case len(st.Readers) == 0:
		fmt.Fprintln(a.Out, a.Language.Sentence(message.NoReader))
		a.next("", message.CureNoReader)
	}
	for _, r := range st.Readers {
		fmt.Fprintf(a.Out, "%-*s %s\n", a.labelWidth()+len("  "), a.Text(message.LabelReader), r.Name)
		if r.Failure != nil {
			a.row(message.LabelCard, r.Failure.Message)
			a.next(strings.Repeat(" ", a.labelWidth()-1), r.Failure.Cure)
			a.trace(r.Failure.Message.Cause())
		} else {
			a.printCard(r.Card)
		}
	}
}

// next prints a next step under the line that it belongs to.
func (a *app) next(indent string, cure message.Message) {
	if !cure.IsZero() {
		fmt.Fprintf(a.Out, "%s    → %s\n", indent, a.Text(cure))
	}
}

// row prints a line about a card: its label, then its value.
func (a *app) row(label, value message.Message, args ...any) {
	fmt.Fprintf(a.Out, "  %-*s %s\n", a.labelWidth(), a.Text(label), a.Text(value, args...))
}

// labelWidth is the width of the labels of a card in the person's language.
func (a *app) labelWidth() int {
	return a.width(message.LabelCard, message.LabelInterface, message.LabelEvidence, message.LabelNote, message.LabelHolder, message.LabelNumber,
		message.LabelCertificate, message.LabelPINTries, message.LabelPUKTries, message.LabelPINPad, message.LabelActive, message.LabelState)
}

// width is the width of the widest of some labels, in letters.
func (a *app) width(labels ...message.Message) (width int) {
	for _, l := range labels {
		width = max(width, utf8.RuneCountInString(a.Text(l)))
	}
	return width
}

// certificateRow prints a line about a certificate.
func (a *app) certificateRow(label message.Message, value string) {
	width := a.width(message.IssuedBy, message.LabelValid, message.LabelPolicy, message.LabelKey)
	fmt.Fprintf(a.Out, "    %-*s %s\n", width, a.Text(label), value)
}

func (a *app) printCard(c *cardinfo.Card) {
	a.row(message.LabelCard, message.CardProfile, c.Profile, c.Family)
	if c.Contactless {
		a.row(message.LabelInterface, message.Contactless)
	}
	a.row(message.LabelEvidence, message.Evidence, cardinfo.Grade(c.Evidence))
	if c.Evidence == cardos.Unknown {
		a.row(message.LabelNote, message.StatusUnproven)
	}
	if c.Holder == "" {
		a.row(message.LabelHolder, message.StatusHolderUnread)
	} else {
		a.row(message.LabelHolder, message.Verbatim(c.Holder))
	}
	if c.Number != "" {
		a.row(message.LabelNumber, message.Verbatim(c.Number))
	}
	for _, cert := range c.Certificates {
		a.printCertificate(cert)
	}
	for _, f := range c.Missing {
		a.row(message.LabelCertificate, message.Verbatim("%s; %s"), f.Text, f.Cure)
	}
	a.row(message.LabelPINTries, cardinfo.TriesText(c.PINTries, c.PINTriesMax))
	a.row(message.LabelPUKTries, cardinfo.TriesText(c.PUKTries, 0))
	if u := c.Unproven; u != nil {
		left := message.PINTriesNotTold
		if u.TriesLeft != nil {
			left = message.Verbatim(fmt.Sprint(*u.TriesLeft))
		}
		a.row(message.LabelNote, message.StatusPINStopped, left)
	}
	if c.PINPad {
		a.row(message.LabelPINPad, message.StatusPINPad)
	}
	a.printActive(c)
}

// printActive prints whether the TS-CNS is active, what is in the way, or that
// only its PIN could tell.
func (a *app) printActive(c *cardinfo.Card) {
	switch {
	case c.Active == nil:
		a.row(message.LabelState, message.StatusCertificateThere, a.Paint(console.Green, a.Text(message.StatusCertificateValid)))
		return
	case *c.Active:
		a.row(message.LabelActive, message.Verbatim(a.Paint(console.Green, a.Text(message.Yes))))
		return
	}
	var why []string
	for _, o := range c.Obstacles {
		why = append(why, a.Text(cardinfo.Obstacle(o)))
	}
	a.row(message.LabelActive, message.Verbatim(a.Paint(console.Red, a.Text(message.No))+": "+strings.Join(why, "; ")))
}

func (a *app) printCertificate(c cardinfo.Certificate) {
	subject := message.Verbatim(c.Subject)
	if c.Subject == "" {
		subject = message.StatusNoSubject
	}
	a.row(message.LabelCertificate, subject)
	a.certificateRow(message.IssuedBy, c.Issuer)
	valid := a.validity(c)
	if finding.Worst(c.Judgement) < finding.Failure {
		valid += ", " + a.Text(message.DaysLeft, c.DaysLeft)
	}
	a.certificateRow(message.LabelValid, valid)
	policy := message.NoCNSPolicy
	if c.CNSPolicy {
		policy = message.CNSPolicy
	}
	a.certificateRow(message.LabelPolicy, a.Text(policy))
	a.certificateRow(message.LabelKey, a.Text(c.KeyText()))
	a.printFindings("    ", c.Judgement)
	if c.Revocation != nil {
		a.printRevocation(revocation.Findings(*c.Revocation))
	}
}

// printRevocation prints what is well: printFindings had the rest.
func (a *app) printRevocation(findings []finding.Finding) {
	for _, f := range findings {
		if f.State < finding.Warning {
			fmt.Fprintf(a.Out, "    %s %s\n", a.mark(f.State), a.Text(f.Text))
		}
	}
}

// printFindings prints what is wrong, and what to do about it.
func (a *app) printFindings(indent string, findings []finding.Finding) {
	for _, f := range findings {
		if f.State >= finding.Warning {
			fmt.Fprintf(a.Out, "%s%s %s\n%s    → %s\n", indent, a.mark(f.State), a.Text(f.Text), indent, a.Text(f.Cure))
		}
	}
}

// validity returns the dates of a certificate.
func (a *app) validity(c cardinfo.Certificate) string {
	return a.Text(message.ValidFromTo, message.Date(c.NotBefore), message.Date(c.NotAfter))
}
