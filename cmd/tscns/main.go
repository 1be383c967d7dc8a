// SPDX-License-Identifier: Apache-2.0

// Command tscns shows a TS-CNS and what it reports, manages its PIN, makes the
// driver known to programs, and finds out what is wrong when it does not work.
package main

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"tscns/cardos"
	"tscns/cardos/pcsc"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/console"
	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
)

// version is set by build.sh from CHANGELOG.md.
var version = "dev"

// app is one run of the command: what it was given, and its exit code.
type app struct {
	console.Console
	connect cards.Connect
	cards   cardos.Options // with what cards are opened
	load    func(path string) (doctor.Library, error)
	roots   *x509.CertPool // trusted for sites, nil for the system's
	getenv  func(string) string
	code    int // of package exit
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
		getenv:  os.Getenv,
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

// complain prints a message to the error output and sets the exit code.
func (a *app) complain(code int, m message.Message, args ...any) {
	a.code = code
	fmt.Fprintf(a.Err, "tscns: %s\n", a.Text(m, args...))
}

// fail complains about an error, in plain words where it is a [cards.Error].
func (a *app) fail(err error) {
	var known *cards.Error
	if !errors.As(err, &known) {
		known = cards.Explain(err)
	}
	a.complain(known.Code, known.Message)
}

// openCard opens the card in the reader named, or in the only one that has a
// card. Where there is none it complains and returns nil. The caller closes
// card and transport by done.
func (a *app) openCard(name string) (card *cardos.Card, done func()) {
	transport, err := a.connect()
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
func (a *app) writeJSON(v any) error {
	enc := json.NewEncoder(a.Out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// usage is an error of the command line, already in the language.
type usage struct{ error }

func (a *app) usagef(m message.Message, args ...any) error {
	return usage{errors.New(a.Text(m, args...))}
}
