// SPDX-License-Identifier: Apache-2.0

package hotplug

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard/vpcd"
	"tscns/tests/e2e"
	"tscns/tests/internal/hostproc"
)

// anySlot returns the first slot; there is one even without a reader.
func (s *scene) anySlot() ck.SlotID {
	s.Helper()
	slots, rv := hostproc.Slots(s.main, false)
	require.Equal(s, ck.CKR_OK, rv)
	require.NotEmpty(s, slots)
	return slots[0]
}

// A reader that is plugged in after C_Initialize, into the machine of a program
// that saw none: it appears in the slot that was kept for it, and somebody who
// waits is told.
func TestReaderPluggedInLater(t *testing.T) {
	r := e2e.Start(t, e2e.Options{Reading: e2e.EmptyReader})
	require.NoError(t, r.Service().Unplug())
	s := newScene(t, r, 2)
	slot := s.anySlot()
	s.empty(slot)
	told := make(chan ck.SlotID, 1)
	waiter := s.line()
	go func() {
		var slot ck.SlotID
		if waiter.Call("C_WaitForSlotEvent", ck.Flags(0), &slot, nil) == ck.CKR_OK {
			told <- slot
		}
		close(told)
	}()
	require.NoError(t, r.Service().Plug())
	s.empty(slot)
	r.Insert()
	require.Equal(t, slot, <-told)
	s.works(slot)
	s.end()
}

// comesAndGoes logs in, has something taken away and brought back, and so on:
// the program goes on each time, and from the second round to the last nothing
// is left behind.
func comesAndGoes(t *testing.T, rounds int, away, back func(*e2e.Rig) error) {
	r := e2e.Start(t, e2e.Options{})
	s := newScene(t, r, 1)
	slot := s.anySlot()
	var before open
	for round := range times(rounds) {
		h := s.works(slot)
		if round == 1 {
			before = s.open()
		}
		if round == rounds-1 {
			s.leaks(before)
		}
		r.Card.Stats()
		require.NoError(t, away(r))
		s.gone(slot, h)
		require.Zero(t, r.Card.Stats().Commands)
		require.NoError(t, back(r))
		require.NoError(t, r.Service().WaitCard(e2e.ReaderName, true, patience))
	}
	s.works(slot)
	s.end()
}

// Suspend and resume: the reader goes with the card in it, while a program is
// logged in, and comes back.
func TestReaderGoneAndBack(t *testing.T) {
	comesAndGoes(t, 10, func(r *e2e.Rig) error { return r.Service().Unplug() }, func(r *e2e.Rig) error { return r.Service().Plug() })
}

// The PC/SC service is killed under a program that is logged in, and started
// again.
func TestServiceKilledAndRestarted(t *testing.T) {
	comesAndGoes(t, 5, func(r *e2e.Rig) error { return r.Service().Kill() }, func(r *e2e.Rig) error { return r.Service().Restart() })
}

// In the middle of a signature the card, the reader or the service goes. The
// signature ends with an error, and all is well when they are back.
func TestGoneInASignature(t *testing.T) {
	for name, cause := range map[string]struct{ goes, comes func(s *scene) error }{
		"card": {func(s *scene) error { s.Remove(); return nil }, func(s *scene) error { s.Insert(); return nil }},
		"reader": {func(s *scene) error {
			// The transfer fails first, as it does on a real bus. pcscd 1.9.9
			// may lock itself up where it drops a reader during a call.
			s.Remove()
			time.Sleep(200 * time.Millisecond)
			return s.Service().Unplug()
		}, func(s *scene) error {
			if err := s.Service().Plug(); err != nil {
				return err
			}
			s.Insert()
			return nil
		}},
		"service": {func(s *scene) error { return s.Service().Kill() }, func(s *scene) error { return s.Service().Restart() }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, e2e.Start(t, e2e.Options{}), 2)
			slot, signer := s.anySlot(), s.line()
			for range times(5) {
				h := s.works(slot)
				reached, release := s.Gate.Hold(vpcd.IsSignature)
				t.Cleanup(release)
				answer := make(chan ck.RV, 1)
				go func() { answer <- s.sign(signer, h, []byte("dati")) }()
				<-reached
				begin := time.Now()
				require.NoError(t, cause.goes(s))
				rv := <-answer
				release()
				require.Equal(t, ck.CKR_DEVICE_REMOVED, rv)
				require.Less(t, time.Since(begin), 5*time.Second)
				s.gone(slot, h)
				require.NoError(t, cause.comes(s))
				require.NoError(t, s.Service().WaitCard(e2e.ReaderName, true, patience))
			}
			s.works(slot)
			s.end()
		})
	}
}

// There is no service when a program starts; it comes later.
func TestServiceStartedLater(t *testing.T) {
	r := e2e.Start(t, e2e.Options{})
	require.NoError(t, r.Service().Kill())
	s := newScene(t, r, 1)
	slot := s.anySlot()
	s.empty(slot)
	require.NoError(t, r.Service().Restart())
	require.NoError(t, r.Service().WaitCard(e2e.ReaderName, true, patience))
	s.works(slot)
	s.end()
}
