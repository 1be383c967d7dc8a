// SPDX-License-Identifier: Apache-2.0

package message

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFromLocale(t *testing.T) {
	for _, c := range []struct {
		all, lang string
		want      Language
	}{{"", "it_IT.UTF-8", Italian}, {"", "en_US.UTF-8", English}, {"C", "it_IT.UTF-8", English}, {"", "", English}} {
		env := map[string]string{"LC_ALL": c.all, "LANG": c.lang}
		assert.Equal(t, c.want, FromLocale(func(k string) string { return env[k] }))
	}
}

func TestFirstOf(t *testing.T) {
	for _, c := range []struct {
		tags []string
		want Language
	}{{nil, English}, {[]string{"it-IT", "en-US"}, Italian}, {[]string{"it"}, Italian}, {[]string{"en-US", "it-IT"}, English}, {[]string{"ita-x"}, English}} {
		assert.Equal(t, c.want, firstOf(c.tags), "%v", c.tags)
	}
}

func TestWith(t *testing.T) {
	cat := Message{row: &row{text: [languages]string{"cat", "gatto"}}}
	m := Message{row: &row{text: [languages]string{"a %s of %d", "un %s di %d"}}}
	got := m.With(cat, 3)
	assert.Equal(t, []string{"a cat of 3", "un gatto di 3"}, []string{got.In(English), got.In(Italian)})
	assert.Equal(t, "un gatto di 3", Italian.Text(m, cat, 3))
	assert.Equal(t, "Un gatto di 3.", Italian.Sentence(got))
	assert.Equal(t, "a %s of %d", m.In(English), "without arguments as it stands")
	assert.True(t, got.Is(m))
	assert.False(t, got.Is(cat))
	assert.Equal(t, "100 %", Verbatim("100 %").In(Italian))
	var none Message
	assert.True(t, none.IsZero())
	assert.Empty(t, none.In(Italian)+none.Key())
	assert.Equal(t, "NoReader", NoReader.Key())
}

var verb = regexp.MustCompile(`%[-+# 0-9.\[\]]*[a-zA-Z%]`)

// Each row has a text in every language, with the same arguments in the same
// order, and no two rows are the same.
func TestRows(t *testing.T) {
	keys, texts := map[string]bool{}, map[[languages]string]string{}
	for _, r := range table {
		assert.False(t, keys[r.key], "two messages %s", r.key)
		keys[r.key] = true
		assert.Empty(t, texts[r.text], "%s is this message too", r.key)
		texts[r.text] = r.key
		for _, l := range Languages() {
			assert.NotEmpty(t, r.text[l], r.key)
			assert.Equal(t, r.text[l], strings.Trim(r.text[l], "\n"), "%s leaves the end of its line to the caller", r.key)
			assert.Equal(t, verb.FindAllString(r.text[English], -1), verb.FindAllString(r.text[l], -1), r.key)
		}
	}
	assert.Greater(t, len(table), 300)
}

// The key of a message is the name of its variable, and every message is used
// by a command.
func TestEveryMessageIsUsed(t *testing.T) {
	used, defined := map[string]bool{}, map[string]string{}
	eachSource(t, func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "message" {
					used[n.Sel.Name] = true
				}
			case *ast.ValueSpec:
				if key, ok := definedKey(n); ok {
					defined[n.Names[0].Name] = key
				}
			}
			return true
		})
	})
	assert.Len(t, defined, len(table), "every row is a variable")
	for name, key := range defined {
		assert.Equal(t, name, key)
		assert.True(t, used[name], "no command says %s", name)
	}
}

// eachSource calls do with each source file of the commands.
func eachSource(t *testing.T, do func(*ast.File)) {
	t.Helper()
	require.NoError(t, filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err == nil {
			do(file)
		}
		return err
	}))
}

// definedKey returns the key in: Name = define("Name", ...).
func definedKey(spec *ast.ValueSpec) (string, bool) {
	if len(spec.Names) != 1 || len(spec.Values) != 1 {
		return "", false
	}
	call, ok := spec.Values[0].(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return "", false
	}
	if f, ok := call.Fun.(*ast.Ident); !ok || f.Name != "define" {
		return "", false
	}
	key, err := strconv.Unquote(call.Args[0].(*ast.BasicLit).Value)
	return key, err == nil
}

func TestPage(t *testing.T) {
	before := pages
	t.Cleanup(func() { pages = before })
	pages = t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(pages, "docs", "it"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(pages, "docs", "it", "pagina.md"), nil, 0o644))
	p := Page{English: "docs/page.md", Italian: "docs/it/pagina.md"}
	assert.Equal(t, "docs/page.md", p.In(English))
	assert.Equal(t, filepath.Join(pages, "docs", "it", "pagina.md"), p.In(Italian))
}

// No row has a place for the text of an error: %v is the verb of those, and what
// a message is given is no error.
func TestNoRowTakesAnError(t *testing.T) {
	for _, r := range table {
		assert.NotContains(t, r.text[English], "%v", r.key)
	}
	argument := regexp.MustCompile(`(^|[a-z])([eE]rr|Error\(\))$`)
	calls := 0
	eachSource(t, func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || !slices.Contains([]string{"With", "Text", "Say", "Sentence", "Verbatim", "complain"}, f.Sel.Name) {
				return true
			}
			calls++
			for _, a := range call.Args {
				assert.NotRegexp(t, argument, types.ExprString(a), "in %s", types.ExprString(call))
			}
			return true
		})
	})
	assert.Greater(t, calls, 200)
}
