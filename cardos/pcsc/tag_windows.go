// SPDX-License-Identifier: Apache-2.0

package pcsc

// On Windows scard refuses a NUL in a name. No tags are needed, since
// status_windows.go keeps the names alive.
const (
	tagList = ""
	tagWait = ""
)

func tagged(name, _ string) string { return name }

func untagged(name string) string { return name }
