// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// terminal is a recipe that runs on a terminal of its own.
type terminal struct {
	*Service
	t     *testing.T
	typed *os.File
}

// onTerminal starts a recipe on a terminal.
func (f *fixture) onTerminal(command string) *terminal {
	f.t.Helper()
	Need(f.t, "script", "bsdutils")
	read, write, err := os.Pipe()
	require.NoError(f.t, err)
	f.t.Cleanup(func() { _, _ = read.Close(), write.Close() })
	s := f.privateModules(f.moduleFile(), f.mounts+"script -q -e -c 'bash -eu "+f.script(command)+"' /dev/null; exit $?").
		With(f.env...).At(f.dir).InFile(read).Start()
	return &terminal{s, f.t, write}
}

// answer types a line when a question is on the screen.
func (s *terminal) answer(question, line string) {
	s.t.Helper()
	s.WaitLog(s.t, question)
	// Programs print the question and then throw away what was typed before
	// they turn off the echo (OpenVPN): no person is that fast.
	time.Sleep(500 * time.Millisecond)
	_, err := s.typed.WriteString(line + "\n")
	require.NoError(s.t, err)
}

// wait waits until a text is on the screen.
func (s *terminal) wait(text string) { s.t.Helper(); s.WaitLog(s.t, text) }

// stop ends the recipe by Ctrl-C, which reaches programs that take the end of
// their terminal for something else (stunnel), or else with its terminal.
func (s *terminal) stop() {
	_, _ = s.typed.WriteString("\x03")
	select {
	case <-s.done:
	case <-time.After(5 * time.Second):
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGTERM)
	}
}

// end waits until the recipe has ended, and fails the test unless it ended well.
func (s *terminal) end() {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(patience):
		s.t.Fatalf("the recipe does not end:\n%s", s.log)
	}
	require.Zero(s.t, s.cmd.ProcessState.ExitCode(), "%s", s.log)
}

// served runs the recipe on a terminal of its own: each answer is typed when
// its question is there. It returns what was on the screen. Where last is not
// empty the recipe is over when it says so, otherwise when it ends, and well.
func (f *fixture) served(command, last string, dialogue ...[2]string) string {
	f.t.Helper()
	s := f.onTerminal(command)
	for _, d := range dialogue {
		s.answer(d[0], d[1])
	}
	if last != "" {
		s.wait(last)
		s.stop()
	} else {
		s.end()
	}
	return s.log.String()
}
