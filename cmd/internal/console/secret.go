// SPDX-License-Identifier: Apache-2.0

package console

import (
	"errors"
	"os"
	"os/signal"

	"golang.org/x/term"
)

// ErrNoTerminal is returned where there is no terminal to type a PIN at.
var ErrNoTerminal = errors.New("no terminal to type a PIN at")

// ReadSecret reads a line from the terminal of the process without showing it,
// never from a pipe. It returns [ErrNoTerminal] where there is no terminal. The
// caller wipes the line. From then on the process leaves no core file.
func ReadSecret() ([]byte, error) {
	tty, err := os.OpenFile(terminalName, os.O_RDWR, 0)
	if err != nil {
		return nil, ErrNoTerminal
	}
	defer tty.Close()
	leaveNoCore()
	fd := int(tty.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, ErrNoTerminal
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
