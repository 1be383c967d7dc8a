// SPDX-License-Identifier: Apache-2.0

package pcscd

import "syscall"

// dieWithParent makes the kernel end the service when this process dies
// without stopping it.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
