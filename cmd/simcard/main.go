// SPDX-License-Identifier: Apache-2.0

// Command simcard serves a simulated TS-CNS card to a PC/SC service.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"tscns/simcard"
	"tscns/simcard/pki"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes: those of the program that "run" ran, and these.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// run is the whole command; ctx ends with the first signal.
func run(ctx context.Context, args []string, in io.Reader, out, errors io.Writer) int {
	c := &cli{ctx: ctx, in: in, out: out, err: errors}
	if len(args) == 0 {
		fmt.Fprint(errors, help())
		return exitUsage
	}
	var code int
	var err error
	switch args[0] {
	case "init":
		err = c.initCard(args[1:])
	case "run":
		code, err = c.runCommand(args[1:])
	case "serve":
		err = c.serve(args[1:])
	case "control":
		err = c.control(args[1:])
	case "families":
		c.families()
	case "help", "--help", "-h", "-help":
		fmt.Fprint(out, help())
	default:
		err = usage("unknown word %q", args[0])
	}
	return c.report(code, err)
}

type cli struct {
	ctx      context.Context
	in       io.Reader
	out, err io.Writer
}

// usageError is a mistake in the command line.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usage(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

func (c *cli) report(code int, err error) int {
	var wrong usageError
	switch {
	case err == nil:
		return code
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(c.out, help())
		return exitOK
	case errors.As(err, &wrong):
		fmt.Fprintf(c.err, "simcard: %v; see simcard --help\n", err)
		return exitUsage
	}
	fmt.Fprintln(c.err, "simcard:", err)
	return exitFailed
}

// parse takes flags, also those after the directory unless a command follows.
func parse(flags *flag.FlagSet, args []string, command bool) ([]string, error) {
	flags.SetOutput(io.Discard)
	var words []string
	for {
		if err := flags.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError{err.Error()}
		}
		if flags.NArg() == 0 {
			return words, nil
		}
		words, args = append(words, flags.Arg(0)), flags.Args()[1:]
		if command && len(words) == 1 {
			if len(args) > 0 && args[0] == "--" {
				args = args[1:]
			}
			return append(words, args...), nil
		}
	}
}

func (c *cli) families() {
	for _, f := range simcard.Families() {
		fmt.Fprintln(c.out, simcard.Describe(f))
	}
	for _, m := range simcard.Models() {
		fmt.Fprintln(c.out, m)
	}
	for _, form := range simcard.CertificateForms() {
		if form != simcard.FormPlain {
			fmt.Fprintln(c.out, "--certificate", form)
		}
	}
}

// chosen returns the family of a name of a family or of a model, and how the
// model changes the options.
func chosen(name string) (simcard.Family, func(*simcard.Options)) {
	name = strings.ToLower(name)
	if m, ok := simcard.ModelNamed(name); ok {
		return m.Family, m.Apply
	}
	return simcard.Family(name), func(*simcard.Options) {}
}

// initCard makes an identity directory.
func (c *cli) initCard(args []string) error {
	flags := flag.NewFlagSet("init", flag.ContinueOnError)
	family := flags.String("family", string(simcard.FamilyB2), "")
	pin := flags.String("pin", "12345678", "")
	puk := flags.String("puk", "87654321", "")
	form := flags.String("certificate", simcard.FormPlain, "")
	words, err := parse(flags, args, false)
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return usage("init takes one directory")
	}
	dir := words[0]
	f, change := chosen(*family)
	if _, err := os.Stat(filepath.Join(dir, simcard.FileCard)); err == nil {
		return fmt.Errorf("%s holds a card already", dir)
	}
	set, err := simcard.NewSet(f)
	if err != nil {
		return err
	}
	o := simcard.ForIdentity(f, set.Identity)
	change(&o)
	o.PIN, o.PUK = *pin, *puk
	if *form != simcard.FormPlain {
		o.CertificateForm = *form
	}
	if _, err := simcard.New(o); err != nil {
		return usageError{strings.TrimPrefix(err.Error(), "simcard: ")}
	}
	if err := simcard.Save(dir, o, set); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s\nholder      %s %s\ncard        %s\nPIN, PUK    %s, %s\nauthority   %s\nserver      %s, %s\n",
		simcard.Describe(f), set.Identity.Holder.Name, set.Identity.Holder.Surname, set.Identity.Serial, *pin, *puk,
		filepath.Join(dir, pki.FileCA), filepath.Join(dir, pki.FileServer), filepath.Join(dir, pki.FileServerKey))
	return nil
}

func load(dir string) (*simcard.Card, error) {
	o, _, err := simcard.Load(dir)
	if err != nil {
		return nil, fmt.Errorf("%s is no card (make one with simcard init): %w", dir, err)
	}
	return simcard.New(o)
}
