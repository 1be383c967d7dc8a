// SPDX-License-Identifier: Apache-2.0

package module

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

func TestItem49_51_OpenSessionFlags(t *testing.T) {
	f := newFixture(t)
	for flags, want := range map[ck.Flags]ck.RV{
		0:                             ck.CKR_SESSION_PARALLEL_NOT_SUPPORTED,
		ck.CKF_RW_SESSION:             ck.CKR_SESSION_PARALLEL_NOT_SUPPORTED,
		ro | 0x10:                     ck.CKR_ARGUMENTS_BAD,
		ro | 1:                        ck.CKR_ARGUMENTS_BAD,
		ro | ck.CKF_ASYNC_SESSION:     ck.CKR_SESSION_ASYNC_NOT_SUPPORTED,
		ro:                            ck.CKR_OK,
		rw:                            ck.CKR_OK,
		ck.CKF_RW_SESSION | 0xf0f0000: ck.CKR_ARGUMENTS_BAD,
	} {
		_, err := f.OpenSession(0, flags)
		f.is(want, err)
	}
}

func TestItem52_59_SessionInfo(t *testing.T) {
	f := newFixture(t)
	a, b := f.open(ro), f.open(rw)
	info, err := f.GetSessionInfo(a)
	require.NoError(t, err)
	require.Equal(t, SessionInfo{SlotID: 0, State: ck.CKS_RO_PUBLIC_SESSION, Flags: ro}, info)
	info, err = f.GetSessionInfo(b)
	require.NoError(t, err)
	require.Equal(t, SessionInfo{SlotID: 0, State: ck.CKS_RW_PUBLIC_SESSION, Flags: rw}, info)
	require.NoError(t, f.Login(a, ck.CKU_USER, []byte("12345")))
	require.Equal(t, ck.CKS_RO_USER_FUNCTIONS, f.state(a))
	require.Equal(t, ck.CKS_RW_USER_FUNCTIONS, f.state(b))
	require.Equal(t, ck.CKS_RW_USER_FUNCTIONS, f.state(f.open(rw)))
	require.NoError(t, f.Logout(b))
	require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(a))
}

func TestItem53_54_CloseSession(t *testing.T) {
	f := newFixture(t)
	a, b := f.open(ro), f.open(ro)
	require.NoError(t, f.CloseSession(a))
	f.is(ck.CKR_SESSION_HANDLE_INVALID, f.CloseSession(a))
	_, err := f.GetSessionInfo(a)
	f.is(ck.CKR_SESSION_HANDLE_INVALID, err)
	require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(b))
	f.is(ck.CKR_SLOT_ID_INVALID, f.CloseAllSessions(9))
	require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(b))
	c := f.open(ro)
	require.NotContains(t, []ck.SessionHandle{a, b}, c)
	require.NoError(t, f.CloseAllSessions(0))
	require.NoError(t, f.CloseAllSessions(0))
	f.is(ck.CKR_SESSION_HANDLE_INVALID, f.CloseSession(c))
}

func TestItem55_LastSessionLogsOut(t *testing.T) {
	for name, closeAll := range map[string]func(f *fixture, a, b ck.SessionHandle) error{
		"one by one": func(f *fixture, a, b ck.SessionHandle) error {
			require.NoError(f.t, f.CloseSession(a))
			require.Equal(f.t, ck.CKS_RW_USER_FUNCTIONS, f.state(b))
			require.Zero(f.t, f.card.forgets)
			return f.CloseSession(b)
		},
		"all": func(f *fixture, _, _ ck.SessionHandle) error { return f.CloseAllSessions(0) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			a, b := f.login(ro), f.open(rw)
			require.NoError(t, closeAll(f, a, b))
			require.Equal(t, 1, f.card.forgets, "the PIN state is dropped on the card")
			require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(f.open(ro)))
		})
	}
}

func TestItem56_RemovalKillsSessions(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	f.service.remove(f.reader)
	require.False(t, f.present(0))
	_, err := f.GetSessionInfo(h)
	f.is(ck.CKR_SESSION_HANDLE_INVALID, err)
	f.is(ck.CKR_SESSION_HANDLE_INVALID, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, key))
	require.Zero(t, f.card.connected, "the connection is given back")

	// Back in: new sessions, new objects, no login, the same slot.
	f.service.insert(f.reader, f.card)
	_, err = f.GetSessionInfo(h)
	f.is(ck.CKR_SESSION_HANDLE_INVALID, err)
	h2 := f.open(ro)
	require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(h2))
	require.Empty(t, f.find(h2, class(ck.CKO_PRIVATE_KEY)))
	_, pins := f.card.count()
	require.Equal(t, 1, pins, "the PIN is not presented again")
}

// Removed and inserted between two looks: only the counter tells.
func TestItem56_EventCounterKillsSessions(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	f.service.remove(f.reader)
	f.service.insert(f.reader, f.card)
	f.is(ck.CKR_SESSION_HANDLE_INVALID, f.FindObjectsInit(h, nil))
	require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(f.open(ro)))
}

func TestItem56_RemovalNoticedByTheCardFirst(t *testing.T) {
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
	require.False(t, f.present(0))
	require.Equal(t, []ck.SlotID{0}, f.slots(false, true))
	_, err := f.GetSessionInfo(h)
	f.is(ck.CKR_SESSION_HANDLE_INVALID, err)
	f.service.setDown(false)
	require.True(t, f.present(0))
	f.login(ro)
}

func TestItem28_SessionCancel(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, key))
	require.NoError(t, f.DigestInit(h, &Mechanism{Type: ck.CKM_SHA256}))
	require.NoError(t, f.FindObjectsInit(h, nil))
	require.NoError(t, f.SessionCancel(h, 0))
	require.NoError(t, f.SessionCancel(h, ck.CKF_SIGN|ck.CKF_VERIFY|ck.CKF_FIND_OBJECTS))
	_, err := f.Sign(h, nil, 256)
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, err)
	_, err = f.FindObjects(h, 1)
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, err)
	_, err = f.Digest(h, nil, 32)
	require.NoError(t, err, "not named, not cancelled")
}

func TestItem97_BadArgumentsEndTheOperation(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, key))
	require.NoError(t, f.DigestInit(h, &Mechanism{Type: ck.CKM_SHA256}))
	f.is(ck.CKR_ARGUMENTS_BAD, f.BadArgumentsIn(h, OpSign))
	_, err := f.Sign(h, nil, 256)
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, err)
	_, err = f.Digest(h, nil, 32)
	require.NoError(t, err)
	f.is(ck.CKR_ARGUMENTS_BAD, f.BadArguments())
}
