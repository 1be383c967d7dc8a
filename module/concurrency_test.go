// SPDX-License-Identifier: Apache-2.0

package module

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/module/ck"
)

// within fails the test when fn hangs.
func within(t *testing.T, what string, fn func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal(what + " hangs")
	}
}

// blocked makes the card hang in a signature until the returned function is
// called, and returns when it does. The signature's error comes on the channel.
func (f *fixture) blocked(h ck.SessionHandle) (unblock func(), result chan error) {
	f.t.Helper()
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	reached, gate := make(chan struct{}), make(chan struct{})
	f.card.setHook(func(op string) error {
		if op == "rsa" {
			close(reached)
			<-gate
		}
		return nil
	})
	require.NoError(f.t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, key))
	result = make(chan error, 1)
	go func() {
		_, err := f.Sign(h, []byte("x"), 256)
		result <- err
	}()
	<-reached
	return sync.OnceFunc(func() { close(gate) }), result
}

func TestBlockedCardBlocksNobodyElse(t *testing.T) {
	f := newFixture(t)
	other := newFakeCard(t, 1024, cardos.Proven, bothUsages)
	r := f.service.plug("Prova Reader 01 00")
	f.service.insert(r, other)
	require.Equal(t, []ck.SlotID{0, 2}, f.slots(true, true))
	h := f.login(ro)
	unblock, result := f.blocked(h)
	defer unblock()
	within(t, "a call beside a blocked card", func() {
		f.slots(true, true)
		require.True(t, f.present())
		require.Equal(t, ck.CKS_RO_USER_FUNCTIONS, f.state(h), "its own session too")
		_, err := f.GetTokenInfo(0)
		require.NoError(t, err)
		f.find(h)
		f.get(h, f.one(h, ck.CKO_CERTIFICATE), ck.CKA_VALUE)
		h0, err := f.OpenSession(0, ro)
		require.NoError(t, err)
		require.NoError(t, f.CloseSession(h0))
		h1, err := f.OpenSession(2, ro)
		require.NoError(t, err)
		require.NoError(t, f.Login(h1, ck.CKU_USER, []byte("12345")))
		require.NoError(t, f.SignInit(h1, &Mechanism{Type: ck.CKM_RSA_PKCS}, f.one(h1, ck.CKO_PRIVATE_KEY)))
		_, err = f.Sign(h1, []byte("x"), 128)
		require.NoError(t, err)
		require.NoError(t, f.CloseAllSessions(1))
	})
	unblock()
	require.NoError(t, <-result)
}

func TestRemovalWhileBlocked(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	unblock, result := f.blocked(h)
	defer unblock()
	f.service.remove(f.reader)
	within(t, "noticing a removal", func() {
		require.False(t, f.present())
		_, err := f.GetSessionInfo(h)
		f.is(ck.CKR_SESSION_HANDLE_INVALID, err)
	})
	require.Equal(t, 1, f.card.connected, "not closed under the call")
	unblock()
	require.Error(t, <-result, "the card left before it signed")
	require.Zero(t, f.card.connected)
}

func TestFinalizeWhileBlocked(t *testing.T) {
	f := newFixture(t)
	h := f.login(ro)
	unblock, result := f.blocked(h)
	defer unblock()
	within(t, "C_Finalize", func() { require.NoError(t, f.Finalize()) })
	require.Equal(t, 1, f.card.connected, "the blocked call still uses it")
	// A new life begins while the old one ends.
	within(t, "C_Initialize", func() {
		require.NoError(t, f.Initialize(InitArgs{}))
		_, err := f.GetSessionInfo(h)
		f.is(ck.CKR_SESSION_HANDLE_INVALID, err)
	})
	unblock()
	require.NoError(t, <-result)
	require.Zero(t, f.card.connected)
	require.Equal(t, 1, f.card.forgets, "logged out when it ended")
}

