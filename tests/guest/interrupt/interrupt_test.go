// SPDX-License-Identifier: Apache-2.0

package interrupt

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
	"tscns/tests/e2e"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

func TestMain(m *testing.M) {
	e2e.Reader = pcscd.Options{Readers: 1, Poll: 10 * time.Millisecond}
	os.Exit(kit.Main(m))
}

const (
	// soon is what a busy machine may need; an idle one needs some milliseconds.
	soon = 400 * time.Millisecond
	// answer is how long the slow card takes for each command.
	answer = time.Second
)

// slowCard takes its time for each command, where it is told to.
type slowCard struct {
	vpcd.Card
	slow  atomic.Bool
	began chan struct{} // a command begins
}

func (c *slowCard) Transmit(command []byte) []byte {
	if c.slow.Load() {
		select {
		case c.began <- struct{}{}:
		default:
		}
		time.Sleep(answer)
	}
	return c.Card.Transmit(command)
}

// rig is a reader with the card, and the programs of one library.
type rig struct {
	*testing.T
	*e2e.Rig
	tools   *hostproc.Tools
	card    *slowCard
	library string
}

// program starts a program, and has it log in where it is to.
func (x *rig) program(login bool) (*hostproc.Line, ck.SessionHandle) {
	x.Helper()
	h, err := x.tools.Start(hostproc.Options{Library: x.library, Env: append(x.Env, "XDG_RUNTIME_DIR="), Limit: time.Minute})
	require.NoError(x, err)
	d := h.Line()
	if !login {
		return d, 0
	}
	require.Equal(x, ck.CKR_OK, hostproc.Initialize(d))
	slots, rv := hostproc.Slots(d, true)
	require.Equal(x, ck.CKR_OK, rv)
	require.NotEmpty(x, slots)
	session, rv := hostproc.Open(d, slots[0])
	require.Equal(x, ck.CKR_OK, rv)
	require.Equal(x, ck.CKR_OK, hostproc.Login(d, session, x.PIN))
	return d, session
}

// interrupted has a program make calls, ends it by SIGINT while they wait, and
// returns how long it took to end.
func (x *rig) interrupted(d *hostproc.Line, waits, calls func()) time.Duration {
	x.Helper()
	over := make(chan struct{})
	go func() {
		defer close(over)
		calls()
	}()
	waits()
	time.Sleep(50 * time.Millisecond)
	begin := time.Now()
	state := d.Host().Kill(syscall.SIGINT)
	took := time.Since(begin)
	<-over
	status, ok := state.Sys().(syscall.WaitStatus)
	require.True(x, ok && status.Signaled() && status.Signal() == syscall.SIGINT, "%s", state)
	return took
}

func (x *rig) untilTheCardWorks() {
	x.Helper()
	select {
	case <-x.card.began:
	case <-time.After(kit.Patience):
		require.Fail(x, "the card gets no command")
	}
}

// scenes are what a program does while it is interrupted.
var scenes = []struct {
	name string
	run  func(x *rig) time.Duration
}{
	{"listing", func(x *rig) time.Duration {
		d, _ := x.program(false)
		x.card.slow.Store(true)
		return x.interrupted(d, x.untilTheCardWorks, func() {
			_ = hostproc.Initialize(d) // OpenSC looks at the card here
			slots, _ := hostproc.Slots(d, true)
			for _, slot := range slots {
				session, _ := hostproc.Open(d, slot)
				_, _ = hostproc.Find(d, session, ck.CKO_CERTIFICATE)
			}
		})
	}},
	{"signing", func(x *rig) time.Duration {
		d, session := x.program(true)
		x.card.slow.Store(true)
		return x.interrupted(d, x.untilTheCardWorks, func() { _, _ = hostproc.Sign(d, session, []byte("dati")) })
	}},
	{"signing, held by another program", func(x *rig) time.Duration {
		d, session := x.program(true)
		holder, err := x.tools.Other(e2e.ReaderName, x.Env...)
		require.NoError(x, err)
		defer holder.Stop()
		text, err := holder.Do("begin")
		require.NoError(x, err)
		require.Equal(x, hostproc.Success, text)
		waits := func() { time.Sleep(300 * time.Millisecond) } // until the call has come so far, which nobody sees
		return x.interrupted(d, waits, func() { _, _ = hostproc.Sign(d, session, []byte("dati")) })
	}},
}

// Ctrl-C ends a program at once, whatever its card does.
func TestInterrupt(t *testing.T) {
	r := e2e.Start(t, e2e.Options{Reading: e2e.EmptyReader})
	x := &rig{Rig: r, tools: hostproc.Build(t), card: &slowCard{Card: r.Gate.Card, began: make(chan struct{}, 1)}}
	r.Gate.Card = x.card
	r.Insert()
	libraries := []struct{ name, path string }{{"tscns", r.Module}}
	if found, _ := filepath.Glob("/usr/lib/*/opensc-pkcs11.so"); len(found) > 0 {
		libraries = append(libraries, struct{ name, path string }{"OpenSC", found[0]})
	} else {
		t.Log("SKIPPED: the column of OpenSC (package opensc-pkcs11)")
	}
	table := &strings.Builder{}
	for _, s := range scenes {
		fmt.Fprintf(table, "\n%-34s", s.name)
		for _, l := range libraries {
			x.T, x.library = t, l.path
			took := s.run(x)
			x.card.slow.Store(false)
			select { // a command that nobody waited for
			case <-x.card.began:
			default:
			}
			fmt.Fprintf(table, "%s %4d ms   ", l.name, took.Milliseconds())
			if l.path == r.Module {
				require.Less(t, took, soon, s.name)
			}
		}
	}
	t.Log(table.String())
}
