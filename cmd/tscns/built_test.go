// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tscns/cmd/internal/console"
	"tscns/cmd/internal/exit"
	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
)

// The built command on a real PC/SC service.

// desk is a computer with the built command, a service of its own and a card.
type desk struct {
	t       *testing.T
	command string
	env     []string
	card    *simcard.Card
}

func newDesk(t *testing.T, family simcard.Family) *desk {
	t.Helper()
	d := &desk{t: t, command: filepath.Join(t.TempDir(), "tscns")}
	out, err := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", d.command, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	service, err := pcscd.Start(t.TempDir(), 1)
	if errors.Is(err, pcscd.ErrMissing) {
		t.Skipf("SKIPPED: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { service.Stop() })
	set, err := simcard.NewSet(family)
	require.NoError(t, err)
	d.card, err = simcard.New(simcard.ForIdentity(family, set.Identity))
	require.NoError(t, err)
	r := vpcd.New(service.Slot(0, 0))
	t.Cleanup(r.Close)
	r.Insert(d.card)
	require.NoError(t, service.WaitCard(pcscd.ReaderName(0, 0), true, time.Minute))
	d.env = append([]string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "TERM=xterm"}, service.Env()...)
	return d
}

func (d *desk) prepare(args ...string) *exec.Cmd {
	cmd := exec.Command(d.command, args...)
	cmd.Env = d.env
	return cmd
}

func (d *desk) run(args ...string) (out string, code int) {
	d.t.Helper()
	cmd := d.prepare(args...)
	b, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(d.t, err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

func TestBuiltCommand(t *testing.T) {
	d := newDesk(t, simcard.FamilyT)
	out, code := d.run("status", "--json")
	require.Equal(t, exit.OK, code, out)
	require.NoError(t, validate(t, schema(t), out))

	// doctor loads the built library in another process, where it sees the card.
	doctorOf := func(env ...string) map[string]map[string]string {
		cmd := d.prepare("doctor", "--json", "--module", module(t))
		cmd.Env = append(cmd.Env, env...)
		b, _ := cmd.Output() // the exit code follows this machine's browsers
		var list []map[string]string
		require.NoError(t, json.Unmarshal(b, &list), "%s", b)
		byCheck := map[string]map[string]string{}
		for _, f := range list {
			byCheck[f["check"]] = f
		}
		return byCheck
	}
	found := doctorOf()
	for _, check := range []string{"pcscd-running", "pcscd-permitted", "card", "certificate", "pin", "library"} {
		assert.Equal(t, "ok", found[check]["state"], "%v", found[check])
	}
	assert.Contains(t, found["library"]["text"], "cards: 1, certificates: 1")
	with, _ := pinCommands(d.card)
	assert.Zero(t, with)

	// The real PC/SC library against a service that turns it away, and none.
	found = doctorOf("PCSCLITE_CSOCK_NAME=" + turnsAway(t))
	assert.Equal(t, "failure", found["pcscd-permitted"]["state"], "%v", found)
	assert.Equal(t, "ok", found["pcscd-running"]["state"])
	found = doctorOf("PCSCLITE_CSOCK_NAME=/nonexistent/socket")
	assert.Equal(t, "failure", found["pcscd-running"]["state"], "%v", found)
	assert.Equal(t, "note", found["pcscd-permitted"]["state"])

	// In a pipe: no colour, no progress, and no PIN.
	assert.NotContains(t, out, "\x1b")
	cmd := d.prepare("pin", "change")
	cmd.Stdin = strings.NewReader(rightPIN + "\n246810\n246810\n")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal at all
	b, _ := cmd.CombinedOutput()
	assert.Equal(t, exit.NotGood, cmd.ProcessState.ExitCode(), "%s", b)
	assert.Contains(t, string(b), "typed at a terminal only")
	with, _ = pinCommands(d.card)
	assert.Zero(t, with)
}

// terminal is a pseudo-terminal with a command on it, and what it shows.
type terminal struct {
	t      *testing.T
	master *os.File
	cmd    *exec.Cmd
	exited chan error

	mu   sync.Mutex
	text bytes.Buffer
	news chan struct{}
}

func (d *desk) terminal(args ...string) *terminal {
	d.t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		d.t.Skipf("SKIPPED: no pseudo-terminals here: %v", err)
	}
	fd := int(master.Fd())
	require.NoError(d.t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(d.t, err)
	slave, err := os.OpenFile("/dev/pts/"+itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(d.t, err)
	x := &terminal{t: d.t, master: master, cmd: d.prepare(args...), exited: make(chan error, 1), news: make(chan struct{}, 1)}
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = slave, slave, slave
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(d.t, x.cmd.Start())
	slave.Close()
	go x.read()
	d.t.Cleanup(func() { master.Close() })
	return x
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func (x *terminal) read() {
	b := make([]byte, 512)
	for {
		n, err := x.master.Read(b)
		x.mu.Lock()
		x.text.Write(b[:n])
		x.mu.Unlock()
		select {
		case x.news <- struct{}{}:
		default:
		}
		if err != nil { // EIO when the last user of the other side is gone
			x.exited <- x.cmd.Wait()
			return
		}
	}
}

func (x *terminal) shown() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.text.String()
}

// echoes says whether the terminal shows what is typed.
func (x *terminal) echoes() bool {
	state, err := unix.IoctlGetTermios(int(x.master.Fd()), unix.TCGETS)
	require.NoError(x.t, err)
	return state.Lflag&unix.ECHO != 0
}

// answer waits for the nth prompt, and for the echo to be off, then types.
func (x *terminal) answer(prompt string, n int, typed string) {
	x.t.Helper()
	end := time.After(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for strings.Count(x.shown(), prompt) < n || x.echoes() {
		select {
		case <-end:
			require.Fail(x.t, "no prompt", "%q, echo %v, in %q", prompt, x.echoes(), x.shown())
		case <-x.news:
		case <-tick.C:
		}
	}
	_, err := io.WriteString(x.master, typed)
	require.NoError(x.t, err)
}

func (x *terminal) wait() int {
	x.t.Helper()
	select {
	case <-x.exited:
	case <-time.After(time.Minute):
		_ = x.cmd.Process.Kill()
		require.Fail(x.t, "does not end", "%q", x.shown())
	}
	return x.cmd.ProcessState.ExitCode()
}

func TestPINAtATerminal(t *testing.T) {
	d := newDesk(t, simcard.FamilyB2)
	x := d.terminal("pin", "change")
	x.answer("Present PIN: ", 1, rightPIN+"\n")
	x.answer("New PIN: ", 1, "246810\n")
	limits, err := os.ReadFile("/proc/" + itoa(x.cmd.Process.Pid) + "/limits")
	require.NoError(t, err)
	assert.Regexp(t, `Max core file size +0 +0 `, string(limits), "a crash leaves no PIN in a core")
	x.answer("New PIN, once more: ", 1, "246810\n")
	require.Equal(t, exit.OK, x.wait(), x.shown())
	assert.Contains(t, x.shown(), "The PIN is changed.")
	assert.NotContains(t, x.shown(), rightPIN)
	assert.NotContains(t, x.shown(), "246810")
	with, _ := pinCommands(d.card)
	assert.Equal(t, 1, with)

	// Interrupted while typing: nothing is sent, and the terminal shows again
	// what is typed.
	x = d.terminal("pin", "change")
	x.answer("Present PIN: ", 1, "2468\x03")
	assert.Equal(t, 130, x.wait(), x.shown())
	assert.True(t, x.echoes())
	with, _ = pinCommands(d.card)
	assert.Equal(t, 1, with)

	// Colours are for a terminal, unless the person wants none.
	x = d.terminal("status")
	require.Equal(t, exit.OK, x.wait())
	assert.Contains(t, x.shown(), "\x1b["+string(console.Green)+"m")
	d.env = append(d.env, "NO_COLOR=1")
	x = d.terminal("status")
	require.Equal(t, exit.OK, x.wait())
	assert.NotContains(t, x.shown(), "\x1b["+string(console.Green)+"m")
}
