// SPDX-License-Identifier: Apache-2.0

// Package pcscd runs a private PC/SC service (pcsc-lite's pcscd) with virtual
// readers (vsmartcard's vpcd), for tests and the demo: without root, without
// systemd, on a socket of its own, as many at once as are wanted.
//
// pcscd takes its listening socket as descriptor 3 by systemd's socket
// activation (sd_listen_fds(3)), and then neither creates nor needs
// /run/pcscd. Clients find it by PCSCLITE_CSOCK_NAME (see Env).
//
// vpcd by itself listens on TCP ports of every network interface. Here a small
// preloaded library (preload/sockets.c, compiled at start) gives it unix
// sockets instead, so that nobody but the user reaches the readers.
package pcscd

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// deadline bounds every wait of this package that has no deadline of its own.
const deadline = 20 * time.Second

// maxReaders is how many readers Start takes: pcscd has 16 slots
// (PCSCLITE_MAX_READERS_CONTEXTS), a reader two.
const maxReaders = 8

// ErrMissing is wrapped by Start when a program is not installed (Debian:
// pcscd, vsmartcard-vpcd, and a C compiler).
var ErrMissing = errors.New("pcscd: program not installed")

// Service is one private pcscd.
type Service struct {
	dir     string // logs and configuration
	run     string // sockets, a short path
	options Options
	foreign bool // not ours to end

	mu      sync.Mutex
	usb     usb
	process *os.Process
	exited  chan struct{} // closed once the process is reaped
}

// Start runs a pcscd with a number of virtual readers, 0 to 8, each of two
// slots. dir is an existing directory that the service may fill; readers of
// other drivers may be there, as files of dir/reader.conf.d. Start returns when
// the service answers and has its readers.
func Start(dir string, readers int) (*Service, error) {
	return StartWith(dir, Options{Readers: readers})
}

// StartWith does the same for a service of another kind.
func StartWith(dir string, o Options) (*Service, error) {
	if o.Readers < 0 || o.Readers > maxReaders {
		return nil, fmt.Errorf("pcscd: %d readers, at most %d", o.Readers, maxReaders)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	s := &Service{dir: dir, options: o}
	if err := s.configure(); err != nil {
		return nil, err
	}
	// sun_path has 108 bytes; directories of tests may be longer.
	if s.run, err = os.MkdirTemp("", "pcscd"); err != nil {
		return nil, err
	}
	if err := s.launch(); err != nil {
		_ = os.RemoveAll(s.run)
		return nil, err
	}
	return s, nil
}

// System returns the PC/SC service of the system, at its usual place. It is
// only asked for its readers; nothing of this package starts or ends it.
func System() *Service { return &Service{run: "/run/pcscd", foreign: true} }

// Env returns the environment setting by which PC/SC clients find the service.
func (s *Service) Env() []string { return []string{"PCSCLITE_CSOCK_NAME=" + s.Socket()} }

// Socket returns the path of the service's socket.
func (s *Service) Socket() string { return filepath.Join(s.run, "pcscd.comm") }

// Slot returns the address of a slot of a reader for package vpcd: readers
// from 0, slot 0 or 1.
func (s *Service) Slot(reader, slot int) string {
	return filepath.Join(s.run, fmt.Sprintf("slot%d", 2*reader+slot))
}

// ReaderName returns the PC/SC name of a slot of a reader.
func ReaderName(reader, slot int) string {
	return fmt.Sprintf("%s 00 %02d", friendlyName(reader), slot)
}

// PID returns the process id of the service, 0 while it does not run.
func (s *Service) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return 0
	}
	return s.process.Pid
}

func friendlyName(reader int) string { return fmt.Sprintf("Virtual PCD %c", 'A'+reader) }

// Log returns what pcscd printed so far.
func (s *Service) Log() string {
	if s.foreign {
		return "not ours"
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "pcscd.log"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Stop ends the service and removes its sockets. It may be called again.
func (s *Service) Stop() error {
	if s.foreign {
		return nil
	}
	err := s.end(syscall.SIGTERM)
	s.mu.Lock()
	s.closeUSB()
	s.mu.Unlock()
	return errors.Join(err, os.RemoveAll(s.run))
}

// Kill ends the service as a crash would: the socket stays and refuses.
func (s *Service) Kill() error { return s.end(syscall.SIGKILL) }

// Restart ends the service if it runs and starts it anew, with the same
// addresses and readers. Cards in the readers come back by themselves.
func (s *Service) Restart() error {
	if err := s.Stop(); err != nil {
		return err
	}
	if err := os.Mkdir(s.run, 0o700); err != nil {
		return err
	}
	return s.launch()
}

// end signals the process and waits until it is gone.
func (s *Service) end(signal os.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return nil
	}
	_ = s.process.Signal(signal) // it may have ended by itself
	select {
	case <-s.exited:
	case <-time.After(deadline):
		_ = s.process.Kill()
		<-s.exited
	}
	s.process = nil
	return nil
}

//go:embed preload/sockets.c
var preloadSource []byte

// port is the number by which the configuration and the preloaded library name
// a slot; nothing is bound to it.
func port(slot int) int { return 0xC000 + slot }

// configure writes reader.conf.d and compiles the preloaded library.
//
// The driver keeps its state by slot number and not by reader, so that two
// entries with one library would take each other's sockets: every further
// reader gets a copy of the driver.
func (s *Service) configure() error {
	if _, err := program(); err != nil {
		return err
	}
	library, err := driver()
	if err != nil {
		return err
	}
	var text strings.Builder
	if s.options.USB {
		if err := s.configureUSB(library); err != nil {
			return err
		}
	}
	for i := range s.options.Readers {
		if s.options.USB {
			break // found on its bus
		}
		path := library
		if i > 0 {
			code, err := os.ReadFile(library)
			if err != nil {
				return err
			}
			path = filepath.Join(s.dir, fmt.Sprintf("libifdvpcd%d.so", i))
			if err := os.WriteFile(path, code, 0o755); err != nil {
				return err
			}
		}
		fmt.Fprintf(&text, "FRIENDLYNAME \"%s\"\nDEVICENAME /dev/null:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n\n",
			friendlyName(i), port(2*i), path, port(2*i))
	}
	conf := filepath.Join(s.dir, "reader.conf.d")
	if err := os.MkdirAll(conf, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(conf, "vpcd"), []byte(text.String()), 0o644); err != nil {
		return err
	}
	return s.compile()
}

// runPath stands for /run/pcscd, which belongs to the system's own service.
func (s *Service) runPath() string { return filepath.Join(s.run, "system") }

func (s *Service) preload() string { return filepath.Join(s.dir, "preload.so") }

func (s *Service) compile() error {
	compiler, err := exec.LookPath("cc")
	if err != nil {
		return fmt.Errorf("%w: cc", ErrMissing)
	}
	args := []string{"-shared", "-fPIC", "-O1", "-o", s.preload(), "sockets.c"}
	if err := os.WriteFile(filepath.Join(s.dir, "sockets.c"), preloadSource, 0o644); err != nil {
		return err
	}
	if s.options.USB {
		args = append(args, "usb.c")
		if err := os.WriteFile(filepath.Join(s.dir, "usb.c"), usbSource, 0o644); err != nil {
			return err
		}
	}
	command := exec.Command(compiler, append(args, "-ldl")...)
	command.Dir = s.dir
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("pcscd: %w: %s", err, out)
	}
	return nil
}

