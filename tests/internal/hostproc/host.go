// SPDX-License-Identifier: Apache-2.0

// Package hostproc has the built library loaded by a process of its own, so
// that a host that crashes or hangs is a finding and not the end of the test.
//
// A Host is a C program (tests/conformance/c/client.c) that calls what it is
// told to. Each of its threads is a Line, a conformance.Driver: the sequences
// of calls in this package and those of a test run on it and, in process, on
// conformance.InProcess alike. A call that is not back within a limit is a
// hang: the stacks of the program are kept and it is killed.
//
// Beside it: another PC/SC program that resets and holds the card (Other),
// what a process has open (Census), and which return values the standard lists
// for a function (Allowed).
package hostproc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tscns/module/ck"
	"tscns/tests/conformance"
)

// Lost is the answer of a Line whose program is gone; Host.Err says why. No
// function of the standard returns it.
const Lost = ck.RV(0xFFFFFFFF)

// Errors of Host.Err.
var (
	ErrHang  = errors.New("hostproc: the host hangs")
	ErrCrash = errors.New("hostproc: the host crashed")
)

// Options say how a host starts.
type Options struct {
	Library string        // path
	Threads int           // 1 for 0
	Env     []string      // in addition to that of this process
	Dir     string        // working directory, that of this process for ""
	Limit   time.Duration // after which a call counts as hanging; a minute for 0
}

// Host is a running program with the library loaded, not initialised.
type Host struct {
	command *exec.Cmd
	limit   time.Duration
	output  output
	ended   chan struct{} // closed when the process is reaped

	mu    sync.Mutex
	lines []*Line
	next  int
	err   error
}

// output collects what the program prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Start starts a host.
func (t *Tools) Start(o Options) (*Host, error) {
	n := max(1, o.Threads)
	h := &Host{command: exec.Command(t.client, o.Library, fmt.Sprint(n)), limit: o.Limit, ended: make(chan struct{})}
	if h.limit == 0 {
		h.limit = time.Minute
	}
	h.command.Env = append(append(os.Environ(), "GOTRACEBACK=all"), o.Env...)
	h.command.Dir, h.command.Stdout, h.command.Stderr = o.Dir, &h.output, &h.output
	h.command.WaitDelay = time.Second
	for range n {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		theirs := os.NewFile(uintptr(pair[1]), "theirs")
		defer theirs.Close()
		h.lines = append(h.lines, &Line{host: h, file: os.NewFile(uintptr(pair[0]), "ours")})
		h.command.ExtraFiles = append(h.command.ExtraFiles, theirs)
	}
	if err := h.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = h.command.Wait()
		close(h.ended)
	}()
	return h, nil
}

// PID returns the process id.
func (h *Host) PID() int { return h.command.Process.Pid }

// Line returns a thread of the host that nobody has yet, or nil.
func (h *Host) Line() *Line {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.next == len(h.lines) {
		return nil
	}
	l := h.lines[h.next]
	h.next++
	return l
}

// Err returns nil, or why the host is gone: ErrHang with its stacks, ErrCrash
// with what it printed.
func (h *Host) Err() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// fail notes why the host is gone, unless that is known; it says whether it
// was not.
func (h *Host) fail(err error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return false
	}
	h.err = err
	return true
}

// lost is called where the program does not answer on a line.
func (h *Host) lost(what string) {
	select {
	case <-h.ended:
	case <-time.After(10 * time.Second):
		_ = h.command.Process.Kill()
		<-h.ended
	}
	h.fail(fmt.Errorf("%w in %s: %v\n%s", ErrCrash, what, h.command.ProcessState, h.output.String()))
}

// hang is called where a call is not back in time. The library blocks the
// signals that ask for stacks; SIGSEGV from outside, at a thread of the Go
// runtime's own, has it print them. That it hangs is noted before, since other
// lines will find it dead.
func (h *Host) hang(what string) {
	states, newest := threadStates(h.PID())
	hangs := fmt.Errorf("%w in %s, not back after %v\n%s", ErrHang, what, h.limit, states)
	first := h.fail(hangs)
	_ = unix.Tgkill(h.PID(), newest, unix.SIGSEGV)
	select {
	case <-h.ended:
	case <-time.After(5 * time.Second):
	}
	if first {
		h.mu.Lock()
		h.err = fmt.Errorf("%w%s", hangs, h.output.String())
		h.mu.Unlock()
	}
	_ = h.command.Process.Kill()
}

// Kill sends the host a signal that ends it, and returns how it ended.
func (h *Host) Kill(s syscall.Signal) *os.ProcessState {
	_ = h.command.Process.Signal(s) // it may just have ended
	<-h.ended
	return h.command.ProcessState
}

// Stop ends the host by closing its lines, as an exit of its main function,
// and returns Err, or ErrCrash where it did not end well. It may be called
// again.
func (h *Host) Stop() error {
	h.mu.Lock()
	lines := h.lines
	h.lines, h.next = nil, 0
	h.mu.Unlock()
	for _, l := range lines {
		_ = l.file.Close()
	}
	select {
	case <-h.ended:
	case <-time.After(h.limit):
		h.hang("its end")
		<-h.ended
	}
	if text := h.output.String(); h.Err() == nil && (!h.command.ProcessState.Success() || strings.TrimSpace(text) != "ok") {
		h.fail(fmt.Errorf("%w at its end: %v\n%s", ErrCrash, h.command.ProcessState, text))
	}
	return h.Err()
}

// Line is one thread of a host. Its methods may be called from any goroutine,
// one after the other.
type Line struct {
	host *Host
	file *os.File
	mu   sync.Mutex
	// Addresses in the host: of the memory for arguments (0 before the first
	// call), of a page without access, of mutex functions.
	base, nowhere conformance.Addr
	callbacks     [4]conformance.Addr
}

