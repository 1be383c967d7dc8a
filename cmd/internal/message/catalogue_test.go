// SPDX-License-Identifier: Apache-2.0

package message

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the template of the catalogues")

// The template of the catalogues has the messages of the source, in its order.
func TestTemplate(t *testing.T) {
	const path = "po/tscns.pot"
	want := template(t)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "rewrite it: go test ./cmd/internal/message -run TestTemplate -update")
}

// Each catalogue has every message of the table and no other, translated in each
// form and by a person, with the arguments of the English text.
func TestCatalogues(t *testing.T) {
	for _, l := range Languages() {
		if l == English {
			continue
		}
		t.Run(l.Tag(), func(t *testing.T) {
			text, err := os.ReadFile("po/" + l.Tag() + ".po")
			require.NoError(t, err)
			assert.Empty(t, regexp.MustCompile(`(?m)^(#,.*fuzzy.*|#~.*)$`).FindAllString(string(text), -1), "no guess of a tool and nothing left over")
			found := l.read().GetDomain().GetCtxTranslations()
			left := len(found)
			untranslated := 0
			for _, r := range table {
				entry := found[r.key][r.text]
				if !assert.NotNil(t, entry, "%s: msgmerge has not seen this text", r.key) {
					untranslated++
					continue
				}
				left--
				require.Equal(t, r.plural, entry.PluralID, r.key)
				forms := map[bool]int{false: 1, true: 2}[r.plural != ""]
				assert.Len(t, entry.Trs, forms, r.key)
				for i, form := range entry.Trs {
					if form == "" {
						untranslated++
					}
					assert.NotEmpty(t, form, "%s is not translated", r.key)
					assert.Equal(t, strings.Trim(form, "\n"), form, "%s leaves the end of its line to the caller", r.key)
					assert.Equal(t, arguments(r.text), arguments(form), "%s [%d]: %s", r.key, i, form)
				}
			}
			assert.Zero(t, left, "entries that no command says")
			t.Logf("%s: %d messages, %d untranslated, 0 fuzzy", l.Tag(), len(table), untranslated)
		})
	}
}

// The English texts have the arguments in both forms, and one number at most
// that could choose between them.
func TestPlurals(t *testing.T) {
	number := regexp.MustCompile(`%[-+# 0-9.]*d`)
	for _, r := range table {
		assert.Equal(t, r.text, strings.Trim(r.text, "\n"), "%s leaves the end of its line to the caller", r.key)
		if r.plural != "" {
			assert.Equal(t, arguments(r.text), arguments(r.plural), r.key)
			assert.Len(t, number.FindAllString(r.text, -1), 1, r.key)
		}
	}
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?[-+# 0-9.]*([a-zA-Z%])`)

// arguments returns the verb that a format has for each argument.
func arguments(format string) map[int]string {
	verbs, next := map[int]string{}, 1
	for _, v := range verb.FindAllStringSubmatch(format, -1) {
		if v[2] == "%" {
			continue
		}
		if at, err := strconv.Atoi(v[1]); err == nil {
			next = at
		}
		verbs[next] += v[2]
		next++
	}
	return verbs
}

func TestArguments(t *testing.T) {
	assert.Equal(t, map[int]string{1: "s", 2: "d"}, arguments("%s of %d, 100 %%"))
	assert.Equal(t, arguments("%s of %-3d"), arguments("%[2]d von %[1]s"))
	assert.NotEqual(t, arguments("%s of %d"), arguments("%d von %s"))
	assert.NotEqual(t, arguments("%s of %s"), arguments("%s"))
}

// The tools that translators work with take the catalogues: msgfmt and msgmerge
// of GNU gettext, which have nothing to add.
func TestGettextTakesTheCatalogues(t *testing.T) {
	if _, err := exec.LookPath("msgfmt"); err != nil {
		t.Skip("SKIPPED: msgfmt not installed (package gettext), the catalogues were read by the command's own library alone")
	}
	for _, l := range Languages()[1:] {
		po := "po/" + l.Tag() + ".po"
		merged := filepath.Join(t.TempDir(), "merged.po")
		out, err := exec.Command("msgmerge", "--no-wrap", "-o", merged, po, "po/tscns.pot").CombinedOutput()
		require.NoError(t, err, "%s", out)
		for _, file := range []string{po, merged} {
			out, err := exec.Command("msgfmt", "--check", "--statistics", "-o", os.DevNull, file).CombinedOutput()
			require.NoError(t, err, "%s", out)
			assert.Equal(t, fmt.Sprintf("%d translated messages.\n", len(table)), string(out))
		}
	}
}

// template writes what po/tscns.pot has to say: the header, and each row with its file
// and the comment above it.
func template(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(templateHead)
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	count := 0
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if key, ok := definedKey(spec); ok {
				require.Equal(t, key, table[count].key)
				templateEntry(&b, name, spec.Doc.Text(), table[count])
				count++
			}
			return true
		})
	}
	assert.Len(t, table, count)
	return b.String()
}

const templateHead = `# The messages of tscns.
# SPDX-License-Identifier: Apache-2.0
msgid ""
msgstr ""
"Project-Id-Version: tscns\n"
"Report-Msgid-Bugs-To: \n"
"PO-Revision-Date: YEAR-MO-DA HO:MI+ZONE\n"
"Last-Translator: FULL NAME <EMAIL@ADDRESS>\n"
"Language-Team: LANGUAGE <LL@li.org>\n"
"Language: \n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
`

func templateEntry(b *strings.Builder, file, comment string, r *row) {
	b.WriteString("\n")
	for _, line := range strings.Split(strings.TrimSpace(comment), "\n") {
		if line != "" {
			fmt.Fprintf(b, "#. %s\n", line)
		}
	}
	fmt.Fprintf(b, "#: %s\n", file)
	if strings.Contains(r.text, "%") {
		b.WriteString("#, go-format\n")
	}
	poLine(b, "msgctxt", r.key)
	poLine(b, "msgid", r.text)
	if r.plural == "" {
		poLine(b, "msgstr", "")
		return
	}
	poLine(b, "msgid_plural", r.plural)
	poLine(b, "msgstr[0]", "")
	poLine(b, "msgstr[1]", "")
}

// poLine writes a string as msgmerge does: one of several lines in several parts.
func poLine(b *strings.Builder, word, s string) {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\n", `\n`)
	if !strings.Contains(s, "\n") {
		fmt.Fprintf(b, "%s \"%s\"\n", word, quoted.Replace(s))
		return
	}
	fmt.Fprintf(b, "%s \"\"\n", word)
	for _, line := range strings.SplitAfter(s, "\n") {
		fmt.Fprintf(b, "\"%s\"\n", quoted.Replace(line))
	}
}
