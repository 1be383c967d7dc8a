// SPDX-License-Identifier: Apache-2.0

package console

import (
	"strings"
	"unicode/utf8"
)

// charset is the set of characters that a terminal shows.
type charset int

// The sets. Where the locale has another one the text is in ASCII, which each
// of them contains.
const (
	unicodeText charset = iota
	latin1
	ascii
)

// charsetOf returns the set that the POSIX locale variables name. A locale of a
// country without the name of a set has an older one than Unicode, by the
// definition of that locale; programs' own locale says nothing of the terminal.
func charsetOf(getenv func(string) string) charset {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		locale := getenv(name)
		if locale == "" {
			continue
		}
		base, modifier, _ := strings.Cut(locale, "@")
		language, set, named := strings.Cut(base, ".")
		set = strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(set))
		switch {
		case set == "utf8", !named && modifier == "" && !strings.Contains(language, "_"):
			return unicodeText
		case set == "iso88591", set == "iso885915", !named && modifier == "euro":
			return latin1
		}
		return ascii
	}
	return unicodeText
}

// plain are the characters that messages have beyond ASCII, in ASCII: those of
// Italian and German as people write them at a keyboard without them.
var plain = strings.NewReplacer("→", "->", "✓", "+", "✗", "x", "•", "*", "…", "...", "–", "-", "’", "'", "€", "EUR",
	"à", "a'", "è", "e'", "é", "e'", "ì", "i'", "ò", "o'", "ù", "u'", "À", "A'", "È", "E'", "É", "E'", "Ì", "I'", "Ò", "O'", "Ù", "U'",
	"ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue")

// encode returns a text in the bytes of a set.
func (c charset) encode(s string) string {
	limit := rune(utf8.RuneSelf)
	switch c {
	case unicodeText:
		return s
	case latin1:
		limit = 0x100
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < limit:
			b.WriteByte(byte(r))
		default:
			for _, p := range plain.Replace(string(r)) {
				if p >= utf8.RuneSelf {
					p = '?'
				}
				b.WriteRune(p)
			}
		}
	}
	return b.String()
}

// decode returns a typed line, in whichever set, as Unicode.
func decode(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i]) // ISO 8859-1 is the beginning of Unicode
	}
	return string(runes)
}
