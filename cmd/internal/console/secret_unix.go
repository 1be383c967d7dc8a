// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package console

import "golang.org/x/sys/unix"

const terminalName = "/dev/tty"

// leaveNoCore keeps what is typed from now on out of a core file.
func leaveNoCore() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) }
