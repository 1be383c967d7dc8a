// SPDX-License-Identifier: Apache-2.0

package module_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard"
)

// A right PIN in a form that this card has never accepted: whatever a host
// does, one try is gone in all. It is not told that the PIN was incorrect, which
// would have it ask again, nor that it is locked, and no flag says so.
func TestRightPINInAWrongForm(t *testing.T) {
	x := insert(t, simcard.FamilyH, func(o *simcard.Options) {
		o.PIN = "123456"
		b, v := simcard.DefaultBehaviour(simcard.FamilyH), simcard.DefaultVariantH()
		v.PINApp, v.KeyApp, v.PINRef, v.WrongForm = simcard.AppThird, simcard.AppThird, 0x81, 0x63C0
		b.H = &v
		o.Behaviour = &b
	})
	before, err := x.GetTokenInfo(0)
	require.NoError(t, err)
	for range 10 {
		h := x.open()
		x.is(ck.CKR_FUNCTION_FAILED, x.Login(h, ck.CKU_USER, []byte("123456")))
		require.Equal(t, ck.CKS_RW_PUBLIC_SESSION, x.state(h))
		require.NoError(t, x.CloseSession(h))
	}
	left, _ := x.card.Tries()
	require.Equal(t, 2, left)
	after, err := x.GetTokenInfo(0)
	require.NoError(t, err)
	require.Equal(t, before.Flags, after.Flags)
}

// proveForm logs in once where a refusal is a wrong PIN only after that.
func (x *token) proveForm() {
	x.t.Helper()
	if x.family != simcard.FamilyH {
		return
	}
	h := x.login()
	require.NoError(x.t, x.Logout(h))
	require.NoError(x.t, x.CloseSession(h))
}
