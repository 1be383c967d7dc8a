// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"tscns/cardos"
	"tscns/cardos/profile"
)

// person is who runs the command: what they type, and how a PIN is typed
// unseen.
type person struct {
	in     *bufio.Reader
	secret func() ([]byte, error)
}

// reporter is one run of tscns report.
type reporter struct {
	person
	lang    lang
	out     io.Writer
	record  *recording
	masker  *masker
	head    []string // goes into the transcript
	reader  string
	card    *cardos.Card
	failure bool
}

type reportOptions struct {
	login, probe   bool
	output, reader string
}

func runReport(args []string, lang lang, p person, out, errs io.Writer, open func() (cardos.Transport, error)) int {
	var o reportOptions
	fs := flag.NewFlagSet("report", flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.Usage = func() { fmt.Fprint(errs, lang.text(msgUsage)) }
	fs.BoolVar(&o.login, "login", false, "")
	fs.BoolVar(&o.probe, "probe", false, "")
	fs.StringVar(&o.output, "output", "tscns-report.apdu", "")
	fs.StringVar(&o.reader, "reader", "", "")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitOK
		}
		return exitUsage
	}
	if fs.NArg() > 0 {
		fmt.Fprintf(errs, lang.text(msgUnknownCommand), fs.Arg(0))
		return exitUsage
	}
	r := &reporter{person: p, lang: lang, out: out, masker: &masker{}}
	r.say(msgReportIntro)
	transport, err := open()
	if err != nil {
		r.say(msgNoService)
		return exitNotGood
	}
	defer transport.Close()
	r.record = &recording{Transport: transport}
	if !r.findReader(o.reader) {
		return exitNotGood
	}
	return r.run(o)
}

func (r *reporter) say(m message, args ...any) { fmt.Fprintf(r.out, r.lang.text(m), args...) }

// ask puts a question and returns the answer, in small letters.
func (r *reporter) ask(m message, args ...any) string {
	r.say(m, args...)
	line, _ := r.in.ReadString('\n')
	return strings.ToLower(strings.TrimSpace(line))
}

func (r *reporter) yes(m message, args ...any) bool {
	switch r.ask(m, args...) {
	case "y", "yes", "s", "si", "sì":
		return true
	}
	return false
}

// findReader takes the reader named, or the first with a card.
func (r *reporter) findReader(name string) bool {
	readers, err := r.record.Readers()
	if err != nil {
		r.say(msgNoService)
		return false
	}
	for _, s := range readers {
		if s.Present && !s.Mute && (name == "" || s.Name == name) {
			r.reader = s.Name
			return true
		}
	}
	if len(readers) == 0 {
		r.say(msgNoReader)
	} else {
		r.say(msgReportNoCard)
	}
	return false
}

func (r *reporter) run(o reportOptions) int {
	r.headline("Recorded by tscns report, version %s.", version)
	r.read()
	if r.card != nil {
		defer r.card.Close()
	}
	if o.login {
		r.login()
	}
	if o.probe {
		r.probe()
	}
	return r.finish(o.output)
}

func (r *reporter) headline(format string, args ...any) {
	r.head = append(r.head, fmt.Sprintf(format, args...))
}

