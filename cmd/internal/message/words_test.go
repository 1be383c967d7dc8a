// SPDX-License-Identifier: Apache-2.0

package message

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wordsForPeople reads the table of docs/glossary.md: the forms of each word, in
// the order of [Languages].
func wordsForPeople(t *testing.T) (words [][languages][]string) {
	t.Helper()
	page, err := os.ReadFile("../../../docs/glossary.md")
	require.NoError(t, err)
	_, part, found := strings.Cut(string(page), "\n## Words for people\n")
	require.True(t, found)
	part, _, _ = strings.Cut(part, "\n## ")
	for _, line := range strings.Split(part, "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != int(languages) || cells[0] == "English" {
			continue
		}
		var w [languages][]string
		for l, cell := range cells {
			w[l] = strings.Split(strings.ToLower(cell), ", ")
		}
		words = append(words, w)
	}
	require.Greater(t, len(words), 15)
	return words
}

// commands are the parts of a message that are the same in every language.
var commands = regexp.MustCompile("the card reader|--[a-z-]+|tscns( (pin|report|unblock|verify|doctor))+")

// line returns a text in small letters, on one line.
func line(s string) string { return strings.ReplaceAll(strings.ToLower(s), "\n", " ") }

// Where an English message has a word of the offices that issue the card, a
// translation has the word that they have in its language.
func TestWordsForPeople(t *testing.T) {
	const left = 20 // messages at least that have one of the words
	found := 0
	for _, w := range wordsForPeople(t) {
		english := regexp.MustCompile(`\b(` + strings.Join(w[English], "|") + `)\b`)
		for _, r := range table {
			if !english.MatchString(line(commands.ReplaceAllString(r.text, ""))) {
				continue
			}
			found++
			for _, l := range Languages()[1:] {
				text := line(r.format(l, many))
				assert.True(t, slices.ContainsFunc(w[l], func(form string) bool { return strings.Contains(text, form) }), "%s in %s: %q has none of %q", r.key, l.Tag(), text, w[l])
			}
		}
	}
	assert.Greater(t, found, left)
}

// Words that the offices do not use, and people do not understand.
func TestWordsNotForPeople(t *testing.T) {
	for l, words := range map[Language]string{
		Italian: `evidenza|token|prove rimaste|tessera cns|wizard|\bslot\b [^0-9%]`,
		German:  `evidenz|token|kode|freischalt|rateversuch|\bden pin\b|\bden puk\b|\bdu\b|\bdein(e[mnrs]?)?\b|chipkarte|krankenkassenkarte|fiskalkode`,
	} {
		unwanted := regexp.MustCompile(words)
		for _, r := range table {
			assert.NotRegexp(t, unwanted, strings.ToLower(r.format(l, many)), "%s in %s", r.key, l.Tag())
		}
	}
}
