// SPDX-License-Identifier: Apache-2.0

package minidriver_test

import (
	"crypto"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/minidriver"
	"tscns/simcard"
)

// hostileCards is how many of them are walked through.
const hostileCards = 5000

// maxHostileSent bounds the commands of one walk: some files are as long as
// they can be, and a few are read again.
const maxHostileSent = 5000

// guarded counts the PINs that a card is sent.
type guarded struct {
	*simcard.Hostile
	verifies int
}

func (g *guarded) Transmit(command []byte) []byte {
	if command[1] == 0x20 && len(command) > 5 {
		g.verifies++
	}
	return g.Hostile.Transmit(command)
}

// Whatever a card answers, every function ends with a result or a code, after a
// bounded number of commands, and sends a PIN once; on family H once in each
// form.
func TestHostileCards(t *testing.T) {
	var cards []simcard.Options
	for _, f := range simcard.Families() {
		if f != simcard.FamilyForeign {
			cards = append(cards, simcard.ForIdentity(f, setFor(t, f).Identity))
		}
	}
	n := hostileCards
	if testing.Short() {
		n /= 10
	}
	acquired := 0
	for seed := range n {
		o := cards[seed%len(cards)]
		sim, err := simcard.New(o)
		require.NoError(t, err)
		sim.Power(true)
		g := &guarded{Hostile: simcard.NewHostile(sim, int64(seed))}
		c := newCaller(g)
		m, err := minidriver.Acquire(c.options(), handles, sim.ATR())
		if err == nil {
			acquired++
			useUp(t, m, int64(seed))
			m.Close()
		} else {
			requireCode(t, err, int64(seed))
		}
		most := 1
		if o.Family == simcard.FamilyH {
			most = 12
		}
		require.LessOrEqual(t, g.verifies, most, "seed %d", seed)
		require.LessOrEqual(t, c.sent, maxHostileSent, "seed %d", seed)
	}
	assert.Greater(t, acquired, n/20, "cards that got far enough")
	t.Logf("%d of %d cards were recognised", acquired, n)
}

// useUp calls everything, with arguments of any kind too.
func useUp(t *testing.T, m *minidriver.Context, seed int64) {
	t.Helper()
	random := rand.New(rand.NewSource(seed))
	code := func(err error) {
		t.Helper()
		if err != nil {
			requireCode(t, err, seed)
		}
	}
	for _, dir := range []string{"", "mscp", "x"} {
		_, err := m.EnumFiles(dir)
		code(err)
		for _, name := range []string{"cardid", "cardcf", "cmapfile", "kxc00", "ksc01"} {
			_, err := m.ReadFile(dir, name)
			code(err)
		}
	}
	_, err := m.ContainerInfo(uint8(random.Intn(3)))
	code(err)
	for _, name := range []string{"PIN Information", "PIN List", "Key Sizes", "Card Serial Number", "x"} {
		_, err := m.Property(name, uint32(random.Intn(4)), make([]byte, random.Intn(40)))
		code(err)
	}
	_, err = m.Authenticate(handles, uint32(random.Intn(4)), 0, cardos.Secret("12"))
	code(err)
	code(authenticate(m, handles, goodPIN))
	r := minidriver.SignRequest{KeySpec: minidriver.KeyExchange, HashAlg: 0x800C, Data: digest(crypto.SHA256)}
	for range 2 {
		_, err = m.Sign(handles, r)
		code(err)
	}
	r.Flags, r.Padding = minidriver.PaddingInfoPresent, minidriver.Padding{Type: 1 << random.Intn(5), Hash: "SHA256", Salt: uint32(random.Intn(300))}
	_, err = m.Sign(handles, r)
	code(err)
	size, _ := m.SignSize(r)
	_, err = m.Decrypt(handles, minidriver.DecryptRequest{KeySpec: 1, Data: make([]byte, size), Padding: minidriver.Padding{Type: 2}})
	code(err)
	code(m.Deauthenticate(2))
}

func requireCode(t *testing.T, err error, seed int64) {
	t.Helper()
	var code minidriver.Code
	require.ErrorAs(t, err, &code, "seed %d", seed)
	require.NotEqual(t, minidriver.Success, code, "seed %d", seed)
}
