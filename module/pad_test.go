// SPDX-License-Identifier: Apache-2.0

package module

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

// withPad is a fixture whose reader has a keypad; the person at it is typed.
func withPad(t *testing.T, c *fakeCard, pad cardos.Pad, typed func() (string, string, error)) *fixture {
	c.pad, c.typed = pad, typed
	return newFixtureWith(t, c)
}

func plainCard(t *testing.T) *fakeCard { return newFakeCard(t, 2048, cardos.Proven, bothUsages) }

func TestLoginAtAKeypad(t *testing.T) {
	var old, next string
	var err error
	f := withPad(t, plainCard(t), cardos.Pad{Verify: true, Modify: true}, func() (string, string, error) { return old, next, err })
	require.NotZero(t, f.tokenFlags()&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
	h := f.open(rw)
	login := func() error { return f.Login(h, ck.CKU_USER, nil) }
	for _, c := range []struct {
		pin  string
		err  error
		want ck.RV
		pins int
	}{
		{"", cardos.ErrPadCancelled, ck.CKR_FUNCTION_CANCELED, 0},
		{"", cardos.ErrPadTimeout, ck.CKR_FUNCTION_CANCELED, 0},
		{"", cardos.ErrPINLength, ck.CKR_PIN_INCORRECT, 0},
		{"", cardos.ErrPadFailed, ck.CKR_FUNCTION_FAILED, 0},
		{"", cardos.ErrCardReset, ck.CKR_DEVICE_ERROR, 0},
		{"00000", nil, ck.CKR_PIN_INCORRECT, 1},
		{"12345", nil, ck.CKR_OK, 1},
	} {
		old, err = c.pin, c.err
		before := f.pins()
		f.is(c.want, login(), c)
		require.Equal(t, before+c.pins, f.pins())
	}
	f.is(ck.CKR_USER_ALREADY_LOGGED_IN, login())
	require.Equal(t, ck.CKS_RW_USER_FUNCTIONS, f.state(h))
	require.NoError(t, f.Logout(h))

	// A PUK has no place there, and an empty PIN is a wrong one.
	f.is(ck.CKR_ARGUMENTS_BAD, f.Login(h, ck.CKU_SO, nil))
	f.is(ck.CKR_PIN_INCORRECT, f.Login(h, ck.CKU_USER, []byte{}))
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")), "as ever")

	for _, c := range []struct {
		old, next string
		err       error
		want      ck.RV
	}{
		{"", "", cardos.ErrPadCancelled, ck.CKR_FUNCTION_CANCELED},
		{"", "", cardos.ErrPadMismatch, ck.CKR_PIN_INVALID},
		{"", "", cardos.ErrPINLength, ck.CKR_PIN_LEN_RANGE},
		{"00000", "54321", nil, ck.CKR_PIN_INCORRECT},
		{"12345", "54321", nil, ck.CKR_OK},
	} {
		old, next, err = c.old, c.next, c.err
		f.is(c.want, f.SetPIN(h, nil, nil), c)
	}
	f.is(ck.CKR_ARGUMENTS_BAD, f.SetPIN(h, []byte("54321"), nil))
	f.is(ck.CKR_ARGUMENTS_BAD, f.SetPIN(h, nil, []byte("12345")))
	f.is(ck.CKR_SESSION_READ_ONLY, f.SetPIN(f.open(ro), nil, nil))
}

// Another program's reset ends the login; nobody is asked at the keypad for it.
func TestResetByAnotherProgramAsksNobody(t *testing.T) {
	asked := 0
	f := withPad(t, plainCard(t), cardos.Pad{Verify: true}, func() (string, string, error) { asked++; return "12345", "", nil })
	h := f.open(ro)
	require.NoError(t, f.Login(h, ck.CKU_USER, nil))
	f.card.resetByOther()
	require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, f.one(h, ck.CKO_PRIVATE_KEY)))
	_, err := f.Sign(h, []byte("x"), 256)
	f.is(ck.CKR_USER_NOT_LOGGED_IN, err)
	require.Equal(t, 1, asked)
	require.Equal(t, 1, f.pins())
}

