// SPDX-License-Identifier: Apache-2.0

// Package message holds what the commands print for people: each message once,
// as a row with a key and its text in every language. The rows are in the other
// files of this package, by what they are about.
//
// A row is a format of package fmt. Its arguments are ordered, and the same in
// every language:
//
//	Italian.Text(NoSuchReader, "Reader 00") // non c'è un lettore "Reader 00"; ...
package message

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Language is a language of the commands.
type Language int

// The languages.
const (
	English Language = iota
	Italian
	languages // number of languages, none itself
)

// Languages lists the languages, the one of most documents first.
func Languages() []Language { return []Language{English, Italian} }

// row is a message without arguments.
type row struct {
	key  string // the name of its variable; "" for none of the table
	text [languages]string
}

// table is every row, in the order of the source.
var table []*row

// define adds a row to the table. key is the name of the variable.
func define(key, english, italian string) Message {
	r := &row{key, [languages]string{English: english, Italian: italian}}
	table = append(table, r)
	return Message{row: r}
}

// All returns the messages of the table, in the order of the source.
func All() (list []Message) {
	for _, r := range table {
		list = append(list, Message{row: r})
	}
	return list
}

// Message is a message of the table, with the arguments that [Message.With]
// gave it. The zero value is no message, and its text is empty.
type Message struct {
	row   *row
	args  []any
	cause error
}

// Verbatim returns a message that is the same in every language: a command, a
// name, a number.
func Verbatim(s string) Message { return Message{row: &row{text: [languages]string{s, s}}} }

// Localized is an argument with a text of its own in each language.
type Localized interface{ In(Language) string }

// With returns the message with arguments. One that is [Localized] appears in
// the language of the message.
func (m Message) With(args ...any) Message { return Message{m.row, args, m.cause} }

// Because returns the message with the error that it is about. People are not
// shown the error: its text is for developers, in English and full of the terms
// of libraries.
func (m Message) Because(err error) Message { return Message{m.row, m.args, err} }

// Cause returns the error that [Message.Because] gave the message or one of its
// arguments, nil where there is none.
func (m Message) Cause() error {
	for _, a := range m.args {
		if inner, ok := a.(Message); ok && m.cause == nil {
			m.cause = inner.Cause()
		}
	}
	return m.cause
}

// In returns the text in a language. Without arguments it is the text of the
// row as it stands.
func (m Message) In(l Language) string {
	switch {
	case m.row == nil:
		return ""
	case len(m.args) == 0:
		return m.row.text[l]
	}
	args := make([]any, len(m.args))
	for i, a := range m.args {
		if own, ok := a.(Localized); ok {
			a = own.In(l)
		}
		args[i] = a
	}
	return fmt.Sprintf(m.row.text[l], args...)
}

// Is reports whether m and other are the same row, whatever their arguments.
func (m Message) Is(other Message) bool { return m.row == other.row }

// IsZero reports whether m is no message.
func (m Message) IsZero() bool { return m.row == nil }

// Key returns the name of the message in the table, "" for the zero value and
// for one made by [Verbatim].
func (m Message) Key() string {
	if m.row == nil {
		return ""
	}
	return m.row.key
}

// Text returns a message with arguments in this language.
func (l Language) Text(m Message, args ...any) string {
	if len(args) > 0 {
		m = m.With(args...)
	}
	return m.In(l)
}

// Sentence returns a message as a sentence of its own, with a capital letter
// and a full stop: the rows begin small, to stand behind a name and a colon.
func (l Language) Sentence(m Message, args ...any) string {
	s := l.Text(m, args...)
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:] + "."
}

// FromLocale chooses by the POSIX locale variables, in their order; where none
// is set, by the languages that the person has chosen for the system.
func FromLocale(getenv func(string) string) Language {
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
func firstOf(tags []string) Language {
	if len(tags) > 0 && (tags[0] == "it" || strings.HasPrefix(tags[0], "it-")) {
		return Italian
	}
	return English
}
