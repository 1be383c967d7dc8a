// SPDX-License-Identifier: Apache-2.0

// Package message holds what the commands print for people: each message once,
// as a row with a key and its English text. The rows are in the other files of
// this package, by what they are about; their translations are gettext
// catalogues, po/LANGUAGE.po, in which the key is the context of a message
// (msgctxt) and the English text its identifier (msgid).
//
// A row is a format of package fmt. A translation has the same arguments, and
// numbers them where it wants them in another order:
//
//	Italian.Text(NoSuchReader, "Reader 00") // non c'è un lettore "Reader 00"; ...
package message

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// row is a message without arguments.
type row struct {
	key    string // the name of its variable; "" for none of the table
	text   string // in English
	plural string // in English for any number but 1; "" where no number is in it
}

// table is every row, in the order of the source.
var table []*row

// define adds a row to the table. key is the name of the variable.
func define(key, english string) Message {
	r := &row{key: key, text: english}
	table = append(table, r)
	return Message{row: r}
}

// definePlural adds a row about a number of things: its first argument of type
// int chooses between the forms that a language has. one and many are the
// English ones.
func definePlural(key, one, many string) Message {
	r := &row{key: key, text: one, plural: many}
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
func Verbatim(s string) Message { return Message{row: &row{text: s}} }

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

// In returns the text in a language, in English where that has no translation.
// Without arguments it is the text of the row as it stands.
func (m Message) In(l Language) string {
	switch {
	case m.row == nil:
		return ""
	case len(m.args) == 0:
		return m.row.format(l, many)
	}
	args := make([]any, len(m.args))
	for i, a := range m.args {
		if own, ok := a.(Localized); ok {
			a = own.In(l)
		}
		args[i] = a
	}
	return fmt.Sprintf(m.row.format(l, m.number()), args...)
}

// many is a number for which a language has its form for several things.
const many = 5

// number returns the argument that chooses the form of a text.
func (m Message) number() int {
	for _, a := range m.args {
		if n, ok := a.(int); ok {
			return n
		}
	}
	return many
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
