// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tscns/cmd/internal/message"
)

// writeHelp prints the help of a command.
func (a *app) writeHelp(w io.Writer, c *cobra.Command) {
	about := c.Long
	if about == "" {
		about = c.Short
	}
	fmt.Fprintf(w, "%s\n\n%s\n  %s\n", strings.TrimSpace(about), a.Text(message.HelpUsage), c.UseLine())
	if below := visible(c); len(below) > 0 {
		fmt.Fprintf(w, "\n%s\n", a.Text(message.HelpCommands))
		for _, sub := range below {
			fmt.Fprintf(w, "  %-11s %s\n", sub.Name(), sub.Short)
		}
	}
	if flags := options(c); len(flags) > 0 {
		fmt.Fprintf(w, "\n%s\n", a.Text(message.HelpOptions))
		for _, f := range flags {
			name, about := pflag.UnquoteUsage(f)
			if name != "" {
				name = " " + strings.ToUpper(name)
			}
			fmt.Fprintf(w, "  %-18s %s\n", "--"+f.Name+name, about)
		}
	}
	if !c.HasParent() {
		fmt.Fprintf(w, "\n%s\n%s\n", a.Text(message.HelpExitCodes), a.Text(message.HelpExitCodeTable))
	}
}

// visible lists the commands below one that help speaks of.
func visible(c *cobra.Command) (list []*cobra.Command) {
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			list = append(list, sub)
		}
	}
	return list
}

// options lists the options of a command that help speaks of.
func options(c *cobra.Command) (list []*pflag.Flag) {
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			list = append(list, f)
		}
	})
	return list
}
