// SPDX-License-Identifier: Apache-2.0

package hostproc

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Other is another program that uses the PC/SC service.
type Other struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	mu      sync.Mutex
}

// Success is the answer of a command that worked (SCARD_S_SUCCESS).
const Success = "00000000"

// Other starts a program for a reader; env names the service, as package
// pcscd's Env does.
func (t *Tools) Other(reader string, env ...string) (*Other, error) {
	o := &Other{command: exec.Command(t.other, reader)}
	o.command.Env = append(os.Environ(), env...)
	o.command.Stderr = os.Stderr
	var err error
	if o.in, err = o.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := o.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	o.out = bufio.NewReader(out)
	return o, o.command.Start()
}

// Do runs a command (c/other.c lists them) and returns its PC/SC code in
// hexadecimal. It waits as long as the service makes it wait.
func (o *Other) Do(command string) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, err := fmt.Fprintln(o.in, command); err != nil {
		return "", err
	}
	line, err := o.out.ReadString('\n')
	return strings.TrimSpace(line), err
}

// Stop ends the program, whatever it does.
func (o *Other) Stop() {
	_ = o.command.Process.Kill()
	_ = o.command.Wait()
}

// Census is what a process has.
type Census struct {
	Threads     int
	Descriptors int
	Sockets     int   // of the descriptors: each connection to pcscd is one, on both sides
	Resident    int64 // KiB
}

func (c Census) String() string {
	return fmt.Sprintf("%d threads, %d descriptors (%d sockets), %d KiB", c.Threads, c.Descriptors, c.Sockets, c.Resident)
}

// Take counts what a process has now (proc(5)).
func Take(pid int) (Census, error) {
	var c Census
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	tasks, err := os.ReadDir(filepath.Join(dir, "task"))
	if err != nil {
		return c, err
	}
	files, err := os.ReadDir(filepath.Join(dir, "fd"))
	if err != nil {
		return c, err
	}
	c.Threads, c.Descriptors = len(tasks), len(files)
	for _, f := range files {
		if target, err := os.Readlink(filepath.Join(dir, "fd", f.Name())); err == nil && strings.HasPrefix(target, "socket:") {
			c.Sockets++
		}
	}
	statm, err := os.ReadFile(filepath.Join(dir, "statm"))
	if err != nil {
		return c, err
	}
	if words := strings.Fields(string(statm)); len(words) > 1 {
		pages, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			return c, err
		}
		c.Resident = pages * int64(os.Getpagesize()) / 1024
	}
	return c, nil
}

// threadStates says what each thread of a process is doing: its system call
// with arguments, and where in the kernel it sleeps. newest is the thread
// started last.
func threadStates(pid int) (states string, newest int) {
	var text strings.Builder
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	for _, task := range tasks {
		read := func(name string) string {
			b, err := os.ReadFile(filepath.Join(task, name))
			if err != nil {
				return "?"
			}
			return strings.TrimSpace(string(b))
		}
		if id, err := strconv.Atoi(filepath.Base(task)); err == nil {
			newest = max(newest, id)
		}
		fmt.Fprintf(&text, "thread %s %s: wchan %s, syscall %s\n", filepath.Base(task), read("comm"), read("wchan"), read("syscall"))
	}
	return text.String(), newest
}
