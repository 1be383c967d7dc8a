// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"syscall"
	"time"
)

// pause sleeps in a system call: time.Sleep is a timer, and with the first
// one the Go runtime opens an epoll descriptor in the host. A signal may end
// it early, which does no harm here.
func pause(d time.Duration) {
	t := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&t, nil)
}
