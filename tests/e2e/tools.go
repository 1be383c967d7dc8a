// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// patience bounds every wait for a program. Nothing here takes a tenth of it
// on an idle machine.
const patience = 60 * time.Second

// Need is [kit.Need].
func Need(t testing.TB, program, pkg string) string {
	t.Helper()
	return kit.Need(t, pkg, program)
}

// needPackaged returns the first file that a pattern matches, a path as packages
// have it, or skips the test. Packages that build.sh unpacks instead of
// installing them are in a root of their own, whose programs are on the PATH.
func needPackaged(t testing.TB, what, pkg string, patterns ...string) string {
	t.Helper()
	all := slices.Clone(patterns)
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if root, found := strings.CutSuffix(dir, "/usr/bin"); found && root != "" {
			for _, pattern := range patterns {
				all = append(all, root+pattern)
			}
		}
	}
	return kit.NeedFile(t, what, pkg, all...)
}

// Command is a program to run as a person with this card would.
type Command struct {
	rig   *Rig
	path  string
	args  []string
	stdin io.Reader
	env   []string
	dir   string
	limit time.Duration
}

// Result is what a program did.
type Result struct {
	Out      string // standard output
	Err      string // standard error
	Code     int    // exit code; -1 when a signal ended it
	Duration time.Duration
}

// Text returns everything that the program printed.
func (r Result) Text() string { return r.Out + r.Err }

// Tool prepares a program; it is looked up by Need where the name has no slash.
func (r *Rig) Tool(program, pkg string, args ...string) *Command {
	r.t.Helper()
	path := program
	if !strings.Contains(program, "/") {
		path = Need(r.t, program, pkg)
	}
	if len(r.wrap) > 0 {
		path, args = r.wrap[0], append(append(append([]string{}, r.wrap[1:]...), path), args...)
	}
	return &Command{rig: r, path: path, args: args, dir: r.Dir, limit: patience}
}

// In gives the program an input.
func (c *Command) In(text string) *Command { c.stdin = strings.NewReader(text); return c }

// InFile gives the program an open file as its input.
func (c *Command) InFile(f *os.File) *Command { c.stdin = f; return c }

// With adds to its environment.
func (c *Command) With(env ...string) *Command { c.env = append(c.env, env...); return c }

// At sets its working directory.
func (c *Command) At(dir string) *Command { c.dir = dir; return c }

// Cmd returns the program as package exec has it, in a process group of its
// own, for tests that talk to it while it runs.
func (c *Command) Cmd(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.path, c.args...)
	cmd.Env = append(append([]string{}, c.rig.Env...), c.env...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}

// Run runs the program to its end. A program that does not end fails the test.
func (c *Command) Run() Result {
	c.rig.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), c.limit)
	defer cancel()
	cmd := c.Cmd(ctx)
	var out, err bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.stdin, &out, &err
	start := time.Now()
	failure := cmd.Run()
	result := Result{Out: out.String(), Err: err.String(), Code: cmd.ProcessState.ExitCode(), Duration: time.Since(start)}
	c.rig.note("$ %s %s\n(exit %d, %v)\n%s", filepath.Base(c.path), strings.Join(c.args, " "), result.Code, result.Duration, result.Text())
	if ctx.Err() != nil {
		c.rig.t.Fatalf("%s did not end within %v; it printed:\n%s", filepath.Base(c.path), c.limit, result.Text())
	}
	var exit *exec.ExitError
	if failure != nil && !errors.As(failure, &exit) {
		c.rig.t.Fatalf("%s: %v", c.path, failure)
	}
	return result
}

// OK runs the program and fails the test unless it ends well.
func (c *Command) OK() Result {
	c.rig.t.Helper()
	result := c.Run()
	if result.Code != 0 {
		c.rig.t.Fatalf("%s %s: exit %d; it printed:\n%s", filepath.Base(c.path), strings.Join(c.args, " "), result.Code, result.Text())
	}
	return result
}

// Has fails the test unless the program printed each text.
func (r Result) Has(t *testing.T, texts ...string) Result {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.Text(), text) {
			t.Fatalf("no %q in what it printed:\n%s", text, r.Text())
		}
	}
	return r
}

// Service is a program that runs beside the test until its end.
type Service struct {
	cmd  *exec.Cmd
	log  *logBuffer
	done chan struct{}
}

// Start runs the program beside the test and ends it with the test.
func (c *Command) Start() *Service {
	c.rig.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Service{cmd: c.Cmd(ctx), log: newLogBuffer(), done: make(chan struct{})}
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = c.stdin, s.log, s.log
	if err := s.cmd.Start(); err != nil {
		cancel()
		c.rig.t.Fatalf("%s: %v", c.path, err)
	}
	go func() {
		_ = s.cmd.Wait()
		close(s.done)
	}()
	c.rig.t.Cleanup(func() {
		cancel()
		<-s.done
		c.rig.note("service %s %s\n%s", filepath.Base(c.path), strings.Join(c.args, " "), s.log)
	})
	return s
}

// WaitLog waits until the program has printed a text.
func (s *Service) WaitLog(t *testing.T, text string) {
	t.Helper()
	end := time.NewTimer(patience)
	defer end.Stop()
	for {
		changed := s.log.changed()
		if strings.Contains(s.log.String(), text) {
			return
		}
		select {
		case <-changed:
		case <-s.done:
			if strings.Contains(s.log.String(), text) {
				return
			}
			t.Fatalf("%s ended before it printed %q:\n%s", s.cmd.Path, text, s.log)
		case <-end.C:
			t.Fatalf("%s did not print %q within %v:\n%s", s.cmd.Path, text, patience, s.log)
		}
	}
}

// Interrupt asks the program to end, as Ctrl-C does, waits for it and returns
// its exit code.
func (s *Service) Interrupt(t *testing.T) int {
	t.Helper()
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGINT)
	select {
	case <-s.done:
	case <-time.After(patience):
		t.Fatalf("%s did not end within %v:\n%s", s.cmd.Path, patience, s.log)
	}
	return s.cmd.ProcessState.ExitCode()
}

// AWait is the shortest wait of the module, for a card or a service: a program
// that was inside for less, all calls together, has waited for none, however busy
// the machine. ./build.sh bench measures how much less it is.
const AWait = time.Second

// Inside reads a trace of the module (TSCNS_TRACE) and returns how long a program
// was inside the module, all calls together, and how many there were. It does not
// depend on what else the machine does in between. Loading the file and starting
// the Go runtime, some 3 ms, are not in it.
func Inside(t *testing.T, trace string) (total time.Duration, calls int) {
	t.Helper()
	text, err := os.ReadFile(trace)
	require.NoError(t, err)
	for _, found := range callTime.FindAllStringSubmatch(string(text), -1) {
		took, err := time.ParseDuration(found[1])
		require.NoError(t, err)
		total += took
		calls++
	}
	return total, calls
}

var callTime = regexp.MustCompile(`(?m) C_\w+ = CKR_\S+ (?:\(0x[0-9a-f]+\) )?in ([0-9.]+[a-zµ]+)`)

// logBuffer keeps what a program prints and tells of every addition.
type logBuffer struct {
	mu    sync.Mutex
	text  bytes.Buffer
	added chan struct{}
}

func newLogBuffer() *logBuffer { return &logBuffer{added: make(chan struct{})} }

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.added)
	b.added = make(chan struct{})
	return b.text.Write(p)
}

// changed returns a channel that is closed at the next addition.
func (b *logBuffer) changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.added
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
