// SPDX-License-Identifier: Apache-2.0

package console

import (
	"os"

	"golang.org/x/sys/windows"
)

// showsSequences reports whether f is a console that carries out control sequences
// (ECMA-48), and has it do so: in the windows of cmd.exe and PowerShell a program
// must ask (SetConsoleMode, ENABLE_VIRTUAL_TERMINAL_PROCESSING). A console that
// cannot refuses.
func showsSequences(f *os.File) bool {
	handle := windows.Handle(f.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(handle, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
