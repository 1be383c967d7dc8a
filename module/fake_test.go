// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

// fakeService is a smart card service with readers that the test moves.
type fakeService struct {
	mu      sync.Mutex
	readers []*fakeReader
	down    bool
	closed  bool
	changed chan struct{} // closed at each change
	reads   int           // calls of Readers
}

type fakeReader struct {
	name   string
	card   *fakeCard
	mute   bool
	events uint32
}

func newFakeService() *fakeService { return &fakeService{changed: make(chan struct{})} }

func (s *fakeService) change(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
	close(s.changed)
	s.changed = make(chan struct{})
}

// plug adds a reader, empty.
func (s *fakeService) plug(name string) *fakeReader {
	r := &fakeReader{name: name}
	s.change(func() { s.readers = append(s.readers, r) })
	return r
}

func (s *fakeService) unplug(r *fakeReader) {
	s.change(func() {
		for i := range s.readers {
			if s.readers[i] == r {
				s.readers = append(s.readers[:i], s.readers[i+1:]...)
				break
			}
		}
		if r.card != nil {
			r.card.pull()
		}
	})
}

func (s *fakeService) insert(r *fakeReader, c *fakeCard) {
	s.change(func() { r.card, r.events = c, r.events+1 })
	c.put()
}

func (s *fakeService) remove(r *fakeReader) {
	s.change(func() {
		r.card.pull()
		r.card, r.events = nil, r.events+1
	})
}

func (s *fakeService) setDown(down bool) { s.change(func() { s.down = down }) }

func (s *fakeService) states() ([]cardos.ReaderState, error) {
	switch {
	case s.closed:
		return nil, cardos.ErrClosed
	case s.down:
		return nil, cardos.ErrNoService
	}
	var list []cardos.ReaderState
	for _, r := range s.readers {
		list = append(list, cardos.ReaderState{Name: r.name, Present: r.card != nil || r.mute, Mute: r.mute, Events: r.events})
	}
	return list, nil
}

func (s *fakeService) Readers() ([]cardos.ReaderState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return s.states()
}

func (s *fakeService) Wait(known []cardos.ReaderState, d time.Duration) ([]cardos.ReaderState, error) {
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		now, err := s.states()
		changed := s.changed
		s.mu.Unlock()
		if err != nil || fmt.Sprint(now) != fmt.Sprint(known) {
			return now, err
		}
		select {
		case <-changed:
		case <-deadline.C:
			return now, nil
		}
	}
}

func (s *fakeService) Connect(string) (cardos.Conn, error) { return nil, cardos.ErrNoReader }

func (s *fakeService) Close() error {
	s.change(func() { s.closed = true })
	return nil
}

// openCard stands in for cardos.Open.
func (s *fakeService) openCard(_ cardos.Transport, name string) (card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.readers {
		if r.name == name {
			if r.card == nil {
				return nil, cardos.ErrNoCard
			}
			return r.card.open()
		}
	}
	return nil, cardos.ErrNoReader
}

// fakeCard is the card of a test. io counts the calls that would reach a real
// card; hook, if set, runs at the start of each and may block, fail or panic.
type fakeCard struct {
	mu         sync.Mutex
	key        *rsa.PrivateKey
	identities []cardos.Identity
	pin, puk   string
	tries      int
	pukTries   int
	known      bool
	verified   bool
	opened     bool // a PIN state to forget
	gone       bool
	connected  int
	io         int
	opens      int
	forgets    int
	pinsSent   int
	openErr    error
	hook       func(op string) error
	files      map[string][]byte
}

func (c *fakeCard) open() (card, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opens++
	if c.openErr != nil {
		return nil, c.openErr
	}
	c.connected++
	return c, nil
}

func (c *fakeCard) pull() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone, c.verified, c.opened = true, false, false
}

func (c *fakeCard) put() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = false
}

// resetByOther is what another program's reset does.
func (c *fakeCard) resetByOther() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.verified = false
}

// touch is the start of a call that reaches the card.
func (c *fakeCard) touch(op string) error {
	c.mu.Lock()
	c.io++
	hook, gone := c.hook, c.gone
	c.mu.Unlock()
	if hook != nil {
		if err := hook(op); err != nil {
			return err
		}
	}
	if gone {
		return fmt.Errorf("%s: %w", op, cardos.ErrCardRemoved)
	}
	return nil
}

func (c *fakeCard) setHook(hook func(op string) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hook = hook
}

func (c *fakeCard) count() (io, pins int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.io, c.pinsSent
}

func (c *fakeCard) Info() cardos.Info {
	return cardos.Info{Profile: "STIncard 1.1 (ST 2021)", Family: "B2", Maker: "STIncard", Serial: "6090000000000001"}
}

