// SPDX-License-Identifier: Apache-2.0

package sharing

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/tests/conformance"
	"tscns/tests/internal/hostproc"
)

// Deadlines of the library (cardos/pcsc) with something on top for a busy
// machine: for a call that waits for its turn at the card, and for one that the
// service answers from its memory.
const (
	turnLimit   = 15 * time.Second
	leaveLimit  = 20 * time.Second // C_Finalize may wait for a turn, and then for the service
	memoryLimit = 8 * time.Second
	quick       = 2 * time.Second
)

// user is a program with a session.
type user struct {
	*fixture
	d       *hostproc.Recorder
	session ck.SessionHandle
}

// sits starts a program that opens a session, and logs in where it is to.
func (x *fixture) sits(login bool, env ...string) *user {
	x.Helper()
	u := &user{fixture: x, d: &hostproc.Recorder{Driver: x.start(env...).Line()}}
	require.Equal(x, ck.CKR_OK, hostproc.Initialize(u.d))
	u.opens()
	if login {
		require.Equal(x, ck.CKR_OK, hostproc.Login(u.d, u.session, x.PIN))
		u.signs()
	}
	return u
}

func (u *user) opens() {
	u.Helper()
	var rv ck.RV
	u.session, rv = hostproc.Open(u.d, 0)
	require.Equal(u, ck.CKR_OK, rv)
}

func (u *user) signs() {
	u.Helper()
	signature, rv := hostproc.Sign(u.d, u.session, []byte("dati"))
	require.Equal(u, ck.CKR_OK, rv)
	require.NoError(u, hostproc.Verify(u.PublicKey(), []byte("dati"), signature))
}

// logsInAndSigns is what works again when all is well. What another did may
// have cost the login, or the session.
func (u *user) logsInAndSigns() {
	u.Helper()
	if u.d.Call("C_GetSessionInfo", u.session, &conformance.SessionInfo{}) != ck.CKR_OK {
		u.opens()
	}
	rv := hostproc.Login(u.d, u.session, u.PIN)
	require.Contains(u, []ck.RV{ck.CKR_OK, ck.CKR_USER_ALREADY_LOGGED_IN}, rv)
	u.signs()
}

// together runs calls at the same time.
func together(calls ...func()) {
	var group sync.WaitGroup
	for _, call := range calls {
		group.Add(1)
		go func() {
			defer group.Done()
			call()
		}()
	}
	group.Wait()
}

// within checks the calls of a program since it is asked: none took longer.
func (u *user) within(limit time.Duration, from int) {
	u.Helper()
	for _, made := range u.d.Made[from:] {
		require.Less(u, made.Took, limit, made.Function)
	}
}

// states asks what programs poll, for a while, and says how long the slowest
// call took.
func (u *user) states(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		_, _ = hostproc.Slots(u.d, true)
		_ = u.d.Call("C_GetSlotInfo", ck.SlotID(0), &conformance.SlotInfo{})
		_ = u.d.Call("C_GetTokenInfo", ck.SlotID(0), &conformance.TokenInfo{})
		_ = u.d.Call("C_GetSessionInfo", u.session, &conformance.SessionInfo{})
	}
}

