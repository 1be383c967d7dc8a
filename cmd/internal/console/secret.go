// SPDX-License-Identifier: Apache-2.0

package console

import (
	"errors"
	"os"
	"os/signal"

	"golang.org/x/term"

	"tscns/cardos/secmem"
)

// ErrNoTerminal is returned where there is no terminal to type a PIN at.
var ErrNoTerminal = errors.New("no terminal to type a PIN at")

// CanType reports whether a person can type a PIN: the input of the process is a
// terminal, and there is one that [ReadSecret] reads from.
func CanType() bool {
	t, err := openTerminal()
	if err != nil {
		return false
	}
	t.close()
	return term.IsTerminal(int(os.Stdin.Fd()))
}

// ReadSecret reads a line from the terminal of the process without showing it,
// never from a pipe. It returns [ErrNoTerminal] where there is no terminal. What
// is typed goes from the system into the memory of the buffer and nowhere else;
// of a line longer than [secmem.Size] the beginning is returned, which is no PIN. The
// caller frees the buffer, which is not nil. From then on the process leaves no
// core file.
func ReadSecret() (*secmem.Buffer, error) {
	t, err := openTerminal()
	if err != nil {
		return secmem.New(0), ErrNoTerminal
	}
	defer t.close()
	leaveNoCore()
	if err := t.hide(); err != nil {
		return secmem.New(0), ErrNoTerminal
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
			t.show()
			os.Exit(130)
		case <-done:
		}
	}()
	defer t.show()
	typed := secmem.New(secmem.Size)
	n, err := t.readLine(typed.Bytes())
	line := secmem.Copy(typed.Bytes()[:n])
	typed.Free()
	return line, err
}
