// SPDX-License-Identifier: Apache-2.0

package pcscd_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
)

// echo is a card that answers every command with its last four bytes and 9000.
type echo struct {
	mu     sync.Mutex
	resets int
}

var echoATR, _ = hex.DecodeString("3BFF1800FF8131FE55006B02091617011101434E531131808D")

func (e *echo) ATR() []byte { return echoATR }
func (e *echo) Power(bool)  {}
func (e *echo) Reset() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.resets++
}
func (e *echo) Transmit(command []byte) []byte {
	return append(append([]byte{}, command[max(0, len(command)-4):]...), 0x90, 0x00)
}

const patience = 10 * time.Second

func start(t *testing.T, readers int) *pcscd.Service {
	t.Helper()
	return startWith(t, pcscd.Options{Readers: readers})
}

func startWith(t *testing.T, o pcscd.Options) *pcscd.Service {
	t.Helper()
	s, err := pcscd.StartWith(t.TempDir(), o)
	if errors.Is(err, pcscd.ErrMissing) {
		t.Skip("skipped: ", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Stop())
		if t.Failed() {
			t.Log(s.Log())
		}
	})
	return s
}

func reader(t *testing.T, s *pcscd.Service, reader, slot int) *vpcd.Reader {
	t.Helper()
	r := vpcd.New(s.Slot(reader, slot))
	t.Cleanup(r.Close)
	return r
}

func TestNoReaders(t *testing.T) {
	s := start(t, 0)
	states, err := s.States()
	require.NoError(t, err)
	require.Empty(t, states)
}

func TestInsertRemoveInsert(t *testing.T) {
	s := start(t, 1)
	r := reader(t, s, 0, 0)
	name := pcscd.ReaderName(0, 0)
	require.NoError(t, s.WaitCard(name, false, patience))
	states, err := s.States()
	require.NoError(t, err)
	require.Len(t, states, 2, "vpcd makes two slots")

	r.Insert(&echo{})
	require.NoError(t, s.WaitCard(name, true, patience))
	r.Remove()
	require.NoError(t, s.WaitCard(name, false, patience))
	r.Insert(&echo{})
	require.NoError(t, s.WaitCard(name, true, patience))

	// A swap between two polls is seen as a removal and an insertion.
	before := events(t, s, name)
	r.Insert(&echo{})
	require.NoError(t, s.Wait(patience, func(states []pcscd.State) bool {
		for _, state := range states {
			if state.Name == name {
				return state.Present && state.Events == before+2
			}
		}
		return false
	}))
}

func events(t *testing.T, s *pcscd.Service, name string) uint32 {
	t.Helper()
	states, err := s.States()
	require.NoError(t, err)
	for _, state := range states {
		if state.Name == name {
			return state.Events
		}
	}
	t.Fatal("reader missing: ", name)
	return 0
}

func TestTwoReadersFourCards(t *testing.T) {
	s := start(t, 2)
	for i := range 4 {
		reader(t, s, i/2, i%2).Insert(&echo{})
	}
	require.NoError(t, s.Wait(patience, func(states []pcscd.State) bool {
		present := 0
		for _, state := range states {
			if state.Present {
				present++
			}
		}
		return present == 4
	}))
	require.NoError(t, s.WaitCard(pcscd.ReaderName(1, 1), true, patience))
}

// TestNothingOnTheNetwork looks for a TCP socket among those of the service.
func TestNothingOnTheNetwork(t *testing.T) {
	s := start(t, 2)
	reader(t, s, 0, 0).Insert(&echo{})
	require.NoError(t, s.WaitCard(pcscd.ReaderName(0, 0), true, patience))
	own, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer own.Close()
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		require.NoError(t, err)
		for _, line := range strings.Split(string(text), "\n")[1:] {
			if fields := strings.Fields(line); len(fields) > 9 {
				inodes["socket:["+fields[9]+"]"] = true
			}
		}
	}
	require.NotEmpty(t, inodes)
	dir := fmt.Sprintf("/proc/%d/fd", s.PID())
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	sockets := 0
	for _, file := range files {
		target, err := os.Readlink(filepath.Join(dir, file.Name()))
		if err != nil || !strings.HasPrefix(target, "socket:") {
			continue
		}
		sockets++
		require.False(t, inodes[target], "pcscd has a TCP socket")
	}
	require.Greater(t, sockets, 4)
}