func TestContextLoginAtAKeypad(t *testing.T) {
	f := withPad(t, signatureCard(t), cardos.Pad{Verify: true}, func() (string, string, error) { return "12345", "", nil })
	h := f.open(ro)
	require.NoError(t, f.Login(h, ck.CKU_USER, nil))
	require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_SHA256_RSA_PKCS}, f.one(h, ck.CKO_PRIVATE_KEY)))
	require.NoError(t, f.Login(h, ck.CKU_CONTEXT_SPECIFIC, nil))
	_, err := f.Sign(h, []byte("x"), 256)
	require.NoError(t, err)
}

func TestWithoutAKeypad(t *testing.T) {
	for name, make := range map[string]func() *fixture{
		"none": func() *fixture { return newFixture(t) },
		"switched off": func() *fixture {
			c := plainCard(t)
			c.pad = cardos.Pad{Verify: true, Modify: true}
			s := newFakeService()
			f := newModule(t, s)
			f.Module.config.NoPINPad = true
			f.reader, f.card = s.plug("Prova Reader 00 00"), c
			s.insert(f.reader, c)
			f.slots(true, true)
			return f
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := make()
			require.Zero(t, f.tokenFlags()&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
			h := f.open(rw)
			f.is(ck.CKR_ARGUMENTS_BAD, f.Login(h, ck.CKU_USER, nil))
			f.is(ck.CKR_ARGUMENTS_BAD, f.SetPIN(h, nil, nil))
			require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
			f.is(ck.CKR_ARGUMENTS_BAD, f.SetPIN(h, nil, nil))
			require.Zero(t, f.tokenFlags()&ck.CKF_PROTECTED_AUTHENTICATION_PATH, "after a login either")
		})
	}
}

func TestAKeypadThatOnlyVerifies(t *testing.T) {
	f := withPad(t, plainCard(t), cardos.Pad{Verify: true}, nil)
	f.is(ck.CKR_FUNCTION_NOT_SUPPORTED, f.SetPIN(f.open(rw), nil, nil))
}

// A keypad that turns out not to work is none from the next look on.
func TestAKeypadThatStopsWorking(t *testing.T) {
	f := withPad(t, plainCard(t), cardos.Pad{Verify: true}, nil)
	f.card.typed = func() (string, string, error) {
		f.card.mu.Lock()
		defer f.card.mu.Unlock()
		f.card.pad = cardos.Pad{}
		return "", "", cardos.ErrPadFailed
	}
	h := f.open(ro)
	f.is(ck.CKR_FUNCTION_FAILED, f.Login(h, ck.CKU_USER, nil))
	require.Zero(t, f.tokenFlags()&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
	f.is(ck.CKR_ARGUMENTS_BAD, f.Login(h, ck.CKU_USER, nil))
	require.NoError(t, f.Login(h, ck.CKU_USER, []byte("12345")))
}

// While a person types, whoever does not want that card goes on, a second
// login does not ask again, and C_Finalize does not wait.
func TestWhileAPersonTypes(t *testing.T) {
	asked, typing, done := make(chan struct{}), 0, make(chan struct{})
	f := withPad(t, plainCard(t), cardos.Pad{Verify: true}, func() (string, string, error) {
		typing++
		close(asked)
		<-done
		return "12345", "", nil
	})
	finish := sync.OnceFunc(func() { close(done) })
	defer finish()
	h := f.open(ro)
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- f.Login(h, ck.CKU_USER, nil) }()
	<-asked
	go func() { second <- f.Login(h, ck.CKU_USER, nil) }()
	within(t, "a status call", func() {
		require.NotZero(t, f.tokenFlags()&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
		require.True(t, f.present())
		require.Equal(t, ck.CKS_RO_PUBLIC_SESSION, f.state(h))
	})
	finish()
	require.NoError(t, <-first)
	f.is(ck.CKR_USER_ALREADY_LOGGED_IN, <-second)
	require.Equal(t, 1, typing)
}

func TestFinalizeWhileAPersonTypes(t *testing.T) {
	asked, done := make(chan struct{}), make(chan struct{})
	f := withPad(t, plainCard(t), cardos.Pad{Verify: true}, func() (string, string, error) {
		close(asked)
		<-done
		return "12345", "", nil
	})
	h := f.open(ro)
	result := make(chan error, 1)
	go func() { result <- f.Login(h, ck.CKU_USER, nil) }()
	<-asked
	within(t, "C_Finalize", func() { require.NoError(t, f.Finalize()) })
	close(done)
	require.NoError(t, <-result)
	require.Equal(t, 1, f.card.forgets, "the PIN state that came late is dropped")
	require.Zero(t, f.card.connected)
}
