// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"go/ast"
	"go/parser"
	"go/token"
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

// What doctor finds wrong is explained to people: each check has a part of the
// guide in each language, under its name, and each failure and warning an entry
// in it that quotes the line.
func TestGuidesExplainEveryFinding(t *testing.T) {
	lines := complaints(t)
	require.Greater(t, len(lines), 30, "the texts were found")
	for l, name := range []string{"troubleshooting.en.md", "troubleshooting.it.md"} {
		text, err := os.ReadFile(filepath.Join("../../../docs", name))
		require.NoError(t, err)
		parts := map[string]string{}
		for _, part := range strings.Split(string(text), "\n## ")[1:] {
			head, body, _ := strings.Cut(part, "\n")
			check, _, _ := strings.Cut(head, ":")
			parts[check] = body
		}
		for _, check := range Names() {
			assert.NotEmpty(t, parts[check], "%s has a part \"%s: ...\"", name, check)
		}
		for _, line := range lines {
			found := slices.ContainsFunc(Names(), func(check string) bool { return strings.Contains(parts[check], line[l]) })
			assert.True(t, found, "%s has an entry for %q", name, line[l])
		}
	}
}

var verb = regexp.MustCompile(`%[a-z]`)

// complaints reads the texts of failures and warnings out of the source: of
// each the longest part without anything filled in.
func complaints(t *testing.T) (lines [][2]string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 2 {
				return true
			}
			if f, ok := call.Fun.(*ast.Ident); ok && slices.Contains([]string{"failure", "warning", "f"}, f.Name) {
				if pair := literal(call.Args[0]); len(pair) == 2 {
					lines = append(lines, [2]string{longest(pair[0]), longest(pair[1])})
				}
			}
			return true
		})
	}
	return lines
}

// literal returns the strings of words.Text{...}, also before .With(...).
func literal(e ast.Expr) (pair []string) {
	if call, ok := e.(*ast.CallExpr); ok {
		if with, ok := call.Fun.(*ast.SelectorExpr); ok {
			e = with.X
		}
	}
	text, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	for _, element := range text.Elts {
		if s, ok := element.(*ast.BasicLit); ok {
			if v, err := strconv.Unquote(s.Value); err == nil {
				pair = append(pair, v)
			}
		}
	}
	return pair
}

func longest(format string) string {
	part := ""
	for _, p := range verb.Split(format, -1) {
		if len(p) > len(part) {
			part = p
		}
	}
	return strings.Trim(part, ` :()"`)
}
