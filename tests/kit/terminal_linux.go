// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Terminal is a program on a pseudo-terminal, and what it shows there.
type Terminal struct {
	*exec.Cmd
	t      testing.TB
	master *os.File
	ended  chan struct{}

	mu   sync.Mutex
	text strings.Builder

	answered int // how much was shown at the last answer
}

// OnTerminal starts a program on a pseudo-terminal, and ends it with the test.
// Where the system has none the test is skipped.
func OnTerminal(t testing.TB, cmd *exec.Cmd) *Terminal {
	t.Helper()
	master, err := pty.Start(cmd)
	if path := new(fs.PathError); errors.As(err, &path) && strings.HasPrefix(path.Path, "/dev/") {
		t.Skipf("SKIPPED: no pseudo-terminals here: %v", err)
	}
	require.NoError(t, err)
	x := &Terminal{Cmd: cmd, t: t, master: master, ended: make(chan struct{})}
	go x.read()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-x.ended
		master.Close()
	})
	return x
}

func (x *Terminal) read() {
	b := make([]byte, 512)
	for {
		n, err := x.master.Read(b)
		x.mu.Lock()
		x.text.Write(b[:n])
		x.mu.Unlock()
		if err != nil { // EIO when the last user of the other side is gone
			_ = x.Cmd.Wait() // ExitCode tells
			close(x.ended)
			return
		}
	}
}

// Shown returns all that the program has shown.
func (x *Terminal) Shown() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.text.String()
}

// Echoes reports whether the terminal shows what is typed.
func (x *Terminal) Echoes() bool {
	x.t.Helper()
	state, err := unix.IoctlGetTermios(int(x.master.Fd()), unix.TCGETS)
	require.NoError(x.t, err)
	return state.Lflag&unix.ECHO != 0
}

// Until waits until the program has shown a text since the last answer.
func (x *Terminal) Until(text string) {
	x.t.Helper()
	x.until(text, func() bool { return true })
}

func (x *Terminal) until(text string, more func() bool) {
	x.t.Helper()
	shown := func() bool { return strings.Contains(x.Shown()[x.answered:], text) && more() }
	for end := time.Now().Add(Patience); !shown(); time.Sleep(time.Millisecond) {
		select {
		case <-x.ended:
			if shown() {
				return
			}
		default:
			if time.Now().Before(end) {
				continue
			}
		}
		require.FailNow(x.t, "not shown", "%q, or no prompt for something unseen: %q", text, x.Shown())
	}
}

// Type types.
func (x *Terminal) Type(text string) {
	x.t.Helper()
	x.answered = len(x.Shown())
	_, err := x.master.WriteString(text)
	require.NoError(x.t, err)
}

// Answer waits for a prompt, and for the echo to be off, then types. Programs throw
// away what was typed before they turn it off.
func (x *Terminal) Answer(prompt, typed string) {
	x.t.Helper()
	x.until(prompt, func() bool { return !x.Echoes() })
	x.Type(typed)
}

// Stop types Ctrl-C, and ends a program that goes on.
func (x *Terminal) Stop() {
	_, _ = x.master.WriteString("\x03")
	select {
	case <-x.ended:
	case <-time.After(5 * time.Second):
		_ = syscall.Kill(-x.Process.Pid, syscall.SIGTERM)
	}
}

// ExitCode waits for the end of the program.
func (x *Terminal) ExitCode() int {
	x.t.Helper()
	select {
	case <-x.ended:
	case <-time.After(Patience):
		require.Fail(x.t, "does not end", "%q", x.Shown())
	}
	return x.ProcessState.ExitCode()
}
