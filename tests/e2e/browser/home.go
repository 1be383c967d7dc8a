// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience bounds every wait of this package: a condition that does not come
// true within it is a failure, never a reason to go on.
const patience = 60 * time.Second

// poll is the pause between two looks at a condition that cannot be waited for.
const poll = 15 * time.Millisecond

// Home is the private directory of one test: everything that its programs
// write goes below it, and they end with the test.
type Home struct {
	testing.TB
	dir     string
	env     []string
	display *Display // nil before StartDisplay
}

// NewHome makes the directories that programs expect and the environment that
// leads them there. extra settings come on top of it.
func NewHome(t testing.TB, extra ...string) *Home {
	t.Helper()
	h := &Home{TB: t, dir: t.TempDir()}
	for name, place := range map[string]string{
		"HOME": "home", "XDG_CONFIG_HOME": "home/.config", "XDG_DATA_HOME": "home/.local/share",
		"XDG_CACHE_HOME": "home/.cache", "XDG_STATE_HOME": "home/.local/state", "XDG_RUNTIME_DIR": "run", "TMPDIR": "tmp",
	} {
		require.NoError(t, os.MkdirAll(h.Path(place), 0o700))
		h.env = append(h.env, name+"="+h.Path(place))
	}
	// A blinking caret would change the picture of a prompt without a key.
	h.write("home/.config/gtk-3.0/settings.ini", "[Settings]\ngtk-cursor-blink=0\ngtk-enable-animations=0\n")
	h.env = append(h.env, "PATH="+os.Getenv("PATH"), "LANG=C.UTF-8", "TZ=UTC", "NO_AT_BRIDGE=1", "GTK_USE_PORTAL=0",
		// No message bus is started in passing, and none of the user's is met.
		"DBUS_SESSION_BUS_ADDRESS=unix:path="+h.Path("run/no-bus"), "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+h.Path("run/no-bus"),
		"MOZ_CRASHREPORTER_DISABLE=1", "LIBGL_ALWAYS_SOFTWARE=1")
	h.env = append(h.env, extra...)
	return h
}

// With returns the same home with further settings of the environment.
func (h *Home) With(env ...string) *Home {
	other := *h
	other.env = append(slices.Clone(h.env), env...)
	return &other
}

// Path returns a path below the directory.
func (h *Home) Path(elements ...string) string {
	return filepath.Join(append([]string{h.dir}, elements...)...)
}

func (h *Home) write(name, text string) {
	h.Helper()
	require.NoError(h, os.MkdirAll(filepath.Dir(h.Path(name)), 0o700))
	require.NoError(h, os.WriteFile(h.Path(name), []byte(text), 0o600))
}

// tempDir makes a directory of its own for one start of a program.
func (h *Home) tempDir(name string) string {
	h.Helper()
	dir, err := os.MkdirTemp(h.dir, name)
	require.NoError(h, err)
	return dir
}

// need skips the test by name where a program is not installed.
func (h *Home) need(names ...string) {
	h.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			h.Skipf("SKIPPED: %s is not installed", name)
		}
	}
}

// try executes a program that ends by itself and returns what it printed.
func (h *Home) try(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, name, args...)
	command.Env, command.Dir = h.env, h.dir
	out, err := command.CombinedOutput()
	return string(out), err
}

// run is try where the program must end well.
func (h *Home) run(name string, args ...string) string {
	h.Helper()
	out, err := h.try(name, args...)
	require.NoError(h, err, "%s %s: %s", name, strings.Join(args, " "), out)
	return out
}

// Process is a program in a process group of its own.
type Process struct {
	command *exec.Cmd
	log     string
	exited  chan struct{}
	err     error // valid once exited is closed
	stop    sync.Once
}

// start runs a program in the background until the end of the test. Its output
// goes to <name>.log. It is killed with this process, should that die: the
// kernel binds that to the thread that forked, which therefore waits here.
func (h *Home) start(name string, files []*os.File, argv ...string) *Process {
	h.Helper()
	log, err := os.OpenFile(h.Path(name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(h, err)
	defer log.Close()
	p := &Process{command: exec.Command(argv[0], argv[1:]...), log: log.Name(), exited: make(chan struct{})}
	p.command.Env, p.command.Dir = h.env, h.dir
	p.command.Stdout, p.command.Stderr, p.command.ExtraFiles = log, log, files
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.command.Start()
		started <- err
		if err == nil {
			p.err = p.command.Wait()
			close(p.exited)
		}
	}()
	require.NoError(h, <-started)
	h.Cleanup(p.Stop)
	return p
}

// PID returns the process id, which is the id of the group too.
func (p *Process) PID() int { return p.command.Process.Pid }

// Alive returns nil, or what a program that has ended printed.
func (p *Process) Alive() error {
	select {
	case <-p.exited:
		return fmt.Errorf("browser: %s ended: %s; it printed:\n%s", filepath.Base(p.command.Path), p.command.ProcessState, p.Log())
	default:
		return nil
	}
}

// wait returns how the program ended, or an error if it does not end.
func (p *Process) wait() error {
	select {
	case <-p.exited:
		return p.err
	case <-time.After(patience):
		return fmt.Errorf("browser: %s runs on after %v; it printed:\n%s", filepath.Base(p.command.Path), patience, p.Log())
	}
}

// Stop ends the program and what it started. It may be called again.
func (p *Process) Stop() {
	p.stop.Do(func() {
		if p.Alive() == nil {
			_ = syscall.Kill(-p.PID(), syscall.SIGTERM) // it may just have ended
			select {
			case <-p.exited:
			case <-time.After(patience / 6):
			}
		}
		// What is left of the group: helper processes, or a program that hangs.
		_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
		<-p.exited
	})
}

// Maps reports whether the program has a file mapped, such as a loaded module.
func (p *Process) Maps(path string) bool {
	maps, _ := os.ReadFile(fmt.Sprintf("/proc/%d/maps", p.PID()))
	return strings.Contains(string(maps), path)
}

// Log returns what the program printed.
func (p *Process) Log() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// until returns as soon as a condition holds. A condition that returns an
// error ends the wait with it.
func until(what string, condition func() (bool, error)) error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(poll) {
		if done, err := condition(); err != nil || done {
			return err
		}
	}
	return fmt.Errorf("browser: not within %v: %s", patience, what)
}
