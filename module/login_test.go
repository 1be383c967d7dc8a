// SPDX-License-Identifier: Apache-2.0

package module

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

func (f *fixture) pins() int {
	_, pins := f.card.count()
	return pins
}

func TestPINsAreWiped(t *testing.T) {
	f := newFixture(t)
	h := f.open(rw)
	zero := func(pin []byte) {
		t.Helper()
		require.Equal(t, make([]byte, len(pin)), pin)
	}
	for _, call := range []func(pin []byte) error{
		func(pin []byte) error { return f.Login(h, ck.CKU_USER, pin) },
		func(pin []byte) error { return f.Login(h, ck.CKU_USER, pin) },
		func(pin []byte) error { return f.Login(99, ck.CKU_USER, pin) },
		func(pin []byte) error { return f.LoginUser(h, ck.CKU_USER, pin, []byte("maria")) },
		func(pin []byte) error { return f.InitPIN(h, pin) },
		func(pin []byte) error { return f.SetPIN(h, pin, nil) },
		func(pin []byte) error { return f.SetPIN(h, nil, pin) },
	} {
		pin := []byte("12345")
		_ = call(pin)
		zero(pin)
	}
}

func TestLoginUserWithoutNameIsLogin(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	f.is(ck.CKR_FUNCTION_NOT_SUPPORTED, f.LoginUser(h, ck.CKU_USER, []byte("12345"), []byte("maria")))
	require.NoError(t, f.LoginUser(h, ck.CKU_USER, []byte("12345"), nil))
	require.Equal(t, ck.CKS_RO_USER_FUNCTIONS, f.state(h))
}

func TestPUKIsWipedWithTheSessions(t *testing.T) {
	for name, end := range map[string]func(f *fixture, h ck.SessionHandle){
		"logout":   func(f *fixture, h ck.SessionHandle) { require.NoError(f.t, f.Logout(h)) },
		"close":    func(f *fixture, h ck.SessionHandle) { require.NoError(f.t, f.CloseSession(h)) },
		"finalize": func(f *fixture, _ ck.SessionHandle) { require.NoError(f.t, f.Finalize()) },
		"removal":  func(f *fixture, _ ck.SessionHandle) { f.service.remove(f.reader); f.present() },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			h := f.open(rw)
			require.NoError(t, f.Login(h, ck.CKU_SO, []byte("87654321")))
			require.Zero(t, f.pins(), "it is not sent")
			puk := f.lib.Load().sessions[h].token.puk.Bytes()
			require.Equal(t, "87654321", string(puk))
			end(f, h)
			require.Equal(t, make([]byte, 8), puk)
		})
	}
}

// A PIN that was changed or unblocked is not left verified on the card, unless
// somebody is logged in; a change that the card refuses ends the login.
func TestNewPINLeavesNoPINState(t *testing.T) {
	f := newFixture(t)
	h := f.open(rw)
	set := func(old, new string) error { return f.SetPIN(h, []byte(old), []byte(new)) }
	f.is(ck.CKR_PIN_INCORRECT, set("00000", "54321"))
	require.Equal(t, ck.CKF_USER_PIN_COUNT_LOW, f.tokenFlags())
	require.NoError(t, set("12345", "54321"))
	require.Zero(t, f.tokenFlags())
	require.Equal(t, 1, f.card.forgets)
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("54321")))
	require.NoError(t, set("54321", "99999"))
	require.Equal(t, 1, f.card.forgets)
	f.is(ck.CKR_PIN_INCORRECT, set("00000", "54321"))
	require.Equal(t, ck.CKS_RW_PUBLIC_SESSION, f.state(h))
	require.NoError(t, f.Login(h, ck.CKU_SO, []byte("87654321")))
	require.NoError(t, f.InitPIN(h, []byte("11111")))
	require.Equal(t, 2, f.card.forgets)
	require.Zero(t, f.tokenFlags())
}

// A PUK that the card refuses is never presented twice.
func TestWrongPUKIsForgotten(t *testing.T) {
	f := newFixture(t)
	h := f.open(rw)
	require.NoError(t, f.Login(h, ck.CKU_SO, []byte("00000000")))
	f.is(ck.CKR_PIN_INCORRECT, f.InitPIN(h, []byte("11111")))
	require.Equal(t, 1, f.pins())
	require.Equal(t, ck.CKF_SO_PIN_COUNT_LOW, f.tokenFlags())
	require.Equal(t, ck.CKS_RW_PUBLIC_SESSION, f.state(h))
	f.is(ck.CKR_USER_NOT_LOGGED_IN, f.InitPIN(h, []byte("11111")))
	require.Equal(t, 1, f.pins())
	f.card.pukTries = 1
	require.NoError(t, f.Login(h, ck.CKU_SO, []byte("00000000")))
	f.is(ck.CKR_PIN_LOCKED, f.InitPIN(h, []byte("11111")))
	require.Equal(t, ck.CKF_SO_PIN_LOCKED, f.tokenFlags())
	f.is(ck.CKR_PIN_LOCKED, f.Login(h, ck.CKU_SO, []byte("87654321")))
}

