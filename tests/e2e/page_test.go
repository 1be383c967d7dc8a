// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// recipePages are the same recipes in both languages.
var recipePages = []string{"docs/recipes.md", "docs/it/ricette.md"}

// TestRecipePages: both pages have the same recipes, each has a runner, and
// each runner a recipe.
func TestRecipePages(t *testing.T) {
	english := blocksOf(t, recipePages[0])
	require.Equal(t, english, blocksOf(t, recipePages[1]), "the pages differ")
	seen := map[string]bool{}
	for _, r := range english {
		seen[r.name] = true
		require.Equal(t, "sh", r.language)
		require.Contains(t, recipeRunners, r.name, "a recipe that no test runs")
	}
	for name := range recipeRunners {
		require.True(t, seen[name], "%s: a runner without a recipe", name)
	}
}

// TestSandboxPage: what the page says is what the tests take from it.
func TestSandboxPage(t *testing.T) {
	var names []string
	for _, b := range blocksOf(t, sandboxPage) {
		names = append(names, b.name)
	}
	require.ElementsMatch(t, sandboxBlocks, names, "a block that no test runs")
	require.Equal(t, blocksOf(t, sandboxPage), blocksOf(t, italianSandboxPage), "the pages differ")
}
