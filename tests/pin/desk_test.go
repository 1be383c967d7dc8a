// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"crypto/rand"
	"math/big"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
	"tscns/tests/kit"
)

// desk is a computer with a PC/SC service of its own, a reader and a card.
type desk struct {
	t       *testing.T
	module  string
	env     []string
	service *pcscd.Service
	card    *slowCard
}

// slowCard is a simulated card that can be held in the middle of a command.
type slowCard struct {
	*simcard.Card

	mu   sync.Mutex
	hold func(command []byte) // called before each command, may block
	offs int
}

func (c *slowCard) Power(on bool) {
	c.Card.Power(on)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !on {
		c.offs++
	}
}

// powerOffs counts how often the reader took the card's power away.
func (c *slowCard) powerOffs() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offs
}

func (c *slowCard) Transmit(command []byte) []byte {
	c.mu.Lock()
	hold := c.hold
	c.mu.Unlock()
	if hold != nil {
		hold(command)
	}
	return c.Card.Transmit(command)
}

// holdVerify has the card wait in the middle of the next VERIFY.
func (c *slowCard) holdVerify() (reached <-chan struct{}, release func()) { return c.holdAt(insVerify) }

// holdAt has the card wait in the middle of the next command of an instruction
// with data: reached is closed when it is there, and release lets it go on.
func (c *slowCard) holdAt(instruction byte) (reached <-chan struct{}, release func()) {
	there, free := make(chan struct{}), make(chan struct{})
	var once, end sync.Once
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hold = func(command []byte) {
		if command[1] == instruction && len(command) > 5 {
			once.Do(func() { close(there); <-free })
		}
	}
	return there, func() { end.Do(func() { close(free) }) }
}

// Instructions about a PIN (ISO 7816-4).
const (
	insVerify = 0x20
	insChange = 0x24
	insReset  = 0x2C
)

// sent counts the commands that carried a PIN to the card.
func (c *slowCard) sent() int {
	n := 0
	for _, e := range c.Log() {
		if (e.Header[1] == insVerify || e.Header[1] == insChange || e.Header[1] == insReset) && e.Lc > 0 {
			n++
		}
	}
	return n
}

// change gives the card another PIN, as its holder might elsewhere.
func (c *slowCard) change(t *testing.T, pin string) {
	t.Helper()
	c.Reset()
	data := append([]byte(puk), []byte(pin)...)
	answer := c.Card.Transmit(append([]byte{0x00, insReset, 0x00, 0x90, 0x10}, data...))
	require.Equal(t, []byte{0x90, 0x00}, answer)
	c.ClearLog()
}

// puk is that of every card.
const puk = "87654321"

// family is the kind of the next card.
var family = simcard.FamilyB2

func newCard(t *testing.T, pin string) *slowCard {
	t.Helper()
	set, err := kit.Set(simcard.KeyBits(family))
	require.NoError(t, err)
	options := simcard.ForIdentity(family, set.Identity)
	options.PIN = pin
	card, err := simcard.New(options)
	require.NoError(t, err)
	return &slowCard{Card: card}
}

func environment(t *testing.T, service *pcscd.Service) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LANG=C.UTF-8"}, service.Env()...)
}

func newDesk(t *testing.T, pin string) *desk {
	t.Helper()
	d := &desk{t: t, module: kit.Module(t), service: kit.Service(t, t.TempDir(), pcscd.Options{Readers: 1}), card: newCard(t, pin)}
	d.env = environment(t, d.service)
	reader := vpcd.New(d.service.Slot(0, 0))
	t.Cleanup(reader.Close)
	reader.Insert(d.card)
	require.NoError(t, d.service.WaitCard(pcscd.ReaderName(0, 0), true, kit.Patience))
	return d
}

// randomPIN returns seven digits, of which no two in a row are the same:
// nothing that lies in memory by itself.
func randomPIN(t *testing.T) string {
	t.Helper()
	const digits = 7
	pin := make([]byte, 0, digits)
	for len(pin) < digits {
		n, err := rand.Int(rand.Reader, big.NewInt(10))
		require.NoError(t, err)
		if d := '0' + byte(n.Int64()); len(pin) == 0 || d != pin[len(pin)-1] {
			pin = append(pin, d)
		}
	}
	return string(pin)
}
