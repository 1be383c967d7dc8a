// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
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

// Answer waits for a prompt, and for the echo to be off, then types.
func (x *Terminal) Answer(prompt, typed string) {
	x.t.Helper()
	require.Eventually(x.t, func() bool { return strings.HasSuffix(x.Shown(), prompt) && !x.Echoes() },
		Patience, time.Millisecond, "%q is no prompt for something unseen: %q", prompt, x.Shown())
	_, err := x.master.WriteString(typed)
	require.NoError(x.t, err)
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
