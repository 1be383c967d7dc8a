// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/layout/cns"
)

func page(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	require.NoError(t, err)
	return string(b)
}

// all returns what a pattern's first group matches, sorted, each once.
func all(text, pattern string) []string {
	var list []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		list = append(list, m[1])
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func methods(of reflect.Type) []string {
	var list []string
	for i := range of.NumMethod() {
		list = append(list, of.Method(i).Name)
	}
	slices.Sort(list)
	return list
}

func fields(of any) []string {
	var list []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(of)) {
		list = append(list, f.Name)
	}
	slices.Sort(list)
	return list
}

// docs/architecture.md lists every method of a Card, and says of every method
// of a layout what it is for.
func TestArchitecturePage(t *testing.T) {
	text := page(t, "architecture.md")
	assert.Equal(t, methods(reflect.TypeFor[*cardos.Card]()), all(text, `func \(c \*Card\) (\w+)\(`))
	_, table, found := strings.Cut(text, "## The card layer, as a layout sees it")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n## ")
	for _, of := range []reflect.Type{reflect.TypeFor[cardos.Layout](), reflect.TypeFor[cardos.Instance](), reflect.TypeFor[cardos.PrivateKey]()} {
		for _, method := range methods(of) {
			assert.Regexp(t, "`("+of.Name()+`\.)?`+method+"`", table)
		}
	}
	for _, name := range all(text, "`(cardos/[a-z0-9/]+(?:\\.go)?)/?`") {
		_, err := os.Stat(filepath.Join("..", "..", name))
		assert.NoError(t, err, "docs/architecture.md names it")
	}
}

// docs/adding-a-card.md lists the fields of a profile and of its layout, the
// layouts, and files that are there.
func TestAddingACardPage(t *testing.T) {
	text := page(t, "adding-a-card.md")
	listed := func(heading string) (names []string) {
		_, table, found := strings.Cut(text, heading)
		require.True(t, found, heading)
		for _, line := range strings.Split(table, "\n")[3:] {
			if !strings.HasPrefix(line, "|") {
				break
			}
			names = append(names, all(strings.Split(line, "|")[1], "`([^`]+)`")...)
		}
		slices.Sort(names)
		return names
	}
	assert.Equal(t, fields(cardos.Profile{}), listed("A profile has\n"))
	assert.Equal(t, fields(cns.Config{}), listed("is `cns.Config`:\n"))
	var layouts []string
	for _, p := range All() {
		layouts = append(layouts, strings.TrimPrefix(packageOf(p.Layout), "tscns/"))
	}
	slices.Sort(layouts)
	assert.Equal(t, slices.Compact(layouts), listed("The layouts are\n"))
	for _, name := range all(text, "`((?:cardos|tests|simcard)/[a-z0-9_/]+(?:\\.go)?)`") {
		_, err := os.Stat(filepath.Join("..", "..", name))
		assert.NoError(t, err, "docs/adding-a-card.md names it")
	}
}

func packageOf(l cardos.Layout) string {
	of := reflect.TypeOf(l)
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	return of.PkgPath()
}
