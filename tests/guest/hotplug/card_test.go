// SPDX-License-Identifier: Apache-2.0

package hotplug

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/tests/conformance"
	"tscns/tests/e2e"
	"tscns/tests/internal/hostproc"
)

// traffic is what a host's threads do while the world around them changes.
type traffic struct {
	*scene
	slot   ck.SlotID
	stop   atomic.Bool
	group  sync.WaitGroup
	signed atomic.Int64
}

// start lets one thread sign, one ask for states, and one wait for events.
func (s *scene) start(slot ck.SlotID) *traffic {
	f := &traffic{scene: s, slot: slot}
	for _, work := range []func(conformance.Driver){f.signing, f.asking, f.waiting} {
		d := s.line()
		f.group.Add(1)
		go func() {
			defer f.group.Done()
			work(d)
		}()
	}
	return f
}

// finish ends the traffic, the thread that waits for events by a last one.
func (f *traffic) finish() {
	f.Helper()
	f.stop.Store(true)
	f.Insert()
	f.Remove()
	f.group.Wait()
	require.NoError(f, f.host.Err())
}

// signing logs in whenever there is a card, and signs until there is none.
func (f *traffic) signing(d conformance.Driver) {
	for n := uint64(0); !f.stop.Load() && f.host.Err() == nil; {
		h, rv := f.logIn(d, f.slot)
		for rv == ck.CKR_OK && !f.stop.Load() {
			n++
			if rv = f.sign(d, h, binary.BigEndian.AppendUint64(nil, n)); rv == ck.CKR_OK {
				f.signed.Add(1)
			}
		}
		if h != 0 && d.Call("C_CloseSession", h) == ck.CKR_OK {
			continue // the card is still there
		}
		time.Sleep(time.Millisecond)
	}
}

// asking calls what a program polls.
func (f *traffic) asking(d conformance.Driver) {
	for !f.stop.Load() && f.host.Err() == nil {
		_, _ = hostproc.Slots(d, false)
		_ = d.Call("C_GetSlotInfo", f.slot, &conformance.SlotInfo{})
		_ = d.Call("C_GetTokenInfo", f.slot, &conformance.TokenInfo{})
		var h ck.SessionHandle
		if d.Call("C_OpenSession", f.slot, ck.CKF_SERIAL_SESSION, nil, nil, &h) == ck.CKR_OK {
			_ = d.Call("C_GetSessionInfo", h, &conformance.SessionInfo{})
			_, _ = hostproc.Certificate(d, h)
			_ = d.Call("C_CloseSession", h)
		}
		time.Sleep(time.Millisecond)
	}
}

// waiting waits for events.
func (f *traffic) waiting(d conformance.Driver) {
	for !f.stop.Load() && f.host.Err() == nil {
		var slot ck.SlotID
		if rv := d.Call("C_WaitForSlotEvent", ck.Flags(0), &slot, nil); rv == ck.CKR_OK && slot != f.slot {
			f.complain("an event of slot %d", slot)
		}
	}
}

// moreSignatures waits until so many more were made.
func (f *traffic) moreSignatures(n int64) {
	f.Helper()
	want := f.signed.Load() + n
	for end := time.Now().Add(patience); f.signed.Load() < want; time.Sleep(time.Millisecond) {
		require.NoError(f, f.host.Err())
		require.True(f, time.Now().Before(end), "%d signatures in %v", n, patience)
	}
}

// The card goes in and out, sometimes when it has signed, sometimes at any
// moment of recognition, login or signature, while threads of one process sign,
// ask and wait.
func TestCardOutAndIn(t *testing.T) {
	r := e2e.Start(t, e2e.Options{Reading: e2e.EmptyReader})
	s := newScene(t, r, 4)
	slots, rv := hostproc.Slots(s.main, false)
	require.Equal(t, ck.CKR_OK, rv)
	f := s.start(slots[0])
	stay := func(i int) {
		r.Insert()
		if i%2 == 0 {
			f.moreSignatures(1)
		}
		time.Sleep(time.Duration(rand.IntN(20000)) * time.Microsecond)
		r.Remove()
	}
	for i := range 10 {
		stay(i)
	}
	before := s.open()
	stays, begin := times(1000), time.Now()
	for i := range stays {
		stay(i)
	}
	took := time.Since(begin)
	f.finish()
	s.leaks(before)
	require.Zero(t, s.open().handles, "PC/SC handles without a card")
	t.Logf("%d stays of the card in %v, %d signatures, all of them right", stays, took.Round(time.Second), f.signed.Load())
	require.GreaterOrEqual(t, f.signed.Load(), int64(stays/2))
	r.Insert()
	s.works(f.slot)
	s.end()
}

// A card that is put in where a program was logged in to the one before is not
// reset by that program: it may be another one, and in use by others.
func TestNextCardIsNotReset(t *testing.T) {
	r := e2e.Start(t, e2e.Options{})
	s := newScene(t, r, 1)
	slots, rv := hostproc.Slots(s.main, true)
	require.Equal(t, ck.CKR_OK, rv)
	for range 5 {
		s.works(slots[0])
		r.Remove()
		r.Insert()
		r.Card.Stats()
		_, rv = hostproc.Slots(s.main, true)
		require.Equal(t, ck.CKR_OK, rv)
		require.Eventually(t, func() bool { return s.open().handles <= 1 }, patience, pace, "the first card is left") // the list looks at the next
		require.Zero(t, r.Card.Stats().Resets)
	}
	s.works(slots[0])
	s.end()
}

// What programs poll costs the card nothing once it was looked at.
func TestStatusCallsNeverTouchTheCard(t *testing.T) {
	r := e2e.Start(t, e2e.Options{})
	s := newScene(t, r, 1)
	slots, rv := hostproc.Slots(s.main, true)
	require.Equal(t, ck.CKR_OK, rv)
	for _, logged := range []bool{false, true} {
		h, rv := hostproc.Open(s.main, slots[0])
		require.Equal(t, ck.CKR_OK, rv)
		if logged {
			require.Equal(t, ck.CKR_OK, hostproc.Login(s.main, h, r.PIN))
		}
		r.Card.Stats()
		for range 200 {
			_, rv = hostproc.Slots(s.main, true)
			require.Equal(t, ck.CKR_OK, rv)
			require.Equal(t, ck.CKR_OK, s.main.Call("C_GetSlotInfo", slots[0], &conformance.SlotInfo{}))
			require.Equal(t, ck.CKR_OK, s.main.Call("C_GetTokenInfo", slots[0], &conformance.TokenInfo{}))
			require.Equal(t, ck.CKR_OK, s.main.Call("C_GetSessionInfo", h, &conformance.SessionInfo{}))
			require.Equal(t, ck.CKR_NO_EVENT, s.main.Call("C_WaitForSlotEvent", ck.CKF_DONT_BLOCK, new(ck.SlotID), nil))
			_, rv = hostproc.Certificate(s.main, h)
			require.Equal(t, ck.CKR_OK, rv)
		}
		require.Zero(t, r.Card.Stats().Commands, "commands to the card, logged in: %t", logged)
	}
	s.end()
}
