// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tscns/cardos"
	"tscns/cmd/internal/cardinfo"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/pin"
)

func (a *app) pinCommand() *cobra.Command {
	return a.group("pin", help{message.Verbatim("change|unblock|verify|tries"), message.HelpPIN, message.Message{}},
		a.pinChangeCommand(), a.pinUnblockCommand(), a.pinVerifyCommand(), a.pinTriesCommand())
}

func (a *app) pinChangeCommand() *cobra.Command {
	c := a.command("change", help{message.UseOptions, message.HelpPINChange, message.HelpPINChangeLong})
	f := a.pinFlags(c, true)
	c.Flags().BoolVar(f.keyboard, "keyboard", false, a.Text(message.FlagKeyboard))
	c.Run = func(*cobra.Command, []string) { a.withPIN(f, (*pinDialogue).change) }
	return c
}

func (a *app) pinUnblockCommand() *cobra.Command {
	c := a.command("unblock", help{message.UseOptions, message.HelpPINUnblock, message.HelpPINUnblockLong})
	f := a.pinFlags(c, true)
	c.Run = func(*cobra.Command, []string) { a.withPIN(f, (*pinDialogue).unblock) }
	return c
}

func (a *app) pinVerifyCommand() *cobra.Command {
	c := a.command("verify", help{message.UseOptions, message.HelpPINVerify, message.HelpPINVerifyLong})
	f := a.pinFlags(c, true)
	c.Flags().BoolVar(f.keyboard, "keyboard", false, a.Text(message.FlagKeyboard))
	c.Run = func(*cobra.Command, []string) { a.withPIN(f, (*pinDialogue).verify) }
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
	card     *cardos.Card
	identity int
	spec     cardos.PINSpec
	lastTry  bool // the person accepts to risk it
	keyboard bool // not the PIN pad of the reader
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
	identities, err := card.Identities()
	if err != nil {
		a.fail(err)
		return
	}
	purpose := cardos.Authentication
	if *f.signature {
		purpose = cardos.DigitalSignature
	}
	for i, id := range identities {
		if id.Purpose == purpose {
			do(&pinDialogue{app: a, card: card, identity: i, spec: id.PIN, lastTry: *f.lastTry, keyboard: *f.keyboard})
			return
		}
	}
	a.complain(exit.NotGood, message.NoSuchPIN)
}

// renewal is a way to a new PIN: with the old one, or with the PUK.
type renewal struct {
	secret pin.Secret
	ask    question
	done   message.Message
	tries  func(pin, puk cardos.Tries) cardos.Tries
	send   func(identity int, secret, next cardos.Secret) error
	onPad  func(identity int) error // nil: typed at the terminal
}

func (d *pinDialogue) change() {
	r := renewal{
		secret: pin.PIN, ask: d.pinQuestion(message.PromptPresentPIN), done: message.PINChanged,
		tries: func(pin, _ cardos.Tries) cardos.Tries { return pin },
		send:  d.card.ChangePIN,
	}
	if d.card.PINPad().Modify && !d.keyboard {
		r.onPad = d.card.ChangePINOnPad
	}
	d.renew(r)
}

func (d *pinDialogue) unblock() {
	d.renew(renewal{
		secret: pin.PUK, done: message.PINUnblocked,
		ask: ask(message.Verbatim("PUK (%s): "), d.card.CheckPUK,
			pin.Rule{Shortest: d.spec.PUKMinLength, Longest: d.spec.PUKMaxLength, Issued: true}),
		tries: func(_, puk cardos.Tries) cardos.Tries { return puk },
		send:  d.card.UnblockPIN,
	})
}

// verify asks for the PIN and sends it to the card once.
func (d *pinDialogue) verify() {
	how, ok := d.decide()
	if !ok {
		return
	}
	var err error
	if d.card.PINPad().Verify && !d.keyboard {
		d.Say(message.PINPadVerify)
		err = d.card.VerifyPINOnPad(d.identity)
	} else {
		secret, ok := d.typedPIN()
		defer secret.Free()
		if !ok {
			return
		}
		err = d.card.VerifyUnproven(d.identity, secret.Bytes(), how)
	}
	if err != nil {
		d.refused(err, pin.PIN)
		return
	}
	d.Say(message.PINVerified)
}

