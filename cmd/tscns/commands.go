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

	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
)

// commands builds the command tree, in the language of the run.
func (a *app) commands() *cobra.Command {
	root := a.command("tscns", help{message.UseCommand, message.HelpRoot, message.HelpRootLong})
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { a.writeHelp(a.Out, c) })
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return err })
	root.PersistentPreRun = func(c *cobra.Command, _ []string) { a.json, _ = c.Flags().GetBool("json") }
	root.PersistentFlags().BoolP("help", "h", false, a.Text(message.FlagHelp))
	showVersion := root.Flags().Bool("version", false, a.Text(message.FlagVersion))
	root.RunE = func(c *cobra.Command, args []string) error {
		if *showVersion {
			fmt.Fprintln(a.Out, "tscns", version)
			return nil
		}
		return a.needCommand(c, args)
	}
	root.Args = cobra.ArbitraryArgs
	root.AddCommand(a.statusCommand(), a.cardCommand(), a.certCommand(), a.pinCommand(),
		a.registerCommand(), a.unregisterCommand(), a.windowCommand(), a.doctorCommand(), a.reportCommand(),
		a.completionCommand(), a.versionCommand())
	root.SetHelpCommand(a.helpCommand())
	return root
}

// help is what help says of a command: its arguments, one line, and the rest.
type help struct{ use, short, long message.Message }

// command makes a command that takes no arguments unless it says otherwise.
func (a *app) command(name string, h help) *cobra.Command {
	use := name
	if !h.use.IsZero() {
		use += " " + a.Text(h.use)
	}
	return &cobra.Command{
		Use: use, Short: a.Text(h.short), Long: a.Text(h.long),
		SilenceErrors: true, SilenceUsage: true, DisableFlagsInUseLine: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return a.usagef(message.UnexpectedArgument, args[0])
			}
			return nil
		},
	}
}

// group makes a command that only has others below it.
func (a *app) group(name string, h help, below ...*cobra.Command) *cobra.Command {
	c := a.command(name, h)
	c.Args = cobra.ArbitraryArgs
	c.RunE = a.needCommand
	c.AddCommand(below...)
	return c
}

func (a *app) needCommand(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return a.usagef(message.UnknownCommand, args[0])
	}
	a.writeHelp(a.Err, c)
	a.code = exit.Usage
	return nil
}

// usageError puts an error of the command line into the language.
func (a *app) usageError(err error) string {
	var missing *pflag.NotExistError
	var value *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var syntax *pflag.InvalidSyntaxError
	var own usage
	switch {
	case errors.As(err, &own):
		return own.Error()
	case errors.As(err, &missing):
		return a.Text(message.UnknownOption, missing.GetSpecifiedName())
	case errors.As(err, &value):
		return a.Text(message.OptionNeedsValue, value.GetSpecifiedName())
	case errors.As(err, &invalid):
		return a.Text(message.OptionBadValue, invalid.GetFlag().Name, invalid.GetValue())
	case errors.As(err, &syntax):
		return a.Text(message.OptionBadSyntax, syntax.GetSpecifiedFlag())
	}
	return a.Text(message.UsageWrong)
}

// oneOf checks a single argument against a list, which completion offers too.
func (a *app) oneOf(c *cobra.Command, needed bool, values ...string) {
	c.ValidArgs = values
	c.Args = func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 && needed:
			return a.usagef(message.SayWhich, strings.Join(values, ", "))
		case len(args) > 1:
			return a.usagef(message.UnexpectedArgument, args[1])
		case len(args) == 1 && !slices.Contains(values, args[0]):
			return a.usagef(message.NoneOf, args[0], strings.Join(values, ", "))
		}
		return nil
	}
}

// versionJSON is the --json output of tscns version.
type versionJSON struct {
	Version string `json:"version"`
}

func (a *app) versionCommand() *cobra.Command {
	c := a.command("version", help{message.Verbatim("[--json]"), message.HelpVersion, message.Message{}})
	asJSON := a.jsonFlag(c)
	c.Run = func(*cobra.Command, []string) {
		if *asJSON {
			a.writeJSON(versionJSON{version})
			return
		}
		fmt.Fprintln(a.Out, "tscns", version)
	}
	return c
}

func (a *app) helpCommand() *cobra.Command {
	c := a.command("help", help{use: message.UseOptionalCommand, short: message.HelpHelp})
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		found, rest, err := c.Root().Find(args)
		if err != nil || len(rest) > 0 {
			return a.usagef(message.UnknownCommand, strings.Join(args, " "))
		}
		a.writeHelp(a.Out, found)
		return nil
	}
	return c
}

func (a *app) completionCommand() *cobra.Command {
	c := a.command("completion", help{message.Verbatim("bash|fish|zsh"), message.HelpCompletion, message.HelpCompletionLong})
	shells := map[string]func(*cobra.Command, io.Writer) error{
		"bash": func(r *cobra.Command, w io.Writer) error { return r.GenBashCompletionV2(w, true) },
		"zsh":  func(r *cobra.Command, w io.Writer) error { return r.GenZshCompletion(w) },
		"fish": func(r *cobra.Command, w io.Writer) error { return r.GenFishCompletion(w, true) },
	}
	a.oneOf(c, true, "bash", "fish", "zsh")
	c.RunE = func(c *cobra.Command, args []string) error { return shells[args[0]](c.Root(), a.Out) }
	return c
}

// readerFlag adds --reader, which completes to the readers that are there.
func (a *app) readerFlag(c *cobra.Command) *string {
	name := c.Flags().String("reader", "", a.Text(message.FlagReader))
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		if t, err := a.service()(); err == nil {
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

// jsonFlag adds --json. What it prints is described by a schema in docs, named
// after the command; an error is an object there too.
func (a *app) jsonFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("json", false, a.Text(message.FlagJSON))
}

func (a *app) showFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("show", false, a.Text(message.FlagShow))
}