func TestServicesSideBySide(t *testing.T) {
	s1, s2 := start(t, 1), start(t, 1)
	require.NotEqual(t, s1.Socket(), s2.Socket())
	reader(t, s2, 0, 0).Insert(&echo{})
	require.NoError(t, s2.WaitCard(pcscd.ReaderName(0, 0), true, patience))
	require.NoError(t, s1.WaitCard(pcscd.ReaderName(0, 0), false, patience))
}

func TestKillAndRestart(t *testing.T) {
	s := start(t, 1)
	r := reader(t, s, 0, 0)
	r.Insert(&echo{})
	require.NoError(t, s.WaitCard(pcscd.ReaderName(0, 0), true, patience))
	require.NoError(t, s.Kill())
	_, err := net.Dial("unix", s.Socket())
	require.Error(t, err)
	require.NoError(t, s.Restart())
	require.NoError(t, s.WaitCard(pcscd.ReaderName(0, 0), true, patience))
	require.NoError(t, s.Stop())
	_, err = os.Stat(s.Socket())
	require.True(t, os.IsNotExist(err))
}

// TestOpenscTool goes through libpcsclite, and measures a command on the way.
func TestOpenscTool(t *testing.T) {
	tool, err := exec.LookPath("opensc-tool")
	if err != nil {
		t.Skip("skipped: opensc-tool not installed")
	}
	s := start(t, 1)
	r := reader(t, s, 0, 0)
	r.Insert(&echo{})
	require.NoError(t, s.WaitCard(pcscd.ReaderName(0, 0), true, patience))
	args := []string{"-r", pcscd.ReaderName(0, 0), "-c", "default"}
	for range 200 {
		args = append(args, "-s", "00:B0:00:00:10")
	}
	command := exec.Command(tool, args...)
	command.Env = append(os.Environ(), s.Env()...)
	begin := time.Now()
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, 200, strings.Count(string(out), "SW1=0x90, SW2=0x00"), string(out))
	each := time.Since(begin) / 200
	t.Logf("%v a command, start of the program included", each)
	require.Less(t, each, 20*time.Millisecond, "delayed acknowledgements are back")
}

// The system's own pcscd keeps its pid file in /run/pcscd; the private one
// keeps it beside its other files, so that it neither needs nor disturbs that.
func TestNothingInTheSystemsPlace(t *testing.T) {
	s := start(t, 1)
	own := strconv.Itoa(s.PID())
	pid, err := os.ReadFile(filepath.Join(filepath.Dir(s.Socket()), "system", "pcscd.pid"))
	require.NoError(t, err)
	require.Equal(t, own, strings.TrimSpace(strings.TrimRight(string(pid), "\x00")))
	if theirs, err := os.ReadFile("/run/pcscd/pcscd.pid"); err == nil {
		require.NotContains(t, string(theirs), own)
	}
}

// The reader goes and comes back, with the card in it, and another card after
// that.
func TestReaderGoneAndBack(t *testing.T) {
	s := startWith(t, pcscd.Options{Readers: 1, USB: true})
	r, name := reader(t, s, 0, 0), pcscd.ReaderName(0, 0)
	for range 3 {
		r.Insert(&echo{})
		require.NoError(t, s.WaitCard(name, true, patience))
		require.NoError(t, s.Unplug())
		require.NoError(t, s.Plug())
		require.NoError(t, s.WaitCard(name, true, patience))
		r.Remove()
		require.NoError(t, s.WaitCard(name, false, patience))
	}
	require.NoError(t, s.Unplug())
	require.NoError(t, s.Restart())
	states, err := s.States()
	require.NoError(t, err)
	require.Len(t, states, 2)
	require.NoError(t, s.Unplug())
	require.Error(t, start(t, 1).Unplug(), "a serial reader stays")
}

// A service that looks more often sees a card come and go faster.
func TestPolling(t *testing.T) {
	s := startWith(t, pcscd.Options{Readers: 1, Poll: 10 * time.Millisecond})
	r, name := reader(t, s, 0, 0), pcscd.ReaderName(0, 0)
	begin := time.Now()
	const stays = 20
	for range stays {
		r.Insert(&echo{})
		require.NoError(t, s.WaitCard(name, true, patience))
		r.Remove()
		require.NoError(t, s.WaitCard(name, false, patience))
	}
	took := time.Since(begin) / stays
	t.Logf("%v for a stay", took)
	require.Less(t, took, 300*time.Millisecond, "pcscd's own pace takes 0.4 s at the least")
}
