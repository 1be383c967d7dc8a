// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

func (f *fixture) slots(present, refresh bool) []ck.SlotID {
	f.t.Helper()
	list, err := f.GetSlotList(present, refresh)
	require.NoError(f.t, err)
	return list
}

// present reports whether slot 0 has a token.
func (f *fixture) present() bool {
	f.t.Helper()
	info, err := f.GetSlotInfo(0)
	require.NoError(f.t, err)
	require.Equal(f.t, ck.CKF_REMOVABLE_DEVICE|ck.CKF_HW_SLOT, info.Flags&^ck.CKF_TOKEN_PRESENT)
	return info.Flags&ck.CKF_TOKEN_PRESENT != 0
}

// Decision 6: without readers, or without a service, there is one empty slot.
func TestNoReaderNoService(t *testing.T) {
	refused := errors.New("refused")
	for name, open := range map[string]func() (cardos.Transport, error){
		"no service":  func() (cardos.Transport, error) { return nil, cardos.ErrNoService },
		"cannot open": func() (cardos.Transport, error) { return nil, refused },
		"no reader":   func() (cardos.Transport, error) { return newFakeService(), nil },
		"down":        func() (cardos.Transport, error) { s := newFakeService(); s.setDown(true); return s, nil },
	} {
		t.Run(name, func(t *testing.T) {
			m := New(Config{Open: open})
			require.NoError(t, m.Initialize(InitArgs{}))
			f := &fixture{Module: m, t: t}
			require.Equal(t, []ck.SlotID{0, 1}, f.slots(false, true))
			require.Empty(t, f.slots(true, true))
			require.False(t, f.present())
			_, err := m.GetTokenInfo(0)
			f.is(ck.CKR_TOKEN_NOT_PRESENT, err)
			_, err = m.GetMechanismList(0)
			f.is(ck.CKR_TOKEN_NOT_PRESENT, err)
			_, err = m.OpenSession(0, ro)
			f.is(ck.CKR_TOKEN_NOT_PRESENT, err)
			require.NoError(t, m.CloseAllSessions(0))
			_, err = m.WaitForSlotEvent(1)
			f.is(ck.CKR_NO_EVENT, err)
			require.NoError(t, m.Finalize())
		})
	}
}

func TestSlotListOnlyGrows(t *testing.T) {
	s := newFakeService()
	f := newModule(t, s)
	require.Equal(t, []ck.SlotID{0, 1}, f.slots(false, true))
	// The empty slot is taken by the first reader, also without a new list.
	a := s.plug("Prova A")
	s.insert(a, newFakeCard(t, 2048, cardos.Proven, bothUsages))
	require.True(t, f.present())
	b := s.plug("Prova B")
	require.Equal(t, []ck.SlotID{0, 1}, f.slots(false, false), "no refresh, no change")
	_, err := f.GetSlotInfo(2)
	f.is(ck.CKR_SLOT_ID_INVALID, err)
	require.Equal(t, []ck.SlotID{0, 1, 2, 3}, f.slots(false, true))
	require.Equal(t, []ck.SlotID{0}, f.slots(true, false))

	// A reader that goes keeps its slot, empty, and finds it again.
	s.unplug(a)
	require.Equal(t, []ck.SlotID{0, 1, 2, 3}, f.slots(false, true))
	require.False(t, f.present())
	s.plug("Prova C")
	a2 := s.plug("Prova A")
	require.Equal(t, []ck.SlotID{0, 1, 2, 3, 4, 5}, f.slots(false, true))
	s.insert(a2, newFakeCard(t, 2048, cardos.Proven, bothUsages))
	s.insert(b, newFakeCard(t, 2048, cardos.Proven, bothUsages))
	require.Equal(t, []ck.SlotID{0, 2}, f.slots(true, false))
	info, err := f.GetSlotInfo(0)
	require.NoError(t, err)
	require.Equal(t, "Prova A", info.Description)
}

func TestStatusCallsNeverTouchTheCard(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	before, _ := f.card.count()
	for range 10 {
		require.True(t, f.present())
		f.state(h)
		f.slots(true, true)
		_, err := f.GetTokenInfo(0)
		require.NoError(t, err)
		_, err = f.GetMechanismList(0)
		require.NoError(t, err)
	}
	after, _ := f.card.count()
	require.Equal(t, before, after)
	require.Equal(t, 1, f.card.opens)
}

