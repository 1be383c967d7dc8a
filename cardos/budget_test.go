// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/simcard"
	"tscns/simcard/pki"
)

// budget is how many commands a card may be asked for, by flow.
type budget struct {
	cold    int // listing, beyond reading the certificate itself
	warm    int // listing, card seen before
	login   int // with the SELECT of the PIN's directory, in a form that is known
	search  int // first login where no form is known, else 0
	first   int // signature
	further int
}

// budgets are those of docs/performance.md, which TestBudgetTable holds to it.
var budgets = map[simcard.Family]budget{
	simcard.FamilyA:      {cold: 4, warm: 2, login: 2, first: 3, further: 1},
	simcard.FamilyB1:     {cold: 4, warm: 2, login: 2, first: 3, further: 1},
	simcard.FamilyB11204: {cold: 5, warm: 2, login: 2, first: 3, further: 1},
	simcard.FamilyB2:     {cold: 3, warm: 2, login: 2, first: 3, further: 1},
	simcard.FamilyB2NFC:  {cold: 5, warm: 3, login: 2, first: 3, further: 1},
	simcard.FamilyC:      {cold: 3, warm: 2, login: 2, first: 3, further: 1},
	simcard.FamilyD:      {cold: 4, warm: 2, login: 2, first: 3, further: 1},
	simcard.FamilyE:      {cold: 3, warm: 2, login: 2, first: 3, further: 1},
	simcard.FamilyT:      {cold: 8, warm: 2, login: 2, first: 4, further: 2},
	simcard.FamilyF:      {cold: 4, warm: 2, login: 2, first: 3, further: 1},
	simcard.FamilyH:      {cold: 8, warm: 3, login: 2, search: 8, first: 3, further: 3},
}

// counter counts the commands of one step after the other.
type counter struct {
	t   *testing.T
	sim *simcard.Card
}

// step holds a step to exactly its budget: one that needs less has earned a
// smaller one, here and in docs/performance.md.
func (c counter) step(want int, what string, do func()) {
	c.t.Helper()
	c.sim.ClearLog()
	do()
	assert.Len(c.t, c.sim.Log(), want, "%s:\n%s", what, c.sim.LogText())
}

func TestCommandBudget(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		service, sim := inserted(t, f, nil)
		b, n := budgets[f], counter{t, sim}
		options := cardos.Options{Store: newShelf(), PINRecords: records{}}
		var c *cardos.Card
		var k cardos.Key
		n.step(certificateReads(t, f)+b.cold, "cold list", func() { c, k = openedWith(t, service, options) })
		for _, seen := range []string{"", "seen before: "} {
			login := b.login
			if seen == "" && b.search > 0 {
				login = b.search
			}
			n.step(login, seen+"login", func() { require.NoError(t, c.VerifyPIN(0, goodPIN)) })
			n.step(b.first, seen+"first signature", func() { signOnce(t, c, k, "prima") })
			for range 3 {
				n.step(b.further, seen+"further signature", func() { signOnce(t, c, k, "seconda") })
			}
			n.step(0, seen+"from memory", func() {
				for range 1000 {
					firstKey(t, c)
					c.Info()
					c.Tries(0)
					c.Verified(0)
					c.DataFiles()
					assert.NoError(t, c.CheckPIN(0, goodPIN))
				}
			})
			c.Close()
			if seen == "" {
				n.step(b.warm, "warm list", func() { c, k = openedWith(t, service, options) })
			}
		}
	})
}

// certificateReads is how many reads of 256 bytes the certificate takes.
func certificateReads(t *testing.T, f simcard.Family) int {
	bytes := len(setFor(t, f).Identity.Certificate)
	if f == simcard.FamilyB11204 {
		bytes += 5 // its header
	}
	return (bytes + 255) / 256
}

