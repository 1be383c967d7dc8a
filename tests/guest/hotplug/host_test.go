// SPDX-License-Identifier: Apache-2.0

package hotplug

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard/pcscd"
	"tscns/tests/conformance"
	"tscns/tests/e2e"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

// pace is how often the service looks for cards here; by itself it would take
// 0.4 s.
const pace = 10 * time.Millisecond

const patience = 30 * time.Second

// noticed is how soon a program hears of what has gone.
const noticed = 2 * time.Second

func TestMain(m *testing.M) {
	e2e.Reader = pcscd.Options{Readers: 1, USB: true, Poll: pace}
	os.Exit(kit.Main(m))
}

// times is how often something is done: n, or the number in TSCNS_HOTPLUG
// where that is more.
func times(n int) int {
	if long, err := strconv.Atoi(os.Getenv("TSCNS_HOTPLUG")); err == nil {
		return max(n, long)
	}
	return n
}

// scene is a host beside a reader.
type scene struct {
	*testing.T
	*e2e.Rig
	tools *hostproc.Tools
	host  *hostproc.Host
	lines []*hostproc.Recorder // its threads
	main  conformance.Driver
	wrong []string // bad signatures and answers that the standard does not list
	mu    sync.Mutex
}

// newScene starts a host of a number of threads, initialised.
func newScene(t *testing.T, r *e2e.Rig, threads int) *scene {
	t.Helper()
	tools := hostproc.Build(t)
	s := &scene{T: t, Rig: r, tools: tools}
	var err error
	s.host, err = tools.Start(hostproc.Options{Library: r.Module, Env: r.Env, Threads: threads, Limit: patience})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.host.Stop() })
	s.main = s.line()
	require.Equal(t, ck.CKR_OK, hostproc.Initialize(s.main))
	return s
}

// line returns a further thread of the host.
func (s *scene) line() conformance.Driver {
	s.lines = append(s.lines, &hostproc.Recorder{Driver: s.host.Line()})
	return s.lines[len(s.lines)-1]
}

