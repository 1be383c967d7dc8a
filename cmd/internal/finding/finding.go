// SPDX-License-Identifier: Apache-2.0

// Package finding is what an examination of a card, a certificate, a site or
// this computer tells a person: one line each, with how bad it is, and one next
// step where something is not well. Whoever examines returns findings; the
// commands print them, as text or as JSON, all in the same way.
package finding

import (
	"strings"
	"unicode"

	"tscns/cmd/internal/message"
)

// State is how a check came out.
type State int

// The states of a finding, the worst last.
const (
	OK      State = iota
	Note          // nothing wrong, or nothing that could be checked
	Warning       // works, but not everywhere or not for long
	Failure
)

// String returns the name of a state, as --json has it.
func (s State) String() string {
	return [...]string{OK: "ok", Note: "note", Warning: "warning", Failure: "failure"}[s]
}

// MarshalText is [encoding.TextMarshaler]'s.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is one line: what was found and, where it is not well, the cure.
type Finding struct {
	Check string // name of the check, "" where there is one alone
	State State
	Text  message.Message
	Cure  message.Message // one next step
}

// Code names what was found, for programs: [CodeOf] the text.
func (f Finding) Code() string { return CodeOf(f.Text) }

// CodeOf returns the name of a message for programs, which depends neither on the
// language nor on the wording: its key in lower case with hyphens,
// "certificate-expired-on" of CertificateExpiredOn.
func CodeOf(m message.Message) string {
	var b strings.Builder
	key := []rune(m.Key())
	for i, r := range key {
		if i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(key[i-1]) || i+1 < len(key) && unicode.IsLower(key[i+1])) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Good returns what is well.
func Good(t message.Message) []Finding { return []Finding{{State: OK, Text: t}} }

// Noted returns what is neither well nor wrong.
func Noted(t message.Message) []Finding { return []Finding{{State: Note, Text: t}} }

// Warned returns what works and may not for long or everywhere.
func Warned(t, cure message.Message) []Finding {
	return []Finding{{State: Warning, Text: t, Cure: cure}}
}

// Failed returns what is wrong.
func Failed(t, cure message.Message) []Finding {
	return []Finding{{State: Failure, Text: t, Cure: cure}}
}

// Worst returns the worst state of a list, [OK] of none.
func Worst(list []Finding) (worst State) {
	for _, f := range list {
		worst = max(worst, f.State)
	}
	return worst
}
