// SPDX-License-Identifier: Apache-2.0

// Package words holds texts in the two languages of the commands.
package words

import (
	"fmt"
	"strings"
)

// Lang is a language: an index into a Text.
type Lang int

// The languages.
const (
	English Lang = iota
	Italian
)

// Text is a text in English and Italian, with the same fmt verbs in both.
type Text [2]string

// Of returns a text in a language, with its arguments filled in.
func (l Lang) Of(t Text, args ...any) string {
	if len(args) == 0 {
		return t[l]
	}
	return fmt.Sprintf(t[l], args...)
}

// With fills arguments into both languages; an argument that is a Text goes
// into each in its own.
func (t Text) With(args ...any) Text {
	var filled Text
	for l := range t {
		own := make([]any, len(args))
		for i, a := range args {
			if inner, ok := a.(Text); ok {
				a = inner[l]
			}
			own[i] = a
		}
		filled[l] = fmt.Sprintf(t[l], own...)
	}
	return filled
}

// FromLocale chooses by the POSIX locale variables, in their order; where none
// is set, by the languages that the person has chosen for the system.
func FromLocale(getenv func(string) string) Lang {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(v, "it") {
				return Italian
			}
			return English
		}
	}
	return firstOf(systemLanguages())
}

// firstOf chooses by language tags (BCP 47, "it-IT"), the preferred one first.
func firstOf(tags []string) Lang {
	if len(tags) > 0 && (tags[0] == "it" || strings.HasPrefix(tags[0], "it-")) {
		return Italian
	}
	return English
}
