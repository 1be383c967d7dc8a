// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ebfe/scard"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
)

// short is the timeouts of these tests; soon is what returns at once.
const (
	short = 60 * time.Millisecond
	soon  = 40 * time.Millisecond
)

// gate holds up whoever passes while it is shut.
type gate struct {
	mu   sync.Mutex
	shut chan struct{}
	held int // how many wait, or did since the gate was shut
}

func (g *gate) close() { g.mu.Lock(); g.shut, g.held = make(chan struct{}), 0; g.mu.Unlock() }
func (g *gate) open()  { g.mu.Lock(); close(g.shut); g.shut = nil; g.mu.Unlock() }
func (g *gate) pass() {
	g.mu.Lock()
	shut := g.shut
	g.held++
	g.mu.Unlock()
	if shut != nil {
		<-shut
	}
}

func (g *gate) waiting() int { g.mu.Lock(); defer g.mu.Unlock(); return g.held }

// slow is a service whose calls stop at gates, one for each kind.
type slow struct {
	establish, list, status, connect, begin, rejoin, transmit, end gate

	mu    sync.Mutex
	calls []string
	begun []error
}

func (s *slow) note(call string) { s.mu.Lock(); s.calls = append(s.calls, call); s.mu.Unlock() }
func (s *slow) count(call string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if c == call {
			n++
		}
	}
	return n
}

func (s *slow) transport() *Transport {
	t := New()
	t.service.timeouts = timeouts{listing: short, turn: short, command: short}
	t.establish = func() (serviceContext, error) {
		s.establish.pass()
		s.note("establish")
		return slowContext{s}, nil
	}
	return t
}

type slowContext struct{ *slow }

func (s slowContext) ListReaders() ([]string, error) { s.list.pass(); return []string{"A"}, nil }
func (s slowContext) GetStatusChange(states []scard.ReaderState, _ time.Duration) error {
	s.status.pass()
	states[0].EventState = scard.StatePresent
	return nil
}
func (s slowContext) Connect(string, scard.ShareMode, scard.Protocol) (serviceCard, error) {
	s.connect.pass()
	return slowCard(s), nil
}
func (s slowContext) Cancel() error  { s.note("cancel"); return nil }
func (s slowContext) Release() error { s.note("release"); return nil }

type slowCard struct{ *slow }

func (s slowCard) ActiveProtocol() scard.Protocol { return scard.ProtocolT1 }
func (s slowCard) BeginTransaction() error {
	s.begin.pass()
	s.note("begin")
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.begun) > 0 {
		err := s.begun[0]
		s.slow.begun = s.begun[1:]
		return err
	}
	return nil
}
func (s slowCard) EndTransaction(scard.Disposition) error { s.end.pass(); s.note("end"); return nil }
func (s slowCard) Transmit([]byte) ([]byte, error)        { s.transmit.pass(); return []byte{0x90, 0}, nil }
func (s slowCard) Reconnect(_ scard.ShareMode, _ scard.Protocol, d scard.Disposition) error {
	s.rejoin.pass()
	s.note(map[scard.Disposition]string{scard.LeaveCard: "rejoin", scard.ResetCard: "reset"}[d])
	return nil
}
func (s slowCard) Disconnect(d scard.Disposition) error {
	s.note(map[scard.Disposition]string{scard.LeaveCard: "disconnect", scard.ResetCard: "disconnect reset"}[d])
	return nil
}
func (s slowCard) Status() (*scard.CardStatus, error) {
	return &scard.CardStatus{Atr: []byte{0x3B, 0}}, nil
}

func connected(t *testing.T) (*slow, *Transport, cardos.Conn) {
	s := &slow{}
	transport := s.transport()
	c, err := transport.Connect("A")
	require.NoError(t, err)
	return s, transport, c
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 5*time.Second, time.Millisecond, what)
}

// atOnce holds a call to return before any deadline.
func atOnce(t *testing.T, want, got error, began time.Time) {
	t.Helper()
	assert.ErrorIs(t, got, want)
	assert.Less(t, time.Since(began), soon)
}

