// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const top = "../.."

func TestGeneratedFilesAreFresh(t *testing.T) {
	files, err := generate()
	require.NoError(t, err)
	require.Len(t, files, len(outputs))
	for path, want := range files {
		have, err := os.ReadFile(filepath.Join(top, path))
		require.NoError(t, err)
		assert.Equal(t, string(want), string(have), "%s: run go generate ./include/gen", path)
	}
}

// users are how Go and C code names a constant of the table.
var users = map[string]*regexp.Regexp{
	".go": regexp.MustCompile(`\b(?:ck|C)\.(CK[A-Z]*_\w+)`),
	".c":  regexp.MustCompile(`\b(CK[A-Z]*_\w+)`),
	".h":  regexp.MustCompile(`\b(CK[A-Z]*_\w+)`),
}

// used returns the constants that the sources outside the table name.
func used(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "include" || d.Name() == "dist" || d.Name() == ".git"):
			return fs.SkipDir
		case d.IsDir() || users[filepath.Ext(path)] == nil:
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range users[filepath.Ext(path)].FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	require.NoError(t, err)
	return names
}

// A constant is in the table because somebody names it or because it is one of
// a whole group.
func TestEveryConstantIsUsed(t *testing.T) {
	names := used(t)
	for _, g := range constants {
		for _, c := range g.Rows {
			assert.True(t, g.Whole || names[c.Name], "%s: nobody names it, and %q is not a whole group", c.Name, g.Title)
		}
	}
}
