// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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