// Another program's transaction lasts longer than our timeouts, and ends when
// nobody waits: the turn is given back, and the next one works.
func TestTurnThatComesLate(t *testing.T) {
	s, _, c := connected(t)
	s.begin.close()
	began := time.Now()
	assert.ErrorIs(t, c.Begin(), cardos.ErrInUse)
	assert.GreaterOrEqual(t, time.Since(began), short)
	assert.Zero(t, s.count("end"))
	s.begin.open()
	eventually(t, "the turn is given back", func() bool { return s.count("end") == 1 })
	require.NoError(t, c.Begin())
	require.NoError(t, c.End())
	assert.Equal(t, 2, s.count("begin"))
	require.NoError(t, c.Close())
	assert.Equal(t, 1, s.count("disconnect"))
	assert.Equal(t, s.count("establish"), s.count("release"))
}

// Whoever waits again takes the same place in the queue: no second call goes
// to the service, and the turn is not given back under its feet.
func TestTurnTakenUpAgain(t *testing.T) {
	s, _, c := connected(t)
	s.begin.close()
	for range 3 {
		assert.ErrorIs(t, c.Begin(), cardos.ErrInUse)
	}
	assert.Equal(t, 1, s.begin.waiting())
	done := make(chan error)
	go func() { done <- c.Begin() }()
	time.Sleep(short / 4)
	s.begin.open()
	require.NoError(t, <-done)
	assert.Zero(t, s.count("end"))
	require.NoError(t, c.End())
}

// A logout that cannot have its turn resets the card when the turn comes, and
// the next transaction knows of that reset.
func TestResetThatComesLate(t *testing.T) {
	s, _, c := connected(t)
	s.begin.close()
	assert.ErrorIs(t, c.Reset(), cardos.ErrInUse)
	assert.Zero(t, s.count("reset"))
	s.begin.open()
	eventually(t, "the card is reset, then let go", func() bool { return s.count("reset") == 1 && s.count("end") == 1 })
	assert.ErrorIs(t, c.Begin(), cardos.ErrCardReset)
	require.NoError(t, c.Begin())
	require.NoError(t, c.End())
	assert.Equal(t, 1, s.count("reset"))

	// A reset that nobody owes any more is not made up for.
	s.begin.close()
	assert.ErrorIs(t, c.Reset(), cardos.ErrInUse)
	done := make(chan error)
	go func() { done <- c.Begin() }()
	time.Sleep(short / 4)
	s.begin.open()
	require.NoError(t, <-done)
	require.NoError(t, c.End())
	require.NoError(t, c.Close())
	assert.Equal(t, 1, s.count("reset"))
}

// A connection that is closed while it waits for its turn ends after it.
func TestCloseWhileWaitingForTurn(t *testing.T) {
	s, _, c := connected(t)
	s.begin.close()
	assert.ErrorIs(t, c.Begin(), cardos.ErrInUse)
	began := time.Now()
	atOnce(t, nil, c.CloseReset(), began)
	assert.Zero(t, s.count("disconnect reset"))
	s.begin.open()
	eventually(t, "closed", func() bool { return s.count("release") == 1 })
	assert.Equal(t, 1, s.count("disconnect reset"))
	assert.Equal(t, 1, s.count("end"))
}

// Another program resets the card and keeps it: the reset is told however long
// it takes to join in again.
func TestRejoinThatComesLate(t *testing.T) {
	s, _, c := connected(t)
	s.begun = []error{scard.ErrResetCard}
	s.rejoin.close()
	assert.ErrorIs(t, c.Begin(), cardos.ErrInUse)
	s.rejoin.open()
	eventually(t, "joined", func() bool { return s.count("rejoin") == 1 })
	assert.ErrorIs(t, c.Begin(), cardos.ErrCardReset)
	require.NoError(t, c.Begin())
	require.NoError(t, c.End())
}

// A command without an end: the connection is given up at once and for good,
// and closed with a reset when the command ends after all.
func TestCommandThatNeverEnds(t *testing.T) {
	s, _, c := connected(t)
	require.NoError(t, c.Begin())
	s.transmit.close()
	_, err := c.Transmit([]byte{0, 0xB0, 0, 0, 1})
	assert.ErrorIs(t, err, cardos.ErrNoService)
	for range 3 {
		began := time.Now()
		_, err = c.Transmit([]byte{0, 0xB0, 0, 0, 1})
		atOnce(t, cardos.ErrNoService, err, began)
		atOnce(t, cardos.ErrNoService, c.Begin(), began)
		atOnce(t, cardos.ErrNoService, c.End(), began)
		atOnce(t, cardos.ErrNoService, c.Reset(), began)
	}
	assert.Zero(t, s.count("release"))
	require.NoError(t, c.Close())
	s.transmit.open()
	eventually(t, "closed", func() bool { return s.count("release") == 1 })
	assert.Equal(t, 1, s.count("disconnect reset"))
}

