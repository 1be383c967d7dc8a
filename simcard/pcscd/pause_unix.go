// SPDX-License-Identifier: Apache-2.0

//go:build unix

package pcscd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Pause holds the service still, as one that hangs, and returns when it does:
// the signal takes each of its threads when that next leaves the kernel, and
// until then it may still answer. Go on with Resume.
func (s *Service) Pause() error {
	pid := s.PID()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return err
	}
	for end := time.Now().Add(deadline); !stopped(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("pcscd: does not stop within %v", deadline)
		}
	}
	return nil
}

// stopped says whether every thread of a process stands still (proc(5), stat),
// and true where the system does not tell.
func stopped(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, path := range threads {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// The state follows the name in parentheses, which may hold anything.
		if state := b[bytes.LastIndexByte(b, ')')+1:]; len(state) < 2 || state[1] != 'T' {
			return false
		}
	}
	return true
}

// Resume lets it go on.
func (s *Service) Resume() error { return syscall.Kill(s.PID(), syscall.SIGCONT) }
