// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/tests/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// host is a program in C with the library loaded (c/host.c), which does what
// it is told.
type host struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	dir   string // where it leaves a core
	flags ck.Flags
}

func startHost(t *testing.T, module string, env []string) *host {
	t.Helper()
	program := kit.Program(t, "tests/pin/c/host.c", "-O1", "-fno-builtin", "-fno-tree-vectorize", "-Wl,-z,now")
	h := &host{t: t, cmd: exec.Command(program, module), dir: t.TempDir()}
	h.cmd.Dir, h.cmd.Env, h.cmd.Stderr = h.dir, env, os.Stderr
	in, err := h.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := h.cmd.StdoutPipe()
	require.NoError(t, err)
	h.in, h.out = in, bufio.NewReader(out)
	require.NoError(t, h.cmd.Start())
	t.Cleanup(func() {
		_ = h.in.Close()
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
	})
	return h
}

// begin gives a command whose answer is read later.
func (h *host) begin(format string, args ...any) {
	h.t.Helper()
	_, err := fmt.Fprintf(h.in, format+"\n", args...)
	require.NoError(h.t, err)
}

// answer reads the return value of the command before.
func (h *host) answer() ck.RV {
	h.t.Helper()
	read := make(chan string, 1)
	go func() {
		for {
			line, err := h.out.ReadString('\n')
			if flags, found := strings.CutPrefix(line, "flags "); found && err == nil {
				n, _ := strconv.ParseUint(strings.TrimSpace(flags), 16, 64)
				h.flags = ck.Flags(n)
				continue
			}
			read <- line
			return
		}
	}()
	select {
	case line := <-read:
		n, err := strconv.ParseUint(strings.TrimSpace(strings.TrimPrefix(line, "rv ")), 16, 64)
		require.NoError(h.t, err, "answer %q", line)
		return ck.RV(n)
	case <-time.After(kit.Patience):
		h.t.Fatal("the library does not answer")
		return 0
	}
}

func (h *host) do(format string, args ...any) ck.RV {
	h.t.Helper()
	h.begin(format, args...)
	return h.answer()
}

// must does what has to succeed.
func (h *host) must(format string, args ...any) {
	h.t.Helper()
	require.Equal(h.t, ck.CKR_OK, h.do(format, args...), format)
}

// ready opens a session.
func (h *host) ready() {
	h.t.Helper()
	h.must("init")
	h.must("open")
}
