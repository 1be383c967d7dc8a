// SPDX-License-Identifier: Apache-2.0

package module

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

func TestLastSessionDropsThePINState(t *testing.T) {
	for name, closeAll := range map[string]func(f *fixture, a, b ck.SessionHandle) error{
		"one by one": func(f *fixture, a, b ck.SessionHandle) error {
			require.NoError(f.t, f.CloseSession(a))
			require.Zero(f.t, f.card.forgets)
			return f.CloseSession(b)
		},
		"all": func(f *fixture, _, _ ck.SessionHandle) error { return f.CloseAllSessions(0) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			a, b := f.login(ro), f.open(rw)
			require.NoError(t, closeAll(f, a, b))
			require.Equal(t, 1, f.card.forgets)
		})
	}
}

// Removed and inserted between two looks: only the counter tells.
func TestSwapBetweenTwoLooksEndsSessions(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	f.service.remove(f.reader)
	f.service.insert(f.reader, f.card)
	f.is(ck.CKR_SESSION_HANDLE_INVALID, f.FindObjectsInit(h, nil))
	require.Zero(t, f.card.connected, "the connection is given back")
	require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(f.open(ro)))
	require.Equal(t, 1, f.pins(), "the PIN is not presented again")
}

func TestRemovalNoticedByTheCardFirst(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	for _, gone := range []error{cardos.ErrCardRemoved, cardos.ErrNoService, cardos.ErrNoCard, cardos.ErrNoReader} {
		require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, key))
		f.card.setHook(func(string) error { return gone })
		_, err := f.Sign(h, []byte("x"), 256)
		f.is(ck.CKR_DEVICE_REMOVED, err)
		_, err = f.GetSessionInfo(h)
		f.is(ck.CKR_SESSION_HANDLE_INVALID, err)
		f.card.setHook(nil)
		h = f.login(ro)
		key = f.one(h, ck.CKO_PRIVATE_KEY)
	}
}

func TestServiceRestart(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	f.service.setDown(true)
	require.False(t, f.present())
	require.Equal(t, []ck.SlotID{0, 1}, f.slots(false, true))
	_, err := f.GetSessionInfo(h)
	f.is(ck.CKR_SESSION_HANDLE_INVALID, err)
	f.service.setDown(false)
	require.True(t, f.present())
	f.login(ro)
}
