// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// avoided is a row of testdata/words.tsv.
type avoided struct {
	pattern *regexp.Regexp
	files   []string // patterns of base names
	instead string
}

func avoidedWords(t *testing.T) (list []avoided) {
	t.Helper()
	text, err := os.ReadFile("testdata/words.tsv")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		require.Len(t, cells, 3, line)
		list = append(list, avoided{regexp.MustCompile(cells[0]), strings.Fields(cells[1]), cells[2]})
	}
	return list
}

// in reports whether the row is about a file.
func (a avoided) in(path string) bool {
	for _, pattern := range a.files {
		if ok, _ := filepath.Match(pattern, filepath.Base(path)); ok {
			return true
		}
	}
	return false
}

// Code and pages use the words of the field.
func TestWords(t *testing.T) {
	words := avoidedWords(t)
	require.NotEmpty(t, words)
	files := 0
	require.NoError(t, filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == ".git" || name == "dist" || name == "node_modules" || name == "artifacts" {
				return fs.SkipDir
			}
			return nil
		}
		var text []byte
		for _, word := range words {
			if !word.in(path) {
				continue
			}
			if text == nil {
				files++
				if text, err = os.ReadFile(path); err != nil {
					return err
				}
			}
			for i, line := range strings.Split(string(text), "\n") {
				if found := word.pattern.FindString(line); found != "" {
					assert.Fail(t, "a word to avoid", "%s:%d: %q: write %s", path, i+1, found, word.instead)
				}
			}
		}
		return nil
	}))
	require.Greater(t, files, 200, "the files were found")
}

// glossary returns the terms of docs/glossary.md. Several terms of one row are
// separated by commas.
func glossary(t *testing.T) (terms []string) {
	t.Helper()
	for _, p := range pages(t) {
		if p.Name != "docs/glossary.md" {
			continue
		}
		for _, line := range p.Lines {
			cells := strings.Split(line, " | ")
			if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| term ") {
				continue
			}
			require.Len(t, cells, 3, "%q: term, meaning, place", line)
			for _, cell := range cells {
				require.NotEmpty(t, strings.Trim(cell, "| "), line)
			}
			for term := range strings.SplitSeq(strings.TrimPrefix(cells[0], "| "), ", ") {
				require.NotContains(t, terms, term, "two rows")
				terms = append(terms, term)
			}
		}
	}
	require.Greater(t, len(terms), 40, "the table was found")
	return terms
}

// technical are the pages for people who change the code.
func technical(name string) bool {
	return strings.HasPrefix(name, "docs/decisions/") ||
		slices.Contains([]string{"docs/adding-a-card.md", "docs/architecture.md", "docs/cards.md", "docs/features.md", "docs/performance.md", "docs/testing.md"}, name)
}

var (
	abbreviation = regexp.MustCompile(`\b[A-Z]{2,6}\b`)
	// lots and makers of cards, as printed on them
	lot = regexp.MustCompile(`\b(AC|ID|OS|OT|ST)( \d|\b)`)
)

// general are abbreviations of computing at large, and names of makers and
// programs. Those of cards and of PKCS #11 belong into the glossary.
var general = strings.Fields(`ABI AMD API ARM CI CLA CPU DLL ESP ESR GNU HTTP ID INS ISO JSON KB LGPL MB MSI NFC NSS NULL OS PAM PDF
	PIN POSIX RADIUS RAM README RFC SDK SECURITY TLS TS UNIX URI URL USB VPN
	CKR CKM CKA CKU CKF CMS EPYC ESIGN IDEMIA MOCCA RV SHA PC SC
	ACTALIS CONTRIBUTING SIGN PKCS SIGBUS SIGCHLD SIGFPE SIGINT SIGKILL SIGPROF SIGSEGV SIGSTOP SIGURG VM`)

// Every abbreviation of the field that a technical page uses in its text is in
// the glossary.
func TestAbbreviationsAreInTheGlossary(t *testing.T) {
	var known []string
	for _, term := range glossary(t) {
		known = append(known, abbreviation.FindAllString(term, -1)...)
	}
	used := 0
	for _, p := range pages(t) {
		if !technical(p.Name) {
			continue
		}
		for _, line := range p.text() {
			for _, short := range abbreviation.FindAllString(lot.ReplaceAllString(line, ""), -1) {
				if slices.Contains(general, short) {
					continue
				}
				used++
				assert.True(t, slices.Contains(known, short), "%s: %s in %q", p.Name, short, line)
			}
		}
	}
	require.Greater(t, used, 40, "the abbreviations were found")
}

// text returns the lines outside of fenced blocks, without spans of code and
// the targets of links.
func (p Page) text() (lines []string) {
	inside := false
	for _, line := range p.Lines {
		if fence.MatchString(line) {
			inside = !inside
			continue
		}
		if !inside {
			lines = append(lines, linkTarget.ReplaceAllString(span.ReplaceAllString(line, "``"), "]"))
		}
	}
	return lines
}

var linkTarget = regexp.MustCompile(`\]\([^)]*\)`)