// complain notes what must not be.
func (s *scene) complain(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

// end finalises and checks what came together.
func (s *scene) end() {
	s.Helper()
	require.Equal(s, ck.CKR_OK, hostproc.Finalize(s.main))
	require.NoError(s, s.host.Stop())
	var slowest hostproc.Made
	for _, line := range s.lines {
		for _, m := range line.Made {
			if !s.tools.Allowed(m.Function, m.RV) && m.RV != ck.CKR_NO_EVENT && m.RV != ck.CKR_CRYPTOKI_NOT_INITIALIZED {
				s.complain("%s answered %v", m.Function, m.RV)
			}
			if m.Took > slowest.Took && m.Function != "C_WaitForSlotEvent" {
				slowest = m
			}
		}
	}
	require.Empty(s, s.wrong)
	require.Equal(s, 3, s.PINTries(), "no try is lost")
	s.WrongPINs(0)
	s.Logf("the slowest call: %s, %v", slowest.Function, slowest.Took.Round(time.Millisecond))
}

// logIn opens a session, compares the certificate and logs in.
func (s *scene) logIn(d conformance.Driver, slot ck.SlotID) (ck.SessionHandle, ck.RV) {
	h, rv := hostproc.Open(d, slot)
	if rv != ck.CKR_OK {
		return h, rv
	}
	certificate, rv := hostproc.Certificate(d, h)
	if rv != ck.CKR_OK {
		return h, rv
	}
	if !slices.Equal(certificate, s.CertDER) {
		s.complain("another certificate: %d bytes", len(certificate))
	}
	if rv = hostproc.Login(d, h, s.PIN); rv == ck.CKR_USER_ALREADY_LOGGED_IN {
		rv = ck.CKR_OK
	}
	return h, rv
}

// sign signs, and verifies with the standard library.
func (s *scene) sign(d conformance.Driver, h ck.SessionHandle, data []byte) ck.RV {
	signature, rv := hostproc.Sign(d, h, data)
	if rv == ck.CKR_OK && signature == nil {
		return ck.CKR_USER_NOT_LOGGED_IN // no key to be seen
	}
	if rv != ck.CKR_OK {
		return rv
	}
	if err := hostproc.Verify(s.PublicKey(), data, signature); err != nil {
		s.complain("a wrong signature: %v", err)
	}
	return rv
}

// works has the host find the card in a slot, log in and sign.
func (s *scene) works(slot ck.SlotID) ck.SessionHandle {
	s.Helper()
	slots, rv := hostproc.Slots(s.main, true)
	require.Equal(s, ck.CKR_OK, rv)
	require.Equal(s, []ck.SlotID{slot}, slots)
	h, rv := s.logIn(s.main, slot)
	require.Equal(s, ck.CKR_OK, rv)
	require.Equal(s, ck.CKR_OK, s.sign(s.main, h, []byte("dati")))
	return h
}

// gone checks that the host sees a slot without a card, and that a session of
// the card that was there has ended.
func (s *scene) gone(slot ck.SlotID, h ck.SessionHandle) {
	s.Helper()
	ended := []ck.RV{ck.CKR_SESSION_HANDLE_INVALID, ck.CKR_DEVICE_REMOVED}
	// Calls that come in bursts do not ask the service each time.
	require.Eventually(s, func() bool {
		return slices.Contains(ended, s.main.Call("C_GetSessionInfo", h, &conformance.SessionInfo{}))
	}, noticed, pace, "the session has ended")
	require.Contains(s, ended, s.sign(s.main, h, []byte("dati")))
	require.Contains(s, ended, hostproc.Login(s.main, h, s.PIN))
	s.empty(slot)
}

// empty checks that a slot is there and has no token.
func (s *scene) empty(slot ck.SlotID) {
	s.Helper()
	var info conformance.SlotInfo
	require.Equal(s, ck.CKR_OK, s.main.Call("C_GetSlotInfo", slot, &info))
	require.Zero(s, ck.Flags(info.Flags)&ck.CKF_TOKEN_PRESENT)
	require.Equal(s, ck.CKR_TOKEN_NOT_PRESENT, s.main.Call("C_GetTokenInfo", slot, &conformance.TokenInfo{}))
	_, rv := hostproc.Open(s.main, slot)
	require.Equal(s, ck.CKR_TOKEN_NOT_PRESENT, rv)
	slots, rv := hostproc.Slots(s.main, true)
	require.Equal(s, ck.CKR_OK, rv)
	require.Empty(s, slots)
	slots, rv = hostproc.Slots(s.main, false)
	require.Equal(s, ck.CKR_OK, rv)
	require.Contains(s, slots, slot, "a slot never goes")
}

// open is what is open at host and service.
type open struct {
	host    hostproc.Census
	service int // descriptors
	handles int // connections to cards
}

func (s *scene) open() open {
	s.Helper()
	host, err := hostproc.Take(s.host.PID())
	require.NoError(s, err)
	service, err := s.Service().Descriptors()
	require.NoError(s, err)
	states, err := s.Service().States()
	require.NoError(s, err)
	handles := 0
	for _, state := range states {
		handles += state.Handles
	}
	return open{host, service, handles}
}

// leaks compares with what was open before, in the same state of affairs.
func (s *scene) leaks(before open) {
	s.Helper()
	_, _ = hostproc.Slots(s.main, false) // a card that has gone is closed by the next look
	var now open
	// The service closes a client's connection a moment after the client.
	require.Eventually(s, func() bool {
		now = s.open()
		return now.service <= before.service && now.handles <= before.handles && now.host.Descriptors <= before.host.Descriptors
	}, patience, pace, "before %+v", before)
	s.Logf("before: %v, service %d descriptors, %d PC/SC handles; after: %v, %d, %d", before.host, before.service, before.handles,
		now.host, now.service, now.handles)
	require.LessOrEqual(s, now.host.Threads, before.host.Threads+4, "the Go runtime may start some")
	require.LessOrEqual(s, now.host.Resident, before.host.Resident+8192, "KiB")
}
