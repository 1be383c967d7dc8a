// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/tests/simcard"
)

// The commands that a card is asked for, by flow. A read takes 256 bytes.
func TestCommandBudget(t *testing.T) {
	overhead := map[simcard.Family]int{ // of listing, beyond reading the certificate
		simcard.FamilyA: 4, simcard.FamilyB1: 4, simcard.FamilyB11204: 6, simcard.FamilyB2: 3, simcard.FamilyB2NFC: 5,
		simcard.FamilyC: 3, simcard.FamilyD: 4, simcard.FamilyE: 7, simcard.FamilyT: 8, simcard.FamilyF: 3, simcard.FamilyH: 12,
	}
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		service, sim := inserted(t, f, nil)
		step := func(most int, what string, do func()) {
			t.Helper()
			sim.ClearLog()
			do()
			assert.LessOrEqual(t, len(sim.Log()), most, "%s:\n%s", what, sim.LogText())
		}
		reads := (len(setFor(t, f).Identity.Certificate) + 5 + 255) / 256
		var c *cardos.Card
		var k cardos.Key
		step(reads+overhead[f], "cold list", func() {
			var err error
			c, err = cardos.Open(service.Transport(), readerName)
			require.NoError(t, err)
			k = firstKey(t, c)
		})
		defer c.Close()
		step(2, "login", func() { require.NoError(t, c.VerifyPIN(0, goodPIN)) })
		first, further := 3, 1
		switch f {
		case simcard.FamilyB11204:
			first = 4 // the key lies in another directory than the PIN
		case simcard.FamilyH:
			first, further = 3, 3
		case simcard.FamilyT:
			first, further = 4, 2 // two parts, as recorded
		}
		step(first, "first signature", func() { signOnce(t, c, k, "prima") })
		step(further, "second signature", func() { signOnce(t, c, k, "seconda") })
		step(0, "from memory", func() {
			firstKey(t, c)
			c.Info()
			c.Tries(0)
			c.Verified(0)
			c.DataFiles()
			assert.NoError(t, c.CheckPIN(0, goodPIN))
		})
	})
}

// Everything a web login takes, on the most common card.
func TestST2021InSixteenCommands(t *testing.T) {
	service, sim := inserted(t, simcard.FamilyB2, nil)
	c, err := cardos.Open(service.Transport(), readerName)
	require.NoError(t, err)
	defer c.Close()
	k := firstKey(t, c)
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	signOnce(t, c, k, "accesso")
	assert.LessOrEqual(t, len(sim.Log()), 16, sim.LogText())
}
