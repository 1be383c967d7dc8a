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

// everyTest returns the names of all tests and benchmarks of the tree.
func everyTest(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	require.NoError(t, filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == ".git" || d.Name() == "dist" || d.Name() == "node_modules") {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range testFunction.FindAllStringSubmatch(string(text), -1) {
			names[m[1]] = true
		}
		return err
	}))
	return names
}

var (
	testName = regexp.MustCompile(`^Test[A-Z][A-Za-z0-9_]*$`)
	// ownPath is a file or folder of the project as pages name it. Patterns with
	// a placeholder (<name>, *) are not followed.
	ownPath = regexp.MustCompile(`^(\.ci|\.github|cardos|cmd|docs|include|module|packaging|pkcs11export|simcard|tests)(/[A-Za-z0-9_.-]+)+/?$`)
)

// The tests and files that a page names exist.
func TestNamesOnPagesExist(t *testing.T) {
	tests := everyTest(t)
	named, paths := 0, 0
	for _, p := range pages(t) {
		for i, line := range p.Lines {
			for _, m := range span.FindAllStringSubmatch(line, -1) {
				switch {
				case testName.MatchString(m[1]):
					named++
					assert.True(t, tests[m[1]], "%s:%d: there is no test %s", p.Name, i+1, m[1])
				case ownPath.MatchString(m[1]):
					paths++
					_, err := os.Stat(filepath.Join(top, m[1]))
					if err != nil && !strings.Contains(filepath.Base(m[1]), ".") {
						_, err = os.Stat(filepath.Join(top, filepath.Dir(p.Name), m[1]))
					}
					assert.NoError(t, err, "%s:%d", p.Name, i+1)
				}
			}
		}
	}
	require.Greater(t, named, 20)
	require.Greater(t, paths, 40)
}

// A decision has its four parts, and a row in the index.
func TestDecisions(t *testing.T) {
	folder := filepath.Join(top, "docs/decisions")
	files, err := filepath.Glob(filepath.Join(folder, "[0-9]*.md"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 6)
	index, err := os.ReadFile(filepath.Join(folder, "README.md"))
	require.NoError(t, err)
	numbers := map[string]bool{}
	for _, file := range files {
		name := filepath.Base(file)
		assert.Regexp(t, `^\d{4}-[a-z0-9-]+\.md$`, name)
		number := name[:4]
		assert.False(t, numbers[number], "two decisions %s", number)
		numbers[number] = true
		assert.Contains(t, string(index), "["+number+"]("+name+")")
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Regexp(t, `(?m)^# `+strings.TrimLeft(number, "0")+`\. `, string(text), "%s begins with its number", name)
		got := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool { return !strings.HasPrefix(line, "## ") })
		assert.Equal(t, []string{"## Context", "## Decision", "## Measured", "## Consequences"}, got, name)
	}
}
