// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands builds the command tree, in the language of the run.
func (a *app) commands() *cobra.Command {
	root := a.command("tscns", rootTexts)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { a.writeHelp(a.out, c) })
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return err })
	root.PersistentFlags().BoolP("help", "h", false, a.lang.of(text{"this help", "questo aiuto"}))
	showVersion := root.Flags().Bool("version", false, a.lang.of(text{"the version", "la versione"}))
	root.RunE = func(c *cobra.Command, args []string) error {
		if *showVersion {
			fmt.Fprintln(a.out, "tscns", version)
			return nil
		}
		return a.needCommand(c, args)
	}
	root.Args = cobra.ArbitraryArgs
	root.AddCommand(a.statusCommand(), a.cardCommand(), a.certCommand(), a.pinCommand(),
		a.registerCommand(), a.unregisterCommand(), a.doctorCommand(), a.reportCommand(),
		a.completionCommand(), a.versionCommand())
	root.SetHelpCommand(a.helpCommand())
	return root
}

// texts describe a command: one line, and the rest.
type helpTexts struct{ use, short, long text }

// command makes a command that takes no arguments unless it says otherwise.
func (a *app) command(name string, t helpTexts) *cobra.Command {
	use := name
	if t.use[0] != "" {
		use += " " + a.lang.of(t.use)
	}
	return &cobra.Command{
		Use: use, Short: a.lang.of(t.short), Long: a.lang.of(t.long),
		SilenceErrors: true, SilenceUsage: true, DisableFlagsInUseLine: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return a.usagef(text{"unexpected argument %q", "argomento %q di troppo"}, args[0])
			}
			return nil
		},
	}
}

// group makes a command that only has others below it.
func (a *app) group(name string, t helpTexts, below ...*cobra.Command) *cobra.Command {
	c := a.command(name, t)
	c.Args = cobra.ArbitraryArgs
	c.RunE = a.needCommand
	c.AddCommand(below...)
	return c
}

func (a *app) needCommand(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return a.usagef(text{"unknown command %q", "comando %q sconosciuto"}, args[0])
	}
	a.writeHelp(a.errs, c)
	a.code = exitUsage
	return nil
}

// usageError puts an error of the command line into the language.
func (a *app) usageError(err error) string {
	var missing *pflag.NotExistError
	var value *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var own usage
	switch {
	case errors.As(err, &own):
		return own.Error()
	case errors.As(err, &missing):
		return a.lang.of(text{"unknown option --%s", "opzione --%s sconosciuta"}, missing.GetSpecifiedName())
	case errors.As(err, &value):
		return a.lang.of(text{"option --%s needs a value", "l'opzione --%s vuole un valore"}, value.GetSpecifiedName())
	case errors.As(err, &invalid):
		return a.lang.of(text{"option --%s cannot be %q", "l'opzione --%s non può essere %q"}, invalid.GetFlag().Name, invalid.GetValue())
	}
	return err.Error()
}

// oneOf checks a single argument against a list, which completion offers too.
func (a *app) oneOf(c *cobra.Command, needed bool, values ...string) {
	c.ValidArgs = values
	c.Args = func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 && needed:
			return a.usagef(text{"say which: %s", "di' quale: %s"}, strings.Join(values, ", "))
		case len(args) > 1:
			return a.usagef(text{"unexpected argument %q", "argomento %q di troppo"}, args[1])
		case len(args) == 1 && !slices.Contains(values, args[0]):
			return a.usagef(text{"%q is none of: %s", "%q non è tra: %s"}, args[0], strings.Join(values, ", "))
		}
		return nil
	}
}

func (a *app) versionCommand() *cobra.Command {
	c := a.command("version", helpTexts{short: text{"The version of this command", "La versione di questo comando"}})
	c.Run = func(*cobra.Command, []string) { fmt.Fprintln(a.out, "tscns", version) }
	return c
}

func (a *app) helpCommand() *cobra.Command {
	c := a.command("help", helpTexts{use: text{"[command]", "[comando]"}, short: text{"Help on a command", "Aiuto su un comando"}})
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		found, rest, err := c.Root().Find(args)
		if err != nil || len(rest) > 0 {
			return a.usagef(text{"unknown command %q", "comando %q sconosciuto"}, strings.Join(args, " "))
		}
		a.writeHelp(a.out, found)
		return nil
	}
	return c
}

func (a *app) completionCommand() *cobra.Command {
	c := a.command("completion", completionTexts)
	shells := map[string]func(*cobra.Command, io.Writer) error{
		"bash": func(r *cobra.Command, w io.Writer) error { return r.GenBashCompletionV2(w, true) },
		"zsh":  func(r *cobra.Command, w io.Writer) error { return r.GenZshCompletion(w) },
		"fish": func(r *cobra.Command, w io.Writer) error { return r.GenFishCompletion(w, true) },
	}
	a.oneOf(c, true, "bash", "fish", "zsh")
	c.RunE = func(c *cobra.Command, args []string) error { return shells[args[0]](c.Root(), a.out) }
	return c
}

// reportCommand hands its options on to tscns report.
func (a *app) reportCommand() *cobra.Command {
	c := a.command("report", reportTexts)
	f := c.Flags()
	f.Bool("login", false, a.lang.of(text{"also record a login and a test signature; the PIN is typed, and never recorded", "registra anche un accesso e una firma di prova; il PIN si digita, e non viene mai registrato"}))
	f.Bool("probe", false, a.lang.of(text{"also ask the card what the driver does not need; it says what, and asks you first", "chiedi alla tessera anche ciò che al driver non serve; dice che cosa, e prima chiede a te"}))
	a.readerFlag(c)
	f.String("output", "tscns-report.apdu", a.lang.of(text{"the `file` to write", "il `file` da scrivere"}))
	c.Run = func(c *cobra.Command, _ []string) {
		var args []string
		c.Flags().Visit(func(f *pflag.Flag) { args = append(args, "--"+f.Name+"="+f.Value.String()) })
		a.code = runReport(args, a.lang, a.person, a.out, a.errs, a.open)
	}
	return c
}

// readerFlag adds --reader, which completes to the readers that are there.
func (a *app) readerFlag(c *cobra.Command) *string {
	name := c.Flags().String("reader", "", a.lang.of(text{"the reader's `name`; where it is not said, the only one with a card", "il `nome` del lettore; se manca, l'unico con una tessera"}))
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		if t, err := a.open(); err == nil {
			defer t.Close()
			if readers, err := t.Readers(); err == nil {
				for _, r := range readers {
					names = append(names, r.Name)
				}
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	if err := c.RegisterFlagCompletionFunc("reader", complete); err != nil {
		panic(err) // the flag is defined two lines above
	}
	return name
}

func (a *app) jsonFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("json", false, a.lang.of(text{"for programs", "per i programmi"}))
}

func (a *app) showFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("show", false, a.lang.of(text{"names and numbers in full; they are masked otherwise", "nomi e numeri per intero; altrimenti sono mascherati"}))
}
