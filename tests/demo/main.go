// SPDX-License-Identifier: Apache-2.0

// Command demo shows a TS-CNS log in to a web server of its own, over TLS 1.3
// and TLS 1.2, by OpenSSL and the built library: with a simulated card in a
// private smart card service, with a card inside the library where that
// service is not installed, or with the person's own reader and card. It
// leaves nothing running and nothing changed. ./build.sh demo runs it.
//
// Exit code: 0 when every login happened as printed, 1 when one did not, 2 for
// wrong arguments, 130 when it was interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

type options struct {
	module, simModule string
	reader            bool
	ca                string
	browser           bool
	inside            bool
}

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in *os.File, out, errs io.Writer) int {
	p := printer{out: out, italian: italianLocale(os.Getenv)}
	o, code := parse(args, errs, p)
	if code >= 0 {
		return code
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	dir, err := os.MkdirTemp("", "tscns-demo")
	if err != nil {
		fmt.Fprintln(errs, err)
		return 1
	}
	d := &demo{options: o, printer: p, dir: dir, in: in}
	err = d.show(ctx)
	err = errors.Join(err, d.close(), os.RemoveAll(dir))
	if err != nil {
		// Ctrl-C reaches the programs that the demo runs, too, and one of them
		// may have ended before the signal arrives here.
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
	switch {
	case ctx.Err() != nil:
		p.say("\nInterrupted. Nothing is left running.", "\nInterrotto. Non resta nulla in funzione.")
		return 130
	case err != nil:
		fmt.Fprintf(errs, "demo: %v\n", err)
		return 1
	}
	p.say("\nDone: every login happened as printed. Nothing is left running, nothing was changed.",
		"\nFatto: ogni accesso è avvenuto come scritto. Non resta nulla in funzione, nulla è stato cambiato.")
	return 0
}

// parse reads the arguments; code is the exit code where there is nothing
// else to do, or -1.
func parse(args []string, errs io.Writer, p printer) (o options, code int) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.module, "module", "dist/tscns-pkcs11.so", p.text("the library", "la libreria"))
	flags.StringVar(&o.simModule, "sim-module", "dist/tscns-pkcs11-sim.so", p.text("the library with the simulated card inside", "la libreria con la tessera simulata dentro"))
	flags.BoolVar(&o.reader, "reader", false, p.text("use the real reader and your own card", "usa il lettore e la tessera veri"))
	flags.StringVar(&o.ca, "ca", "", p.text("with --reader: check the card's certificate against the authorities in this PEM `file`", "con --reader: controlla il certificato della tessera con le autorità in questo `file` PEM"))
	flags.BoolVar(&o.browser, "browser", false, p.text("then open the page in Firefox or Chromium", "poi apri la pagina in Firefox o Chromium"))
	flags.BoolVar(&o.inside, "inside", false, p.text("use the card inside the library even where the smart card service is installed", "usa la tessera dentro la libreria anche dove c'è il servizio per le smart card"))
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return o, 0
	case err != nil:
		return o, 2
	case flags.NArg() > 0 || o.reader && o.inside || o.ca != "" && !o.reader:
		fmt.Fprintln(errs, p.text("demo: these arguments do not go together; see --help", "demo: questi argomenti non vanno insieme; vedi --help"))
		return o, 2
	}
	return o, -1
}

// printer speaks to the person, in Italian or English.
type printer struct {
	out     io.Writer
	italian bool
}

// italianLocale reads the language for messages as setlocale(3) does.
func italianLocale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := getenv(name); value != "" {
			return strings.HasPrefix(value, "it")
		}
	}
	return false
}

func (p printer) text(english, italian string) string {
	if p.italian {
		return italian
	}
	return english
}

// say prints a line in the person's language; both texts take the same
// arguments.
func (p printer) say(english, italian string, args ...any) {
	fmt.Fprintf(p.out, p.text(english, italian)+"\n", args...)
}
