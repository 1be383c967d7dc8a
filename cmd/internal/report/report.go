// SPDX-License-Identifier: Apache-2.0

// Package report records what a card answers, replaces what says who its holder
// is, and writes a transcript that the tests of this project replay. What it
// does not understand it leaves out. A PIN is never recorded.
package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"tscns/cardos"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/console"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/judgement"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/pin"
)

// Options are those of tscns report.
type Options struct {
	Login  bool   // also log in with a PIN that the person types, and sign a text of this package
	Probe  bool   // also ask what the driver does not need, when the person agrees
	Output string // the file to write; it must not exist
	// PublicKey keeps the card's public key and the signature that it made.
	PublicKey bool
	Reader    string // by name; "" for the first with a card
	Version   string // of this command, for the head of the transcript
	// PINRecords are those of the library.
	PINRecords cardos.PINRecords
}

// reporter is one run of tscns report.
type reporter struct {
	*console.Console
	options Options
	record  *recording
	cleaner *cleaner
	head    []string // goes into the transcript
	reader  string
	card    *cardos.Card
	failure bool
}

// Run records a card, shows what it recorded and writes it where the person
// agrees. It returns an exit code of package exit.
func Run(o Options, person *console.Console, connect cards.Connect) int {
	r := &reporter{Console: person, options: o, cleaner: &cleaner{keys: keys{keep: o.PublicKey}}}
	r.Say(message.ReportIntro)
	transport, err := connect()
	if err != nil {
		r.explain(cards.Explain(err))
		return exit.NotGood
	}
	defer transport.Close()
	r.record = &recording{Transport: transport}
	if !r.findReader(o.Reader) {
		return exit.NotGood
	}
	r.headline("Recorded by tscns report, version %s.", o.Version)
	r.read()
	if r.card != nil {
		defer r.card.Close()
	}
	if o.Login {
		r.login()
	}
	if o.Probe {
		r.probe()
	}
	return r.finish(o.Output)
}

// explain says why something failed, and what to do about it.
func (r *reporter) explain(e *cards.Error) {
	fmt.Fprintln(r.Out, r.Language.Sentence(e.Message))
	if !e.Cure.IsZero() {
		fmt.Fprintf(r.Out, "    → %s\n", r.Text(e.Cure))
	}
}

// ask puts a question without ending its line.
func (r *reporter) ask(m message.Message, args ...any) { fmt.Fprint(r.Out, r.Text(m, args...)) }

// findReader takes the reader named, or the first with a card.
func (r *reporter) findReader(name string) bool {
	readers, err := r.record.Readers()
	if err != nil {
		r.explain(cards.Explain(err))
		return false
	}
	for _, s := range readers {
		if s.Present && !s.Mute && (name == "" || s.Name == name) {
			r.reader = s.Name
			return true
		}
	}
	if len(readers) == 0 {
		r.explain(&cards.Error{Message: message.NoReader, Cure: message.CureNoReader})
	} else {
		r.Say(message.ReportNoCard)
	}
	return false
}

func (r *reporter) headline(format string, args ...any) {
	r.head = append(r.head, fmt.Sprintf(format, args...))
}

// read identifies the card and reads what needs no PIN.
func (r *reporter) read() {
	r.record.part("Identification and reading")
	card, err := cards.Open(r.record, r.reader, cardos.Options{PINRecords: r.options.PINRecords})
	if err != nil {
		r.headline("Not recognised: %s.", outcome(err))
		r.sayUnrecognised(err)
		r.failure = true
		return
	}
	r.card = card
	info := card.Info()
	r.headline("Driven as %s (family %s). Names, numbers, days and signatures", info.Profile, info.Family)
	r.headline("are made up, at the same length; \"?\" was left out, being not understood.")
	if r.options.PublicKey {
		r.headline("The public key and its signature are the card's.")
	} else {
		r.headline("So are the public key and its signature.")
	}
	r.Say(message.Verbatim("  %-11s %s"), message.LabelCard, message.CardProfile.With(info.Profile, info.Family))
	identities, err := card.Identities()
	if err != nil {
		r.headline("Reading the certificates failed: %s.", outcome(err))
		r.failure = true
		return
	}
	keys := 0
	for _, id := range identities {
		keys += len(id.Keys)
	}
	r.headline("Certificates found: %d.", keys)
	if place, err := card.CertificatePlace(cardos.Authentication); err == nil {
		for _, f := range judgement.Missing(place, info.Grade) {
			r.headline("For authentication: %s.", f.Text.In(message.English))
		}
	}
	for _, f := range card.DataFiles() {
		if _, err := card.ReadDataFile(f); err != nil {
			r.headline("%s: %s.", f.Label, outcome(err))
		}
	}
}

// sayUnrecognised says why the driver does not use the card.
func (r *reporter) sayUnrecognised(err error) {
	if errors.Is(err, cardos.ErrNotRecognized) {
		r.Say(message.ReportUnrecognised)
		return
	}
	r.explain(cards.Explain(err))
}