func (c *fakeCard) Identities() ([]cardos.Identity, error) {
	if err := c.touch("identities"); err != nil {
		return nil, err
	}
	return c.identities, nil
}

func (c *fakeCard) check(s cardos.Secret, least, most int) error {
	if len(s) < least || len(s) > most {
		return cardos.ErrPINLength
	}
	for _, b := range s {
		if b < '0' || b > '9' {
			return cardos.ErrPINCharacter
		}
	}
	return nil
}

func (c *fakeCard) CheckPIN(i int, pin cardos.Secret) error {
	return c.check(pin, c.identities[i].PIN.MinLength, c.identities[i].PIN.MaxLength)
}

func (c *fakeCard) CheckPUK(i int, puk cardos.Secret) error {
	return c.check(puk, c.identities[i].PIN.PUKMinLength, c.identities[i].PIN.PUKMaxLength)
}

func (c *fakeCard) Tries(int) (pin, puk cardos.Tries) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		return cardos.Tries{}, cardos.Tries{}
	}
	return cardos.Tries{Known: true, Left: c.tries}, cardos.Tries{Known: true, Left: c.pukTries}
}

func (c *fakeCard) QueryTries(i int) (pin, puk cardos.Tries, err error) {
	if err := c.touch("query"); err != nil {
		return pin, puk, err
	}
	c.mu.Lock()
	c.known = true
	c.mu.Unlock()
	pin, puk = c.Tries(i)
	return pin, puk, nil
}

// present compares a secret and counts, as the card does.
func (c *fakeCard) present(given cardos.Secret, want string, tries *int, full int) error {
	c.pinsSent++
	c.known = true
	switch {
	case *tries == 0:
		return cardos.ErrPINBlocked
	case string(given) != want:
		*tries--
		return &cardos.PINError{Tries: cardos.Tries{Known: true, Left: *tries}}
	}
	*tries = full
	return nil
}

func (c *fakeCard) VerifyPIN(_ int, pin cardos.Secret) error {
	if err := c.touch("verify"); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.present(pin, c.pin, &c.tries, 3)
	c.verified = err == nil
	c.opened = c.opened || c.verified
	return err
}

func (c *fakeCard) ChangePIN(_ int, old, new cardos.Secret) error {
	if err := c.touch("change"); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.present(old, c.pin, &c.tries, 3); err != nil {
		c.verified = false
		return err
	}
	c.pin, c.opened = string(new), true
	return nil
}

func (c *fakeCard) UnblockPIN(_ int, puk, new cardos.Secret) error {
	if err := c.touch("unblock"); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.present(puk, c.puk, &c.pukTries, 10); err != nil {
		return err
	}
	c.pin, c.tries, c.opened = string(new), 3, true
	return nil
}

func (c *fakeCard) Verified(int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.verified
}

func (c *fakeCard) RawRSA(_ *cardos.Key, block []byte) ([]byte, error) {
	if err := c.touch("rsa"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.verified {
		return nil, cardos.ErrPINRequired
	}
	x := new(big.Int).SetBytes(block)
	return x.Exp(x, c.key.D, c.key.N).FillBytes(make([]byte, c.key.Size())), nil
}

func (c *fakeCard) DataFiles() []cardos.DataFile {
	return []cardos.DataFile{
		{Label: "EF_DatiPersonali", Path: []byte{0x11, 0x00, 0x11, 0x02}, Holder: true},
		{Label: "EF_IDCarta", Path: []byte{0x10, 0x00, 0x10, 0x03}},
	}
}

func (c *fakeCard) ReadDataFile(f cardos.DataFile) ([]byte, error) {
	if err := c.touch("read"); err != nil {
		return nil, err
	}
	v, ok := c.files[f.Label]
	if !ok {
		return nil, cardos.ErrNotFound
	}
	return v, nil
}

func (c *fakeCard) Forget() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened {
		c.forgets++
	}
	c.verified, c.opened = false, false
	return nil
}

func (c *fakeCard) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connected--
	return nil
}

var keys = struct {
	sync.Mutex
	bySize map[int]*rsa.PrivateKey
}{bySize: map[int]*rsa.PrivateKey{}}

// testKey makes a key of a size once for all tests.
func testKey(t testing.TB, bits int) *rsa.PrivateKey {
	keys.Lock()
	defer keys.Unlock()
	if keys.bySize[bits] == nil {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		require.NoError(t, err)
		keys.bySize[bits] = k
	}
	return keys.bySize[bits]
}

