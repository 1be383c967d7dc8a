// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// patience bounds every wait of this package: a condition that does not come
// true within it is a failure, never a reason to go on.
const patience = 60 * time.Second

// poll is the pause between two looks at a condition that cannot be waited for.
const poll = 15 * time.Millisecond

// ErrMissing is wrapped where a program is not installed.
var ErrMissing = errors.New("browser: program not installed")

// Home is the private directory of one test: everything that its programs
// write goes below it.
type Home struct {
	dir string
	env []string
}

// NewHome makes the directories that programs expect below dir and the
// environment that leads them there. extra settings come on top of it.
func NewHome(dir string, extra ...string) (*Home, error) {
	h := &Home{dir: dir}
	places := map[string]string{
		"HOME": "home", "XDG_CONFIG_HOME": "home/.config", "XDG_DATA_HOME": "home/.local/share",
		"XDG_CACHE_HOME": "home/.cache", "XDG_STATE_HOME": "home/.local/state", "XDG_RUNTIME_DIR": "run", "TMPDIR": "tmp",
	}
	for name, place := range places {
		if err := os.MkdirAll(h.Path(place), 0o700); err != nil {
			return nil, err
		}
		h.env = append(h.env, name+"="+h.Path(place))
	}
	// A blinking caret would change the picture of a prompt without a key.
	if err := h.write("home/.config/gtk-3.0/settings.ini", "[Settings]\ngtk-cursor-blink=0\ngtk-enable-animations=0\n"); err != nil {
		return nil, err
	}
	h.env = append(h.env, "PATH="+os.Getenv("PATH"), "LANG=C.UTF-8", "TZ=UTC", "NO_AT_BRIDGE=1", "GTK_USE_PORTAL=0",
		// No message bus is started in passing, and none of the user's is met.
		"DBUS_SESSION_BUS_ADDRESS=unix:path="+h.Path("run/no-bus"), "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+h.Path("run/no-bus"),
		"MOZ_CRASHREPORTER_DISABLE=1", "LIBGL_ALWAYS_SOFTWARE=1")
	h.env = append(h.env, extra...)
	return h, nil
}

// With returns the same home with further settings of the environment.
func (h *Home) With(env ...string) *Home {
	return &Home{dir: h.dir, env: append(slices.Clone(h.env), env...)}
}

// Path returns a path below the directory.
func (h *Home) Path(elements ...string) string {
	return filepath.Join(append([]string{h.dir}, elements...)...)
}

func (h *Home) write(name, text string) error {
	path := h.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// run executes a program that ends by itself and returns what it printed.
func (h *Home) run(name string, args ...string) (string, error) {
	path, err := lookPath(name)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, path, args...)
	command.Env = h.env
	command.Dir = h.dir
	out, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out), err
}

func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%w: %s", ErrMissing, name)
	}
	return path, nil
}

// Process is a program in a process group of its own.
type Process struct {
	command *exec.Cmd
	log     string
	exited  chan struct{}
	err     error // valid once exited is closed
}

// start runs a program in the background. Its output goes to <name>.log. It is
// killed with this process, should that die: the kernel binds that to the
// thread that forked, which therefore waits here.
func (h *Home) start(name string, files []*os.File, argv ...string) (*Process, error) {
	path, err := lookPath(argv[0])
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(h.Path(name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &Process{command: exec.Command(path, argv[1:]...), log: log.Name(), exited: make(chan struct{})}
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
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// PID returns the process id, which is the id of the group too.
func (p *Process) PID() int { return p.command.Process.Pid }

// Running tells whether the program has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// Wait returns how the program ended, or an error if it does not end.
func (p *Process) Wait(timeout time.Duration) error {
	select {
	case <-p.exited:
		return p.err
	case <-time.After(timeout):
		return fmt.Errorf("browser: process %d runs on after %v", p.PID(), timeout)
	}
}

// Stop ends the program and what it started. It may be called again.
func (p *Process) Stop() {
	if p.Running() {
		_ = syscall.Kill(-p.PID(), syscall.SIGTERM) // it may just have ended
		select {
		case <-p.exited:
		case <-time.After(patience / 6):
		}
	}
	// What is left of the group: helper processes, or a program that hangs.
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
	<-p.exited
}

// Maps tells whether the program has a file mapped, such as a loaded module.
func (p *Process) Maps(path string) (bool, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", p.PID()))
	return strings.Contains(string(maps), path), err
}

// Log returns what the program printed.
func (p *Process) Log() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Inside reads a trace of the module (TSCNS_TRACE) and returns how long a program
// was inside the module, all calls together, and how many there were. It does not
// depend on what else the machine does in between. Loading the file and starting
// the Go runtime, some 3 ms, are not in it.
func Inside(trace string) (total time.Duration, calls int, err error) {
	text, err := os.ReadFile(trace)
	if err != nil {
		return 0, 0, err
	}
	for _, found := range callTime.FindAllStringSubmatch(string(text), -1) {
		took, err := time.ParseDuration(found[1])
		if err != nil {
			return 0, 0, err
		}
		total += took
		calls++
	}
	return total, calls, nil
}

var callTime = regexp.MustCompile(`(?m) C_\w+ = CKR_\S+ (?:\(0x[0-9a-f]+\) )?in ([0-9.]+[a-zµ]+)`)

// until returns as soon as a condition holds. A condition that returns an
// error ends the wait with it.
func until(what string, timeout time.Duration, condition func() (bool, error)) error {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if done, err := condition(); err != nil || done {
			return err
		}
		select {
		case <-deadline.C:
			return fmt.Errorf("browser: not within %v: %s", timeout, what)
		case <-tick.C:
		}
	}
}