// decide says what is known of the tries. After a refusal in a form that the
// card has never accepted the person chooses how to go on, by a word.
func (d *pinDialogue) decide() (how cardos.Retry, ok bool) {
	u := d.card.Unproven(d.identity)
	left, puk, err := d.card.QueryTries(d.identity)
	if left.Known {
		u.Tries = left
	}
	switch {
	case err != nil:
		d.fail(err)
		return how, false
	case left.Known && left.Left == 0 && d.lastTry:
		d.Say(message.PINBlockedOnceMore)
		return cardos.NoRetry, true
	case left.Known && left.Left == 0:
		d.explain(pin.Blocked(pin.PIN, puk))
		return how, false
	case !u.Stopped:
		return cardos.NoRetry, d.mayTry(pin.PIN, left)
	case u.LastTry || left.Known && left.Left == 1:
		d.complain(exit.Unsafe, message.PINUnprovenLastTry)
		return how, false
	}
	same, other := d.Text(message.SameFormWord), d.Text(message.OtherFormWord)
	fmt.Fprint(d.Err, d.Text(message.PINUnprovenDecide, u.Refused, cards.TriesLeft(u.Tries), same, other))
	switch typed := d.ReadLine(); {
	case strings.EqualFold(typed, same):
		return cardos.SameForm, true
	case strings.EqualFold(typed, other):
		return cardos.OtherForm, true
	}
	d.complain(exit.Unsafe, message.PINNotSent)
	return how, false
}

// renew asks for the secret and twice for the new PIN, and sends them to the
// card once.
func (d *pinDialogue) renew(r renewal) {
	if !d.knowsForm() {
		return
	}
	pinTries, pukTries, err := d.card.QueryTries(d.identity)
	if err != nil {
		d.fail(err)
		return
	}
	left := r.tries(pinTries, pukTries)
	if left.Known && left.Left == 0 {
		d.explain(pin.Blocked(r.secret, pukTries))
		return
	}
	if !d.mayTry(r.secret, left) {
		return
	}
	if r.onPad != nil {
		d.Say(message.PINPadModify)
		d.finish(r, r.onPad(d.identity))
		return
	}
	secret, ok := d.secret(r.ask)
	defer secret.Free()
	if !ok {
		return
	}
	next, ok := d.newPIN(r.secret.Name, secret.Bytes())
	defer next.Free()
	if !ok {
		return
	}
	d.finish(r, r.send(d.identity, secret.Bytes(), next.Bytes()))
}

// finish says how a renewal ended.
func (d *pinDialogue) finish(r renewal, err error) {
	if err != nil {
		d.refused(err, r.secret)
		return
	}
	d.Say(r.done)
}

// refused says why a secret was not accepted, and the way on. Of a PIN that is
// now blocked that is the PUK, unless it is known to be blocked too.
func (d *pinDialogue) refused(err error, s pin.Secret) {
	if !errors.Is(err, cardos.ErrPINBlocked) || s.Name != pin.PIN.Name {
		d.explain(pin.Explain(err, s))
		return
	}
	_, puk, queryErr := d.card.QueryTries(d.identity)
	d.explain(pin.Blocked(s, puk))
	if queryErr == nil && puk.Known && puk.Left > 0 {
		fmt.Fprintf(d.Err, "    %s\n", d.Text(message.PINTriesLeft, pin.PUK.Name, puk.Left))
	}
}

// knowsForm reports whether the driver knows the commands for the PIN of this
// kind of card. Without secrets the question stays in the driver: no command
// is sent.
func (d *pinDialogue) knowsForm() bool {
	if errors.Is(d.card.ChangePIN(d.identity, nil, nil), cardos.ErrNoKnownForm) {
		d.explain(pin.Explain(cardos.ErrNoKnownForm, pin.PIN))
		return false
	}
	return true
}

// mayTry says what is known of the tries before one is risked, and reports
// whether it may be.
func (d *pinDialogue) mayTry(s pin.Secret, left cardos.Tries) bool {
	m, may := pin.MayTry(s, left, d.lastTry)
	if may {
		d.Say(m)
	} else {
		d.complain(exit.Unsafe, m)
	}
	return may
}

// triesJSON is the --json output of tscns pin tries; null is not known.
type triesJSON struct {
	PIN *int `json:"pinTries"`
	PUK *int `json:"pukTries"`
}

func (d *pinDialogue) tries(ask, asJSON bool) {
	pinTries, pukTries, err := d.card.QueryTries(d.identity)
	if err != nil {
		d.fail(err)
		return
	}
	if !pinTries.Known && ask {
		if !d.knowsForm() || !d.acceptRisk() {
			return
		}
		if pinTries, err = d.card.AskTries(d.identity); err != nil {
			d.explain(pin.Explain(err, pin.PIN))
			return
		}
	}
	left := triesJSON{cardinfo.Known(pinTries), cardinfo.Known(pukTries)}
	if d.card.Exhausted(d.identity) {
		left.PIN = new(int)
	}
	if asJSON {
		d.writeJSON(left)
		return
	}
	fmt.Fprintf(d.Out, "PIN: %s\nPUK: %s\n", d.Text(tries(left.PIN, pinTries.Max)), d.Text(tries(left.PUK, 0)))
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
