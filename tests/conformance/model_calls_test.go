// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"flag"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tscns/module/ck"
	"tscns/simcard"
)

func (m *model) setPIN(st step) {
	before, after := m.value(st.a, m.pin), m.value(st.b, "54321")
	s, rv, open := m.call(st, "C_SetPIN", bytes.Clone(before), uint(len(before)), bytes.Clone(after), uint(len(after)))
	if !open {
		return
	}
	switch {
	case !s.rw:
		m.want(false, rv, ck.CKR_SESSION_READ_ONLY)
	case before == nil || after == nil:
		m.want(false, rv, ck.CKR_ARGUMENTS_BAD)
	case m.login == officer:
		m.want(false, rv, ck.CKR_FUNCTION_NOT_SUPPORTED)
	case formOf(after) != ck.CKR_OK:
		m.want(false, rv, formOf(after))
	case formOf(before) != ck.CKR_OK:
		m.want(false, rv, ck.CKR_PIN_INCORRECT)
		m.wrong = true
	default:
		if m.want(false, rv, m.present(string(before))...) {
			m.pin = string(after)
		}
	}
}

func (m *model) initPIN(st step) {
	pin := m.value(st.a, "11111")
	_, rv, open := m.call(st, "C_InitPIN", bytes.Clone(pin), uint(len(pin)))
	if !open {
		return
	}
	switch {
	case m.login != officer:
		m.want(false, rv, ck.CKR_USER_NOT_LOGGED_IN)
	case pin == nil:
		m.want(false, rv, ck.CKR_ARGUMENTS_BAD)
	case formOf(pin) != ck.CKR_OK:
		m.want(false, rv, formOf(pin))
	case m.givenPUK == "":
		m.want(false, rv, ck.CKR_USER_NOT_LOGGED_IN) // it is wiped once it was sent
	case m.puk == 0:
		m.want(false, rv, ck.CKR_PIN_LOCKED)
		m.login = nobody
	case m.givenPUK != PUK:
		m.puk--
		m.want(false, rv, ck.CKR_PIN_INCORRECT, ck.CKR_PIN_LOCKED)
		m.login = nobody
	default:
		m.puk, m.pinTries, m.pin, m.givenPUK = 8, 3, string(pin), ""
		m.want(false, rv, ck.CKR_OK)
		m.known, m.told, m.wrong, m.verified = true, 3, false, false
	}
}

func (m *model) findInit(st step) {
	s, rv, open := m.call(st, "C_FindObjectsInit", Template{class(ck.CKO_PRIVATE_KEY)}, 1)
	if !open {
		return
	}
	if s.search {
		m.want(true, rv, ck.CKR_OPERATION_ACTIVE)
	} else if m.want(false, rv, ck.CKR_OK) {
		s.search, s.found = true, m.login == user
	}
}

func (m *model) find(st step) {
	found, n := make([]ck.ObjectHandle, 4), nothing
	s, rv, open := m.call(st, "C_FindObjects", found, 4, &n)
	if !open {
		return
	}
	if !s.search {
		m.want(true, rv, ck.CKR_OPERATION_NOT_INITIALIZED)
		return
	}
	if !m.want(true, rv, ck.CKR_OK) {
		return
	}
	want := nothing
	if s.found && m.login == user {
		want = 1
	}
	if n != want {
		m.fail("%d private keys, want %d", n, want)
	} else if n == 1 && m.key != 0 && m.key != found[0] {
		m.fail("the key has another handle without a logout")
	} else if n == 1 {
		m.key = found[0]
	}
	s.found = false
}

func (m *model) findFinal(st step) {
	s, rv, open := m.call(st, "C_FindObjectsFinal")
	if !open {
		return
	}
	if !s.search {
		m.want(true, rv, ck.CKR_OPERATION_NOT_INITIALIZED)
	} else if m.want(true, rv, ck.CKR_OK) {
		s.search = false
	}
}

func (m *model) signInit(st step) {
	key, good := m.key, m.key != 0
	if st.a%8 == 0 && len(m.oldKeys) > 0 {
		key, good = m.oldKeys[st.b%len(m.oldKeys)], false
	}
	s, rv, open := m.call(st, "C_SignInit", sha256(), key)
	if !open {
		return
	}
	switch {
	case s.sign != idle:
		m.want(true, rv, ck.CKR_OPERATION_ACTIVE)
	case !good:
		m.want(false, rv, ck.CKR_KEY_HANDLE_INVALID)
	case m.login != user:
		m.want(false, rv, ck.CKR_USER_NOT_LOGGED_IN, ck.CKR_KEY_HANDLE_INVALID)
	case m.want(false, rv, ck.CKR_OK):
		s.sign = begun
	}
}