// A card of another kind is looked at once for each insertion.
func TestForeignCardIsProbedOnce(t *testing.T) {
	f := newFixture(t)
	foreign := &fakeCard{openErr: cardos.ErrNotRecognized}
	f.service.insert(f.reader, foreign)
	require.True(t, f.present(), "nobody looked at it yet")
	for range 5 {
		_, err := f.GetTokenInfo(0)
		f.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
		_, err = f.OpenSession(0, ro)
		f.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
		require.False(t, f.present())
		require.Empty(t, f.slots(true, true))
	}
	require.Equal(t, 1, foreign.opens)
	f.service.remove(f.reader)
	f.service.insert(f.reader, foreign)
	_, err := f.GetTokenInfo(0)
	f.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
	require.Equal(t, 2, foreign.opens)
}

func TestFailingCardIsTriedThreeTimes(t *testing.T) {
	f := newFixture(t)
	bad := &fakeCard{openErr: cardos.ErrProtocol}
	f.service.insert(f.reader, bad)
	for range 3 {
		_, err := f.GetTokenInfo(0)
		f.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
	}
	_, err := f.GetTokenInfo(0)
	f.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
	require.Equal(t, 3, bad.opens)
	// One that another program holds is asked for again for ever.
	busy := newFakeCard(t, 2048, cardos.Proven, bothUsages)
	busy.openErr = cardos.ErrInUse
	f.service.insert(f.reader, busy)
	for range 5 {
		_, err := f.GetTokenInfo(0)
		f.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
		require.False(t, f.present())
		require.Empty(t, f.slots(true, true))
	}
	require.Equal(t, 1, busy.opens, "whoever goes through the slots waits once")
	busy.openErr = nil
	require.Eventually(t, f.present, 30*time.Second, time.Millisecond)
	_, err = f.GetTokenInfo(0)
	require.NoError(t, err)
}

func TestMuteCardIsNotATokenOfOurs(t *testing.T) {
	f := newFixture(t)
	f.service.change(func() { f.reader.card, f.reader.mute = nil, true; f.reader.events++ })
	require.False(t, f.present())
	_, err := f.GetTokenInfo(0)
	f.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
}

func TestTokenInfo(t *testing.T) {
	f := newFixture(t)
	f.open(ro)
	f.open(rw)
	info, err := f.GetTokenInfo(0)
	require.NoError(t, err)
	unknown := ck.CK_UNAVAILABLE_INFORMATION
	require.Equal(t, TokenInfo{
		Label: "TS-CNS", ManufacturerID: "STIncard", Model: "STIncard 1.1", SerialNumber: "6090000000000001",
		Flags: ck.CKF_WRITE_PROTECTED | ck.CKF_LOGIN_REQUIRED | ck.CKF_USER_PIN_INITIALIZED |
			ck.CKF_TOKEN_INITIALIZED,
		SessionCount: 2, RWSessionCount: 1, MaxPINLen: 8, MinPINLen: 5,
		TotalPublicMemory: unknown, FreePublicMemory: unknown,
		TotalPrivateMemory: unknown, FreePrivateMemory: unknown,
	}, info)
}

func (f *fixture) tokenFlags() ck.Flags {
	f.t.Helper()
	info, err := f.GetTokenInfo(f.slot)
	require.NoError(f.t, err)
	const steady = ck.CKF_WRITE_PROTECTED | ck.CKF_LOGIN_REQUIRED | ck.CKF_USER_PIN_INITIALIZED | ck.CKF_TOKEN_INITIALIZED
	require.Equal(f.t, steady, info.Flags&steady)
	return info.Flags &^ steady
}

// Where the card does not tell its counter, a refusal still sets COUNT_LOW.
func TestPINFlagsWithoutCounter(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	f.card.setHook(func(op string) error {
		if op == "verify" {
			return &cardos.PINError{}
		}
		return nil
	})
	f.is(ck.CKR_PIN_INCORRECT, f.Login(h, ck.CKU_USER, []byte("00000")))
	require.Equal(t, ck.CKF_USER_PIN_COUNT_LOW, f.tokenFlags())
	f.card.setHook(nil)
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
	require.Zero(t, f.tokenFlags())
}

// The query is sent only where it is proven to cost nothing (decision 11).
func TestTriesQuery(t *testing.T) {
	for _, grade := range []cardos.Grade{cardos.Unknown, cardos.DriverKnown, cardos.Proven} {
		c := newFakeCard(t, 2048, cardos.Proven, bothUsages)
		c.tries = 1
		c.identities[0].PIN.TriesQuery = grade
		queries := 0
		c.setHook(func(op string) error {
			if op == "query" {
				queries++
			}
			return nil
		})
		f := newFixtureWith(t, c)
		if grade != cardos.Proven {
			require.Zero(t, f.tokenFlags())
			require.Zero(t, queries)
			continue
		}
		require.Equal(t, ck.CKF_USER_PIN_COUNT_LOW|ck.CKF_USER_PIN_FINAL_TRY, f.tokenFlags())
		// Another program lets the right PIN in. Hosts poll the flags, so the
		// card is not asked for them again: the next login tells.
		c.mu.Lock()
		c.tries = 3
		c.mu.Unlock()
		require.NotZero(t, f.tokenFlags())
		require.Equal(t, 1, queries)
		h, err := f.OpenSession(0, ck.CKF_SERIAL_SESSION)
		require.NoError(t, err)
		require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
		require.Zero(t, f.tokenFlags())
		require.Equal(t, 1, queries)
	}
}

