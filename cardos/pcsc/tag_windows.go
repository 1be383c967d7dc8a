// SPDX-License-Identifier: Apache-2.0

package pcsc

// On Windows scard refuses a NUL in a name, and the names are kept alive by
// status_windows.go: there is no need of tags.
const (
	tagList = ""
	tagWait = ""
)

func tagged(name, _ string) string { return name }

func untagged(name string) string { return name }
