// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package pcscd

import "syscall"

// dieWithParent asks for nothing: only Linux has the signal.
func dieWithParent() *syscall.SysProcAttr { return nil }
