// SPDX-License-Identifier: Apache-2.0

package sharing

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

const patience = 60 * time.Second

// fixture is a card that programs share.
type fixture struct {
	*testing.T
	*e2e.Rig
	tools  *hostproc.Tools
	census *census
	stop   atomic.Bool
	group  sync.WaitGroup

	mu    sync.Mutex
	wrong []string
	done  map[string]int
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	tools := hostproc.Build(t)
	r := e2e.Start(t, e2e.Options{Reading: e2e.EmptyReader})
	x := &fixture{T: t, Rig: r, tools: tools, done: map[string]int{}}
	x.census = &census{Card: r.Gate.Card}
	r.Gate.Card = x.census
	r.Insert()
	return x
}

// start starts a host of the library, not initialised.
func (x *fixture) start(env ...string) *hostproc.Host {
	x.Helper()
	env = append(append(slices.Clone(x.Env), "XDG_RUNTIME_DIR="), env...)
	h, err := x.tools.Start(hostproc.Options{Library: x.Module, Env: env, Limit: patience})
	require.NoError(x, err)
	x.Cleanup(func() { _ = h.Stop() })
	return h
}

// noCache is the setting of a program that reads the card anew at each start.
func (x *fixture) noCache() string {
	x.Helper()
	dir := filepath.Join(x.Dir, "config")
	require.NoError(x, os.MkdirAll(filepath.Join(dir, "tscns"), 0o700))
	require.NoError(x, os.WriteFile(filepath.Join(dir, "tscns", "tscns.conf"), []byte("cache = off\n"), 0o600))
	return "XDG_CONFIG_HOME=" + dir
}

// other starts another program of the PC/SC service.
func (x *fixture) other() *hostproc.Other {
	x.Helper()
	o, err := x.tools.Other(e2e.ReaderName, x.Env...)
	require.NoError(x, err)
	x.Cleanup(o.Stop)
	return o
}

// loop does something again and again until the end, beside the others.
func (x *fixture) loop(name string, do func() error) {
	x.group.Add(1)
	go func() {
		defer x.group.Done()
		for !x.stop.Load() {
			if err := do(); err != nil {
				x.complain("%s: %v", name, err)
				return
			}
			x.count(name)
		}
	}()
}

func (x *fixture) count(what string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.done[what]++
}

func (x *fixture) counted(what string) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.done[what]
}

func (x *fixture) complain(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wrong = append(x.wrong, fmt.Sprintf(format, args...))
}

// finish ends all loops.
func (x *fixture) finish() {
	x.Helper()
	x.stop.Store(true)
	x.group.Wait()
	x.Log(x.done)
	require.Empty(x, x.wrong)
}

// census counts at the card what its log forgets.
type census struct {
	vpcd.Card
	resets, verified, refused, signed, meddled atomic.Int64
}

func (c *census) Reset() {
	c.resets.Add(1)
	c.Card.Reset()
}

// Power comes with a cold reset, too.
func (c *census) Power(on bool) {
	if on {
		c.resets.Add(1)
	}
	c.Card.Power(on)
}

func (c *census) Transmit(command []byte) []byte {
	answer := c.Card.Transmit(command)
	good := bytes.HasSuffix(answer, []byte{0x90, 0x00})
	switch {
	case len(command) < 4:
	case command[1] == 0x20 && good:
		c.verified.Add(1)
	case command[1] == 0x20 || command[1] == 0x24 || command[1] == 0x2C:
		c.refused.Add(1)
	case vpcd.IsSignature(command) && good:
		c.signed.Add(1)
	case bytes.Equal(command, []byte{0x00, 0xB0, 0x02, 0x00, 0x10}): // of meddle
		c.meddled.Add(1)
	}
	return answer
}

func (c *census) String() string {
	return fmt.Sprintf("the card: %d resets, %d PINs right, %d refused, %d signatures", c.resets.Load(), c.verified.Load(),
		c.refused.Load(), c.signed.Load())
}