// The C layer turns a panic into CKR_GENERAL_ERROR; no lock may stay behind.
func TestPanicLeavesNoLock(t *testing.T) {
	f := newFixture(t)
	h := f.login(rw)
	key := f.one(h, ck.CKO_PRIVATE_KEY)
	data := f.find(h, class(ck.CKO_DATA))[0]
	for op, call := range map[string]func(){
		"rsa": func() {
			require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, key))
			_, _ = f.Sign(h, []byte("x"), 256)
		},
		"read":   func() { _ = f.GetAttributeValue(h, data, []AttributeQuery{{Type: ck.CKA_VALUE, Buffer: 10}}) },
		"change": func() { _ = f.SetPIN(h, []byte("12345"), []byte("54321")) },
	} {
		f.card.setHook(func(got string) error {
			if got == op {
				panic("fault in the card layer")
			}
			return nil
		})
		require.Panics(t, call, op)
		f.card.setHook(nil)
		within(t, "a call after a panic in "+op, func() {
			require.NoError(t, f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, key))
			_, err := f.Sign(h, []byte("x"), 256)
			require.NoError(t, err)
		})
	}
	within(t, "C_Finalize after panics", func() { require.NoError(t, f.Finalize()) })
	require.Zero(t, f.card.connected)
}

func TestPanicWhileRecognising(t *testing.T) {
	f := newFixture(t)
	f.card.setHook(func(string) error { panic("fault in the card layer") })
	for range maxAttempts {
		require.Panics(t, func() { _, _ = f.GetTokenInfo(0) })
	}
	_, err := f.GetTokenInfo(0)
	f.is(ck.CKR_TOKEN_NOT_RECOGNIZED, err, "not for ever")
	f.card.setHook(nil)
	f.service.remove(f.reader)
	f.service.insert(f.reader, f.card)
	within(t, "a good card after it", func() {
		_, err := f.GetTokenInfo(0)
		require.NoError(t, err)
	})
}

// Threads that log in while another's PIN is with the card wait, and then do
// not present theirs.
func TestLoginWhileAnotherLogsIn(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	reached, gate := make(chan struct{}, 9), make(chan struct{})
	f.card.setHook(func(string) error {
		reached <- struct{}{}
		<-gate
		return nil
	})
	answers := make(chan error, 2)
	login := func(pin string) { answers <- f.Login(h, ck.CKU_USER, []byte(pin)) }
	go login("12345")
	<-reached
	go login("00000")
	l := f.lib.Load()
	require.Eventually(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.users == 2
	}, 30*time.Second, time.Millisecond)
	close(gate)
	require.ElementsMatch(t, []ck.RV{ck.CKR_OK, ck.CKR_USER_ALREADY_LOGGED_IN}, []ck.RV{RVOf(<-answers), RVOf(<-answers)})
	require.Equal(t, 1, f.pins())
}

// Threads that log in with the same wrong PIN at once are one act of a person:
// it costs one try. Another wrong PIN is another act, and so is the same one
// afterwards. Nothing of them is kept when nobody waits.
func TestThreadsWithTheSameWrongPIN(t *testing.T) {
	f := newFixture(t)
	h := f.open(ro)
	const threads = 8
	reached, gate := make(chan struct{}, threads), make(chan struct{})
	f.card.setHook(func(string) error {
		reached <- struct{}{}
		<-gate
		return nil
	})
	answers := make(chan error, threads)
	for i := range threads {
		pin := "00000"
		if i == threads-1 {
			pin = "11111"
		}
		go func() { answers <- f.Login(h, ck.CKU_USER, []byte(pin)) }()
		if i == 0 {
			<-reached
		}
	}
	logins := &f.lib.Load().sessions[h].token.logins
	require.Eventually(t, func() bool {
		f.lib.Load().mu.Lock()
		defer f.lib.Load().mu.Unlock()
		return logins.waiting == threads
	}, 30*time.Second, time.Millisecond)
	close(gate)
	for range threads {
		f.is(ck.CKR_PIN_INCORRECT, <-answers)
	}
	require.Equal(t, 2, f.pins())
	require.Equal(t, 1, f.card.tries)
	require.Empty(t, logins.refused)
	f.card.setHook(nil)
	f.is(ck.CKR_PIN_LOCKED, f.Login(h, ck.CKU_USER, []byte("00000")))
	require.Equal(t, 3, f.pins())
	require.Zero(t, logins.waiting)
}

