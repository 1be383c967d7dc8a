// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/simcard"
)

// What one command read of a card the next need not read again; tscns status
// reads it all the same, and so renews what is kept.
func TestCommandsKnowTheCardAgain(t *testing.T) {
	s, card, o := reader(t, simcard.FamilyB2, nil)
	store := localfiles.NewCache("") // in memory: one process is all the commands here
	commands := func(args ...string) int {
		t.Helper()
		card.ClearLog()
		r := newRun(message.English, s)
		r.cards.Store = store
		require.Equal(t, exit.OK, r.run(args), r.errors())
		return len(card.Log())
	}
	first := commands("cert", "list")
	assert.Equal(t, 2, commands("cert", "list"))
	assert.Greater(t, first, 2)
	whole := commands("status")
	assert.GreaterOrEqual(t, whole, first)

	// What is kept is renewed: a card that lost it is known again after status.
	kept := store.Load()
	require.Len(t, kept, 1)
	assert.Contains(t, string(kept[0]), o.Serial)
	store = localfiles.NewCache("")
	commands("status")
	assert.Equal(t, kept, store.Load())
	assert.Equal(t, 2, commands("cert", "list"))
}

func TestCacheOfTheCommandCanBeOff(t *testing.T) {
	home := t.TempDir()
	env := map[string]string{"HOME": home, "XDG_RUNTIME_DIR": "/nonexistent"}
	getenv := func(name string) string { return env[name] }
	assert.NotNil(t, cards.Options(getenv).Store)
	require.NoError(t, os.MkdirAll(filepath.Join(home, ".config", "tscns"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(home, ".config", "tscns", "tscns.conf"), []byte("cache = off\nreads = short\n"), 0o600))
	assert.Equal(t, cardos.Options{Reads: cardos.ReadsShort}, cards.Options(getenv))
	assert.Equal(t, cardos.Options{Reads: cardos.ReadsShort}, cards.Fresh(cards.Options(getenv)))
}
