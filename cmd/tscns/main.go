// SPDX-License-Identifier: Apache-2.0

// Command tscns tells people about their TS-CNS: tscns status; tscns report
// records what a card answers, for those who improve the driver.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"tscns/cardos"
	"tscns/cardos/pcsc"
)

// version is set by build.sh from CHANGELOG.md.
var version = "dev"

// Exit codes, as documented by tscns help.
const (
	exitOK      = 0 // a card that this driver knows, with a certificate, is there
	exitNotGood = 1 // something is missing: service, reader, card, certificate
	exitUsage   = 2 // the command line is wrong
)

func main() {
	open := func() (cardos.Transport, error) { return pcsc.New(), nil }
	os.Exit(run(os.Args[1:], language(os.Getenv), os.Stdout, os.Stderr, open))
}

// run executes one command line and returns the exit code.
func run(args []string, lang lang, out, errs io.Writer, open func() (cardos.Transport, error)) int {
	if len(args) == 0 {
		fmt.Fprint(errs, lang.text(msgUsage))
		return exitUsage
	}
	switch args[0] {
	case "status":
		return runStatus(args[1:], lang, out, errs, open)
	case "report":
		return runReport(args[1:], lang, person{bufio.NewReader(os.Stdin), typeSecret}, out, errs, open)
	case "version", "--version":
		fmt.Fprintln(out, "tscns", version)
		return exitOK
	case "help", "--help", "-h":
		fmt.Fprint(out, lang.text(msgUsage))
		return exitOK
	}
	fmt.Fprintf(errs, lang.text(msgUnknownCommand), args[0])
	fmt.Fprint(errs, lang.text(msgUsage))
	return exitUsage
}

func runStatus(args []string, lang lang, out, errs io.Writer, open func() (cardos.Transport, error)) int {
	fs := flag.NewFlagSet("status", flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.Usage = func() { fmt.Fprint(errs, lang.text(msgUsage)) }
	asJSON := fs.Bool("json", false, "")
	show := fs.Bool("show", false, "")
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
	st := collect(open, *show)
	if *asJSON {
		if err := st.writeJSON(out); err != nil {
			fmt.Fprintln(errs, err)
			return exitNotGood
		}
	} else {
		st.writeText(out, lang)
	}
	if st.good() {
		return exitOK
	}
	return exitNotGood
}
