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

func TestItem60_LogoutTwice(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	f.is(ck.CKR_USER_NOT_LOGGED_IN, f.Logout(h))
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
	require.NoError(t, f.Logout(h))
	require.Equal(t, 1, f.card.forgets)
	f.is(ck.CKR_USER_NOT_LOGGED_IN, f.Logout(h))
}

func TestItem61_62_64_65_NoTrySpent(t *testing.T) {
	f := newFixture(t)
	h := f.open(rw)
	for name, c := range map[string]struct {
		user ck.UserType
		pin  []byte
		want ck.RV
	}{
		"junk user":      {99, []byte("12345"), ck.CKR_USER_TYPE_INVALID},
		"no PIN":         {ck.CKU_USER, nil, ck.CKR_ARGUMENTS_BAD},
		"empty PIN":      {ck.CKU_USER, []byte{}, ck.CKR_PIN_INCORRECT},
		"short PIN":      {ck.CKU_USER, []byte("1234"), ck.CKR_PIN_INCORRECT},
		"long PIN":       {ck.CKU_USER, []byte("123456789"), ck.CKR_PIN_INCORRECT},
		"letters":        {ck.CKU_USER, []byte("abcde"), ck.CKR_PIN_INCORRECT},
		"short PUK":      {ck.CKU_SO, []byte("1234567"), ck.CKR_PIN_INCORRECT},
		"no operation":   {ck.CKU_CONTEXT_SPECIFIC, []byte("12345"), ck.CKR_OPERATION_NOT_INITIALIZED},
		"no PUK":         {ck.CKU_SO, nil, ck.CKR_ARGUMENTS_BAD},
		"context no PIN": {ck.CKU_CONTEXT_SPECIFIC, nil, ck.CKR_ARGUMENTS_BAD},
	} {
		f.is(c.want, f.Login(h, c.user, c.pin), name)
		require.Zero(t, f.pins(), name)
		require.Equal(t, ck.CKS_RW_PUBLIC_SESSION, f.state(h), name)
	}
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
	before, _ := f.card.count()
	f.is(ck.CKR_USER_ALREADY_LOGGED_IN, f.Login(h, ck.CKU_USER, []byte("12345")))
	f.is(ck.CKR_USER_ALREADY_LOGGED_IN, f.Login(h, ck.CKU_USER, []byte("00000")))
	f.is(ck.CKR_USER_ANOTHER_ALREADY_LOGGED_IN, f.Login(h, ck.CKU_SO, []byte("87654321")))
	after, _ := f.card.count()
	require.Equal(t, before, after, "no card access")
	require.Equal(t, 1, f.pins())
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

func TestItem63_WrongPIN(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	f.is(ck.CKR_PIN_INCORRECT, f.Login(h, ck.CKU_USER, []byte("00000")))
	require.Equal(t, 1, f.pins(), "one entry, one try")
	require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(h))
	f.is(ck.CKR_PIN_INCORRECT, f.Login(h, ck.CKU_USER, []byte("00000")))
	f.is(ck.CKR_PIN_LOCKED, f.Login(h, ck.CKU_USER, []byte("00000")))
	f.is(ck.CKR_PIN_LOCKED, f.Login(h, ck.CKU_USER, []byte("12345")))
	require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(h))
	require.NotEmpty(t, f.find(h))
}

func TestItem66_67_SecurityOfficer(t *testing.T) {
	f := newFixture(t)
	a, b := f.open(rw), f.open(ro)
	f.is(ck.CKR_SESSION_READ_ONLY_EXISTS, f.Login(a, ck.CKU_SO, []byte("87654321")))
	require.NoError(t, f.Login(a, ck.CKU_USER, []byte("12345")))
	f.is(ck.CKR_SESSION_READ_ONLY_EXISTS, f.Login(a, ck.CKU_SO, []byte("87654321")), "item 57")
	require.NoError(t, f.Logout(a))
	require.NoError(t, f.CloseSession(b))
	before := f.pins()
	require.NoError(t, f.Login(a, ck.CKU_SO, []byte("87654321")))
	require.Equal(t, before, f.pins(), "the PUK is not sent")
	require.Equal(t, ck.CKS_RW_SO_FUNCTIONS, f.state(a))
	_, err := f.OpenSession(0, ro)
	f.is(ck.CKR_SESSION_READ_WRITE_SO_EXISTS, err)
	require.Equal(t, ck.CKS_RW_SO_FUNCTIONS, f.state(f.open(rw)))
	f.is(ck.CKR_USER_ALREADY_LOGGED_IN, f.Login(a, ck.CKU_SO, []byte("87654321")))
	f.is(ck.CKR_USER_ANOTHER_ALREADY_LOGGED_IN, f.Login(a, ck.CKU_USER, []byte("12345")))
	require.Empty(t, f.find(a, class(ck.CKO_PRIVATE_KEY)))
	f.is(ck.CKR_FUNCTION_NOT_SUPPORTED, f.SetPIN(a, []byte("87654321"), []byte("11111111")))

	s := f.lib.Load().sessions[a]
	puk := s.token.puk.Bytes()
	require.Equal(t, "87654321", string(puk))
	require.NoError(t, f.Logout(a))
	require.Equal(t, make([]byte, 8), puk, "wiped")
	require.Equal(t, ck.CKS_RW_PUBLIC_SESSION, f.state(a))
}

