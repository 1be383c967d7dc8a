// SPDX-License-Identifier: Apache-2.0

package module_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/module"
	"tscns/module/ck"
	"tscns/simcard"
)

// costs holds what a program does to a number of commands.
func (x *token) costs(want int, do func()) {
	x.t.Helper()
	x.card.ClearLog()
	do()
	require.Len(x.t, x.card.Log(), want, x.card.LogText())
}

// What hosts poll, in all states of a login, costs the card nothing.
func TestPollingCostsNothing(t *testing.T) {
	for _, family := range cns() {
		t.Run(string(family), func(t *testing.T) {
			x := insert(t, family)
			h := x.open()
			poll := func() {
				x.t.Helper()
				x.costs(0, func() {
					for range 1000 {
						_, err := x.GetTokenInfo(0)
						require.NoError(t, err)
						_, err = x.GetSlotInfo(0)
						require.NoError(t, err)
						_, err = x.GetSessionInfo(h)
						require.NoError(t, err)
						_, err = x.GetSlotList(true, false)
						require.NoError(t, err)
					}
					for _, class := range []ck.ObjectClass{ck.CKO_CERTIFICATE, ck.CKO_PUBLIC_KEY, ck.CKO_PRIVATE_KEY, ck.CKO_PROFILE, ck.CKO_DATA} {
						for _, o := range x.find(h, class) {
							x.value(h, o, ck.CKA_CLASS)
							x.value(h, o, ck.CKA_LABEL)
						}
					}
					cert := x.find(h, ck.CKO_CERTIFICATE)
					x.value(h, cert[0], ck.CKA_VALUE)
					x.value(h, cert[0], ck.CKA_SUBJECT)
					list, err := x.GetMechanismList(0)
					require.NoError(t, err)
					for _, m := range list {
						_, err := x.GetMechanismInfo(0, m)
						require.NoError(t, err)
					}
				})
			}
			poll()
			x.proveForm()
			// A wrong PIN leaves the counter low, which is no reason to ask.
			x.is(ck.CKR_PIN_INCORRECT, x.Login(h, ck.CKU_USER, []byte("00000000")))
			poll()
			info, err := x.GetTokenInfo(0)
			require.NoError(t, err)
			require.NotZero(t, info.Flags&ck.CKF_USER_PIN_COUNT_LOW)
			require.NoError(t, x.Login(h, ck.CKU_USER, []byte("12345678")))
			poll()
			_, err = x.sign(h)
			require.NoError(t, err)
			poll()
			info, err = x.GetTokenInfo(0)
			require.NoError(t, err)
			require.Zero(t, info.Flags&ck.CKF_USER_PIN_COUNT_LOW, "each login refreshes the flags")
		})
	}
}

// The tries left are asked for once an insertion on the one layout where that
// is proven to cost none, and never on the others.
func TestTriesAreAskedOnce(t *testing.T) {
	for _, family := range cns() {
		x := insert(t, family, func(o *simcard.Options) { o.PINTriesUsed = 1 })
		for range 5 {
			_, err := x.GetTokenInfo(0)
			require.NoError(t, err)
			x.open()
		}
		queries := 0
		for _, e := range x.card.Log() {
			if e.Header[1] == 0x20 && e.Lc == 0 && e.Header[3] == 0x10 {
				queries++
			}
		}
		want := 0
		if family == simcard.FamilyT {
			want = 1
		}
		require.Equal(t, want, queries, family)
	}
}