func TestMechanismsFollowTheCard(t *testing.T) {
	offered := func(f *fixture, id ck.MechanismType) bool {
		_, err := f.GetMechanismInfo(0, id)
		return err == nil
	}
	f := newFixtureWith(t, newFakeCard(t, 1024, cardos.Inferred, bothUsages))
	for _, id := range []ck.MechanismType{ck.CKM_RSA_PKCS_PSS, ck.CKM_RSA_X_509, ck.CKM_RSA_PKCS_OAEP, ck.CKM_SHA256_RSA_PKCS_PSS} {
		require.False(t, offered(f, id))
	}
	require.True(t, offered(f, ck.CKM_RSA_PKCS))
	require.True(t, offered(f, ck.CKM_SHA256_RSA_PKCS))

	signOnly := newFixtureWith(t, newFakeCard(t, 1024, cardos.DriverKnown, bothUsages&^32&^4))
	require.False(t, offered(signOnly, ck.CKM_RSA_PKCS_OAEP))
	info, err := signOnly.GetMechanismInfo(0, ck.CKM_RSA_PKCS)
	require.NoError(t, err)
	require.Equal(t, ck.CKF_HW|ck.CKF_SIGN|ck.CKF_VERIFY, info.Flags)

	none := newFakeCard(t, 1024, cardos.Proven, bothUsages)
	none.identities[0].Keys = nil
	empty := newFixtureWith(t, none)
	list, err := empty.GetMechanismList(0)
	require.NoError(t, err)
	require.Len(t, list, 5, "digests only")
}

func TestSwapBetweenTwoLooksIsOneEvent(t *testing.T) {
	s := newFakeService()
	f := newModule(t, s)
	r := s.plug("Prova A")
	c := newFakeCard(t, 2048, cardos.Proven, bothUsages)
	s.insert(r, c)
	wait := func(want ck.RV) {
		t.Helper()
		id, err := f.WaitForSlotEvent(0)
		f.is(want, err)
		require.Zero(t, id)
	}
	wait(ck.CKR_NO_EVENT)
	s.remove(r)
	s.insert(r, c)
	wait(ck.CKR_OK)
	wait(ck.CKR_NO_EVENT)
}

// A second identity of a card gets a slot of its own.
func TestSecondIdentityHasItsSlot(t *testing.T) {
	c := newFakeCard(t, 2048, cardos.Proven, bothUsages)
	second := c.identities[0]
	second.Purpose = cardos.DigitalSignature
	c.identities = append(c.identities, second)
	f := newFixtureWith(t, c)
	_, err := f.GetTokenInfo(0)
	require.NoError(t, err)
	require.Equal(t, []ck.SlotID{0, 1}, f.slots(true, true))
	info, err := f.GetTokenInfo(1)
	require.NoError(t, err)
	require.Equal(t, "TS-CNS firma", info.Label)
	f.service.insert(f.reader, newFakeCard(t, 2048, cardos.Proven, bothUsages))
	_, err = f.GetTokenInfo(1)
	f.is(ck.CKR_TOKEN_NOT_PRESENT, err)
	require.Equal(t, []ck.SlotID{0}, f.slots(true, true))
}

// The description keeps what tells readers of a kind apart, at the end of their
// names.
func TestDescriptionsTellReadersApart(t *testing.T) {
	s := newFakeService()
	f := newModule(t, s)
	const kind = "Fabbrica Di Lettori S.p.A. Lettore Di Tessere Sanitarie CCID Interface "
	for _, name := range []string{kind + "(1001) 00 00", kind + "(1002) 01 00"} {
		s.plug(name)
	}
	seen := map[string]bool{}
	for _, id := range f.slots(false, true) {
		info, err := f.GetSlotInfo(id)
		require.NoError(t, err)
		require.LessOrEqual(t, len(info.Description), 64)
		require.True(t, strings.HasPrefix(info.Description, "Fabbrica Di Lettori"))
		seen[info.Description] = true
	}
	require.Len(t, seen, 4)
}
