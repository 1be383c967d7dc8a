// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

const patience = 20 * time.Second

// pause is how long the library leaves a card alone that did not answer while
// it was recognised.
const pause = 100 * time.Millisecond

var reader = pcscd.ReaderName(0, 0)

// Fixture is where a scene is played.
type Fixture interface {
	// NewCard puts a card in that nobody has looked at, and waits until the
	// service sees it.
	NewCard() error
	// Card is the card of the fixture, in the reader or not.
	Card() *Card
	// User is the program.
	User() *User
	// Arm has a fault happen at command n from now; 0 is none. Disarm takes
	// that back and says how many commands there were.
	Arm(n int, f Fault)
	Disarm() int
	// TakeOut takes the card out.
	TakeOut()
	// Restore makes all whole again after a fault: the card in the
	// reader, the service running.
	Restore() error
	// Leaks says what is open that should not be, while the program runs.
	Leaks() error
}

// ServiceFixture is a fixture with a PC/SC service, a reader, a host and another program
// of its own.
type ServiceFixture struct {
	tools   *hostproc.Tools
	module  string // path of the library
	family  simcard.Family
	service *pcscd.Service
	slot    *vpcd.Reader
	other   *hostproc.Other
	host    *hostproc.Host
	user    *User
	card    *Card
	issued  int // cards so far
	runtime string

	mu     sync.Mutex
	killed bool
	out    bool
	hungUp bool           // the card, and it is back
	frozen bool           // the service
	held   bool           // the card, by another program
	silent chan struct{}  // closed to end the silence
	resets sync.WaitGroup // of other programs, under way

	fresh  hostproc.Census // of a host before C_Initialize
	empty  hostproc.Census // of a service that nobody uses
	Limits Limits

	// What the host had more at its end than before C_Initialize.
	MoreThreads int
	Grown       int64 // KiB
}

// Limits are how long things may take.
type Limits struct {
	Call time.Duration // usual calls
	Hang time.Duration // then a call counts as hanging
}

var errStart = errors.New("faults: the host does not start")

// NewServiceFixture starts one that ends with the test, or skips the test where the PC/SC
// service is not installed.
func NewServiceFixture(t *testing.T, tools *hostproc.Tools, module string, family simcard.Family, limits Limits) *ServiceFixture {
	t.Helper()
	l := &ServiceFixture{tools: tools, module: module, family: family, Limits: limits, runtime: filepath.Join(t.TempDir(), "runtime")}
	require.NoError(t, os.Mkdir(l.runtime, 0o700))
	l.service = kit.Service(t, t.TempDir(), pcscd.Options{Readers: 1})
	l.slot = vpcd.New(l.service.Slot(0, 0))
	t.Cleanup(func() {
		l.slot.Close()
		if l.other != nil {
			l.other.Stop()
		}
		if l.host != nil {
			_ = l.host.Stop()
		}
	})
	require.NoError(t, l.began())
	require.NoError(t, l.startHost())
	return l
}

// began takes the census of a service that has just started, and starts
// another program for it.
func (l *ServiceFixture) began() (err error) {
	if l.empty, err = hostproc.Take(l.service.PID()); err != nil {
		return err
	}
	if l.other != nil {
		l.other.Stop()
	}
	l.other, err = l.tools.Other(reader, l.service.Env()...)
	return err
}

func (l *ServiceFixture) startHost() error {
	var err error
	l.host, err = l.tools.Start(hostproc.Options{Library: l.module, Env: l.Env(), Limit: l.Limits.Hang})
	if err != nil {
		return err
	}
	if l.user, err = NewUser(l.family); err != nil {
		return err
	}
	l.user.D = l.host.Line()
	if rv := l.user.D.Call("C_GetInfo", nil); rv != ck.CKR_CRYPTOKI_NOT_INITIALIZED { // it is up
		return fmt.Errorf("%w: C_GetInfo before C_Initialize: %w", errStart, rv)
	}
	if l.fresh, err = hostproc.Take(l.host.PID()); err != nil {
		return err
	}
	if rv := hostproc.Initialize(l.user.D); rv != ck.CKR_OK {
		return fmt.Errorf("%w: C_Initialize: %w", errStart, rv)
	}
	return nil
}

// Env is the environment of programs: the service, and a directory of their
// own for what they remember of cards.
func (l *ServiceFixture) Env() []string {
	return append(l.service.Env(), "XDG_RUNTIME_DIR="+l.runtime)
}

// NewCard implements Fixture.
func (l *ServiceFixture) NewCard() error {
	card, err := IssueCard(l.family, l.issued)
	if err != nil {
		return err
	}
	l.issued++
	l.card, l.out = card, true
	return l.Restore()
}

// Card implements Fixture.
func (l *ServiceFixture) Card() *Card { return l.card }

// User implements Fixture.
func (l *ServiceFixture) User() *User { return l.user }

// Arm implements Fixture.
func (l *ServiceFixture) Arm(at int, f Fault) {
	if f.Before != nil {
		f.Before(l)
	}
	l.card.SetHook(func(n int, next func() []byte) []byte {
		if n != at {
			return next()
		}
		answer := f.Play(l, next)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.hungUp = answer == nil
		return answer
	})
}

