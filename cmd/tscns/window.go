// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tscns/cardos/localfiles"
	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/register"
	"tscns/cmd/internal/window"
)

func (a *app) windowCommand() *cobra.Command {
	c := a.command("window", help{message.Verbatim("[--no-open]"), message.HelpWindow, message.HelpWindowLong})
	noOpen := c.Flags().Bool("no-open", false, a.Text(message.FlagNoOpen))
	c.Run = func(*cobra.Command, []string) { a.window(*noOpen) }
	return c
}

// window serves the page until it is closed.
func (a *app) window(noOpen bool) {
	if os.Geteuid() == 0 {
		a.complain(exit.Unsafe, message.WindowNotRoot)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := window.Config{
		Version: version, Language: a.Language, Connect: a.service(), Cards: a.cards, Place: localfiles.RuntimeDir(a.getenv),
		Doctor: func() []finding.Finding {
			return doctor.Run(&doctor.World{Root: a.root, Getenv: a.getenv, Open: a.service(), PINRecords: a.cards.PINRecords, Load: a.load,
				Programs: register.NewWorld(a.getenv, a.root, ""), Roots: a.roots, Now: time.Now()}, func(message.Message) {})
		},
		Open: window.Open,
		Print: func(address string, failed bool) {
			m := message.WindowAddress
			if failed {
				m = message.WindowNoBrowser
			}
			fmt.Fprintln(a.Out, a.Text(m, address))
		},
	}
	if noOpen {
		c.Open = nil
	}
	if err := window.Run(ctx, c); err != nil {
		a.complain(exit.NotGood, message.WindowNoServer.Because(err))
	}
}