// login presents a PIN that the person types, and signs a text of our own.
func (r *reporter) login() {
	if r.card == nil {
		return
	}
	identities, err := r.card.Identities()
	if err != nil || len(identities) == 0 {
		return
	}
	if u := r.card.Unproven(0); u.Stopped {
		r.sayOutcome(&cardos.UnprovenError{Tries: u.Tries}, message.Message{})
		return
	}
	if !r.mayTry() {
		return
	}
	r.ask(message.ReportPromptPIN)
	typed, err := r.Secret()
	defer typed.Free()
	secret := cardos.Secret(typed.Bytes())
	fmt.Fprintln(r.Out)
	if err != nil || len(secret) == 0 {
		r.Say(message.ReportNoPIN)
		return
	}
	if r.card.CheckPIN(0, secret) != nil {
		r.Say(message.ReportBadPIN)
		return
	}
	r.record.part("Login")
	err = r.card.VerifyPIN(0, secret)
	typed.Free()
	r.headline("Login: %s.", outcome(err))
	r.sayOutcome(err, message.ReportLoggedIn)
	if err != nil {
		return
	}
	defer func() { _ = r.card.Forget() }()
	for i := range identities[0].Keys {
		r.record.part("Signature of a text of this program")
		err := r.sign(&identities[0].Keys[i])
		r.headline("Signature with %q: %s.", identities[0].Keys[i].Label, outcome(err))
		r.sayOutcome(err, message.ReportSigned)
	}
}

// mayTry says what is known of the tries, and reports whether one may be used
// here: never the last, and only where somebody can type.
func (r *reporter) mayTry() bool {
	left, puk, err := r.card.QueryTries(0)
	switch {
	case err != nil:
		r.explain(cards.Explain(err))
		return false
	case left.Known && left.Left == 0:
		r.explain(pin.Blocked(pin.PIN, puk))
		return false
	case left.Known && left.Left == 1:
		r.explain(&cards.Error{Message: message.PINOneTry, Cure: message.CurePINOneTryReport})
		return false
	case !r.CanType():
		fmt.Fprintln(r.Out, r.Language.Sentence(message.PINTerminalOnly))
		return false
	}
	m, _ := pin.MayTry(pin.PIN, left, false)
	r.Say(m)
	return true
}

// outcome is what a transcript says of a step. An error may quote what the card
// answered, so only what kind it is of is written.
func outcome(err error) string {
	if err == nil {
		return "done"
	}
	var refused *cardos.PINError
	var unproven *cardos.UnprovenError
	switch {
	case errors.As(err, &unproven):
		return unproven.Error()
	case errors.As(err, &refused):
		return refused.Error()
	}
	for _, known := range cardos.Sentinels() {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "an error of another kind"
}

// sayOutcome prints the outcome of a step.
func (r *reporter) sayOutcome(err error, done message.Message) {
	switch {
	case err == nil:
		r.Say(done)
	case errors.Is(err, cardos.ErrNoKnownForm):
		r.Say(message.ReportNoKnownForm)
	default:
		r.explain(pin.Explain(err, pin.PIN))
	}
}

// sign has the card sign with PKCS #1 v1.5 padding (RFC 8017, 9.2), and is
// told by the driver whether the result fits the certificate.
func (r *reporter) sign(k *cardos.Key) error {
	_, err := r.card.SignPKCS1v15(k, digestInfo())
	return err
}

// probe asks the card what a driver does not need to ask.
func (r *reporter) probe() {
	fmt.Fprintln(r.Out)
	r.Say(message.ReportProbes)
	for _, p := range append(append([]probe{}, applicationProbes...), harmlessProbes...) {
		fmt.Fprintf(r.Out, "  %s  %s\n", p.command, p.asks)
	}
	if r.ask(message.ReportProbeAsk); !r.Agrees() {
		return
	}
	word := r.Text(message.RiskWord)
	r.ask(message.ReportRisk, word)
	tries := strings.EqualFold(r.ReadLine(), word)
	if err := runProbes(r.record, r.reader, tries); err != nil {
		r.headline("Probes: %s.", outcome(err))
		r.explain(cards.Explain(err))
	}
}

// finish masks, shows and, if wanted, writes.
func (r *reporter) finish(output string) int {
	atr := r.cleaner.clean(r.record)
	var text bytes.Buffer
	r.record.write(&text, r.head, atr)
	if r.cleaner.leak(r.record, text.Bytes()) {
		r.Say(message.ReportLeak)
		return exit.NotGood
	}
	fmt.Fprintf(r.Out, "\n%s\n\n", r.Text(message.ReportShow))
	_, _ = r.Out.Write(text.Bytes())
	fmt.Fprintln(r.Out)
	if r.ask(message.ReportSave, output); !r.Agrees() {
		r.Say(message.ReportNotSaved)
		return exit.OK
	}
	f, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = f.Write(text.Bytes())
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		r.explain(&cards.Error{Message: message.NotWritten.With(output, finding.Why(err))})
		return exit.NotGood
	}
	r.Say(message.ReportSaved, output)
	if r.failure {
		return exit.NotGood
	}
	return exit.OK
}
