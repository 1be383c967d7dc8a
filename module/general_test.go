// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

// calls is every function of API but Initialize, with junk arguments.
func calls(m API) map[string]func() error {
	const h = ck.SessionHandle(0xdead)
	mech := &Mechanism{Type: ck.CKM_RSA_PKCS}
	drop := func(_ any, err error) error { return err }
	return map[string]func() error{
		"Finalize":          m.Finalize,
		"GetInfo":           func() error { return drop(m.GetInfo()) },
		"Unsupported":       m.Unsupported,
		"UnsupportedIn":     func() error { return m.UnsupportedIn(h) },
		"BadArguments":      m.BadArguments,
		"BadArgumentsIn":    func() error { return m.BadArgumentsIn(h, OpSign) },
		"GetSlotList":       func() error { return drop(m.GetSlotList(false, true)) },
		"GetSlotInfo":       func() error { return drop(m.GetSlotInfo(99)) },
		"GetTokenInfo":      func() error { return drop(m.GetTokenInfo(99)) },
		"GetMechanismList":  func() error { return drop(m.GetMechanismList(99)) },
		"GetMechanismInfo":  func() error { return drop(m.GetMechanismInfo(99, 1)) },
		"WaitForSlotEvent":  func() error { return drop(m.WaitForSlotEvent(0)) },
		"InitToken":         func() error { return m.InitToken(99, false) },
		"InitPIN":           func() error { return m.InitPIN(h, nil) },
		"SetPIN":            func() error { return m.SetPIN(h, nil, nil) },
		"OpenSession":       func() error { return drop(m.OpenSession(99, 0)) },
		"CloseSession":      func() error { return m.CloseSession(h) },
		"CloseAllSessions":  func() error { return m.CloseAllSessions(99) },
		"GetSessionInfo":    func() error { return drop(m.GetSessionInfo(h)) },
		"SessionCancel":     func() error { return m.SessionCancel(h, 0) },
		"Login":             func() error { return m.Login(h, 1, nil) },
		"LoginUser":         func() error { return m.LoginUser(h, 1, nil, []byte("x")) },
		"Logout":            func() error { return m.Logout(h) },
		"CreateObject":      func() error { return drop(m.CreateObject(h, nil)) },
		"CopyObject":        func() error { return drop(m.CopyObject(h, 0, nil)) },
		"DestroyObject":     func() error { return m.DestroyObject(h, 0) },
		"GetObjectSize":     func() error { return drop(m.GetObjectSize(h, 0)) },
		"GetAttributeValue": func() error { return m.GetAttributeValue(h, 0, nil) },
		"SetAttributeValue": func() error { return m.SetAttributeValue(h, 0, nil) },
		"FindObjectsInit":   func() error { return m.FindObjectsInit(h, nil) },
		"FindObjects":       func() error { return drop(m.FindObjects(h, 1)) },
		"FindObjectsFinal":  func() error { return m.FindObjectsFinal(h) },
		"EncryptInit":       func() error { return m.EncryptInit(h, mech, 0) },
		"Encrypt":           func() error { return drop(m.Encrypt(h, nil, 0)) },
		"EncryptUpdate":     func() error { return drop(m.EncryptUpdate(h, nil, 0)) },
		"EncryptFinal":      func() error { return drop(m.EncryptFinal(h, 0)) },
		"DecryptInit":       func() error { return m.DecryptInit(h, mech, 0) },
		"Decrypt":           func() error { return drop(m.Decrypt(h, nil, 0)) },
		"DecryptUpdate":     func() error { return drop(m.DecryptUpdate(h, nil, 0)) },
		"DecryptFinal":      func() error { return drop(m.DecryptFinal(h, 0)) },
		"DigestInit":        func() error { return m.DigestInit(h, mech) },
		"Digest":            func() error { return drop(m.Digest(h, nil, 0)) },
		"DigestUpdate":      func() error { return m.DigestUpdate(h, nil) },
		"DigestFinal":       func() error { return drop(m.DigestFinal(h, 0)) },
		"SignInit":          func() error { return m.SignInit(h, mech, 0) },
		"Sign":              func() error { return drop(m.Sign(h, nil, 0)) },
		"SignUpdate":        func() error { return m.SignUpdate(h, nil) },
		"SignFinal":         func() error { return drop(m.SignFinal(h, 0)) },
		"VerifyInit":        func() error { return m.VerifyInit(h, mech, 0) },
		"Verify":            func() error { return m.Verify(h, nil, nil) },
		"VerifyUpdate":      func() error { return m.VerifyUpdate(h, nil) },
		"VerifyFinal":       func() error { return m.VerifyFinal(h, nil) },
		"SeedRandom":        func() error { return m.SeedRandom(h) },
		"GenerateRandom":    func() error { return drop(m.GenerateRandom(h, 1)) },
		"NotParallel":       m.NotParallel,
	}
}

