// SPDX-License-Identifier: Apache-2.0

//go:build unix

package register

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/message"
)

// lockVariable has this program hold a lock as Firefox does, until its input
// ends.
const lockVariable = "TSCNS_TEST_HOLD_LOCK"

func init() {
	path := os.Getenv(lockVariable)
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK})
	}
	fmt.Println("held", err)
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	os.Exit(0)
}

func TestRefusesWhileFirefoxRuns(t *testing.T) {
	tool(t, "modutil")
	w := world(t)
	dir := profile(t, filepath.Join(w.Home.Dir, ".mozilla/firefox"), "a.default")
	other := profile(t, filepath.Join(w.Home.Dir, ".mozilla/firefox"), "b.default")
	write(t, filepath.Join(other, ".parentlock"), "") // left behind, held by nobody

	exe, err := os.Executable()
	require.NoError(t, err)
	firefox := exec.Command(exe)
	firefox.Env = append(os.Environ(), lockVariable+"="+filepath.Join(dir, ".parentlock"))
	in, err := firefox.StdinPipe()
	require.NoError(t, err)
	out, err := firefox.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, firefox.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "held <nil>\n", line)

	before := tree(t, dir)
	steps := w.Register(Firefox)
	assert.Equal(t, []Outcome{Refused, Done}, outcomes(steps))
	assert.Contains(t, steps[0].Text.In(message.English), "Firefox is running and would undo it: close it")
	assert.Contains(t, steps[0].Text.In(message.Italian), "Firefox è aperto")
	assert.Equal(t, before, tree(t, dir))
	in.Close()
	require.NoError(t, firefox.Wait())
	assert.Equal(t, []Outcome{Done, Nothing}, outcomes(w.Register(Firefox)))
}

func TestRefusesWhileChromiumRuns(t *testing.T) {
	tool(t, "modutil")
	w := world(t)
	host, err := os.Hostname()
	require.NoError(t, err)
	lock := filepath.Join(w.Home.Config, "BraveSoftware/Brave-Browser/SingletonLock")
	require.NoError(t, os.MkdirAll(filepath.Dir(lock), 0o700))
	require.NoError(t, os.Symlink(fmt.Sprintf("%s-%d", host, os.Getpid()), lock))
	steps := w.Register(Chrome)
	assert.Equal(t, []Outcome{Refused}, outcomes(steps))
	assert.Contains(t, steps[0].Text.In(message.English), "Brave is running")
	assert.NoDirExists(t, filepath.Join(w.Home.Dir, ".pki"))

	// A lock that a crash left behind is no reason.
	ended := exec.Command("true")
	require.NoError(t, ended.Run())
	require.NoError(t, os.Remove(lock))
	require.NoError(t, os.Symlink(fmt.Sprintf("%s-%d", host, ended.Process.Pid), lock))
	assert.Equal(t, []Outcome{Done}, outcomes(w.Register(Chrome)))
}