// launch opens the sockets, starts pcscd on them and waits until it answers.
func (s *Service) launch() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	command, err := s.command()
	if err != nil {
		return err
	}
	paths := []string{s.Socket()}
	given := make([]string, 0, 2*s.options.Readers)
	for i := range 2 * s.options.Readers {
		paths = append(paths, s.Slot(i/2, i%2))
		given = append(given, fmt.Sprintf("%d:%d", port(i), 4+i))
	}
	for _, path := range paths {
		socket, err := listen(path)
		if err != nil {
			return err
		}
		defer socket.Close() // pcscd alone holds it then
		command.ExtraFiles = append(command.ExtraFiles, socket)
	}
	command.Env = append(os.Environ(), "LISTEN_FDS=1", "LD_PRELOAD="+s.preload(),
		"VPCD_SOCKETS="+strings.Join(given, ","), "PCSCD_RUN="+s.runPath())
	if s.options.Poll > 0 {
		command.Env = append(command.Env, fmt.Sprintf("PCSCD_POLL=%d", s.options.Poll.Milliseconds()))
	}
	if s.options.USB {
		env, end, err := s.connectUSB(3 + len(command.ExtraFiles))
		if err != nil {
			return err
		}
		command.Env, command.ExtraFiles = append(command.Env, env...), append(command.ExtraFiles, end)
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "pcscd.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	command.Stdout, command.Stderr = log, log
	if err := s.start(command); err != nil {
		return err
	}
	for _, socket := range command.ExtraFiles {
		_ = socket.Close()
	}
	if err := s.ready(); err != nil {
		_ = s.process.Kill()
		<-s.exited
		s.process = nil
		return fmt.Errorf("%w; pcscd printed:\n%s", err, s.Log())
	}
	return nil
}

// listen opens a unix socket as a file to be inherited.
func listen(path string) (*os.File, error) {
	_ = os.Remove(path)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	listener.SetUnlinkOnClose(false)
	return listener.File()
}

// command builds the command line. LISTEN_PID must be pcscd's own process id,
// which only the process itself knows before it execs.
func (s *Service) command() (*exec.Cmd, error) {
	path, err := program()
	if err != nil {
		return nil, err
	}
	args := []string{"-c", `LISTEN_PID=$$; export LISTEN_PID; exec "$@"`, "sh", path,
		"--foreground", "--info", "--config", filepath.Join(s.dir, "reader.conf.d")}
	if hasOption(path, "--disable-polkit") {
		args = append(args, "--disable-polkit")
	}
	command := exec.Command("/bin/sh", args...)
	command.Dir = s.dir
	command.SysProcAttr = dieWithParent()
	return command, nil
}

// start runs the command from a thread that stays as long as the process: the
// signal at the parent's death is bound to the thread that forked.
func (s *Service) start(command *exec.Cmd) error {
	started := make(chan error, 1)
	exited := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait()
		}
		close(exited)
	}()
	if err := <-started; err != nil {
		return err
	}
	s.process, s.exited = command.Process, exited
	return nil
}

// ready waits until pcscd has set up its readers and answers a client, or has
// ended. pcscd accepts its first client after the readers are there.
func (s *Service) ready() error {
	answered := make(chan error, 1)
	go func() {
		states, err := s.States()
		if err == nil && len(states) < 2*s.options.Readers { // there may be more in reader.conf.d
			err = fmt.Errorf("pcscd: has %d slots, not %d", len(states), 2*s.options.Readers)
		}
		answered <- err
	}()
	select {
	case err := <-answered:
		return errors.Join(err, s.preloaded())
	case <-s.exited:
		return errors.New("pcscd: ended at start")
	}
}

// preloaded makes sure that the driver took the sockets: without the preloaded
// library it would be listening on the network.
func (s *Service) preloaded() error {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", s.process.Pid))
	if err != nil {
		return err
	}
	if !strings.Contains(string(maps), s.preload()) {
		return errors.New("pcscd: the preloaded library was not loaded")
	}
	return nil
}
