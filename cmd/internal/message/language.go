// SPDX-License-Identifier: Apache-2.0

package message

import (
	"slices"
	"strings"
)

// Language is a language of the commands.
type Language int

// The languages.
const (
	English Language = iota
	Italian
	German
	languages // number of languages, none itself
)

// Languages lists the languages, the one of most documents first.
func Languages() []Language { return []Language{English, Italian, German} }

// Tag returns the tag of the language (BCP 47): "en", "it", "de".
func (l Language) Tag() string {
	return [languages]string{English: "en", Italian: "it", German: "de"}[l]
}

// named returns the language that a locale or a language tag names:
// "it_IT.UTF-8", "de-AT", or an alias of locale.alias(5).
func named(locale string) (l Language, ok bool) {
	name := strings.ToLower(locale)
	if end := strings.IndexAny(name, "_-.@"); end >= 0 {
		name = name[:end]
	}
	switch name {
	case "italian":
		return Italian, true
	case "german", "deutsch":
		return German, true
	}
	i := slices.IndexFunc(Languages(), func(l Language) bool { return l.Tag() == name })
	return Language(max(i, 0)), i >= 0
}

// FromLocale chooses as gettext does. The locale is the first of the POSIX
// variables LC_ALL, LC_MESSAGES and LANG that is set, and where none is, the
// languages that the person has chosen for the system. LANGUAGE is a list that
// stands above the locale, unless that is the one of programs, C or POSIX.
func FromLocale(getenv func(string) string) Language { return choose(getenv, systemLanguages()) }

// choose chooses between the variables and the languages of the system, the
// preferred one first.
func choose(getenv func(string) string, system []string) Language {
	var wanted []string
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			wanted = []string{v}
			break
		}
	}
	switch {
	case wanted == nil && len(system) == 0, wanted != nil && isPOSIX(wanted[0]):
		return English
	case wanted == nil:
		wanted = system
	}
	if list := getenv("LANGUAGE"); list != "" {
		wanted = strings.Split(list, ":")
	}
	for _, locale := range wanted {
		if isPOSIX(locale) {
			break
		}
		if l, ok := named(locale); ok {
			return l
		}
	}
	return English
}

// isPOSIX reports whether a locale is that of programs, whose texts are English.
func isPOSIX(locale string) bool {
	return locale == "C" || locale == "POSIX" || strings.HasPrefix(locale, "C.")
}
