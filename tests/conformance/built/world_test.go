// SPDX-License-Identifier: Apache-2.0

package built

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos/pcsc"
	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
	"tscns/tests/conformance"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

var reader = pcscd.ReaderName(0, 0)

// world is the virtual reader of the PC/SC service, with a card that stays in
// it as long as it is like new.
type world struct {
	t        *testing.T
	service  *pcscd.Service
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
		w.service = kit.SharedService(t, pcscd.Options{Readers: 1})
		w.slot = vpcd.New(w.service.Slot(0, 0))
		require.NoError(t, os.Setenv("PCSCLITE_CSOCK_NAME", w.service.Socket())) // for ResetByOther
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

// likeNew reports whether the card has all its tries and its first PIN.
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
	require.NoError(w.t, w.service.WaitCard(reader, true, kit.Patience))
}

// Remove implements conformance.World.
func (w *world) Remove() {
	w.t.Helper()
	w.slot.Remove()
	w.inserted = false
	require.NoError(w.t, w.service.WaitCard(reader, false, kit.Patience))
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

// threads is how many threads a host has.
const threads = 8

// runBuilt runs an item on a built library.
func runBuilt(t *testing.T, it conformance.Item, f simcard.Family, module string) {
	tools := hostproc.Client(t)
	f = conformance.FamilyFor(it, f)
	w := prepare(t, f, it.Card)
	h, err := tools.Start(hostproc.Options{Library: module, Threads: threads, Env: w.service.Env()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Stop()) })
	it.Run(&conformance.X{T: t, D: h.Line(), World: w, Card: w.card, Family: f})
}