// wholeSearch and wholeSignature are the usual series of calls.
func (m *model) wholeSearch(st step) {
	for _, f := range []func(step){m.findInit, m.find, m.findFinal} {
		if m.problem == "" {
			f(st)
		}
	}
}

func (m *model) wholeSignature(st step) {
	st.a |= 3 // the newest key, and all of the signature
	m.signInit(st)
	if m.problem == "" {
		m.signSingle(st)
	}
}

// result is a call that wants the result of an operation: the size only, in
// too small a buffer, or all of it.
func (m *model) result(st step, name string, of func(*modelSession) *form, as form, size uint, before ...any) {
	s, h := m.pick(st.session)
	out, n := make([]byte, 512), uint(512)
	args := append([]any{h}, before...)
	switch st.a % 4 {
	case 0:
		out = nil
	case 1:
		n = size - 1
	}
	rv := m.driver.Call(name, append(args, out, &n)...)
	if !m.open(s, rv) {
		return
	}
	f := of(s)
	card := name == "C_Sign" || name == "C_SignFinal"
	switch {
	case *f == idle:
		m.want(true, rv, ck.CKR_OPERATION_NOT_INITIALIZED)
	case *f != begun && *f != as:
		*f = idle
		m.want(true, rv, ck.CKR_OPERATION_ACTIVE)
	case st.a%4 < 2:
		*f = as
		want := []ck.RV{ck.CKR_OK, ck.CKR_BUFFER_TOO_SMALL}[st.a%4]
		m.want(true, rv, want)
		if rv == want && n != size {
			m.fail("size %d, want %d", n, size)
		}
	case !card:
		*f = idle
		m.want(true, rv, ck.CKR_OK)
	default:
		*f = idle
		m.signed(rv, out[:n], as)
	}
}

// signed checks what came of a signature. A card that lost the login without
// the library knowing tells it now.
func (m *model) signed(rv ck.RV, signature []byte, as form) {
	if m.login != user || !m.gone && !m.verified {
		m.want(true, rv, ck.CKR_USER_NOT_LOGGED_IN)
		if m.login == user {
			m.login = nobody
		}
		return
	}
	if m.want(false, rv, ck.CKR_OK) && as == single {
		m.checkSignature(signature)
	}
}

func (m *model) keySize() uint { return uint((&X{Family: m.family}).bits() / 8) }

func signForm(s *modelSession) *form   { return &s.sign }
func digestForm(s *modelSession) *form { return &s.digest }

func (m *model) signSingle(st step) {
	m.result(st, "C_Sign", signForm, single, m.keySize(), message, 9)
}
func (m *model) signFinal(st step) { m.result(st, "C_SignFinal", signForm, multi, m.keySize()) }
func (m *model) digestSingle(st step) {
	m.result(st, "C_Digest", digestForm, single, 32, message, 9)
}

func (m *model) update(st step, name string, of func(*modelSession) *form) {
	s, h := m.pick(st.session)
	rv := m.driver.Call(name, h, message, 9)
	if !m.open(s, rv) {
		return
	}
	switch f := of(s); *f {
	case idle:
		m.want(true, rv, ck.CKR_OPERATION_NOT_INITIALIZED)
	case single:
		*f = idle
		m.want(true, rv, ck.CKR_OPERATION_ACTIVE)
	default:
		*f = multi
		m.want(true, rv, ck.CKR_OK)
	}
}

func (m *model) signUpdate(st step)   { m.update(st, "C_SignUpdate", signForm) }
func (m *model) digestUpdate(st step) { m.update(st, "C_DigestUpdate", digestForm) }

func (m *model) digestInit(st step) {
	s, rv, open := m.call(st, "C_DigestInit", &Mechanism{Type: ck.CKM_SHA256})
	if !open {
		return
	}
	if s.digest != idle {
		m.want(true, rv, ck.CKR_OPERATION_ACTIVE)
	} else if m.want(true, rv, ck.CKR_OK) {
		s.digest = begun
	}
}

