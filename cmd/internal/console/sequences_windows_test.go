// SPDX-License-Identifier: Apache-2.0

package console

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"
)

// Run by tests/windows, at a console that begins as those of cmd.exe do.
func TestWindowsSequences(t *testing.T) {
	handle := windows.Handle(os.Stdout.Fd())
	var mode uint32
	if windows.GetConsoleMode(handle, &mode) != nil {
		t.Skip("SKIPPED: the output is no console")
	}
	require.NoError(t, windows.SetConsoleMode(handle, mode&^windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING))
	c := Standard(func(string) string { return "" })
	require.NoError(t, windows.GetConsoleMode(handle, &mode))
	require.True(t, c.Colour)
	require.True(t, c.Live)
	require.NotZero(t, mode&windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING, "colours and progress would be shown as characters")
}
