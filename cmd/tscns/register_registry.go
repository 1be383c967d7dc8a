// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/register"
)

// targets are the programs that register and unregister may be told.
func (a *app) targets() []string {
	if a.windows != nil {
		return register.WindowsTargets()
	}
	return register.Targets()
}

func (a *app) targetsHelp() message.Message {
	return message.Verbatim("[" + strings.Join(a.targets(), "|") + "]")
}

// onWindows returns the message for Windows there, and the other elsewhere.
func (a *app) onWindows(windows, elsewhere message.Message) message.Message {
	if a.windows != nil {
		return windows
	}
	return elsewhere
}

// inRegistry writes into Windows' registry what do does: it says what it would
// write, and writes it when the person agrees. What is written holds for
// everybody on the computer.
func (a *app) inRegistry(f registerFlags, yes bool, ask message.Message, do func(*register.Windows) []register.Step) error {
	if *f.root != "" {
		return a.usagef(message.OptionNotOnWindows, "root")
	}
	w := register.NewWindows(a.windows, *f.module)
	steps := do(w)
	planned := slices.ContainsFunc(steps, func(s register.Step) bool { return s.Outcome == register.Planned })
	if !planned || *f.json && !yes {
		return a.tell(steps, *f.json)
	}
	if w.NeedsElevation(steps) {
		if !*f.json {
			if err := a.tell(steps, false); err != nil {
				return err
			}
		}
		a.explain(&cards.Error{Message: message.NeedsElevation, Cure: message.CureNeedsElevation, Code: exit.NotGood})
		return nil
	}
	if !yes {
		if err := a.tell(steps, false); err != nil {
			return err
		}
		a.code = exit.OK
		fmt.Fprint(a.Err, a.Text(ask))
		if !a.Agrees() {
			a.Say(message.NothingChanged)
			return nil
		}
	}
	w.Write = true
	return a.tell(do(w), *f.json)
}
