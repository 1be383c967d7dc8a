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
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/judgement"
	"tscns/cmd/internal/message"
)

// What doctor finds wrong is explained to people: each check has a part of the
// guide in each language, under its name, and each failure and warning an entry
// in it that quotes the line.
func TestGuidesExplainEveryFinding(t *testing.T) {
	lines := complaints(t)
	for state := range cardos.CertificatePresent {
		found := judgement.Missing(cardos.CertificatePlace{State: state, Key: "%s"}, cardos.Unknown)
		require.Len(t, found, 1)
		lines = append(lines, [2]string{longest(found[0].Text.In(message.English)), longest(found[0].Text.In(message.Italian))})
	}
	for _, err := range append(cardos.Sentinels(), cardos.ErrServiceHangs, cardos.ErrNotPermitted, cardos.ErrCardNotPermitted) {
		m := cards.Explain(err).Message
		lines = append(lines, [2]string{longest(m.In(message.English)), longest(m.In(message.Italian))})
	}
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

// complaints finds the messages of failures and warnings in the source: of each
// the longest part without anything filled in, in each language.
func complaints(t *testing.T) (lines [][2]string) {
	t.Helper()
	texts := map[string]message.Message{}
	for _, m := range message.All() {
		texts[m.Key()] = m
	}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, other := range []string{"../judgement/*.go", "../revocation/*.go", "../site/*.go"} {
		more, err := filepath.Glob(other)
		require.NoError(t, err)
		files = append(files, more...)
	}
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
			if isComplaint(call.Fun) {
				if m, ok := texts[keyOf(call.Args[0])]; ok {
					lines = append(lines, [2]string{longest(m.In(message.English)), longest(m.In(message.Italian))})
				}
			}
			return true
		})
	}
	return lines
}

// isComplaint reports whether a function makes a failure or a warning: one of
// package finding, or a variable f that holds one.
func isComplaint(fun ast.Expr) bool {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name == "f"
	case *ast.SelectorExpr:
		return slices.Contains([]string{"Failed", "Warned"}, fun.Sel.Name)
	}
	return false
}

// keyOf returns the key of message.Key or message.Key.With(...).
func keyOf(e ast.Expr) string {
	if call, ok := e.(*ast.CallExpr); ok {
		if with, ok := call.Fun.(*ast.SelectorExpr); ok {
			e = with.X
		}
	}
	if m, ok := e.(*ast.SelectorExpr); ok {
		return m.Sel.Name
	}
	return ""
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