// The service is stopped: the first call takes the timeouts, those after it
// nothing, and when it goes on so do we, with nothing leaked.
func TestStuckService(t *testing.T) {
	for name, shut := range map[string]func(*slow) *gate{
		"establish": func(s *slow) *gate { return &s.establish },
		"list":      func(s *slow) *gate { return &s.list },
		"status":    func(s *slow) *gate { return &s.status },
	} {
		t.Run(name, func(t *testing.T) {
			s := &slow{}
			transport := s.transport()
			g := shut(s)
			g.close()
			_, err := transport.Readers()
			assert.ErrorIs(t, err, cardos.ErrNoService)
			began := time.Now()
			_, err = transport.Readers()
			atOnce(t, cardos.ErrNoService, err, began)
			_, err = transport.Wait(nil, time.Hour)
			atOnce(t, cardos.ErrNoService, err, began)
			_, err = transport.Connect("A")
			atOnce(t, cardos.ErrNoService, err, began)
			assert.Equal(t, 1, g.waiting(), "it is asked nothing else")
			g.open()
			eventually(t, "the connection that was left is closed",
				func() bool { return s.count("release") == s.count("establish") && s.count("establish") > 0 })
			eventually(t, "works again", func() bool { _, err := transport.Readers(); return err == nil })
			require.NoError(t, transport.Close())
			assert.Equal(t, s.count("establish"), s.count("release"))
		})
	}
}

// A transport closes at once although the service is stuck.
func TestCloseOfStuckService(t *testing.T) {
	s := &slow{}
	transport := s.transport()
	known, err := transport.Readers()
	require.NoError(t, err)
	s.status.close()
	done := make(chan error)
	go func() { _, err := transport.Wait(known, short); done <- err }()
	_, err = transport.Readers()
	assert.ErrorIs(t, err, cardos.ErrNoService)
	began := time.Now()
	atOnce(t, nil, transport.Close(), began)
	assert.Error(t, <-done)
	s.status.open()
	eventually(t, "all closed", func() bool { return s.count("release") == s.count("establish") })
}

// A logout while the service is known to hang takes no time, and the card is
// reset when the service goes on.
func TestResetOfStuckService(t *testing.T) {
	s, transport, c := connected(t)
	s.list.close()
	_, err := transport.Readers()
	assert.ErrorIs(t, err, cardos.ErrNoService)
	s.begin.close()
	began := time.Now()
	atOnce(t, cardos.ErrNoService, c.Reset(), began)
	atOnce(t, nil, c.Close(), began)
	s.begin.open()
	s.list.open()
	eventually(t, "all closed", func() bool { return s.count("release") == s.count("establish") })
	assert.Equal(t, 1, s.count("disconnect reset"))
}

// While another program keeps us from connecting there is one attempt, not one
// for each that asks; what comes of it too late is closed.
func TestConnectThatComesLate(t *testing.T) {
	s := &slow{}
	transport := s.transport()
	s.connect.close()
	_, err := transport.Connect("A")
	assert.ErrorIs(t, err, cardos.ErrInUse)
	began := time.Now()
	for range 10 {
		_, err = transport.Connect("A")
		atOnce(t, cardos.ErrInUse, err, began)
	}
	assert.Equal(t, 1, s.connect.waiting())
	s.connect.open()
	eventually(t, "closed", func() bool { return s.count("release") == s.count("establish") })
	assert.Equal(t, 1, s.count("disconnect"))
	c, err := transport.Connect("A")
	require.NoError(t, err)
	require.NoError(t, c.Close())
}

// A panic of package scard is an error: nobody else could catch it.
func TestPanicInTheService(t *testing.T) {
	transport := New()
	transport.establish = func() (serviceContext, error) { panic("as Windows without a function") }
	_, err := transport.Readers()
	require.Error(t, err)
	assert.ErrorIs(t, err, cardos.ErrNoService)
	assert.Contains(t, err.Error(), "as Windows")
}

// The watchdog ends when there is nothing to watch.
func TestWatchdogEnds(t *testing.T) {
	_, _, c := connected(t)
	require.NoError(t, c.Close())
	eventually(t, "ended", func() bool {
		stacks := make([]byte, 1<<20)
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "(*watchdog).run")
	})
	_, _, c = connected(t)
	require.NoError(t, c.Close())
}
