// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
)

var errNoTerminal = errors.New("no terminal to type a PIN at")

// typeSecret reads a line from the terminal without showing it. The caller
// wipes it.
func typeSecret() ([]byte, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, errNoTerminal
	}
	defer tty.Close()
	if err := stty(tty, "-echo"); err != nil {
		return nil, errNoTerminal
	}
	defer stty(tty, "echo")
	return readLine(tty)
}

func stty(tty *os.File, setting string) error {
	c := exec.Command("stty", setting)
	c.Stdin = tty
	return c.Run()
}

// maxSecret is the longest line taken, in bytes.
const maxSecret = 64

// readLine reads up to the end of a line, byte by byte: a buffer would keep
// what was typed.
func readLine(in io.Reader) ([]byte, error) {
	line := make([]byte, 0, maxSecret)
	var b [1]byte
	for len(line) < maxSecret {
		n, err := in.Read(b[:])
		if n == 1 && b[0] == '\n' {
			break
		}
		if n == 1 && b[0] != '\r' {
			line = append(line, b[0])
		}
		if err != nil {
			break
		}
	}
	b[0] = 0
	return line, nil
}
