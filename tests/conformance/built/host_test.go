// SPDX-License-Identifier: Apache-2.0

package built

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/tests/conformance"
)

// Operations of c/client.c.
const (
	opCall = iota
	opPointer
	opPeek
	opFork
	opExit
	opMutexCalls
)

// threads is how many threads a program has.
const threads = 8

// program is a running c/client.c with a library in it.
type program struct {
	t       *testing.T
	command *exec.Cmd
	output  bytes.Buffer
	mu      sync.Mutex
	next    int
	lines   []*os.File
}

// thread is one of its threads: a conformance.Host.
type thread struct {
	*program
	line      *os.File
	mu        sync.Mutex
	base      conformance.Addr
	nowhere   conformance.Addr
	callbacks [4]conformance.Addr
}

// limit is how long a program may run before it counts as hanging.
const limit = 60 * time.Second

// newHost starts a program with a library, and ends it with the test.
func newHost(t *testing.T, lib string, env ...string) *thread {
	t.Helper()
	bin, err := client()
	require.NoError(t, err)
	p := &program{t: t, command: exec.Command(bin, lib, fmt.Sprint(threads))}
	p.command.Env = append(os.Environ(), env...)
	p.command.Stdout, p.command.Stderr = &p.output, &p.output
	p.command.WaitDelay = time.Second
	for range threads {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		require.NoError(t, err)
		p.lines = append(p.lines, os.NewFile(uintptr(pair[0]), "ours"))
		p.command.ExtraFiles = append(p.command.ExtraFiles, os.NewFile(uintptr(pair[1]), "theirs"))
	}
	require.NoError(t, p.command.Start())
	for _, f := range p.command.ExtraFiles {
		require.NoError(t, f.Close())
	}
	watchdog := time.AfterFunc(limit, func() { _ = p.command.Process.Kill() })
	t.Cleanup(func() {
		for _, f := range p.lines {
			_ = f.Close()
		}
		err := p.command.Wait()
		if !watchdog.Stop() {
			t.Errorf("the C program hangs:\n%s", p.output.String())
		} else if err != nil || strings.TrimSpace(p.output.String()) != "ok" {
			t.Errorf("the C program ended: %v\n%s", err, p.output.String())
		}
	})
	return p.thread()
}

func (p *program) thread() *thread {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.next == len(p.lines) {
		panic("the C program has no more threads")
	}
	h := &thread{program: p, line: p.lines[p.next]}
	p.next++
	var hello [6]uint64
	memory := make([]byte, 8*len(hello))
	if _, err := io.ReadFull(h.line, memory); err != nil {
		p.t.Fatalf("the C program does not start: %v\n%s", err, p.output.String())
	}
	for i := range hello {
		hello[i] = binary.NativeEndian.Uint64(memory[8*i:])
	}
	h.base, h.nowhere = conformance.Addr(hello[0]), conformance.Addr(hello[1])
	for i := range h.callbacks {
		h.callbacks[i] = conformance.Addr(hello[2+i])
	}
	return h
}

// ask sends a request and returns the answer. A program that is gone answers
// nothing: that is CKR_GENERAL_ERROR, and an error of the test.
func (h *thread) ask(operation uint32, way conformance.Way, function int, words [10]uint64, memory []byte) (uint64, []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	request := make([]byte, 16, 96+len(memory))
	for i, v := range []uint32{operation, uint32(way), uint32(function), uint32(len(memory))} {
		binary.NativeEndian.PutUint32(request[4*i:], v)
	}
	for _, w := range words {
		request = binary.NativeEndian.AppendUint64(request, w)
	}
	answer := make([]byte, 8+len(memory))
	_, err := h.line.Write(append(request, memory...))
	if err == nil {
		_, err = io.ReadFull(h.line, answer)
	}
	if err != nil {
		h.t.Errorf("the C program does not answer (operation %d, function %d): %v", operation, function, err)
		return uint64(ck.CKR_GENERAL_ERROR), answer[8:]
	}
	return binary.NativeEndian.Uint64(answer), answer[8:]
}

func index(name string) int {
	for i, f := range conformance.Functions() {
		if f.Name == name {
			return i
		}
	}
	panic("no function " + name)
}

// Call implements conformance.Driver, through the table that has the function
// first.
func (h *thread) Call(name string, args ...any) ck.RV {
	way := conformance.In240
	if index(name) >= 68 {
		way = conformance.In30
	}
	return h.CallIn(way, name, args...)
}

// CallIn implements conformance.Host.
func (h *thread) CallIn(way conformance.Way, name string, args ...any) ck.RV {
	frame := conformance.NewFrame(h.base, name, args)
	rv, memory := h.ask(opCall, way, index(name), frame.Words, frame.Memory)
	frame.Return(memory)
	return ck.RV(rv)
}

// Thread implements conformance.Driver.
func (h *thread) Thread() conformance.Driver { return h.thread() }

// Pointer implements conformance.Host.
func (h *thread) Pointer(way conformance.Way, name string) conformance.Addr {
	p, _ := h.ask(opPointer, way, index(name), [10]uint64{}, nil)
	return conformance.Addr(p)
}

// Peek implements conformance.Host.
func (h *thread) Peek(a conformance.Addr, n int) []byte {
	_, memory := h.ask(opPeek, 0, 0, [10]uint64{uint64(a)}, make([]byte, n))
	return memory
}

// Callbacks implements conformance.Host.
func (h *thread) Callbacks() [4]conformance.Addr { return h.callbacks }

// MutexCalls implements conformance.Host.
func (h *thread) MutexCalls() int {
	n, _ := h.ask(opMutexCalls, 0, 0, [10]uint64{}, nil)
	return int(n)
}

// Nowhere implements conformance.Host.
func (h *thread) Nowhere() conformance.Addr { return h.nowhere }

// Fork implements conformance.Host: the child answers on this thread until it
// is told to end, then its parent does.
func (h *thread) Fork(child func(conformance.Driver)) {
	if in, _ := h.ask(opFork, 0, 0, [10]uint64{}, nil); in != 0 {
		h.t.Errorf("no child")
		return
	}
	child(h)
	if end, _ := h.ask(opExit, 0, 0, [10]uint64{}, nil); end != 1 {
		h.t.Errorf("the child did not end well")
	}
}
