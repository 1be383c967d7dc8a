// SPDX-License-Identifier: Apache-2.0

//go:build unix && !linux

package console

import "golang.org/x/sys/unix"

// Requests of ioctl(2) for the settings of a terminal.
const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)
