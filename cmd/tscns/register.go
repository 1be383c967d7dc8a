// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/register"
	"tscns/cmd/internal/userfile"
)

// registerFlags are the options of register and unregister.
type registerFlags struct {
	module, root *string
	system, json *bool
}

// registerOnce is the silent form for the start of a session.
func (a *app) registerOnce(w *register.World, to string, asJSON bool) error {
	steps := w.RegisterOnce(to)
	if asJSON {
		return a.tell(steps, true)
	}
	for _, s := range steps {
		if s.Outcome == register.Failed {
			a.code = exit.NotGood
			fmt.Fprintf(a.Err, "tscns: %s: %s\n", s.Place, a.Text(s.Text))
		}
	}
	return nil
}

func (a *app) registerCommand() *cobra.Command {
	c := a.command("register", help{a.targetsHelp(), message.HelpRegister, a.onWindows(message.HelpRegisterLongWindows, message.HelpRegisterLong)})
	f := a.registerFlags(c)
	once := c.Flags().Bool("once", false, a.Text(message.FlagOnce))
	yes := c.Flags().Bool("yes", false, a.Text(message.FlagYes))
	c.RunE = func(_ *cobra.Command, args []string) error {
		if a.windows != nil {
			if *once {
				return a.usagef(message.OptionNotOnWindows, "once")
			}
			return a.inRegistry(f, *yes, message.RegisterAsk, func(w *register.Windows) []register.Step { return w.Register(target(args)) })
		}
		if *once && *f.system {
			return a.usagef(message.OnceNotSystem)
		}
		w := a.registerWorld(f)
		if !userfile.IsFile(filepath.Join(*f.root, w.Module)) && !userfile.IsFile(w.Module) {
			a.complain(exit.NotGood, message.LibraryNotFoundOption, register.LibraryFile())
			return nil
		}
		if *once {
			return a.registerOnce(w, target(args), *f.json)
		}
		if target(args) == register.Flatpak {
			return a.registerFlatpak(w, f, *yes)
		}
		done := a.Progress(message.Registering)
		do := w.Register
		if *f.system {
			do = w.RegisterSystem
		}
		steps := do(target(args))
		done()
		return a.tell(steps, *f.json)
	}
	return c
}

// registerFlatpak says what it would set, and sets it only when the person
// agrees: a sandbox is there to keep such things out.
func (a *app) registerFlatpak(w *register.World, f registerFlags, yes bool) error {
	if *f.system {
		return a.usagef(message.SystemNotFlatpak)
	}
	plan := w.PlanFlatpak()
	var steps []register.Step
	open := false
	for _, c := range plan {
		steps = append(steps, c.Step)
		open = open || c.Outcome == register.Planned
	}
	if !open || *f.json && !yes {
		return a.tell(steps, *f.json)
	}
	if !yes {
		if err := a.tell(steps, false); err != nil {
			return err
		}
		a.code = exit.OK
		fmt.Fprint(a.Err, a.Text(message.FlatpakAsk))
		if !a.Agrees() {
			a.Say(message.NothingChanged)
			return nil
		}
	}
	return a.tell(w.ApplyFlatpak(plan), *f.json)
}

func (a *app) unregisterCommand() *cobra.Command {
	c := a.command("unregister", help{a.targetsHelp(), message.HelpUnregister, a.onWindows(message.HelpUnregisterLongWindows, message.HelpUnregisterLong)})
	f := a.registerFlags(c)
	yes := new(bool)
	if a.windows != nil {
		yes = c.Flags().Bool("yes", false, a.Text(message.FlagYes))
	}
	c.RunE = func(_ *cobra.Command, args []string) error {
		if a.windows != nil {
			return a.inRegistry(f, *yes, message.UnregisterAsk, func(w *register.Windows) []register.Step { return w.Unregister(target(args)) })
		}
		w := a.registerWorld(f)
		if *f.system && target(args) != register.Flatpak {
			return a.tell(w.UnregisterSystem(target(args)), *f.json)
		}
		return a.tell(w.Unregister(target(args)), *f.json)
	}
	return c
}

func (a *app) registerFlags(c *cobra.Command) (f registerFlags) {
	a.oneOf(c, false, a.targets()...)
	f.module = c.Flags().String("module", "", a.Text(message.FlagModule))
	f.system = c.Flags().Bool("system", false, a.Text(message.FlagSystem))
	f.root = c.Flags().String("root", "", a.Text(message.FlagRoot))
	f.json = a.jsonFlag(c)
	return f
}

func (a *app) registerWorld(f registerFlags) *register.World {
	return register.NewWorld(a.getenv, *f.root, *f.module)
}

func target(args []string) string {
	if len(args) == 0 {
		return register.All
	}
	return args[0]
}

// tell prints what was done and sets the exit code.
func (a *app) tell(steps []register.Step, asJSON bool) error {
	type step struct {
		Place   string `json:"place"`
		Outcome string `json:"outcome"`
		Code    string `json:"code,omitempty"` // of the text, whatever its language
		Text    string `json:"text"`
	}
	list := []step{}
	for _, s := range steps {
		list = append(list, step{s.Place, s.Outcome.String(), finding.CodeOf(s.Text), a.Text(s.Text)})
		a.trace(s.Text.Cause())
		switch {
		case s.Outcome == register.Refused && a.code == exit.OK:
			a.code = exit.Unsafe
		case s.Outcome == register.Failed:
			a.code = exit.NotGood
		}
	}
	if asJSON {
		a.writeJSON(list)
		return nil
	}
	if len(list) == 0 {
		a.Say(message.NoBrowser)
	}
	for _, s := range list {
		fmt.Fprintf(a.Out, "%s: %s\n", s.Place, s.Text)
	}
	return nil
}
