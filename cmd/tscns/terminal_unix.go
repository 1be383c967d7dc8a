// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package main

const terminalName = "/dev/tty"
