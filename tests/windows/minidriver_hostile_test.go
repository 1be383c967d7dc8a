// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

// hostileCards are hostile cards one after the other: each reset is the next.
type hostileCards struct {
	*simcard.Hostile
	issue func(seed int64) *simcard.Hostile
	seed  int64
}

func (h *hostileCards) Reset() {
	h.seed++
	h.Hostile = h.issue(h.seed)
}

// TestMinidriverHostileCards has 5,000 cards that answer nonsense used in one process: no crash, and no call above five seconds.
func TestMinidriverHostileCards(t *testing.T) {
	const each, batch = 1000, 50
	d := newCSP(t)
	c := d.start(t)
	ias, _ := simcard.ModelNamed("h-ias")
	cards := 0
	for i, kind := range []struct {
		family simcard.Family
		change func(*simcard.Options)
	}{{simcard.FamilyB2, nil}, {simcard.FamilyE, nil}, {simcard.FamilyB1, nil}, {simcard.FamilyT, nil}, {simcard.FamilyH, ias.Apply}} {
		identity := newTestCard(t, kind.family, kind.family == simcard.FamilyB1, kind.change)
		h := &hostileCards{seed: int64(i * each), issue: func(seed int64) *simcard.Hostile {
			return simcard.NewHostile(identity.renewed(t), seed)
		}}
		h.Reset()
		d.reader.Insert(h)
		c.ok("connect 0 0")
		recognised := 0
		for range each / batch {
			a := c.ok("everything 0 %d", batch)
			require.Less(t, a.number("slowest"), 5000, a.line)
			recognised += a.number("recognised")
			cards += batch
		}
		require.Positive(t, recognised)
		t.Logf("%s: %d of %d recognised", kind.family, recognised, each)
		c.ask("disconnect 0 0")
	}
	require.Equal(t, 5000, cards)
	c.wellBehaved()
	sim := newTestCard(t, simcard.FamilyB2, false, nil)
	d.reader.Insert(sim.Card)
	c.take()
	require.Equal(t, uint32(success), c.login(userPIN).code)
	c.signsPKCS1(sim.public())
	c.leave()
}

// TestMinidriverBadCalls makes 100,000 calls that nobody should make, in one process: pointers that are NULL, sizes
// and numbers out of any range, contexts that have ended, handles that are none.
func TestMinidriverBadCalls(t *testing.T) {
	const batches, batch = 100, 1000
	d := newCSP(t)
	c := d.start(t)
	sim := newTestCard(t, simcard.FamilyB2, false, nil)
	d.reader.Insert(sim.Card)
	c.take()
	c.ok("acquire 1 0 7 0")
	c.ok("delete 1")
	succeeded := 0
	for seed := range batches {
		succeeded += c.ok("storm 0 1 %d %d", batch, 7919*(seed+1)).number("succeeded")
	}
	require.Positive(t, succeeded, "some are right by chance")
	left, _ := sim.Tries()
	require.Equal(t, 3, left, "no call costs a try")
	c.afresh()
	require.Equal(t, uint32(success), c.login(userPIN).code)
	c.signsPKCS1(sim.public())
	c.leave()
	c.wellBehaved()
	t.Logf("%d calls, %d of them right", batches*batch, succeeded)
}
