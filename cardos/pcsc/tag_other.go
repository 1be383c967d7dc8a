// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package pcsc

import "strings"

// scard keeps the C copy of a reader name alive in a map keyed by that name, so
// a second call with the same name frees the copy that a waiting call still
// reads. C strings end at the first NUL while map keys do not: a tag after a NUL
// gives each kind of call an entry of its own.
const (
	tagList = "\x00list"
	tagWait = "\x00wait"
)

func tagged(name, tag string) string { return name + tag }

func untagged(name string) string {
	before, _, _ := strings.Cut(name, "\x00")
	return before
}
