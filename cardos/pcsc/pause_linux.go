// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"syscall"
	"time"
)

// pause sleeps in a system call. time.Sleep is a timer, and with the first timer
// the Go runtime opens an epoll descriptor in the host
// (docs/decisions/0003-no-timers.md). A signal may end the pause early, which
// callers allow for.
func pause(d time.Duration) {
	t := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&t, nil)
}
