// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package console

import (
	"os"

	"golang.org/x/term"
)

// showsSequences reports whether f is a terminal, which carries out control
// sequences (ECMA-48).
func showsSequences(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
