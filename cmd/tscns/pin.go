// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tscns/cardos"
	"tscns/cmd/internal/cardinfo"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/pin"
	"tscns/cmd/internal/pinflow"
)

func (a *app) pinCommand() *cobra.Command {
	return a.group("pin", help{message.Verbatim("change|unblock|verify|tries"), message.HelpPIN, message.Message{}},
		a.pinChangeCommand(), a.pinUnblockCommand(), a.pinVerifyCommand(), a.pinTriesCommand())
}

func (a *app) pinChangeCommand() *cobra.Command {
	c := a.command("change", help{message.UseOptions, message.HelpPINChange, message.HelpPINChangeLong})
	f := a.pinFlags(c, true)
	c.Flags().BoolVar(f.keyboard, "keyboard", false, a.Text(message.FlagKeyboard))
	c.Run = func(*cobra.Command, []string) { a.withPIN(f, func(d *pinDialogue) { d.end(d.Change()) }) }
	return c
}

func (a *app) pinUnblockCommand() *cobra.Command {
	c := a.command("unblock", help{message.UseOptions, message.HelpPINUnblock, message.HelpPINUnblockLong})
	f := a.pinFlags(c, true)
	c.Run = func(*cobra.Command, []string) { a.withPIN(f, func(d *pinDialogue) { d.end(d.Unblock()) }) }
	return c
}

func (a *app) pinVerifyCommand() *cobra.Command {
	c := a.command("verify", help{message.UseOptions, message.HelpPINVerify, message.HelpPINVerifyLong})
	f := a.pinFlags(c, true)
	c.Flags().BoolVar(f.keyboard, "keyboard", false, a.Text(message.FlagKeyboard))
	c.Run = func(*cobra.Command, []string) { a.withPIN(f, func(d *pinDialogue) { d.end(d.Verify()) }) }
	return c
}

func (a *app) pinTriesCommand() *cobra.Command {
	c := a.command("tries", help{message.Verbatim("[--ask] [--json]"), message.HelpPINTries, message.HelpPINTriesLong})
	f := a.pinFlags(c, false)
	asJSON := a.jsonFlag(c)
	ask := c.Flags().Bool("ask", false, a.Text(message.FlagAsk))
	c.Run = func(*cobra.Command, []string) { a.withPIN(f, func(d *pinDialogue) { d.tries(*ask, *asJSON) }) }
	return c
}

type pinFlags struct {
	reader             *string
	signature, lastTry *bool
	keyboard           *bool
}

// pinFlags adds the options of a command; one that risks a try has --last-try.
func (a *app) pinFlags(c *cobra.Command, risky bool) (f pinFlags) {
	f.reader = a.readerFlag(c)
	f.signature = c.Flags().Bool("signature", false, a.Text(message.FlagSignature))
	f.lastTry, f.keyboard = new(bool), new(bool)
	if risky {
		c.Flags().BoolVar(f.lastTry, "last-try", false, a.Text(message.FlagLastTry))
	}
	return f
}

// pinDialogue is the conversation with a person about one PIN of one card.
type pinDialogue struct {
	*app
	pinflow.Flow
}

// withPIN opens the card and runs a dialogue about a PIN. Afterwards the card is
// as before: a PIN that was accepted is not left in force.
func (a *app) withPIN(f pinFlags, do func(*pinDialogue)) {
	card, done := a.openCard(*f.reader)
	if card == nil {
		return
	}
	defer done()
	defer func() { _ = card.Forget() }()
	purpose := cardos.Authentication
	if *f.signature {
		purpose = cardos.DigitalSignature
	}
	identity, spec, err := pinflow.Find(card, purpose)
	if err != nil {
		a.fail(err)
		return
	}
	do(&pinDialogue{app: a, Flow: pinflow.Flow{Asker: &terminal{app: a}, Card: card, Identity: identity, PIN: spec,
		LastTry: *f.lastTry, Keypad: !*f.keyboard}})
}

// end prints how an operation ended.
func (d *pinDialogue) end(o pinflow.Outcome) {
	if o.Failure == nil {
		d.Say(o.Done)
		return
	}
	d.explain(o.Failure)
	if !o.Further.IsZero() {
		fmt.Fprintf(d.Err, "    %s\n", d.Text(o.Further))
	}
}

// triesJSON is the --json output of tscns pin tries; null is not known.
type triesJSON struct {
	PIN *int `json:"pinTries"`
	PUK *int `json:"pukTries"`
}

func (d *pinDialogue) tries(ask, asJSON bool) {
	pinTries, pukTries, err := d.Card.QueryTries(d.Identity)
	if err != nil {
		d.fail(err)
		return
	}
	if !pinTries.Known && ask {
		if failure := d.KnowsForm(); failure != nil {
			d.explain(failure)
			return
		}
		if !d.acceptRisk() {
			return
		}
		if pinTries, err = d.Card.AskTries(d.Identity); err != nil {
			d.explain(pin.Explain(err, pin.PIN))
			return
		}
	}
	left := triesJSON{cardinfo.Known(pinTries), cardinfo.Known(pukTries)}
	if d.Card.Exhausted(d.Identity) {
		left.PIN = new(int)
	}
	if asJSON {
		d.writeJSON(left)
		return
	}
	fmt.Fprintf(d.Out, "PIN: %s\nPUK: %s\n", d.Text(cardinfo.TriesText(left.PIN, pinTries.Max)), d.Text(cardinfo.TriesText(left.PUK, 0)))
}

// acceptRisk says what the question may cost; the person types a word to go on.
func (d *pinDialogue) acceptRisk() bool {
	word := d.Text(message.RiskWord)
	fmt.Fprint(d.Err, d.Text(message.PINRisk, word))
	if strings.EqualFold(d.ReadLine(), word) {
		return true
	}
	d.complain(exit.Unsafe, message.NotAsked)
	return false
}
