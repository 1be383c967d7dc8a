// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/module/ck"
)

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

func testCertificate(t testing.TB, k crypto.Signer, usage x509.KeyUsage) []byte {
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(0x8001),
		Subject:      pkix.Name{Country: []string{"IT"}, CommonName: "PRVMRA80A41H501X/6090000000000001.prova"},
		NotBefore:    time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC),
		NotAfter:     time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC),
		KeyUsage:     usage,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, k.Public(), k)
	require.NoError(t, err)
	return der
}

func parsed(t testing.TB, der []byte) *certificate.Certificate {
	c, err := certificate.Parse(der)
	require.NoError(t, err)
	return c
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
				Certificate: parsed(t, testCertificate(t, k, usage)), Usable: true, RawRSA: grade}},
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
	require.Equal(t, []ck.SlotID{0, 1}, f.slots(false, true))
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
	q := []AttributeQuery{{Type: a, Buffer: 1 << 16}}
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
