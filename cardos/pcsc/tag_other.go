// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package pcsc

import "strings"

// scard keeps the C copy of a reader name alive in a map by reader name, so a
// second call with the same name frees the copy that the first, still waiting,
// is reading. C ends a name at its first NUL while Go's map does not: with a
// tag behind a NUL each kind of call has an entry of its own.
const (
	tagList = "\x00list"
	tagWait = "\x00wait"
)

func tagged(name, tag string) string { return name + tag }

func untagged(name string) string {
	before, _, _ := strings.Cut(name, "\x00")
	return before
}