// The conformance items ask for bad arguments where C passes NULL; here every
// method itself asks for the state first: not initialised, then a slot or
// session that is none.
func TestEveryMethodChecksTheState(t *testing.T) {
	f := newFixture(t)
	f.login(rw)
	want := map[string]ck.RV{
		"Finalize": ck.CKR_OK, "GetInfo": ck.CKR_OK, "GetSlotList": ck.CKR_OK,
		"Unsupported": ck.CKR_FUNCTION_NOT_SUPPORTED, "BadArguments": ck.CKR_ARGUMENTS_BAD,
		"WaitForSlotEvent": ck.CKR_NO_EVENT, "NotParallel": ck.CKR_FUNCTION_NOT_PARALLEL,
		"GetSlotInfo": ck.CKR_SLOT_ID_INVALID, "GetTokenInfo": ck.CKR_SLOT_ID_INVALID,
		"GetMechanismList": ck.CKR_SLOT_ID_INVALID, "GetMechanismInfo": ck.CKR_SLOT_ID_INVALID,
		"InitToken": ck.CKR_SLOT_ID_INVALID, "OpenSession": ck.CKR_SLOT_ID_INVALID,
		"CloseAllSessions": ck.CKR_SLOT_ID_INVALID,
	}
	for name, call := range calls(f.Module) {
		if name == "Finalize" {
			continue
		}
		rv, ok := want[name]
		if !ok {
			rv = ck.CKR_SESSION_HANDLE_INVALID
		}
		f.is(rv, call(), name)
	}
	require.NoError(t, f.Finalize())
	f.opened = 0
	for name, call := range calls(f.Module) {
		f.is(ck.CKR_CRYPTOKI_NOT_INITIALIZED, call(), name)
	}
	require.Zero(t, f.opened, "a refused call must not open the service")
}

func TestFinalizeLeavesNothing(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	require.NoError(t, f.Finalize())
	require.Equal(t, 1, f.card.forgets, "C_Finalize drops the PIN state")
	require.Zero(t, f.card.connected)
	require.True(t, f.service.closed)

	require.NoError(t, f.Initialize(InitArgs{}))
	require.Greater(t, f.open(ro), h, "handles are not given again")
}

func TestInitializeOpensNothing(t *testing.T) {
	f := newModule(t, newFakeService())
	_, err := f.GetInfo()
	require.NoError(t, err)
	require.Zero(t, f.opened)
	_, err = f.GetSlotList(false, true)
	require.NoError(t, err)
	require.Equal(t, 1, f.opened)
}

func TestTextsAreCut(t *testing.T) {
	require.Equal(t, "è", cutText("èè", 3))
	require.Empty(t, cutText("è", 1))
	require.Equal(t, "STIncard 1.1", cutWords("STIncard 1.1 (ST 2021)", 16))
	require.Equal(t, "abcdefgh", cutWords("abcdefghij", 8))
	require.Equal(t, "short", cutWords("short", 16))
}

func TestEverySentinelHasARow(t *testing.T) {
	for _, err := range cardos.Sentinels() {
		a, ok := lookup(fmt.Errorf("while testing: %w", err))
		require.True(t, ok, "%v has no row", err)
		require.NotEqual(t, ck.CKR_OK, a.session)
		require.NotEqual(t, ck.CKR_OK, a.slot)
		require.NotEqual(t, ck.CKR_TOKEN_NOT_PRESENT, a.session, "%v: functions with a session never say that (5.1.3)", err)
	}
	for _, a := range answers {
		require.Contains(t, cardos.Sentinels(), a.err)
	}
}

func TestRVOf(t *testing.T) {
	known := func(left int) error { return &cardos.PINError{Tries: cardos.Tries{Known: true, Left: left}} }
	for _, c := range []struct {
		err  error
		want ck.RV
	}{
		{nil, ck.CKR_OK},
		{ck.CKR_DATA_LEN_RANGE, ck.CKR_DATA_LEN_RANGE},
		{fmt.Errorf("x: %w", ck.CKR_PIN_EXPIRED), ck.CKR_PIN_EXPIRED},
		{fmt.Errorf("x: %w", cardos.ErrCardRemoved), ck.CKR_DEVICE_REMOVED},
		{known(1), ck.CKR_PIN_INCORRECT},
		{known(0), ck.CKR_PIN_LOCKED},
		{&cardos.PINError{}, ck.CKR_PIN_INCORRECT},
		{errors.New("nobody foresaw this"), ck.CKR_GENERAL_ERROR},
	} {
		require.Equal(t, c.want, RVOf(c.err), "%v", c.err)
	}
}

func TestLibraryVersionIsThatOfTheChangelog(t *testing.T) {
	text, err := os.ReadFile("../CHANGELOG.md")
	require.NoError(t, err)
	newest := regexp.MustCompile(`(?m)^## \[(\d+)\.(\d+)\.\d+\]`).FindSubmatch(text)
	require.NotNil(t, newest)
	require.Equal(t, fmt.Sprintf("%s.%s", newest[1], newest[2]), fmt.Sprintf("%d.%d", LibraryVersion.Major, LibraryVersion.Minor))
	f := newFixture(t)
	info, err := f.GetInfo()
	require.NoError(t, err)
	require.Equal(t, LibraryVersion, info.LibraryVersion)
}