func (m *model) cancel(st step) {
	s, h := m.pick(st.session)
	flags := ck.Flags(0)
	for i, f := range []ck.Flags{ck.CKF_SIGN, ck.CKF_DIGEST, ck.CKF_FIND_OBJECTS} {
		if st.a>>i&1 != 0 {
			flags |= f
		}
	}
	rv := m.driver.Call("C_SessionCancel", h, flags)
	if !m.open(s, rv) || !m.want(true, rv, ck.CKR_OK) {
		return
	}
	if flags&ck.CKF_SIGN != 0 {
		s.sign = idle
	}
	if flags&ck.CKF_DIGEST != 0 {
		s.digest = idle
	}
	if flags&ck.CKF_FIND_OBJECTS != 0 {
		s.search = false
	}
}

// faulty is a driver with a fault.
type faulty struct {
	Driver
	answer func(d Driver, rv ck.RV, name string, args []any) ck.RV
}

func (f faulty) Call(name string, args ...any) ck.RV {
	var pin []byte
	if name == "C_Login" || name == "C_SetPIN" {
		pin, _ = args[len(args)-2].([]byte)
		pin = append([]byte(nil), pin...)
	}
	rv := f.Driver.Call(name, args...)
	if pin != nil {
		args[len(args)-2] = pin
	}
	return f.answer(f.Driver, rv, name, args)
}

// expected is a test that is to fail.
type expected struct {
	*testing.T
	failed bool
}

func (e *expected) Failed() bool                   { return e.failed }
func (e *expected) Fail()                          { e.failed = true }
func (e *expected) Error(args ...any)              { e.failed = true }
func (e *expected) Errorf(format string, a ...any) { e.failed = true }
func (e *expected) FailNow()                       { e.failed = true; runtime.Goexit() }
func (e *expected) Fatal(args ...any)              { e.FailNow() }
func (e *expected) Fatalf(format string, a ...any) { e.FailNow() }

// failing reports whether rapid finds a sequence in which a property does not
// hold. It plays the shortest that it finds last.
func failing(t *testing.T, property func(*rapid.T)) bool {
	// Many short sequences: what they find is soon shrunk. As many with -short, and
	// as much time to shrink them as it takes on a busy machine.
	for name, value := range map[string]string{"rapid.steps": "50", "rapid.checks": "5000", "test.short": "false", "rapid.shrinktime": "5m"} {
		f := flag.Lookup(name)
		before := f.Value.String()
		require.NoError(t, f.Value.Set(value))
		defer func() { require.NoError(t, f.Value.Set(before)) }()
	}
	e := &expected{T: t}
	var wait sync.WaitGroup
	wait.Add(1)
	go func() {
		defer wait.Done()
		rapid.Check(e, property)
	}()
	wait.Wait()
	return e.failed
}

// The model finds faults that are planted, and tells the shortest way to
// them. Without this, a model that agrees with everything would look the same.
func TestModelFindsPlantedFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		most   int // steps of the shortest sequence
		answer func(d Driver, rv ck.RV, name string, args []any) ck.RV
	}{
		{"presents a wrong PIN again", 3, func(d Driver, rv ck.RV, name string, args []any) ck.RV {
			if name == "C_Login" && rv == ck.CKR_PIN_INCORRECT {
				return d.Call(name, args...)
			}
			return rv
		}},
		{"logs out nobody", 3, func(_ Driver, rv ck.RV, name string, _ []any) ck.RV {
			if name == "C_Logout" && rv == ck.CKR_USER_NOT_LOGGED_IN {
				return ck.CKR_OK
			}
			return rv
		}},
		{"blocks the PUK by itself", 5, func(d Driver, rv ck.RV, name string, args []any) ck.RV {
			if name == "C_InitPIN" && rv == ck.CKR_OK {
				return ck.CKR_PIN_INCORRECT
			}
			return rv
		}},
		{"ends an operation with its size", 6, func(d Driver, rv ck.RV, name string, args []any) ck.RV {
			if name == "C_Digest" && rv == ck.CKR_BUFFER_TOO_SMALL {
				_ = d.Call("C_SessionCancel", args[0], ck.CKF_DIGEST)
			}
			return rv
		}},
		{"is silent about a card that left", 4, func(_ Driver, rv ck.RV, name string, _ []any) ck.RV {
			if name == "C_GetTokenInfo" && rv == ck.CKR_TOKEN_NOT_PRESENT {
				return ck.CKR_OK
			}
			return rv
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var least []step
			found := failing(t, sequences(simcard.FamilyC, func(d Driver) Driver { return faulty{d, c.answer} },
				func(m *model, steps []step) {
					if m.problem != "" {
						least = steps
					}
				}))
			require.True(t, found, "not found")
			t.Logf("%v", least)
			require.LessOrEqual(t, len(least), c.most)
		})
	}
}