// Another program keeps the card in a transaction for long. Who wants the card
// is told so after a while, who asks for states does not wait, and no PIN is
// sent afterwards that nobody waits for any more. When it lets go all is as
// before.
func TestAnotherProgramHoldsTheCard(t *testing.T) {
	x := newFixture(t)
	signer, login, leaver, watcher := x.sits(true), x.sits(false), x.sits(false), x.sits(false)
	fresh := &user{fixture: x, d: &hostproc.Recorder{Driver: x.start().Line()}}
	require.Equal(t, ck.CKR_OK, hostproc.Initialize(fresh.d))
	holder := x.other()
	answer, err := holder.Do("begin")
	require.NoError(t, err)
	require.Equal(t, hostproc.Success, answer)
	sent, begin := x.census.verified.Load(), time.Now()
	marks := []int{len(signer.d.Made), len(login.d.Made), len(leaver.d.Made), len(fresh.d.Made), len(watcher.d.Made)}
	var signed, loggedIn, token, left ck.RV
	together(
		func() {
			for range 2 { // the second takes the waiting up
				_, signed = hostproc.Sign(signer.d, signer.session, []byte("dati"))
			}
		},
		func() { loggedIn = hostproc.Login(login.d, login.session, x.PIN) },
		func() { token = fresh.d.Call("C_GetTokenInfo", ck.SlotID(0), &conformance.TokenInfo{}) },
		func() { left = hostproc.Finalize(leaver.d) },
		func() { watcher.states(12 * time.Second) },
	)
	require.Equal(t, []ck.RV{ck.CKR_DEVICE_ERROR, ck.CKR_DEVICE_ERROR, ck.CKR_TOKEN_NOT_RECOGNIZED, ck.CKR_OK},
		[]ck.RV{signed, loggedIn, token, left})
	for i, u := range []*user{signer, login, leaver, fresh} {
		u.within(turnLimit, marks[i])
	}
	watcher.within(quick, marks[4])
	t.Logf("held for %v", time.Since(begin).Round(time.Second))

	// The user leaves while the card is held: the login ends with the hold.
	resets := x.census.resets.Load()
	mark := len(signer.d.Made)
	require.Equal(t, ck.CKR_OK, hostproc.Finalize(signer.d))
	signer.within(turnLimit, mark)
	require.Equal(t, sent, x.census.verified.Load()+x.census.refused.Load())
	answer, err = holder.Do("end")
	require.NoError(t, err)
	require.Equal(t, hostproc.Success, answer)
	require.Eventually(t, func() bool { return x.census.resets.Load() > resets }, patience, 10*time.Millisecond,
		"the card is reset, so that nobody signs on a login that has ended")
	require.Equal(t, sent, x.census.verified.Load(), "the login that was given up sends no PIN")
	require.Eventually(t, func() bool {
		return fresh.d.Call("C_GetTokenInfo", ck.SlotID(0), &conformance.TokenInfo{}) == ck.CKR_OK
	}, quick, 10*time.Millisecond, "the card, once the attempt that was given up has ended")
	fresh.opens()
	for _, u := range []*user{login, watcher, fresh} {
		u.logsInAndSigns()
		require.Equal(t, ck.CKR_OK, u.d.Call("C_Logout", u.session))
	}
	require.Zero(t, x.census.refused.Load())
	require.Equal(t, 3, x.PINTries())
}

// The service hangs. Every call returns all the same, states soon and from then
// on at once; when the service goes on the same programs work again.
func TestServiceHangs(t *testing.T) {
	x := newFixture(t)
	signer, login, leaver, watcher := x.sits(true), x.sits(false), x.sits(true), x.sits(false)
	fresh := &user{fixture: x, d: &hostproc.Recorder{Driver: x.start().Line()}}
	require.NoError(t, x.Service().Pause())
	t.Cleanup(func() { _ = x.Service().Resume() })
	sent := x.census.verified.Load()
	marks := []int{len(signer.d.Made), len(login.d.Made), len(leaver.d.Made), len(watcher.d.Made)}
	together(
		func() { _, _ = hostproc.Sign(signer.d, signer.session, []byte("dati")) },
		func() { _ = hostproc.Login(login.d, login.session, x.PIN) },
		func() { _ = hostproc.Finalize(leaver.d) },
		func() { watcher.states(time.Second) },
		func() {
			_ = hostproc.Initialize(fresh.d)
			_, _ = hostproc.Slots(fresh.d, true)
		},
	)
	for i, u := range []*user{signer, login, leaver} {
		require.NoError(t, u.d.Driver.(*hostproc.Line).Host().Err())
		u.within([]time.Duration{turnLimit, turnLimit, leaveLimit}[i], marks[i])
	}
	watcher.within(memoryLimit, marks[3])
	fresh.within(memoryLimit, 0)
	mark := len(watcher.d.Made)
	watcher.states(time.Second)
	watcher.within(quick/2, mark)
	for _, made := range append(signer.d.Made[marks[0]:], login.d.Made[marks[1]:]...) {
		require.True(t, x.tools.Allowed(made.Function, made.RV), "%s: %v", made.Function, made.RV)
		require.False(t, made.Function == "C_Sign" && made.RV == ck.CKR_OK)
		require.False(t, made.Function == "C_Login" && made.RV == ck.CKR_OK)
	}

	require.NoError(t, x.Service().Resume())
	require.Eventually(t, func() bool {
		slots, rv := hostproc.Slots(fresh.d, true)
		return rv == ck.CKR_OK && len(slots) == 1
	}, patience, 50*time.Millisecond)
	time.Sleep(100 * time.Millisecond)
	require.Equal(t, sent, x.census.verified.Load(), "the login that was given up sends no PIN")
	for _, u := range []*user{signer, login, watcher, fresh} {
		require.Eventually(t, func() bool {
			slots, rv := hostproc.Slots(u.d, true)
			return rv == ck.CKR_OK && len(slots) == 1
		}, patience, 50*time.Millisecond)
		u.logsInAndSigns()
		require.Equal(t, ck.CKR_OK, u.d.Call("C_Logout", u.session))
		require.Equal(t, ck.CKR_OK, hostproc.Finalize(u.d))
	}
	require.Equal(t, ck.CKR_OK, hostproc.Initialize(leaver.d))
	leaver.opens()
	leaver.logsInAndSigns()
	require.Zero(t, x.census.refused.Load())
	require.Equal(t, 3, x.PINTries())
}
