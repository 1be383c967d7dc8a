// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pcscd"
	"tscns/tests/kit"
	"tscns/tests/padreader"
)

// padReader is a reader with a keypad in a test.
type padReader struct {
	padreader.Reader
	t *testing.T
}

func newPad(name string, features byte) *padReader {
	return &padReader{Reader: padreader.Reader{Name: name, Features: features}}
}

// newPadDesk starts a PC/SC service with one reader that has a keypad, or
// pretends to, and a card in it.
func newPadDesk(t *testing.T, r *padReader) *desk {
	t.Helper()
	dir, err := os.MkdirTemp("", "pad") // the path of a socket is short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	card := newCard(t, "12345678")
	r.t, r.Card = t, card
	err = r.Plug(dir)
	if errors.Is(err, padreader.ErrMissing) {
		t.Skipf("SKIPPED: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(r.Close)
	d := &desk{t: t, module: kit.Module(t), service: kit.Service(t, dir, pcscd.Options{}), card: card}
	d.env = environment(t, d.service)
	t.Cleanup(func() { require.Empty(t, r.Complaints(), "what the reader was asked") })
	require.NoError(t, d.service.Wait(kit.Patience, func(states []pcscd.State) bool {
		return len(states) == 1 && states[0].Present && len(states[0].ATR) > 0
	}))
	return d
}

// asked checks how often the reader asked, and that the person was done.
func (r *padReader) asked(entries int) {
	r.t.Helper()
	asked, left := r.Entries()
	require.Zero(r.t, left, "not typed")
	require.Equal(r.t, entries, asked, "how often the reader asked")
}
