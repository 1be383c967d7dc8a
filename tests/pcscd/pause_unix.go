// SPDX-License-Identifier: Apache-2.0

//go:build unix

package pcscd

import "syscall"

// Pause holds the service still, as one that hangs. Go on with Resume.
func (s *Service) Pause() error { return syscall.Kill(s.PID(), syscall.SIGSTOP) }

// Resume lets it go on.
func (s *Service) Resume() error { return syscall.Kill(s.PID(), syscall.SIGCONT) }
