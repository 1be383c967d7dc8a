// SPDX-License-Identifier: Apache-2.0

// Command tscns shows a TS-CNS and what it reports, manages its PIN, makes the
// driver known to programs, and finds out what is wrong when it does not work.
package main

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"tscns/cardos"
	"tscns/cardos/pcsc"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/console"
	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/register"
	"tscns/cmd/internal/windows"
)

// version is set by build.sh from CHANGELOG.md.
var version = "dev"

// app is one run of the command: what it was given, and its exit code.
type app struct {
	console.Console
	connect cards.Connect
	root    string         // paths of the system are looked up below it
	cards   cardos.Options // with what cards are opened
	load    func(path string) (doctor.Library, error)
	windows windows.System // nil where there is no Windows
	// loadMinidriver is for Windows alone.
	loadMinidriver func(path string) error
	roots          *x509.CertPool // trusted for sites, nil for the system's
	online         *http.Client   // for --online, nil for one by the proxies of the environment
	getenv         func(string) string
	json           bool // --json was given
	code           int  // of package exit
}

func main() {
	if served, err := serveLoad(os.Args, os.Stdout); served {
		if err != nil {
			os.Exit(exit.NotGood)
		}
		os.Exit(exit.OK)
	}
	a := &app{
		Console: console.Standard(os.Getenv),
		connect: func() (cardos.Transport, error) { return pcsc.New(), nil },
		cards:   cards.Options(os.Getenv),
		load:    loadLibrary,
		windows: windows.Open(), loadMinidriver: loadMinidriver,
		getenv: os.Getenv,
	}
	os.Exit(a.run(os.Args[1:]))
}

// run executes one command line and returns the exit code.
func (a *app) run(args []string) int {
	root := a.commands()
	root.SetArgs(args)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	if err := root.Execute(); err != nil {
		fmt.Fprintf(a.Err, "tscns: %s\n%s\n", a.usageError(err), a.Text(message.TryHelp))
		return exit.Usage
	}
	return a.code
}

// service returns what connects to the smart card service of this computer.
func (a *app) service() cards.Connect {
	return cards.Service{Root: a.root, Getenv: a.getenv}.Connect(a.connect)
}

// complain prints a message to the error output and sets the exit code.
func (a *app) complain(code int, m message.Message, args ...any) {
	if len(args) > 0 {
		m = m.With(args...)
	}
	a.explain(&cards.Error{Message: m, Code: code})
}

// fail complains about an error of the service or of a card.
func (a *app) fail(err error) { a.explain(cards.Explain(err)) }

// explain prints what is wrong and the next step to the error output, and sets
// the exit code.
func (a *app) explain(e *cards.Error) {
	a.code = e.Code
	if a.json {
		a.json = false // one error, and none of writing it
		a.writeJSON(errorJSON{errorFields{finding.CodeOf(e.Message), a.Text(e.Message), a.Text(e.Cure)}})
	}
	fmt.Fprintf(a.Err, "tscns: %s\n", a.Text(e.Message))
	if !e.Cure.IsZero() {
		fmt.Fprintf(a.Err, "    → %s\n", a.Text(e.Cure))
	}
	a.trace(e.Message.Cause())
}

// errorJSON is what --json prints of an error.
type errorJSON struct {
	Error errorFields `json:"error"`
}

type errorFields struct {
	Code string `json:"code"` // whatever the language
	Text string `json:"text"`
	Cure string `json:"cure,omitempty"`
}

// trace prints [doctor.Technical] of an error to the error output where the
// library would write its trace there.
func (a *app) trace(cause error) {
	if t := doctor.Technical(cause); t != "" && a.getenv("TSCNS_TRACE") == "stderr" {
		fmt.Fprintf(a.Err, "tscns: trace: %s\n", doctor.Anonymise(t, register.HomeFrom(a.getenv).Dir))
	}
}

// openCard opens the card in the reader named, or in the only one that has a
// card. Where there is none it complains and returns nil. The caller closes
// card and transport by done.
func (a *app) openCard(name string) (card *cardos.Card, done func()) {
	transport, err := a.service()()
	if err != nil {
		a.fail(err)
		return nil, nil
	}
	finished := a.Progress(message.ReadingCard)
	card, _, err = cards.Pick(transport, name, a.cards)
	finished()
	if err != nil {
		transport.Close()
		a.fail(err)
		return nil, nil
	}
	return card, func() {
		card.Close()
		transport.Close()
	}
}

// writeJSON prints the --json output of a command.
func (a *app) writeJSON(v any) {
	enc := json.NewEncoder(console.Unicode(a.Out))
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		a.json = false
		a.complain(exit.NotGood, message.OutputNotWritten.With(finding.Why(err)).Because(err))
	}
}

// usage is an error of the command line, already in the language.
type usage struct{ error }

func (a *app) usagef(m message.Message, args ...any) error {
	return usage{errors.New(a.Text(m, args...))}
}