func TestPUKIsWipedWithTheSessions(t *testing.T) {
	for name, end := range map[string]func(f *fixture, h ck.SessionHandle){
		"close":    func(f *fixture, h ck.SessionHandle) { require.NoError(f.t, f.CloseSession(h)) },
		"finalize": func(f *fixture, _ ck.SessionHandle) { require.NoError(f.t, f.Finalize()) },
		"removal":  func(f *fixture, _ ck.SessionHandle) { f.service.remove(f.reader); f.present(0) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			h := f.open(rw)
			require.NoError(t, f.Login(h, ck.CKU_SO, []byte("87654321")))
			puk := f.lib.Load().sessions[h].token.puk.Bytes()
			end(f, h)
			require.Equal(t, make([]byte, 8), puk)
		})
	}
}

func TestItem70_72_SetPIN(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	f.is(ck.CKR_SESSION_READ_ONLY, f.SetPIN(h, []byte("12345"), []byte("54321")))
	w := f.open(rw)
	set := func(old, new string) error { return f.SetPIN(w, []byte(old), []byte(new)) }
	f.is(ck.CKR_ARGUMENTS_BAD, f.SetPIN(w, nil, []byte("54321")))
	f.is(ck.CKR_PIN_LEN_RANGE, set("12345", "1234"))
	f.is(ck.CKR_PIN_LEN_RANGE, set("12345", "123456789"))
	f.is(ck.CKR_PIN_INVALID, set("12345", "abcde"))
	f.is(ck.CKR_PIN_INCORRECT, set("1", "54321"))
	require.Zero(t, f.pins())
	f.is(ck.CKR_PIN_INCORRECT, set("00000", "54321"))
	require.Equal(t, ck.CKF_USER_PIN_COUNT_LOW, f.tokenFlags())
	require.NoError(t, set("12345", "54321"))
	require.Zero(t, f.tokenFlags())
	require.Equal(t, ck.CKS_RW_PUBLIC_SESSION, f.state(w), "a change is no login")
	require.Equal(t, 1, f.card.forgets, "nor does it leave one on the card")
	f.is(ck.CKR_PIN_INCORRECT, f.Login(w, ck.CKU_USER, []byte("12345")))
	require.NoError(t, f.Login(w, ck.CKU_USER, []byte("54321")))
	require.NoError(t, set("54321", "99999"))
	require.Equal(t, 1, f.card.forgets, "a login of ours stays")
	require.Equal(t, ck.CKS_RW_USER_FUNCTIONS, f.state(w))
	f.is(ck.CKR_PIN_INCORRECT, set("00000", "54321"))
	require.Equal(t, ck.CKS_RW_PUBLIC_SESSION, f.state(w), "the card dropped the login with the refusal")
}

