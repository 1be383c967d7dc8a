// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What becomes of each mutant of a small tree: its tests look at no limit of
// small and at nothing of nobody.
func TestVerdicts(t *testing.T) {
	tree, err := filepath.Abs("testdata/tree")
	require.NoError(t, err)
	b, err := build(tree, t.TempDir(), []string{"./..."}, []string{"./..."})
	require.NoError(t, err)
	require.NoError(t, b.cover(1))
	got := map[string]string{}
	for _, m := range b.mutants {
		verdict, by := b.try(m)
		got[m.kind+" "+m.original] = verdict + " " + by
	}
	assert.Equal(t, map[string]string{
		"negation n < 10":      "killed TestSmall",
		"boundary n < 10":      "lived ",
		`negation s != ""`:     "killed TestMiddle",
		"negation len(s) >= 3": "killed TestMiddle",
		"boundary len(s) >= 3": "killed TestMiddle",
		"negation n%2 == 1":    "killed TestSmall",
		"negation a == b":      "not covered ",
	}, got)
}
