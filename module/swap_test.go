// SPDX-License-Identifier: Apache-2.0

package module_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

// A card that is put in after the one we were logged in to is not reset when
// that one is given up: its own programs would lose their login, and ours, the
// connection that it is making.
func TestAnotherCardIsNotReset(t *testing.T) {
	x := insert(t, simcard.FamilyB2)
	x.login()
	next, err := simcard.New(simcard.ForIdentity(simcard.FamilyB2, identities[2048]))
	require.NoError(t, err)
	x.service.Insert(readerName, next)
	x.service.Stats()
	next.Stats()
	_, err = x.GetSlotList(true, true)
	require.NoError(t, err)
	_, err = x.GetTokenInfo(0)
	require.NoError(t, err)
	require.Zero(t, next.Stats().Resets)
	require.Zero(t, x.service.Stats().Resets)
}
