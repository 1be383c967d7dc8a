// SPDX-License-Identifier: Apache-2.0

//go:build unix

package register

import (
	"errors"
	"strconv"
	"syscall"
)

// processAlive reports whether a process id, in digits, is in use.
func processAlive(pid string) bool {
	n, err := strconv.Atoi(pid)
	if err != nil || n <= 0 {
		return false
	}
	err = syscall.Kill(n, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