var _ conformance.Host = (*Line)(nil)

// Thread implements conformance.Driver; it panics where the host has no
// further thread.
func (l *Line) Thread() conformance.Driver {
	other := l.host.Line()
	if other == nil {
		panic("hostproc: the host has no more threads")
	}
	return other
}

// Count returns at how many places of the memory that process pid may write,
// the host or a child that it forked, a text is; the memory for arguments is
// left out.
func (h *Host) Count(pid int, text string) (int, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, err
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return 0, err
	}
	defer memory.Close()
	found := 0
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var rights string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n < 3 || !strings.HasPrefix(rights, "rw") {
			continue
		}
		if slices.ContainsFunc(h.lines, func(l *Line) bool { return from >= int64(l.base) && to <= int64(l.nowhere) }) {
			continue
		}
		region := make([]byte, to-from)
		n, _ := memory.ReadAt(region, from) // some of the kernel's cannot be read
		found += bytes.Count(region[:n], []byte(text))
	}
	return found, nil
}

// Host returns the host of this thread.
func (l *Line) Host() *Host { return l.host }

// Operations of client.c.
const (
	opCall = iota
	opPointer
	opPeek
	opFork
	opExit
	opMutexCalls
)

// Call implements conformance.Driver: it calls a function of the library,
// through the list that has it first. Lost is the answer where the host crashed
// or hangs.
func (l *Line) Call(name string, args ...any) ck.RV {
	way := conformance.In240
	if index(name) >= 68 {
		way = conformance.In30
	}
	return l.CallIn(way, name, args...)
}

// CallIn implements conformance.Host.
func (l *Line) CallIn(way conformance.Way, name string, args ...any) ck.RV {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.greet(); err != nil {
		l.host.lost("its start")
		return Lost
	}
	frame := conformance.NewFrame(l.base, name, args)
	rv, memory, ok := l.exchange(name, opCall, way, index(name), frame.Words, frame.Memory)
	if !ok {
		return Lost
	}
	frame.Return(memory)
	return ck.RV(rv)
}

// Fork implements conformance.Host: this line talks to the child until child
// returns, and the child ends.
func (l *Line) Fork(child func()) bool {
	in, _, ok := l.ask("fork", opFork, 0, 0, 0, 0)
	if !ok || in != 0 {
		return false
	}
	child()
	end, _, ok := l.ask("the end of a forked child", opExit, 0, 0, 0, 0)
	return ok && end == 1
}

// Pointer implements conformance.Host.
func (l *Line) Pointer(way conformance.Way, name string) conformance.Addr {
	p, _, _ := l.ask(name, opPointer, way, index(name), 0, 0)
	return conformance.Addr(p)
}

// Peek implements conformance.Host.
func (l *Line) Peek(a conformance.Addr, n int) []byte {
	_, memory, _ := l.ask("reading memory", opPeek, 0, 0, uint64(a), n)
	return memory
}

// MutexCalls implements conformance.Host.
func (l *Line) MutexCalls() int {
	n, _, _ := l.ask("counting", opMutexCalls, 0, 0, 0, 0)
	return int(n)
}

// Callbacks implements conformance.Host.
func (l *Line) Callbacks() [4]conformance.Addr {
	l.MutexCalls() // the line is greeted
	return l.callbacks
}

// Nowhere implements conformance.Host.
func (l *Line) Nowhere() conformance.Addr {
	l.MutexCalls()
	return l.nowhere
}

// greet reads the addresses that the host sends first.
func (l *Line) greet() error {
	if l.base != 0 {
		return nil
	}
	var hello [6]uint64
	if err := binary.Read(l.file, binary.NativeEndian, &hello); err != nil {
		return err
	}
	l.base, l.nowhere = conformance.Addr(hello[0]), conformance.Addr(hello[1])
	for i := range l.callbacks {
		l.callbacks[i] = conformance.Addr(hello[2+i])
	}
	return nil
}

// index returns the place of a function in the list of version 3.0.
func index(name string) int {
	for i, f := range conformance.Functions() {
		if f.Name == name {
			return i
		}
	}
	panic("hostproc: no function " + name)
}

// ask sends a request that is no call, with one word and n bytes of memory.
func (l *Line) ask(what string, operation uint32, way conformance.Way, index int, word uint64, n int) (uint64, []byte, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.greet(); err != nil {
		l.host.lost("its start")
		return 0, make([]byte, n), false
	}
	value, memory, ok := l.exchange(what, operation, way, index, [10]uint64{word}, make([]byte, n))
	if !ok {
		memory = make([]byte, n)
	}
	return value, memory, ok
}

// exchange sends a request and waits for the answer, under the watchdog.
func (l *Line) exchange(what string, operation uint32, way conformance.Way, index int, words [10]uint64, memory []byte) (uint64, []byte, bool) {
	request := make([]byte, 16, 96+len(memory))
	for i, v := range []uint32{operation, uint32(way), uint32(index), uint32(len(memory))} {
		binary.NativeEndian.PutUint32(request[4*i:], v)
	}
	for _, w := range words {
		request = binary.NativeEndian.AppendUint64(request, w)
	}
	watchdog := time.AfterFunc(l.host.limit, func() { l.host.hang(what) })
	defer watchdog.Stop()
	answer := make([]byte, 8+len(memory))
	_, err := l.file.Write(append(request, memory...))
	if err == nil {
		_, err = io.ReadFull(l.file, answer)
	}
	if err != nil {
		l.host.lost(what)
		return 0, nil, false
	}
	return binary.NativeEndian.Uint64(answer), answer[8:], true
}
