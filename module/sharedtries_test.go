// SPDX-License-Identifier: Apache-2.0

package module_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cardos/profile"
	"tscns/module"
	"tscns/module/ck"
	"tscns/simcard"
)

const userPIN, wrongPIN = "12345678", "00000000"

// runtimeDir is the runtime directory of a user.
func runtimeDir(t *testing.T) string {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o700))
	return dir
}

// program starts another program of a user at the same card.
func (x *token) program(dir string) *token {
	x.t.Helper()
	p := *x
	options := profile.Options(cardos.Options{PINRecords: localfiles.NewPINRecords(dir), Logins: localfiles.NewLogins(dir)})
	p.Module = module.New(module.Config{Cards: options, Open: func() (cardos.Transport, error) { return x.service.Transport(), nil }})
	require.NoError(x.t, p.Initialize(module.InitArgs{}))
	x.t.Cleanup(func() { _ = p.Finalize() })
	return &p
}

// pinFlags are the flags of the PIN counter of a token.
func (x *token) pinFlags(slot ck.SlotID) ck.Flags {
	x.t.Helper()
	info, err := x.GetTokenInfo(slot)
	require.NoError(x.t, err)
	return info.Flags & (ck.CKF_USER_PIN_COUNT_LOW | ck.CKF_USER_PIN_FINAL_TRY | ck.CKF_USER_PIN_LOCKED)
}

// loginTo opens a session with the token in a slot, and logs in.
func (x *token) loginTo(slot ck.SlotID, pin string) error {
	x.t.Helper()
	h, err := x.OpenSession(slot, ck.CKF_SERIAL_SESSION|ck.CKF_RW_SESSION)
	require.NoError(x.t, err)
	return x.Login(h, ck.CKU_USER, []byte(pin))
}

// pinsSent counts the secrets that the card got.
func (x *token) pinsSent() (n int) {
	for _, e := range x.card.Log() {
		if (e.Header[1] == 0x20 || e.Header[1] == 0x24 || e.Header[1] == 0x2C) && e.Lc > 0 {
			n++
		}
	}
	return n
}

// What the card reported of its tries to one program, every other one shows in
// its flags, running or new, before any login; a success ends it for all.
func TestTriesAreRememberedByEveryProgram(t *testing.T) {
	const low, final, locked = ck.CKF_USER_PIN_COUNT_LOW, ck.CKF_USER_PIN_FINAL_TRY, ck.CKF_USER_PIN_LOCKED
	for _, family := range cns() {
		t.Run(string(family), func(t *testing.T) {
			x, dir := insert(t, family), runtimeDir(t)
			first := x.program(dir)
			require.NoError(t, first.loginTo(0, userPIN))
			require.NoError(t, first.CloseAllSessions(0))
			require.Zero(t, first.pinFlags(0))
			for _, want := range []ck.Flags{low, low | final} {
				x.is(ck.CKR_PIN_INCORRECT, x.program(dir).loginTo(0, wrongPIN))
				require.Equal(t, want, x.program(dir).pinFlags(0), "a new program")
				require.Equal(t, want, first.pinFlags(0), "one that runs")
			}
			require.NoError(t, x.program(dir).loginTo(0, userPIN))
			require.Zero(t, x.program(dir).pinFlags(0))
			require.Zero(t, first.pinFlags(0))

			for range 4 { // one more where a refusal reports no counter
				_ = x.program(dir).loginTo(0, wrongPIN)
			}
			require.Equal(t, locked, first.pinFlags(0))
			x.card.ClearLog()
			for _, p := range []*token{first, x.program(dir)} {
				x.is(ck.CKR_PIN_LOCKED, p.loginTo(0, userPIN))
				require.Equal(t, locked, p.pinFlags(0))
			}
			require.Zero(t, x.pinsSent(), "nothing is sent to a PIN that is known to be blocked")
			p := x.program(dir)
			h := p.open()
			if p.Login(h, ck.CKU_SO, []byte("87654321")) != nil {
				return // there is no command that is known
			}
			require.NoError(t, p.InitPIN(h, []byte("11223344")))
			require.Zero(t, first.pinFlags(0))
			require.NoError(t, x.program(dir).loginTo(0, "11223344"))
		})
	}
}

// A host that offers one PIN to every token, in a new process each time, costs
// the signature PIN one try in all. A person who enters it for that token alone
// is not in the way, nor who gives both the same PIN.
func TestOnePINForEveryTokenCostsOneTry(t *testing.T) {
	x, dir := signatureCard(t), runtimeDir(t)
	for range 3 {
		p := x.program(dir)
		require.NoError(t, p.loginTo(0, userPIN))
		x.is(ck.CKR_PIN_INCORRECT, p.loginTo(1, userPIN))
		left, _ := x.card.SignatureTries()
		require.Equal(t, 2, left)
		require.NoError(t, p.Finalize())
	}
	require.Equal(t, ck.CKF_USER_PIN_COUNT_LOW, x.program(dir).pinFlags(1))
	require.Zero(t, x.program(dir).pinFlags(0))

	p := x.program(dir)
	require.NoError(t, p.loginTo(0, userPIN))
	require.NoError(t, p.loginTo(1, signaturePIN))
	require.Zero(t, x.program(dir).pinFlags(1))
	x.is(ck.CKR_PIN_INCORRECT, x.program(dir).loginTo(1, userPIN))
	require.Equal(t, ck.CKF_USER_PIN_COUNT_LOW, x.program(dir).pinFlags(1), "without the other login nothing is compared")

	h, err := p.OpenSession(1, ck.CKF_SERIAL_SESSION|ck.CKF_RW_SESSION)
	require.NoError(t, err)
	require.NoError(t, p.SetPIN(h, []byte(signaturePIN), []byte(userPIN)))
	p = x.program(dir)
	require.NoError(t, p.loginTo(0, userPIN))
	require.NoError(t, p.loginTo(1, userPIN))
}

// Of a PIN nothing is kept: two wrong ones leave the same records but for the
// time, and no digits are in them.
func TestRecordsHoldNothingOfAPIN(t *testing.T) {
	x, dir := insert(t, simcard.FamilyB2), runtimeDir(t)
	x.is(ck.CKR_PIN_INCORRECT, x.program(dir).loginTo(0, "27182818"))
	files, err := filepath.Glob(filepath.Join(dir, "tscns", "pin-*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	kept, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.False(t, bytes.Contains(kept, []byte("27182818")))
	require.Less(t, len(kept), 80, "a mark, two counters of two PINs and a checksum")
}
