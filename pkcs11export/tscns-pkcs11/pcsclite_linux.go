// SPDX-License-Identifier: Apache-2.0

package main

/*
#cgo pkg-config: libpcsclite
#cgo CFLAGS: -Wall -Wextra
*/
import "C" // for pcsclite_linux.c
