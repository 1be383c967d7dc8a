// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
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

// Each row of the table of attackers names a test that shows it, and the file
// review names its own.
func TestEveryAttackerHasATest(t *testing.T) {
	rows := map[string]int{"docs/security.md": 0, "docs/it/sicurezza.md": 0}
	for _, p := range pages(t) {
		if _, ok := rows[p.Name]; !ok {
			continue
		}
		inside := false
		for i, line := range p.Lines {
			if strings.HasPrefix(line, "## ") {
				inside = line == "## Against whom" || line == "## Contro chi"
			}
			cells := strings.Split(line, "|")
			if !inside || len(cells) < 2 || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| who |") || strings.HasPrefix(line, "| chi |") {
				continue
			}
			rows[p.Name]++
			require.Len(t, cells, 6, "%s:%d", p.Name, i+1)
			assert.Contains(t, cells[4], "`Test", "%s:%d", p.Name, i+1)
		}
	}
	require.Greater(t, rows["docs/security.md"], 7)
	assert.Equal(t, rows["docs/security.md"], rows["docs/it/sicurezza.md"])
}

// goName is an exported name of a package of the project, and of a field or
// method of it.
var goName = regexp.MustCompile(`^(cardos|ck|iso7816|localfiles|module|pcsc|pcscd|profile|secmem|simcard|store)\.([A-Z]\w*)(?:\.([A-Z]\w*))?(?:\(\))?$`)

// declared returns the exported names that a package declares: its own, and its
// fields and methods.
func declared(t *testing.T, dir string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(top, dir, "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BlockStmt:
				return false
			case *ast.FuncDecl:
				names[n.Name.Name] = true
			case *ast.TypeSpec:
				names[n.Name.Name] = true
			case *ast.ValueSpec:
				for _, name := range n.Names {
					names[name.Name] = true
				}
			case *ast.Field:
				for _, name := range n.Names {
					names[name.Name] = true
				}
			}
			return true
		})
	}
	return names
}

// The Go names on pages are declared, and the functions that a block of Go
// lists have that signature.
func TestGoNamesOnPagesExist(t *testing.T) {
	folders := map[string]string{"ck": "module/ck", "pcscd": "simcard/pcscd"}
	for _, name := range []string{"iso7816", "localfiles", "pcsc", "profile", "secmem", "store"} {
		folders[name] = "cardos/" + name
	}
	cache := map[string]map[string]bool{}
	names, signatures := 0, 0
	source := sources(t, "cardos/*.go")
	for _, p := range pages(t) {
		language := ""
		for i, line := range p.Lines {
			if m := fence.FindStringSubmatch(line); m != nil {
				language = m[1]
				continue
			}
			if language == "go" && strings.HasPrefix(line, "func (c *Card) ") {
				signatures++
				signature, _, _ := strings.Cut(line, " //")
				assert.Contains(t, source, strings.TrimSpace(signature)+" {", "%s:%d", p.Name, i+1)
			}
			for _, m := range span.FindAllStringSubmatch(line, -1) {
				parts := goName.FindStringSubmatch(m[1])
				if parts == nil {
					continue
				}
				names++
				dir := parts[1]
				if folder, ok := folders[dir]; ok {
					dir = folder
				}
				if cache[dir] == nil {
					cache[dir] = declared(t, dir)
				}
				for _, name := range parts[2:] {
					assert.True(t, name == "" || cache[dir][name], "%s:%d: %s declares no %s", p.Name, i+1, dir, name)
				}
			}
		}
	}
	require.Greater(t, names, 10)
	require.Greater(t, signatures, 10)
}

// sources returns the text of all files that a pattern below the top names.
func sources(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(top, pattern))
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all.Write(text)
	}
	return all.String()
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
