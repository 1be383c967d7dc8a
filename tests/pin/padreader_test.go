// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"testing"

	"github.com/stretchr/testify/require"

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
	card := newCard(t, "12345678")
	r.t = t
	d := &desk{t: t, module: kit.Module(t), service: r.Start(t, card), card: card}
	d.env = environment(t, d.service)
	t.Cleanup(func() { require.Empty(t, r.Complaints(), "what the reader was asked") })
	return d
}

// asked checks how often the reader asked, and that the person was done.
func (r *padReader) asked(entries int) {
	r.t.Helper()
	asked, left := r.Entries()
	require.Zero(r.t, left, "not typed")
	require.Equal(r.t, entries, asked, "how often the reader asked")
}
