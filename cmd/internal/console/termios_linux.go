// SPDX-License-Identifier: Apache-2.0

package console

import "golang.org/x/sys/unix"

// Requests of ioctl(2) for the settings of a terminal.
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)