// A login and signatures, through the module: sessions, searches and
// operations add nothing to what the card layer needs.
func TestSignaturesCostOne(t *testing.T) {
	for family, cost := range map[simcard.Family][2]int{simcard.FamilyB2: {3, 1}, simcard.FamilyB11204: {3, 1}, simcard.FamilyE: {3, 1}, simcard.FamilyT: {4, 2}} {
		x := insert(t, family)
		h := x.open()
		x.costs(2, func() { require.NoError(t, x.Login(h, ck.CKU_USER, []byte("12345678"))) })
		sign := func() {
			_, err := x.sign(h)
			require.NoError(t, err)
		}
		x.costs(cost[0], sign)
		for range 3 {
			x.costs(cost[1], sign)
		}
		// Another session of the same program, as a browser has one for each use.
		other := x.open()
		x.costs(cost[1], func() {
			_, err := x.sign(other)
			require.NoError(t, err)
		})
		x.costs(0, func() { require.NoError(t, x.CloseSession(other)) })
	}
}

// A card that is not ours is looked at once an insertion, with two commands.
func TestForeignCardCostsTwoOnce(t *testing.T) {
	x := insert(t, simcard.FamilyB2)
	foreign, err := simcard.New(simcard.Options{Family: simcard.FamilyForeign})
	require.NoError(t, err)
	for range 2 {
		x.service.Remove(readerName)
		_, err := x.GetSlotInfo(0)
		require.NoError(t, err)
		x.service.Insert(readerName, foreign)
		foreign.ClearLog()
		for range 1000 {
			_, err := x.GetTokenInfo(0)
			x.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err)
			_, err = x.GetSlotInfo(0)
			require.NoError(t, err)
			_, err = x.GetSlotList(true, true)
			require.NoError(t, err)
			_, err = x.GetSlotList(false, true)
			require.NoError(t, err)
		}
		require.LessOrEqual(t, len(foreign.Log()), 2, foreign.LogText())
	}
}

// What the module believed of a card ends with a reset by another program.
func TestResetEndsTheLogin(t *testing.T) {
	for _, family := range []simcard.Family{simcard.FamilyB2, simcard.FamilyE} {
		x := insert(t, family)
		h := x.login()
		_, err := x.sign(h)
		require.NoError(t, err)
		x.service.ResetByOther(readerName)
		x.costs(0, func() {
			_, err := x.sign(h)
			x.is(ck.CKR_USER_NOT_LOGGED_IN, err)
		})
		require.NoError(t, x.Login(h, ck.CKU_USER, []byte("12345678")))
		x.costs(3, func() {
			_, err := x.sign(h)
			require.NoError(t, err)
		})
	}
}

// Calls in bursts ask the smart card service once; what is not one of them
// asks each time, and then they know.
func TestBurstsAskTheServiceOnce(t *testing.T) {
	x := insert(t, simcard.FamilyB2)
	m := module.New(module.Config{Cards: profile.Options(cardos.Options{}), Open: func() (cardos.Transport, error) { return x.service.Transport(), nil }, Lately: time.Hour})
	require.NoError(t, m.Initialize(module.InitArgs{}))
	defer func() { require.NoError(t, m.Finalize()) }()
	h, err := m.OpenSession(0, ck.CKF_SERIAL_SESSION)
	require.NoError(t, err)
	burst := func() error {
		if err := m.FindObjectsInit(h, nil); err != nil {
			return err
		}
		if err := m.FindObjectsFinal(h); err != nil {
			return err
		}
		_, err := m.GetSessionInfo(h)
		return err
	}
	lists := func(do func()) int {
		x.service.Stats() // counts from zero
		do()
		return x.service.Stats().Lists
	}
	require.Zero(t, lists(func() {
		for range 100 {
			require.NoError(t, burst())
		}
	}))
	x.service.Remove(readerName)
	require.NoError(t, burst(), "nobody has looked since")
	require.Equal(t, 1, lists(func() { _, err = m.GetSlotInfo(0) }))
	require.NoError(t, err)
	x.is(ck.CKR_SESSION_HANDLE_INVALID, burst())
	// A login always asks.
	x.service.Insert(readerName, x.card)
	h, err = m.OpenSession(0, ck.CKF_SERIAL_SESSION)
	require.NoError(t, err)
	require.Equal(t, 1, lists(func() { err = m.Login(h, ck.CKU_USER, []byte("12345678")) }))
	require.NoError(t, err)
}
