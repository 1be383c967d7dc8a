// SPDX-License-Identifier: Apache-2.0

package module

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

// A PIN that a host gave is wiped on every way out of a call: success, refusal,
// an error of any layer, a panic in the card layer, and every state in which the
// call is refused before the card.
func TestAPINIsWipedOnEveryWayOut(t *testing.T) {
	calls := map[string]func(f *fixture, h ck.SessionHandle, a, b []byte) error{
		"C_Login":          func(f *fixture, h ck.SessionHandle, a, _ []byte) error { return f.Login(h, ck.CKU_USER, a) },
		"C_Login, SO":      func(f *fixture, h ck.SessionHandle, a, _ []byte) error { return f.Login(h, ck.CKU_SO, a) },
		"C_Login, context": func(f *fixture, h ck.SessionHandle, a, _ []byte) error { return f.Login(h, ck.CKU_CONTEXT_SPECIFIC, a) },
		"C_Login, nobody":  func(f *fixture, h ck.SessionHandle, a, _ []byte) error { return f.Login(h, 99, a) },
		"C_Login, nowhere": func(f *fixture, _ ck.SessionHandle, a, _ []byte) error { return f.Login(4711, ck.CKU_USER, a) },
		"C_LoginUser":      func(f *fixture, h ck.SessionHandle, a, _ []byte) error { return f.LoginUser(h, ck.CKU_USER, a, nil) },
		"C_LoginUser, name": func(f *fixture, h ck.SessionHandle, a, _ []byte) error {
			return f.LoginUser(h, ck.CKU_USER, a, []byte("x"))
		},
		"C_SetPIN":       func(f *fixture, h ck.SessionHandle, a, b []byte) error { return f.SetPIN(h, a, b) },
		"C_SetPIN, half": func(f *fixture, h ck.SessionHandle, a, _ []byte) error { return f.SetPIN(h, a, nil) },
		"C_InitPIN":      func(f *fixture, h ck.SessionHandle, a, _ []byte) error { return f.InitPIN(h, a) },
		"C_InitPIN, as SO": func(f *fixture, h ck.SessionHandle, a, _ []byte) error {
			if err := f.Login(h, ck.CKU_SO, []byte("87654321")); err != nil {
				return err
			}
			return f.InitPIN(h, a)
		},
	}
	hooks := map[string]func(op string) error{
		"nothing":  nil,
		"an error": func(string) error { return cardos.ErrCardMute },
		"removal":  func(string) error { return cardos.ErrCardRemoved },
		"a panic":  func(string) error { panic("on purpose") },
	}
	for name, call := range calls {
		for what, hook := range hooks {
			for _, pin := range []string{"12345", "54321", "1", "123456789", "abcdef"} {
				f := newFixture(t)
				h := f.open(rw)
				f.card.setHook(hook)
				a, b := []byte(pin), []byte("67890")
				func() {
					defer func() { _ = recover() }()
					_ = call(f, h, a, b)
				}()
				require.Equal(t, make([]byte, len(a)), a, "%s, %s, %q", name, what, pin)
				if name == "C_SetPIN" {
					require.Equal(t, make([]byte, len(b)), b, "%s, %s, %q", name, what, pin)
				}
			}
		}
	}
}

// A PUK lies in memory until C_InitPIN has sent it, and no longer: another
// C_InitPIN takes another login and sends nothing.
func TestAPUKIsWipedOnceSent(t *testing.T) {
	f := newFixture(t)
	h := f.open(rw)
	require.NoError(t, f.Login(h, ck.CKU_SO, []byte("87654321")))
	_, s, err := f.freshSession(h)
	require.NoError(t, err)
	kept := s.token.puk.Bytes()
	require.Equal(t, "87654321", string(kept))
	f.is(ck.CKR_PIN_LEN_RANGE, f.InitPIN(h, []byte("1")))
	require.Equal(t, "87654321", string(kept), "not sent yet")
	require.NoError(t, f.InitPIN(h, []byte("11111")))
	require.Equal(t, make([]byte, 8), kept)
	sent := f.pins()
	f.is(ck.CKR_USER_NOT_LOGGED_IN, f.InitPIN(h, []byte("22222")))
	require.Equal(t, sent, f.pins())
	require.NoError(t, f.Logout(h))
}
