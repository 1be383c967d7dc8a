// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// recipePages are the same recipes in both languages.
var recipePages = []string{"docs/recipes.md", "docs/it/ricette.md"}

// recipe is a command block of a page. Its name follows the block's language:
// what shows a page ignores it.
type recipe struct{ name, command string }

var fence = regexp.MustCompile("(?s)(?:^|\n)[ \t]*```([^\n]*)\n(.*?)\n[ \t]*```")

// recipesOf returns every block of a page, none left out.
func recipesOf(t *testing.T, page string) (list []recipe) {
	t.Helper()
	dir, err := root()
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(dir, page))
	require.NoError(t, err)
	require.Zero(t, strings.Count(string(text), "```")%2, "%s: a block without an end", page)
	for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
		words := strings.Fields(block[1])
		require.Len(t, words, 2, "%s: a block that says neither its language nor its name:\n%s", page, block[2])
		require.Equal(t, "sh", words[0], page)
		list = append(list, recipe{words[1], block[2]})
	}
	require.Equal(t, 2*len(list), strings.Count(string(text), "```"), "%s: every block was found", page)
	return list
}

// TestRecipePages: both pages have the same recipes, each has a runner, and
// each runner a recipe.
func TestRecipePages(t *testing.T) {
	english := recipesOf(t, recipePages[0])
	require.Equal(t, english, recipesOf(t, recipePages[1]), "the pages differ")
	seen := map[string]bool{}
	for _, r := range english {
		require.False(t, seen[r.name], "two recipes named %s", r.name)
		seen[r.name] = true
		require.Contains(t, recipeRunners, r.name, "a recipe that no test runs")
	}
	for name := range recipeRunners {
		require.True(t, seen[name], "%s: a runner without a recipe", name)
	}
}
