// SPDX-License-Identifier: Apache-2.0

package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFromLocale(t *testing.T) {
	for _, c := range []struct {
		all, lang string
		want      Lang
	}{{"", "it_IT.UTF-8", Italian}, {"", "en_US.UTF-8", English}, {"C", "it_IT.UTF-8", English}, {"", "", English}} {
		env := map[string]string{"LC_ALL": c.all, "LANG": c.lang}
		assert.Equal(t, c.want, FromLocale(func(k string) string { return env[k] }))
	}
}

func TestFirstOf(t *testing.T) {
	for _, c := range []struct {
		tags []string
		want Lang
	}{{nil, English}, {[]string{"it-IT", "en-US"}, Italian}, {[]string{"it"}, Italian}, {[]string{"en-US", "it-IT"}, English}, {[]string{"ita-x"}, English}} {
		assert.Equal(t, c.want, firstOf(c.tags), "%v", c.tags)
	}
}

func TestWith(t *testing.T) {
	got := Text{"a %s of %d", "un %s di %d"}.With(Text{"cat", "gatto"}, 3)
	assert.Equal(t, Text{"a cat of 3", "un gatto di 3"}, got)
	assert.Equal(t, "un gatto di 3", Italian.Of(got))
}

var verb = regexp.MustCompile(`%[-+# 0-9.\[\]]*[a-zA-Z%]`)

// Every text of the commands, wherever it is written, has both languages and
// takes the same arguments in both.
func TestEveryTextHasBothLanguages(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok || !isText(lit.Type) && !twoStrings(lit) {
				return true
			}
			if len(lit.Elts) == 0 {
				return true
			}
			found++
			at := set.Position(lit.Pos())
			require.Len(t, lit.Elts, 2, "%s", at)
			en, it := value(lit.Elts[0]), value(lit.Elts[1])
			require.NotEmpty(t, en, "%s", at)
			require.NotEmpty(t, it, "%s", at)
			assert.Equal(t, verb.FindAllString(en, -1), verb.FindAllString(it, -1), "%s", at)
			return true
		})
		return nil
	})
	require.NoError(t, err)
	assert.Greater(t, found, 100)
}

func isText(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "text" || e.Name == "Text"
	case *ast.SelectorExpr:
		return e.Sel.Name == "Text"
	}
	return false
}

// twoStrings: a literal without a type inside another, with two strings, each
// of some length: a text in a table.
func twoStrings(lit *ast.CompositeLit) bool {
	return lit.Type == nil && len(lit.Elts) == 2 && strings.Contains(value(lit.Elts[0]), " ") && value(lit.Elts[1]) != ""
}

// value is the string that a constant expression of literals makes.
func value(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s
	case *ast.BinaryExpr:
		return value(e.X) + value(e.Y)
	}
	return ""
}

func TestPage(t *testing.T) {
	before := pages
	t.Cleanup(func() { pages = before })
	pages = t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(pages, "docs", "it"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(pages, "docs", "it", "pagina.md"), nil, 0o644))
	assert.Equal(t, Text{"docs/page.md", filepath.Join(pages, "docs", "it", "pagina.md")}, Page("docs/page.md", "docs/it/pagina.md"))
}
