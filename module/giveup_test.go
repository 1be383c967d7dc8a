// SPDX-License-Identifier: Apache-2.0

package module

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
)

// A service that does not answer counts as none, but the card may be where it
// was, with our PIN in force: it is closed as ours, which drops the PIN once
// the service goes on. Only a card whose place another may have taken is left
// alone.
func TestCardIsGivenUpAsOurs(t *testing.T) {
	f := newFixture(t)
	f.login(ro)
	f.service.setDown(true)
	require.False(t, f.present())
	require.Zero(t, f.card.connected)
	require.Zero(t, f.card.abandoned)

	f = newFixture(t)
	f.login(ro)
	f.service.insert(f.reader, newFakeCard(t, 2048, cardos.Proven, bothUsages))
	require.True(t, f.present())
	require.Zero(t, f.card.connected)
	require.Equal(t, 1, f.card.abandoned)
}