func testCertificate(t testing.TB, k *rsa.PrivateKey, usage x509.KeyUsage) []byte {
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(0x8001),
		Subject:      pkix.Name{Country: []string{"IT"}, CommonName: "PRVMRA80A41H501X/6090000000000001.prova"},
		NotBefore:    time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC),
		NotAfter:     time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC),
		KeyUsage:     usage,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	require.NoError(t, err)
	return der
}

// newFakeCard makes a card with one authentication key.
func newFakeCard(t testing.TB, bits int, grade cardos.Grade, usage x509.KeyUsage) *fakeCard {
	k := testKey(t, bits)
	id := sha1.Sum(k.N.Bytes())
	return &fakeCard{
		key: k, pin: "12345", puk: "87654321", tries: 3, pukTries: 10,
		identities: []cardos.Identity{{
			PIN: cardos.PINSpec{MinLength: 5, MaxLength: 8, PUKMinLength: 8, PUKMaxLength: 8, MaxTries: 3},
			Keys: []cardos.Key{{ID: id[:], Label: "CNS autenticazione", Bits: bits,
				Certificate: testCertificate(t, k, usage), RawRSA: grade}},
		}},
		files: map[string][]byte{"EF_DatiPersonali": []byte("000065PROVA MARIA")},
	}
}

const bothUsages = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment

// fixture is an initialised module with one reader and one card in it.
type fixture struct {
	*Module
	t       *testing.T
	service *fakeService
	reader  *fakeReader
	card    *fakeCard
	slot    ck.SlotID
	opened  int
}

func newModule(t *testing.T, s *fakeService) *fixture {
	f := &fixture{t: t, service: s}
	f.Module = New(Config{Open: func() (cardos.Transport, error) {
		f.opened++
		s.change(func() { s.closed = false })
		return s, nil
	}, Trace: func(event string) { t.Log(event) }})
	f.openCard = s.openCard
	require.NoError(t, f.Initialize(InitArgs{}))
	t.Cleanup(func() { _ = f.Finalize() })
	return f
}

func newFixture(t *testing.T) *fixture {
	return newFixtureWith(t, newFakeCard(t, 2048, cardos.Proven, bothUsages))
}

func newFixtureWith(t *testing.T, c *fakeCard) *fixture {
	s := newFakeService()
	f := newModule(t, s)
	f.reader, f.card = s.plug("Prova Reader 00 00"), c
	s.insert(f.reader, c)
	slots, err := f.GetSlotList(true, true)
	require.NoError(t, err)
	require.Equal(t, []ck.SlotID{0}, slots)
	return f
}

const (
	ro = ck.CKF_SERIAL_SESSION
	rw = ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION
)

func (f *fixture) open(flags ck.Flags) ck.SessionHandle {
	f.t.Helper()
	h, err := f.OpenSession(f.slot, flags)
	require.NoError(f.t, err)
	require.NotZero(f.t, h)
	return h
}

// login opens a session and logs in.
func (f *fixture) login(flags ck.Flags) ck.SessionHandle {
	f.t.Helper()
	h := f.open(flags)
	require.NoError(f.t, f.Login(h, ck.CKU_USER, []byte(f.card.pin)))
	return h
}

func (f *fixture) is(want ck.RV, err error, hint ...any) {
	f.t.Helper()
	require.Equal(f.t, want.Error(), RVOf(err).Error(), hint...)
}

// find lists the objects of a template.
func (f *fixture) find(h ck.SessionHandle, tmpl ...Attribute) []ck.ObjectHandle {
	f.t.Helper()
	require.NoError(f.t, f.FindObjectsInit(h, tmpl))
	list, err := f.FindObjects(h, 100)
	require.NoError(f.t, err)
	require.NoError(f.t, f.FindObjectsFinal(h))
	return list
}

var enc = encoder{8}

func class(c ck.ObjectClass) Attribute { return Attribute{ck.CKA_CLASS, enc.ulong(uint(c))} }

// one finds the only object of a class.
func (f *fixture) one(h ck.SessionHandle, c ck.ObjectClass) ck.ObjectHandle {
	f.t.Helper()
	list := f.find(h, class(c))
	require.Len(f.t, list, 1)
	return list[0]
}

// get reads one attribute with a large buffer.
func (f *fixture) get(h ck.SessionHandle, o ck.ObjectHandle, a ck.AttributeType) []byte {
	f.t.Helper()
	q := []AttributeQuery{{Type: a, Room: 1 << 16}}
	require.NoError(f.t, f.GetAttributeValue(h, o, q))
	require.EqualValues(f.t, len(q[0].Value), q[0].Len)
	return q[0].Value
}

func (f *fixture) state(h ck.SessionHandle) ck.SessionState {
	f.t.Helper()
	info, err := f.GetSessionInfo(h)
	require.NoError(f.t, err)
	return info.State
}