// read identifies the card and reads what needs no PIN.
func (r *reporter) read() {
	r.record.part("Identification and reading")
	card, err := profile.Open(r.record, r.reader, cardos.Options{})
	if err != nil {
		r.headline("Not recognised: %v.", err)
		r.say(msgReportUnrecognised, err)
		r.failure = true
		return
	}
	r.card = card
	info := card.Info()
	r.headline("Driven as %s (family %s). Names, numbers, dates and the authority's", info.Profile, info.Family)
	r.headline("signature are synthetic, of the same length; \"?\" was left out.")
	r.say(msgCard, info.Profile, info.Family)
	identities, err := card.Identities()
	if err != nil {
		r.headline("Reading the certificates failed: %v.", err)
		r.failure = true
		return
	}
	keys := 0
	for _, id := range identities {
		keys += len(id.Keys)
	}
	r.headline("Certificates found: %d.", keys)
	for _, f := range card.DataFiles() {
		if _, err := card.ReadDataFile(f); err != nil {
			r.headline("%s: %v.", f.Label, err)
		}
	}
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
	r.say(msgReportPIN)
	typed, err := r.secret()
	pin := cardos.Secret(typed)
	defer pin.Wipe()
	fmt.Fprintln(r.out)
	if err != nil || len(pin) == 0 {
		r.say(msgReportNoPIN)
		return
	}
	if r.card.CheckPIN(0, pin) != nil {
		r.say(msgReportBadPIN)
		return
	}
	r.record.part("Login")
	err = r.card.VerifyPIN(0, pin)
	r.headline("Login: %s.", outcome(err))
	r.sayOutcome(err, msgReportLoggedIn)
	if err != nil {
		return
	}
	defer r.card.Forget()
	for i := range identities[0].Keys {
		r.record.part("Signature of a text of this program")
		err := r.sign(&identities[0].Keys[i])
		r.headline("Signature with %q: %s.", identities[0].Keys[i].Label, outcome(err))
		r.sayOutcome(err, msgReportSigned)
	}
}

// outcome is what a transcript says of a step.
func outcome(err error) string {
	if err == nil {
		return "done"
	}
	return err.Error()
}

// sayOutcome puts the outcome of a step into plain words.
func (r *reporter) sayOutcome(err error, done message) {
	switch {
	case err == nil:
		r.say(done)
	case errors.Is(err, cardos.ErrNoKnownForm):
		r.say(msgNoKnownForm)
	case errors.Is(err, cardos.ErrPINBlocked):
		r.say(msgReportBlocked)
	case errors.Is(err, cardos.ErrPINIncorrect):
		r.say(msgReportWrongPIN)
	default:
		r.say(msgReportFailed, err)
	}
}

// reportText is what the card signs: nothing that could be used elsewhere.
const reportText = "tscns report: a test signature, of no document"

// sign has the card sign with PKCS #1 v1.5 padding (RFC 8017, 9.2), and is
// told by the driver whether the result fits the certificate.
func (r *reporter) sign(k *cardos.Key) error {
	digest := sha256.Sum256([]byte(reportText))
	info := append([]byte{0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
		0x05, 0x00, 0x04, 0x20}, digest[:]...)
	_, err := r.card.SignPKCS1v15(k, info)
	return err
}

// probe asks the card what a driver does not need to ask.
func (r *reporter) probe() {
	r.say(msgReportProbe)
	for _, p := range append(append([]probe{}, applicationProbes...), harmlessProbes...) {
		fmt.Fprintf(r.out, "  %s  %s\n", p.command, p.asks)
	}
	if !r.yes(msgReportProbeAsk) {
		return
	}
	word := r.lang.text(msgReportRiskWord)
	tries := r.ask(msgReportRisk, word) == strings.ToLower(word)
	if err := runProbes(r.record, r.reader, tries); err != nil {
		r.headline("Probes: %v.", err)
		r.say(msgReportFailed, err)
	}
}

// finish masks, shows and, if wanted, writes.
func (r *reporter) finish(output string) int {
	r.masker.mask(r.record)
	var text bytes.Buffer
	r.record.write(&text, r.head)
	if r.masker.leak(r.record, text.Bytes()) {
		r.say(msgReportLeak)
		return exitNotGood
	}
	r.say(msgReportShow)
	_, _ = r.out.Write(text.Bytes())
	if !r.yes(msgReportSave, output) {
		r.say(msgReportNotSaved)
		return exitOK
	}
	f, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = f.Write(text.Bytes())
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		r.say(msgReportFailed, err)
		return exitNotGood
	}
	r.say(msgReportSaved, output)
	if r.failure {
		return exitNotGood
	}
	return exitOK
}
