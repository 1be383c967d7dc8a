// SPDX-License-Identifier: Apache-2.0

// Command tscns tells people about their TS-CNS, manages its PIN, makes the
// driver known to programs, and says what is wrong when it does not work.
package main

import (
	"bufio"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cardos/pcsc"
	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/words"
)

// version is set by build.sh from CHANGELOG.md.
var version = "dev"

// Exit codes, as documented by tscns help.
const (
	exitOK      = 0 // done; status: a card with a certificate that is valid now is there
	exitNotGood = 1 // something is missing or failed: service, reader, card, certificate, a check of doctor
	exitUsage   = 2 // the command line is wrong
	exitPIN     = 3 // the card refused the PIN or PUK, or it is blocked
	exitUnsafe  = 4 // refused, since it could do harm: the last try, a browser that runs
)

// text is a text in both languages.
type text = words.Text

// of returns a text in this language.
func (l lang) of(t text, args ...any) string { return words.Lang(l).Of(t, args...) }

// app is one run of the command: what it was given, and what it answers.
type app struct {
	lang   lang
	person person
	out    io.Writer
	errs   io.Writer
	open   func() (cardos.Transport, error)
	cards  cardos.Options // with what cards are opened
	load   func(path string) (doctor.Library, error)
	roots  *x509.CertPool // trusted for sites, nil for the system's
	getenv func(string) string
	colour bool // out is a terminal
	live   bool // errs is a terminal
	code   int
}

func main() {
	if path, ok := moduleToProbe(os.Args); ok {
		os.Exit(probeModule(path, os.Stdout))
	}
	a := &app{
		lang:   language(os.Getenv),
		person: person{bufio.NewReader(os.Stdin), typeSecret},
		out:    os.Stdout,
		errs:   os.Stderr,
		open:   func() (cardos.Transport, error) { return pcsc.New(), nil },
		cards:  cardOptions(os.Getenv),
		load:   loadModule,
		getenv: os.Getenv,
		colour: isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "",
		live:   isTerminal(os.Stderr),
	}
	os.Exit(a.run(os.Args[1:]))
}

// cardOptions is what the library opens cards with too.
func cardOptions(getenv func(string) string) cardos.Options {
	config := localfiles.ReadConfig(getenv)
	o := cardos.Options{Reads: cardos.ReadsNamed(config.Reads)}
	if config.Cache {
		o.Store = localfiles.NewCache(getenv("XDG_RUNTIME_DIR"))
	}
	return o
}

// anew are the same options with a store from which nothing comes back: the
// card is read, and what is kept of it written anew.
func anew(o cardos.Options) cardos.Options {
	if o.Store != nil {
		o.Store = forgetful{o.Store}
	}
	return o
}

type forgetful struct{ cardos.Store }

func (forgetful) Load() [][]byte { return nil }

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" }

// run executes one command line and returns the exit code.
func (a *app) run(args []string) int {
	root := a.commands()
	root.SetArgs(args)
	root.SetOut(a.out)
	root.SetErr(a.errs)
	if err := root.Execute(); err != nil {
		fmt.Fprintf(a.errs, "tscns: %s\n%s\n", a.usageError(err), a.lang.of(text{"Try: tscns help", "Prova: tscns help"}))
		return exitUsage
	}
	return a.code
}

// say prints a text to the output.
func (a *app) say(t text, args ...any) { fmt.Fprintln(a.out, a.lang.of(t, args...)) }

// complain prints a text to the error output and sets the exit code.
func (a *app) complain(code int, t text, args ...any) {
	a.code = code
	fmt.Fprintf(a.errs, "tscns: %s\n", a.lang.of(t, args...))
}

// progress shows what is being done while a terminal is watching; done takes
// it away again.
func (a *app) progress(t text, args ...any) (done func()) {
	if !a.live {
		return func() {}
	}
	fmt.Fprintf(a.errs, "\r\x1b[K%s", a.lang.of(t, args...))
	return func() { fmt.Fprint(a.errs, "\r\x1b[K") }
}

// Colours of a terminal (ECMA-48, SGR).
const (
	green  = "32"
	yellow = "33"
	red    = "31"
)

func (a *app) paint(colour, s string) string {
	if !a.colour {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// usage is an error of the command line, already in the language.
type usage struct{ error }

func (a *app) usagef(t text, args ...any) error { return usage{errors.New(a.lang.of(t, args...))} }
