// SPDX-License-Identifier: Apache-2.0

//go:build unix

package register

import (
	"errors"
	"os"
	"strconv"
	"syscall"
)

// fileLocked reports whether another process holds a lock on a file (fcntl), as a
// Mozilla program does on the .parentlock of its profile.
func fileLocked(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK}
	return syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock) == nil && lock.Type != syscall.F_UNLCK
}

// processAlive reports whether a process id, in digits, is in use.
func processAlive(pid string) bool {
	n, err := strconv.Atoi(pid)
	if err != nil || n <= 0 {
		return false
	}
	err = syscall.Kill(n, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// lockDirectory waits until nobody else holds the lock of a directory, takes
// it, and returns what gives it back. Where there are no locks it goes on.
func lockDirectory(path string) func() {
	d, err := os.Open(path)
	if err != nil {
		return func() {}
	}
	_ = syscall.Flock(int(d.Fd()), syscall.LOCK_EX)
	return func() { _ = d.Close() }
}
