// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"crypto/rand"
	"math/big"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tscns/module/ck"
	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
	"tscns/tests/conformance"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

// fixture is a computer with a PC/SC service of its own, a reader and a card.
type fixture struct {
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

func newFixture(t *testing.T, pin string) *fixture {
	t.Helper()
	d := &fixture{t: t, module: kit.Module(t), service: kit.Service(t, t.TempDir(), pcscd.Options{Readers: 1}), card: newCard(t, pin)}
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

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// host is a program in C with the library loaded, initialised, and a session.
type host struct {
	*hostproc.Host
	t       *testing.T
	d       *hostproc.Line
	slot    ck.SlotID
	session ck.SessionHandle
	dir     string // where it leaves a core
}

// host starts one. kept is something that lies in its memory by itself.
func (d *fixture) host(kept ...string) *host {
	d.t.Helper()
	h := &host{t: d.t, dir: d.t.TempDir()}
	env := append(slices.Clone(d.env), "XDG_RUNTIME_DIR=")
	for _, text := range kept {
		env = append(env, "KEPT="+text)
	}
	var err error
	h.Host, err = hostproc.Client(d.t).Start(hostproc.Options{Library: d.module, Threads: 2, Env: env, Dir: h.dir, Limit: kit.Patience})
	require.NoError(d.t, err)
	d.t.Cleanup(func() { _ = h.Stop() })
	unlimited := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	require.NoError(d.t, unix.Prlimit(h.PID(), unix.RLIMIT_CORE, &unlimited, nil))
	h.d = h.Line()
	h.must(h.d.Call("C_Initialize", nil))
	h.open()
	return h
}

// must wants a call to succeed.
func (h *host) must(rv ck.RV) {
	h.t.Helper()
	require.Equal(h.t, ck.CKR_OK, rv)
}

func (h *host) open() {
	h.t.Helper()
	slots, rv := hostproc.Slots(h.d, true)
	h.must(rv)
	require.NotEmpty(h.t, slots)
	h.slot = slots[0]
	h.session, rv = hostproc.Open(h.d, h.slot)
	h.must(rv)
}

// keypad stands for a PIN that a person types at the reader: a NULL pointer.
const keypad = ""

// secret is a PIN as two arguments of a call.
func secret(pin string) (bytes []byte, length int) {
	if pin != keypad {
		bytes = []byte(pin)
	}
	return bytes, len(pin)
}

func (h *host) loginAs(who ck.UserType, pin string) ck.RV {
	bytes, n := secret(pin)
	return h.d.Call("C_Login", h.session, who, bytes, n)
}

func (h *host) login(pin string) ck.RV { return h.loginAs(ck.CKU_USER, pin) }

func (h *host) setPIN(old, new string) ck.RV {
	a, n := secret(old)
	b, m := secret(new)
	return h.d.Call("C_SetPIN", h.session, a, n, b, m)
}

func (h *host) initPIN(pin string) ck.RV {
	bytes, n := secret(pin)
	return h.d.Call("C_InitPIN", h.session, bytes, n)
}

func (h *host) logout() ck.RV   { return h.d.Call("C_Logout", h.session) }
func (h *host) finalize() ck.RV { return hostproc.Finalize(h.d) }

// sign signs with the card's key, which only its user sees.
func (h *host) sign() ck.RV {
	signature, rv := hostproc.Sign(h.d, h.session, []byte("dati"))
	if rv == ck.CKR_OK && signature == nil {
		return ck.CKR_USER_NOT_LOGGED_IN
	}
	return rv
}

// flags are those of the token.
func (h *host) flags() ck.Flags {
	h.t.Helper()
	var info conformance.TokenInfo
	h.must(h.d.Call("C_GetTokenInfo", h.slot, &info))
	return ck.Flags(info.Flags)
}
