// SPDX-License-Identifier: Apache-2.0

package pcsc

// scard refuses a NUL in a name on Windows, and keeps no name alive there: a
// name must outlive the call by luck of the garbage collector. It cannot be
// worked round from here.
const (
	tagList = ""
	tagWait = ""
)

func tagged(name, _ string) string { return name }

func untagged(name string) string { return name }
