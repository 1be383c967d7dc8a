// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"os/signal"

	"golang.org/x/term"
)

var errNoTerminal = errors.New("no terminal to type a PIN at")

// typeSecret reads a line from the terminal without showing it; never from a
// pipe. The caller wipes it.
func typeSecret() ([]byte, error) {
	tty, err := os.OpenFile(terminalName, os.O_RDWR, 0)
	if err != nil {
		return nil, errNoTerminal
	}
	defer tty.Close()
	leaveNoCore()
	fd := int(tty.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, errNoTerminal
	}
	// Ctrl-C while typing must not leave the terminal silent.
	interrupted := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(interrupted, os.Interrupt)
	defer signal.Stop(interrupted)
	defer close(done)
	go func() {
		select {
		case <-interrupted:
			_ = term.Restore(fd, before)
			os.Exit(130)
		case <-done:
		}
	}()
	return term.ReadPassword(fd)
}
