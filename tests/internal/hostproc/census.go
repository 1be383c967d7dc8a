// SPDX-License-Identifier: Apache-2.0

package hostproc

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

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