// The card is swapped while it is looked at: what was learnt is thrown away.
func TestSwapWhileRecognising(t *testing.T) {
	for _, outcome := range []error{nil, cardos.ErrNotRecognized} {
		f := newFixture(t)
		first, second := f.card, newFakeCard(t, 1024, cardos.Proven, bothUsages)
		first.setHook(func(string) error {
			f.service.insert(f.reader, second)
			f.slots(false, true)
			return outcome
		})
		_, err := f.GetTokenInfo(0)
		require.Error(t, err)
		require.True(t, f.present())
		info, err := f.GetMechanismInfo(0, ck.CKM_RSA_PKCS)
		require.NoError(t, err)
		require.EqualValues(t, 1024, info.MaxKeySize, "the second card")
		require.Zero(t, first.connected)
		require.Equal(t, 1, second.connected)
	}
}

// The card is looked at once, however many ask at the same time.
func TestConcurrentRecognition(t *testing.T) {
	f := newFixture(t)
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			_, err := f.OpenSession(0, ro)
			assert.Equal(t, ck.CKR_OK, RVOf(err))
		}()
	}
	group.Wait()
	require.Equal(t, 1, f.card.opens)
}

// wholeSession opens a session, logs in, signs and closes it; each error goes to
// note.
func (f *fixture) wholeSession(note func(error)) {
	h, err := f.OpenSession(0, ro)
	note(err)
	if err != nil {
		return
	}
	note(f.Login(h, ck.CKU_USER, []byte("12345")))
	note(f.FindObjectsInit(h, []Attribute{class(ck.CKO_PRIVATE_KEY)}))
	if list, err := f.FindObjects(h, 1); err == nil && len(list) == 1 {
		err := f.SignInit(h, &Mechanism{Type: ck.CKM_RSA_PKCS}, list[0])
		note(err)
		if err == nil {
			_, err = f.Sign(h, []byte("x"), 128)
			note(err)
		}
	}
	note(f.Logout(h))
	note(f.CloseSession(h))
}

// Everything at once while the card comes and goes and the library is
// finalised: no race, no deadlock, and only errors of the standard.
func TestChaos(t *testing.T) {
	f := newFixtureWith(t, newFakeCard(t, 1024, cardos.Proven, bothUsages))
	stop := make(chan struct{})
	var group sync.WaitGroup
	loop := func(fn func()) {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				select {
				case <-stop:
					return
				default:
					fn()
				}
			}
		}()
	}
	allowed := map[ck.RV]bool{}
	for _, rv := range []ck.RV{ck.CKR_OK, ck.CKR_CRYPTOKI_NOT_INITIALIZED, ck.CKR_SESSION_HANDLE_INVALID,
		ck.CKR_TOKEN_NOT_PRESENT, ck.CKR_DEVICE_REMOVED, ck.CKR_USER_NOT_LOGGED_IN, ck.CKR_USER_ALREADY_LOGGED_IN,
		ck.CKR_KEY_HANDLE_INVALID, ck.CKR_NO_EVENT, ck.CKR_OBJECT_HANDLE_INVALID} {
		allowed[rv] = true
	}
	var mu sync.Mutex
	strange := map[ck.RV]int{}
	note := func(err error) {
		if rv := RVOf(err); !allowed[rv] {
			mu.Lock()
			strange[rv]++
			mu.Unlock()
		}
	}
	for range 3 {
		loop(func() { f.wholeSession(note) })
	}
	loop(func() { _, err := f.WaitForSlotEvent(5); note(err) })
	loop(func() { _, err := f.GetTokenInfo(0); note(err) })
	for range 30 {
		f.service.remove(f.reader)
		f.slots(true, true)
		f.service.insert(f.reader, f.card)
		f.slots(true, true)
		require.NoError(t, f.Finalize())
		require.NoError(t, f.Initialize(InitArgs{}))
	}
	close(stop)
	within(t, "the end", group.Wait)
	require.Empty(t, strange)
	require.NoError(t, f.Finalize())
	require.Zero(t, f.card.connected, "every connection is given back")
}