func TestItem71_InitPIN(t *testing.T) {
	f := newFixture(t)
	h := f.open(rw)
	f.is(ck.CKR_USER_NOT_LOGGED_IN, f.InitPIN(h, []byte("11111")))
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
	f.is(ck.CKR_USER_NOT_LOGGED_IN, f.InitPIN(h, []byte("11111")))
	require.NoError(t, f.Logout(h))
	for range 3 {
		_ = f.Login(h, ck.CKU_USER, []byte("00000"))
	}
	require.Equal(t, ck.CKF_USER_PIN_LOCKED, f.tokenFlags())
	before := f.pins()
	require.NoError(t, f.Login(h, ck.CKU_SO, []byte("87654321")))
	f.is(ck.CKR_ARGUMENTS_BAD, f.InitPIN(h, nil))
	f.is(ck.CKR_PIN_LEN_RANGE, f.InitPIN(h, []byte("1")))
	f.is(ck.CKR_PIN_INVALID, f.InitPIN(h, []byte("1234x")))
	require.Equal(t, before, f.pins())
	f.card.forgets = 0
	require.NoError(t, f.InitPIN(h, []byte("11111")))
	require.Equal(t, 1, f.card.forgets, "no PIN state stays on the card")
	require.Zero(t, f.tokenFlags())
	require.NoError(t, f.InitPIN(h, []byte("22222")), "still the security officer")
	require.NoError(t, f.Logout(h))
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("22222")))
}

// A PUK that the card refuses is never presented twice.
func TestItem71_WrongPUK(t *testing.T) {
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

func TestItem73_LogoutInvalidatesPrivateHandles(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	key, cert := f.one(h, ck.CKO_PRIVATE_KEY), f.one(h, ck.CKO_CERTIFICATE)
	require.NoError(t, f.FindObjectsInit(h, []Attribute{class(ck.CKO_PRIVATE_KEY)}))
	require.NoError(t, f.Logout(h))
	found, err := f.FindObjects(h, 10)
	require.NoError(t, err)
	require.Empty(t, found, "not shown after the logout")
	require.NoError(t, f.FindObjectsFinal(h))
	mech := &Mechanism{Type: ck.CKM_RSA_PKCS}
	f.is(ck.CKR_KEY_HANDLE_INVALID, f.SignInit(h, mech, key))
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
	f.is(ck.CKR_KEY_HANDLE_INVALID, f.SignInit(h, mech, key))
	require.NotEqual(t, key, f.one(h, ck.CKO_PRIVATE_KEY))
	require.Equal(t, cert, f.one(h, ck.CKO_CERTIFICATE))
}

// Logged out in the middle: the operation is refused, not the card.
func TestLogoutEndsPrivateOperations(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, f.one(h, ck.CKO_PRIVATE_KEY)))
	require.NoError(t, f.Logout(h))
	before, _ := f.card.count()
	_, err := f.Sign(h, []byte("x"), 256)
	f.is(ck.CKR_USER_NOT_LOGGED_IN, err)
	after, _ := f.card.count()
	require.Equal(t, before, after)
}

// Another program resets the card: the sessions are public again, and the PIN
// is not presented a second time.
func TestItem92_ResetByAnotherProgram(t *testing.T) {
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

func TestItem68_69_ContextSpecificLogin(t *testing.T) {
	f := newFixtureWith(t, signatureCard(t))
	h := f.login(ro)
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	require.Equal(t, []byte{1}, f.get(h, key, ck.CKA_ALWAYS_AUTHENTICATE))
	require.Equal(t, []byte{0}, f.get(h, key, ck.CKA_DECRYPT))
	mech := &Mechanism{Type: ck.CKM_SHA256_RSA_PKCS}
	context := func() error { return f.Login(h, ck.CKU_CONTEXT_SPECIFIC, []byte("12345")) }
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, context())

	require.NoError(t, f.SignInit(h, mech, key))
	_, err := f.Sign(h, []byte("x"), 256)
	f.is(ck.CKR_USER_NOT_LOGGED_IN, err)
	_, err = f.Sign(h, []byte("x"), 256)
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, err)

	require.NoError(t, f.SignInit(h, mech, key))
	f.is(ck.CKR_ARGUMENTS_BAD, f.Login(h, ck.CKU_CONTEXT_SPECIFIC, []byte{}), "NSS repeats an incorrect one for ever")
	f.is(ck.CKR_PIN_INCORRECT, f.Login(h, ck.CKU_CONTEXT_SPECIFIC, []byte("00000")))
	require.NoError(t, context())
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, context())
	out, err := f.Sign(h, []byte("x"), 256)
	require.NoError(t, err)
	require.Len(t, out.Data, 256)
	f.is(ck.CKR_OPERATION_NOT_INITIALIZED, context())
}

// Items 39 and 65: a PIN that cannot be one was an incorrect entry; what the
// card has left, it did not say.
func TestItem39_65_ImpossiblePINIsAnIncorrectEntry(t *testing.T) {
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
