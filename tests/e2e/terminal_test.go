// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"syscall"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// onTerminal starts a recipe on a terminal of its own.
func (f *fixture) onTerminal(command string) *kit.Terminal {
	f.t.Helper()
	cmd := f.shell(command).With(f.env...).Cmd(f.t.Context())
	cmd.SysProcAttr = &syscall.SysProcAttr{} // it leads a session, and so a process group
	x := kit.OnTerminal(f.t, cmd)
	f.t.Cleanup(func() { f.note("terminal:\n%s", x.Shown()) })
	return x
}

// served runs the recipe on a terminal of its own: each PIN is typed when its
// question is there. It returns what was on the screen. Where last is not empty
// the recipe is over when it says so, otherwise when it ends, and well.
func (f *fixture) served(command, last string, pins ...[2]string) string {
	f.t.Helper()
	x := f.onTerminal(command)
	for _, p := range pins {
		x.Answer(p[0], p[1]+"\n")
	}
	if last != "" {
		x.Until(last)
		x.Stop()
	} else {
		require.Zero(f.t, x.ExitCode(), "%s", x.Shown())
	}
	return x.Shown()
}
