// SPDX-License-Identifier: Apache-2.0

package built

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos/pcsc"
	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
	"tscns/tests/conformance"
)

const patience = 20 * time.Second

var reader = pcscd.ReaderName(0, 0)

// world is the virtual reader of the PC/SC service, with a card that stays in
// it as long as it is like new.
type world struct {
	t        *testing.T
	slot     *vpcd.Reader
	card     *simcard.Card
	family   simcard.Family
	kind     conformance.Kind
	inserted bool
}

var shared world

// prepare puts a card in that is like new.
func prepare(t *testing.T, f simcard.Family, kind conformance.Kind) *world {
	t.Helper()
	w := &shared
	w.t = t
	if w.slot == nil {
		w.slot = vpcd.New(service.Slot(0, 0))
	}
	if w.card == nil || w.family != f || w.kind != kind || !w.likeNew() {
		card, err := conformance.NewCard(f, kind)
		require.NoError(t, err)
		if w.inserted {
			w.Remove()
		}
		w.card, w.family, w.kind = card, f, kind
	}
	if !w.inserted {
		w.Insert(w.card)
	}
	w.card.ClearLog()
	w.card.Stats()
	return w
}

// likeNew says whether the card has all its tries and its first PIN.
func (w *world) likeNew() bool {
	for _, e := range w.card.Log() {
		if e.Header[1] == 0x24 || e.Header[1] == 0x2C { // CHANGE REFERENCE DATA, RESET RETRY COUNTER
			return false
		}
	}
	pin, puk := w.card.Tries()
	return pin == 3 && puk == 8
}

// Insert implements conformance.World.
func (w *world) Insert(c *simcard.Card) {
	w.t.Helper()
	w.slot.Insert(c)
	w.inserted = true
	require.NoError(w.t, service.WaitCard(reader, true, patience))
}

// Remove implements conformance.World.
func (w *world) Remove() {
	w.t.Helper()
	w.slot.Remove()
	w.inserted = false
	require.NoError(w.t, service.WaitCard(reader, false, patience))
}

// ResetByOther implements conformance.World: this process is the other.
func (w *world) ResetByOther() {
	w.t.Helper()
	other := pcsc.New()
	conn, err := other.Connect(reader)
	require.NoError(w.t, err)
	require.NoError(w.t, conn.Reset())
	require.NoError(w.t, conn.Close())
	require.NoError(w.t, other.Close())
}

// AddReader implements conformance.World: the driver has the readers that it
// was configured with.
func (w *world) AddReader() bool { return false }

// runBuilt runs an item on the built library.
func runBuilt(t *testing.T, it conformance.Item, f simcard.Family) {
	need(t)
	f = conformance.FamilyFor(it, f)
	w := prepare(t, f, it.Card)
	lib, err := library()
	require.NoError(t, err)
	it.Run(&conformance.X{T: t, D: newHost(t, lib), World: w, Card: w.card, Family: f})
}
