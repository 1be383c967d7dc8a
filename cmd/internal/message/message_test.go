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
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFromLocale(t *testing.T) {
	for _, c := range []struct {
		variables string // LC_ALL, LC_MESSAGES, LANG, LANGUAGE
		system    []string
		want      Language
	}{
		{"-,-,it_IT.UTF-8,-", nil, Italian},
		{"-,-,en_US.UTF-8,-", nil, English},
		{"-,-,it,-", nil, Italian},
		{"-,-,italian,-", nil, Italian},
		{"-,-,de_IT.UTF-8,-", nil, German},
		{"-,-,german,-", nil, German},
		{"it_IT.UTF-8,-,-,de_AT:it", nil, German},
		{"-,-,-,-", []string{"de-IT", "it-IT"}, German},
		{"-,-,it_CH@euro,-", nil, Italian},
		{"-,-,ita-x,-", nil, English},
		{"-,it_IT,en_US,-", nil, Italian},
		{"en_US,it_IT,it_IT,-", nil, English},
		{"C,it_IT,it_IT.UTF-8,it", nil, English},
		{"C.UTF-8,-,-,it", nil, English},
		{"POSIX,-,-,it", nil, English},
		{"en_US.UTF-8,-,-,it", nil, Italian},
		{"fr_FR.UTF-8,-,-,fr:it_IT:en", nil, Italian},
		{"it_IT.UTF-8,-,-,fr:en:it", nil, English},
		{"it_IT.UTF-8,-,-,fr", nil, English},
		{"it_IT.UTF-8,-,-,C:it", nil, English},
		{"-,-,-,-", nil, English},
		{"-,-,-,it", nil, English},
		{"-,-,-,-", []string{"it-IT", "en-US"}, Italian},
		{"-,-,-,-", []string{"it"}, Italian},
		{"-,-,-,-", []string{"en-US", "it-IT"}, English},
		{"-,-,-,-", []string{"fr-FR", "it-IT"}, Italian},
		{"-,-,-,it", []string{"en-US"}, Italian},
		{"-,-,en_US.UTF-8,-", []string{"it-IT"}, English},
	} {
		env := map[string]string{}
		for i, v := range strings.Split(c.variables, ",") {
			env[[]string{"LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"}[i]] = strings.TrimPrefix(v, "-")
		}
		assert.Equal(t, c.want, choose(func(k string) string { return env[k] }, c.system), "%v", c)
	}
}

func TestWith(t *testing.T) {
	got := NoSuchReader.With("A")
	assert.Equal(t, []string{`there is no reader "A"`, `non c'è un lettore "A"`}, []string{got.In(English), got.In(Italian)})
	assert.Equal(t, `non c'è un lettore "A"`, Italian.Text(NoSuchReader, "A"))
	assert.Equal(t, `Non c'è un lettore "A".`, Italian.Sentence(got))
	assert.Equal(t, `there is no reader %q`, NoSuchReader.In(English), "without arguments as it stands")
	assert.Equal(t, "non riuscito: è una cartella", RegisterFailed.With(FileIsFolder).In(Italian), "an argument in the language of the message")
	assert.Equal(t, []string{"1 day left", "resta 1 giorno", "noch 1 Tag"}, every(DaysLeft.With(1)))
	assert.Equal(t, []string{"25 days left", "restano 25 giorni", "noch 25 Tage"}, every(DaysLeft.With(25)))
	assert.Equal(t, "Al PIN resta 1 tentativo. Un inserimento sbagliato ne costa uno.", PINTriesLeft.With("PIN", 1).In(Italian), "the number is not the first argument")
	assert.Equal(t, []string{"the certificate expires on 28 November 2031", "il certificato scade il 28/11/2031", "das Zertifikat läuft am 28.11.2031 ab"},
		every(CertificateExpiresOn.With(Date(time.Date(2031, 11, 28, 0, 0, 0, 0, time.UTC)))))
	assert.True(t, got.Is(NoSuchReader))
	assert.False(t, got.Is(NoReader))
	assert.Equal(t, "100 %", Verbatim("100 %").In(Italian))
	var none Message
	assert.True(t, none.IsZero())
	assert.Empty(t, none.In(Italian)+none.Key())
	assert.Equal(t, "NoReader", NoReader.Key())
}

// every returns a message in each language.
func every(m Message) (texts []string) {
	for _, l := range Languages() {
		texts = append(texts, m.In(l))
	}
	return texts
}

// No two rows are the same.
func TestRows(t *testing.T) {
	keys, texts := map[string]bool{}, map[[2]string]string{}
	for _, r := range table {
		assert.False(t, keys[r.key], "two messages %s", r.key)
		keys[r.key] = true
		assert.NotEmpty(t, r.text, r.key)
		same := [2]string{r.text, r.format(Italian, many)}
		assert.Empty(t, texts[same], "%s is this message too", r.key)
		texts[same] = r.key
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

// definedKey returns the key in: Name = define("Name", ...), or definePlural.
func definedKey(spec *ast.ValueSpec) (string, bool) {
	if len(spec.Names) != 1 || len(spec.Values) != 1 {
		return "", false
	}
	call, ok := spec.Values[0].(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return "", false
	}
	if f, ok := call.Fun.(*ast.Ident); !ok || f.Name != "define" && f.Name != "definePlural" {
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
	assert.Equal(t, p.In(Italian), p.In(German))
}

// No row has a place for the text of an error: %v is the verb of those, and what
// a message is given is no error.
func TestNoRowTakesAnError(t *testing.T) {
	for _, r := range table {
		assert.NotContains(t, r.text+r.plural, "%v", r.key)
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
