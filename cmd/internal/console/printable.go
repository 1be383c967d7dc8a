// SPDX-License-Identifier: Apache-2.0

package console

import (
	"io"
	"regexp"
	"strings"
	"unicode"
)

// printable is an output that passes on no character by which a name could
// command the terminal or hide a part of a line: names come from cards, readers
// and the files of applications. Its own colours pass. What it passes on is in
// the characters of the terminal.
type printable struct {
	w       io.Writer
	charset charset
}

// Write implements io.Writer. What it replaces counts as written.
func (p printable) Write(b []byte) (int, error) {
	if _, err := io.WriteString(p.w, p.charset.encode(Printable(string(b)))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Raw returns an output of a console as it is, for content that is not text.
func Raw(w io.Writer) io.Writer {
	if p, ok := w.(printable); ok {
		return p.w
	}
	return w
}

// Unicode returns an output of a console in UTF-8 whatever the terminal shows,
// for programs: JSON has no other encoding (RFC 8259, 8.1).
func Unicode(w io.Writer) io.Writer {
	if p, ok := w.(printable); ok {
		return printable{p.w, unicodeText}
	}
	return w
}

// colours are the sequences that [Console.Paint] writes.
var colours = regexp.MustCompile("\x1b\\[(3[1-3]|0)m")

// Printable replaces control characters, but for ends of lines, tabs and the
// colours of this package, and those that change the direction of a line
// (Unicode, Bidi_Control) by U+FFFD.
func Printable(s string) string {
	var b strings.Builder
	rest := 0
	for _, at := range append(colours.FindAllStringIndex(s, -1), []int{len(s), len(s)}) {
		b.WriteString(strings.Map(func(r rune) rune {
			if r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				return unicode.ReplacementChar
			}
			return r
		}, s[rest:at[0]]))
		b.WriteString(s[at[0]:at[1]])
		rest = at[1]
	}
	return b.String()
}
