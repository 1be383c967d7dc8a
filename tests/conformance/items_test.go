// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

func TestItemsAreComplete(t *testing.T) {
	items := Items()
	require.Len(t, items, 108)
	for i, it := range items {
		require.Equal(t, i+1, it.Number)
		require.NotEmpty(t, it.Section)
		require.NotEmpty(t, it.Title)
	}
}

// Every item that is not about C alone, with keys of each size.
func TestItemsInProcess(t *testing.T) {
	for _, family := range []simcard.Family{simcard.FamilyB2, simcard.FamilyC} {
		t.Run(string(family), func(t *testing.T) {
			for _, it := range Items() {
				if !it.Host {
					t.Run(it.Name(), func(t *testing.T) { RunInProcess(t, it, family) })
				}
			}
			t.Run(EllipticCurve.Title, func(t *testing.T) { RunInProcess(t, EllipticCurve, family) })
		})
	}
}
