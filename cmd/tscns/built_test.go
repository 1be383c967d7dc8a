// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/console"
	"tscns/cmd/internal/exit"
	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
	"tscns/tests/cardtest"
	"tscns/tests/kit"
)

// The built command on a real PC/SC service.

// host is a computer with the built command, a service of its own and a card.
type host struct {
	t       *testing.T
	command string
	env     []string
	card    *simcard.Card
}

func build(t *testing.T, path string) {
	t.Helper()
	out, err := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", path, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func newHost(t *testing.T, family simcard.Family) *host {
	t.Helper()
	h := &host{t: t, command: filepath.Join(t.TempDir(), "tscns")}
	build(t, h.command)
	service, err := pcscd.Start(t.TempDir(), 1)
	if errors.Is(err, pcscd.ErrMissing) {
		t.Skipf("SKIPPED: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { _ = service.Stop() })
	set, err := simcard.NewSet(family)
	require.NoError(t, err)
	h.card, err = simcard.New(simcard.ForIdentity(family, set.Identity))
	require.NoError(t, err)
	r := vpcd.New(service.Slot(0, 0))
	t.Cleanup(r.Close)
	r.Insert(h.card)
	require.NoError(t, service.WaitCard(pcscd.ReaderName(0, 0), true, time.Minute))
	h.env = append([]string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "TERM=xterm"}, service.Env()...)
	return h
}

func (h *host) prepare(args ...string) *exec.Cmd {
	cmd := exec.Command(h.command, args...)
	cmd.Env = h.env
	return cmd
}

func (h *host) run(args ...string) (out string, code int) {
	h.t.Helper()
	cmd := h.prepare(args...)
	b, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(h.t, err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

func TestBuiltCommand(t *testing.T) {
	h := newHost(t, simcard.FamilyT)
	out, code := h.run("status", "--json")
	require.Equal(t, exit.OK, code, out)
	require.NoError(t, followsSchema(t, "status", out))

	// doctor loads the built library in another process, where it sees the card.
	doctorOf := func(env ...string) map[string]foundLine {
		cmd := h.prepare("doctor", "--json", "--module", module(t))
		cmd.Env = append(cmd.Env, env...)
		b, _ := cmd.Output() // the exit code follows this machine's browsers
		byCheck := map[string]foundLine{}
		for _, f := range findings(t, string(b)) {
			byCheck[f.Check] = f
		}
		return byCheck
	}
	found := doctorOf()
	for _, check := range []string{"pcscd-running", "pcscd-permitted", "card", "certificate", "pin", "library"} {
		assert.Equal(t, "ok", found[check].State, "%v", found[check])
	}
	assert.Contains(t, found["library"].Text, "cards: 1, certificates: 1")
	with, _ := cardtest.PINCommands(h.card)
	assert.Zero(t, with)

	// The real PC/SC library against a service that turns it away, and none.
	socket, stop := turnsAway(t)
	defer stop()
	found = doctorOf("PCSCLITE_CSOCK_NAME=" + socket)
	assert.Equal(t, "failure", found["pcscd-permitted"].State, "%v", found)
	assert.Equal(t, "ok", found["pcscd-running"].State)
	found = doctorOf("PCSCLITE_CSOCK_NAME=/nonexistent/socket")
	assert.Equal(t, "failure", found["pcscd-running"].State, "%v", found)
	assert.Equal(t, "note", found["pcscd-permitted"].State)

	// In a pipe: no colour, no progress, and no PIN.
	assert.NotContains(t, out, "\x1b")
	cmd := h.prepare("pin", "change")
	cmd.Stdin = strings.NewReader(cardtest.PIN + "\n246810\n246810\n")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal at all
	b, _ := cmd.CombinedOutput()
	assert.Equal(t, exit.NotGood, cmd.ProcessState.ExitCode(), "%s", b)
	assert.Contains(t, string(b), "typed at a terminal only")
	with, _ = cardtest.PINCommands(h.card)
	assert.Zero(t, with)
}

func (h *host) terminal(args ...string) *kit.Terminal { return kit.OnTerminal(h.t, h.prepare(args...)) }

func TestPINAtATerminal(t *testing.T) {
	h := newHost(t, simcard.FamilyB2)
	x := h.terminal("pin", "change")
	x.Answer("Present PIN (5 to 8 digits): ", cardtest.PIN+"\n")
	x.Answer("New PIN (5 to 8 digits): ", "246810\n")
	limits, err := os.ReadFile("/proc/" + strconv.Itoa(x.Process.Pid) + "/limits")
	require.NoError(t, err)
	assert.Regexp(t, `Max core file size +0 +0 `, string(limits), "a crash leaves no PIN in a core")
	x.Answer("New PIN, once more: ", "246810\n")
	require.Equal(t, exit.OK, x.ExitCode(), x.Shown())
	assert.Contains(t, x.Shown(), "The PIN is changed.")
	assert.NotContains(t, x.Shown(), cardtest.PIN)
	assert.NotContains(t, x.Shown(), "246810")
	with, _ := cardtest.PINCommands(h.card)
	assert.Equal(t, 1, with)

	// Interrupted while typing: nothing is sent, and the terminal shows again
	// what is typed.
	x = h.terminal("pin", "change")
	x.Answer("Present PIN (5 to 8 digits): ", "2468\x03")
	assert.Equal(t, 130, x.ExitCode(), x.Shown())
	assert.True(t, x.Echoes())
	with, _ = cardtest.PINCommands(h.card)
	assert.Equal(t, 1, with)

	// Colours are for a terminal, unless the person wants none.
	x = h.terminal("status")
	require.Equal(t, exit.OK, x.ExitCode())
	assert.Contains(t, x.Shown(), "\x1b["+string(console.Green)+"m")
	h.env = append(h.env, "NO_COLOR=1")
	x = h.terminal("status")
	require.Equal(t, exit.OK, x.ExitCode())
	assert.NotContains(t, x.Shown(), "\x1b["+string(console.Green)+"m")
}

// A library that this person may not read. An administrator may read
// everything, so that the built command runs as nobody then.
func TestDoctorOfAnUnreadableLibrary(t *testing.T) {
	dir, err := os.MkdirTemp("", "unreadable") // open to others, as t.TempDir is not
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	command, library := filepath.Join(dir, "tscns"), filepath.Join(dir, "closed.so")
	build(t, command)
	require.NoError(t, os.WriteFile(library, []byte("x"), 0o600))
	cmd := exec.Command(command, "doctor", "--json", "--module", library)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "PCSCLITE_CSOCK_NAME=" + filepath.Join(dir, "nobody")}
	if os.Geteuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	} else {
		require.NoError(t, os.Chmod(library, 0))
	}
	out, _ := cmd.Output() // other checks fail too: there is no service
	require.Equal(t, exit.NotGood, cmd.ProcessState.ExitCode(), "%s", out)
	list := findings(t, string(out))
	i := slices.IndexFunc(list, func(f foundLine) bool { return f.Check == "library" })
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, "failure", list[i].State)
	assert.Contains(t, list[i].Text, "cannot be used: you may not read it")
	assert.Contains(t, list[i].Cure, "install the package tscns again")
}