// Disarm implements Fixture.
func (l *ServiceFixture) Disarm() int { return l.card.SetHook(nil) }

// Restore implements Fixture.
func (l *ServiceFixture) Restore() error {
	l.unfreeze()
	l.resets.Wait()
	l.mu.Lock()
	killed, out := l.killed, l.out
	l.killed, l.out = false, false
	l.mu.Unlock()
	if killed {
		if err := l.restart(); err != nil {
			return err
		}
	}
	if out {
		l.slot.Remove()
		if err := l.service.WaitCard(reader, false, patience); err != nil {
			return err
		}
		l.slot.Insert(l.card)
	}
	return l.settled()
}

// settled waits until the service knows the card. One that hung up is accepted
// when the driver asks for it at its next poll, within 0.4 s.
func (l *ServiceFixture) settled() error {
	asked, end := l.card.Asked(), time.Now().Add(patience)
	for l.hungUp && l.card.Asked() == asked && time.Now().Before(end) {
		time.Sleep(5 * time.Millisecond)
	}
	if l.hungUp {
		time.Sleep(2 * pause)
	}
	l.hungUp = false
	// In between the service may take it for a card that does not answer.
	return l.service.Wait(time.Until(end), func(states []pcscd.State) bool {
		for _, s := range states {
			if s.Name == reader {
				return s.Present && !s.Mute && len(s.ATR) > 0
			}
		}
		return false
	})
}

// handlesOf is how many connections to the card a program has.
const handlesOf = 1

// Leaks implements Fixture. A call that was left gives back what it has a moment
// later.
func (l *ServiceFixture) Leaks() error { return eventually(leftCalls, l.leaks) }

// eventually returns nil as soon as a check succeeds, or its error in the end.
func eventually(limit time.Duration, check func() error) error {
	for end := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		if err := check(); err == nil || time.Now().After(end) {
			return err
		}
	}
}

// leftCalls is how long a call of the PC/SC library that was left may take to
// end once the service works again.
const leftCalls = 5 * time.Second

func (l *ServiceFixture) leaks() error {
	states, err := l.service.States()
	if err != nil {
		return err
	}
	for _, s := range states {
		if s.Name == reader && s.Handles > handlesOf {
			return fmt.Errorf("%d connections to the card", s.Handles)
		}
	}
	now, err := hostproc.Take(l.host.PID())
	if err != nil {
		return err
	}
	// A connection for the list of readers and one for the card, and the lock of a
	// login.
	if now.Descriptors > l.fresh.Descriptors+3 {
		return fmt.Errorf("the host has %v, before C_Initialize %v", now, l.fresh)
	}
	return nil
}

// EndHost finalises the library, ends the host and compares what is left, in
// the host and in the service, with what was there before.
func (l *ServiceFixture) EndHost(threads int) error {
	if rv := hostproc.Finalize(l.user.D); rv != ck.CKR_OK {
		return fmt.Errorf("C_Finalize: %w; %w", rv, errors.Join(l.host.Err()))
	}
	now, err := hostproc.Take(l.host.PID())
	if err != nil {
		return err
	}
	l.Grown = now.Resident - l.fresh.Resident
	l.MoreThreads = now.Threads - l.fresh.Threads
	if now.Descriptors > l.fresh.Descriptors || now.Threads > l.fresh.Threads+threads {
		return fmt.Errorf("the host has %v at the end, %v at the start", now, l.fresh)
	}
	if err := l.host.Stop(); err != nil {
		return err
	}
	return l.Unused()
}

// Unused waits until the service has nothing left of its clients: it notices
// that one is gone a moment later.
func (l *ServiceFixture) Unused() error {
	return eventually(patience, func() error {
		states, err := l.service.States()
		if err != nil {
			return err
		}
		now, err := hostproc.Take(l.service.PID())
		handles := 0
		for _, s := range states {
			handles += s.Handles
		}
		// The card's own connection to the driver may be open or not yet.
		if err == nil && (handles > 0 || now.Sockets > l.empty.Sockets+1) {
			err = fmt.Errorf("pcscd has %d handles and %v, at its start %v", handles, now, l.empty)
		}
		return err
	})
}

// restart starts the service again, after it ended.
func (l *ServiceFixture) restart() error {
	if err := l.service.Restart(); err != nil {
		return err
	}
	return l.began()
}

// Renew starts host and service again, after a scenario that went wrong.
func (l *ServiceFixture) Renew() error {
	_ = l.host.Stop()
	l.unfreeze()
	l.KillService()
	l.out, l.card = false, nil
	l.slot.Remove()
	l.resets.Wait()
	l.killed = false
	if err := l.restart(); err != nil {
		return err
	}
	return l.startHost()
}

// Service returns the PC/SC service of the fixture.
func (l *ServiceFixture) Service() *pcscd.Service { return l.service }

// Host returns the host of the fixture.
func (l *ServiceFixture) Host() *hostproc.Host { return l.host }

// HostErr says why the host is gone, nil while it lives.
func (l *ServiceFixture) HostErr() error { return l.host.Err() }