// What is believed of a card's state ends with a reset, and with a transaction
// of another program that moved it: the commands are then sent anew, and no
// sooner.
func TestWhatEndsTheSavings(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		service, sim, c := simulated(t, f, nil)
		b, n := budgets[f], counter{t, sim}
		k := firstKey(t, c)
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		signOnce(t, c, k, "prima")
		n.step(b.further, "nobody else", func() { signOnce(t, c, k, "seconda") })

		// Another program sets an environment of its own between two transactions.
		sim.Transmit([]byte{0x00, 0x22, 0xF3, 0x03, 0x00})
		sim.Transmit([]byte{0x00, 0x22, 0xF1, 0xB8, 0x03, 0x83, 0x01, 0x7E})
		sim.ClearLog()
		signOnce(t, c, k, "dopo altri")
		if f != simcard.FamilyH {
			assert.Greater(t, len(sim.Log()), b.further, "the security environment was set anew")
		}
		n.step(b.further, "nobody else since", func() { signOnce(t, c, k, "ancora") })

		service.ResetByOther(readerName)
		n.step(0, "after a reset", func() {
			_, err := c.RawRSA(&k, make([]byte, k.Bits/8))
			if c.Info().Family == "B2" && c.Info().Contactless {
				sim.ClearLog() // the application is selected again first
			}
			assert.ErrorIs(t, err, cardos.ErrPINRequired)
		})
	})
}

// No read runs past the end of its file or of the certificate, none is larger
// than a short command takes, and no byte is read twice while listing.
func TestReadsAreExact(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		_, sim, c := simulated(t, f, func(_ *simcard.Options, b *simcard.Behaviour) { b.ReadPastEnd = simcard.SW6700 })
		firstKey(t, c)
		total := 0
		for _, e := range sim.Log() {
			if e.Header[1] == 0xB0 {
				assert.Equal(t, uint16(0x9000), e.SW, e.String())
				assert.LessOrEqual(t, e.Le, 256)
				total += e.Le
			}
		}
		want := len(setFor(t, f).Identity.Certificate) + 16 // the card's number
		switch f {
		case simcard.FamilyB11204:
			want += 5
		case simcard.FamilyT:
			want += 2 * 240 // the directories
		case simcard.FamilyH:
			want += 10 - 16 + len(setFor(t, f).Identity.Personal)
		}
		assert.Equal(t, want, total, sim.LogText())
	})
}

// Everything a web login takes, on the most common card with a certificate of
// 1.9 kB, in bytes of commands and answers too.
func TestST2021InSixteenCommands(t *testing.T) {
	set := setFor(t, simcard.FamilyB2)
	id, err := set.Authority.IssueIdentity(pki.IdentityOptions{Key: set.Identity.Key, Size: 1825}) // padded in three places
	require.NoError(t, err)
	service, sim := inserted(t, simcard.FamilyB2, func(o *simcard.Options, _ *simcard.Behaviour) {
		*o = simcard.ForIdentity(simcard.FamilyB2, id)
	})
	store := newShelf()
	login := func(commands, bytes int) {
		t.Helper()
		sim.Stats()
		c, k := opened(t, service, store)
		require.NoError(t, c.VerifyPIN(0, goodPIN))
		signOnce(t, c, k, "accesso")
		s := sim.Stats()
		assert.LessOrEqual(t, s.Commands, commands, sim.LogText())
		assert.LessOrEqual(t, s.Received+s.Sent, bytes)
		t.Logf("certificate of %d bytes: %d commands, %d bytes", len(k.Certificate.Raw), s.Commands, s.Received+s.Sent)
		c.Close()
		service.ResetByOther(readerName)
	}
	login(16, 2900)
	login(7, 1000)
}

// The table of docs/performance.md says what the tests hold.
func TestBudgetTable(t *testing.T) {
	page, err := os.ReadFile("../docs/performance.md")
	require.NoError(t, err)
	var table strings.Builder
	for _, f := range simcard.Families() {
		if b, ok := budgets[f]; ok {
			login := fmt.Sprint(b.login)
			if b.search > 0 {
				login = fmt.Sprintf("%d, then %d", b.search, b.login)
			}
			fmt.Fprintf(&table, "| %s | reads + %d | %d | %s | %d | %d | %d |\n", f, b.cold, b.warm, login, b.first, b.further,
				b.warm+b.login+b.first)
		}
	}
	assert.Contains(t, string(page), table.String())
}