// Another program resets the card: the sessions are public again, and the PIN
// is not presented a second time.
func TestHandlesSurviveAReset(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	mech := &Mechanism{Type: ck.CKM_RSA_PKCS}
	require.NoError(t, f.SignInit(h, mech, key))
	f.card.resetByOther()
	_, err := f.Sign(h, []byte("x"), 256)
	f.is(ck.CKR_USER_NOT_LOGGED_IN, err)
	require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(h))
	f.is(ck.CKR_USER_NOT_LOGGED_IN, f.SignInit(h, mech, key))
	require.Equal(t, 1, f.pins())
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
	require.NoError(t, f.SignInit(h, mech, key), "the handle holds, nobody logged out")
	_, err = f.Sign(h, []byte("x"), 256)
	require.NoError(t, err)
}

func TestResetInTheMiddle(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, f.one(h, ck.CKO_PRIVATE_KEY)))
	f.card.setHook(func(string) error { return cardos.ErrCardReset })
	_, err := f.Sign(h, []byte("x"), 256)
	f.is(ck.CKR_USER_NOT_LOGGED_IN, err)
	require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(h))
}

func TestResetWhileThePINIsPresented(t *testing.T) {
	f := newFixture(t)
	h := f.open(rw)
	f.card.setHook(func(string) error { return cardos.ErrCardReset })
	f.is(ck.CKR_DEVICE_ERROR, f.Login(h, ck.CKU_USER, []byte("12345")))
	f.is(ck.CKR_DEVICE_ERROR, f.SetPIN(h, []byte("12345"), []byte("54321")))
	require.NoError(t, f.Login(h, ck.CKU_SO, []byte("87654321")))
	f.is(ck.CKR_DEVICE_ERROR, f.InitPIN(h, []byte("54321")))
	require.Equal(t, ck.CKS_RW_SO_FUNCTIONS, f.state(h), "the PUK was not refused")
}

func signatureCard(t *testing.T) *fakeCard {
	c := newFakeCard(t, 2048, cardos.Proven, bothUsages)
	c.identities[0].Purpose = cardos.DigitalSignature
	return c
}

// A PIN that cannot be one was an incorrect entry; what the
// card has left, it did not say.
func TestImpossiblePINIsAnIncorrectEntry(t *testing.T) {
	low := ck.CKF_USER_PIN_COUNT_LOW | ck.CKF_USER_PIN_FINAL_TRY | ck.CKF_USER_PIN_LOCKED |
		ck.CKF_SO_PIN_COUNT_LOW | ck.CKF_SO_PIN_FINAL_TRY | ck.CKF_SO_PIN_LOCKED
	for _, pin := range []string{"simply-wrong", "12", "1234a", ""} {
		f := newFixture(t)
		h := f.open(rw)
		require.Zero(t, f.tokenFlags()&low)
		f.is(ck.CKR_PIN_INCORRECT, f.Login(h, ck.CKU_USER, []byte(pin)))
		require.Equal(t, ck.CKF_USER_PIN_COUNT_LOW, f.tokenFlags()&low)
		require.Zero(t, f.pins(), "nothing was sent")
		require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
		require.Zero(t, f.tokenFlags()&low)
		require.NoError(t, f.Logout(h))
		f.is(ck.CKR_PIN_INCORRECT, f.SetPIN(h, []byte(pin), []byte("54321")))
		require.Equal(t, ck.CKF_USER_PIN_COUNT_LOW, f.tokenFlags()&low)
		f.is(ck.CKR_PIN_INCORRECT, f.Login(h, ck.CKU_SO, []byte(pin)))
		require.Equal(t, ck.CKF_USER_PIN_COUNT_LOW|ck.CKF_SO_PIN_COUNT_LOW, f.tokenFlags()&low)
		require.Equal(t, 1, f.pins())
		require.NoError(t, f.Login(h, ck.CKU_SO, []byte("87654321")))
		require.NoError(t, f.InitPIN(h, []byte("12345")))
		require.Zero(t, f.tokenFlags()&low)
	}
}
