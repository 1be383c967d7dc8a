// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ebfe/scard"

	"tscns/cardos"
)

// timeouts are the deadlines of calls to the service.
type timeouts struct {
	// listing is for calls that the service answers without a card.
	listing time.Duration
	// turn is for calls that wait while another program holds a transaction,
	// or that power up the card.
	turn time.Duration
	// exclusive is for a card that another program has for itself.
	exclusive time.Duration
	// command is for one command of a card. A card may ask for more time again
	// and again; readers give up after some seconds.
	command time.Duration
	// keypad is for a person who types a PIN at the reader. Readers have a
	// timeout of their own; libccid gives up after 90 seconds.
	keypad time.Duration
}

var defaultTimeouts = timeouts{listing: 5 * time.Second, turn: 10 * time.Second, exclusive: 3 * time.Second,
	command: 60 * time.Second, keypad: 100 * time.Second}

// errAbandoned is the error of a call that was abandoned at its deadline.
var errAbandoned = errors.New("pcsc: no answer within the deadline")

// service is the state that all connections of a transport share.
type service struct {
	timeouts timeouts
	// stuck counts the abandoned calls that the service should have answered
	// at once. While there are any, the service gets no other calls.
	stuck atomic.Int32

	mu sync.Mutex
	// joining holds the readers with an abandoned SCardConnect in progress:
	// another program holds the card.
	joining map[string]bool
}

// noAnswer returns the error of a call that was abandoned after d.
func noAnswer(d time.Duration) error {
	return fmt.Errorf("%w: %w (%v)", cardos.ErrServiceHangs, errAbandoned, d)
}

func (s *service) establish(open func() (serviceContext, error)) (*timedContext, error) {
	if s.stuck.Load() > 0 {
		return nil, noAnswer(s.timeouts.listing)
	}
	var ctx serviceContext
	t := start(func() (err error) {
		serviceLock.Lock()
		defer serviceLock.Unlock()
		ctx, err = open()
		return err
	})
	err := s.await(t, s.timeouts.listing, func(err error) {
		if err == nil {
			quietRelease(ctx)
		}
	})
	if err != nil {
		return nil, err
	}
	return &timedContext{service: s, inner: ctx}, nil
}

// await waits for a call that the service answers without a card. If the call
// is abandoned, cleanup runs after it.
func (s *service) await(t *task, d time.Duration, cleanup func(error)) error {
	if t.wait(d, func(err error) {
		cleanup(err)
		s.stuck.Add(-1)
	}) {
		return t.err
	}
	s.stuck.Add(1)
	return noAnswer(d)
}

// quietRelease closes a service connection under serviceLock and drops the
// error.
func quietRelease(ctx serviceContext) {
	serviceLock.Lock()
	defer serviceLock.Unlock()
	_ = ctx.Release()
}

// timedContext is a service connection whose calls have deadlines. It becomes
// unusable when a call is abandoned, and is closed after that call.
type timedContext struct {
	service   *service
	inner     serviceContext
	abandoned atomic.Bool
}

// ask makes a call that the service answers without a card, within d.
func (c *timedContext) ask(d time.Duration, fn func() error) error {
	if c.abandoned.Load() {
		return noAnswer(d)
	}
	err := c.service.await(start(fn), d, func(error) { quietRelease(c.inner) })
	if errors.Is(err, errAbandoned) {
		c.abandoned.Store(true)
	}
	return err
}

// Snapshot calls [snapshot] under one deadline.
func (c *timedContext) Snapshot(tag string) ([]scard.ReaderState, error) {
	var got []scard.ReaderState
	err := c.ask(c.service.timeouts.listing, func() (err error) {
		got, err = snapshot(c.inner, tag)
		return err
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

// GetStatusChange fills in states. The call works on a copy, which an abandoned
// call may write to later.
func (c *timedContext) GetStatusChange(states []scard.ReaderState, timeout time.Duration) error {
	mine := slices.Clone(states)
	err := c.ask(timeout+c.service.timeouts.listing, func() error { return c.inner.GetStatusChange(mine, timeout) })
	if !errors.Is(err, errAbandoned) {
		copy(states, mine)
	}
	return err
}

// Cancel ends a GetStatusChange in progress. It does nothing if the service
// hangs.
func (c *timedContext) Cancel() error {
	if c.abandoned.Load() || c.service.stuck.Load() > 0 {
		return nil
	}
	return c.service.await(start(c.inner.Cancel), c.service.timeouts.listing, func(error) {})
}

// Release closes the connection, in the background if the service hangs.
func (c *timedContext) Release() error {
	if c.abandoned.Swap(true) {
		return nil
	}
	t := start(func() error { quietRelease(c.inner); return nil })
	if c.service.stuck.Load() > 0 {
		return nil
	}
	return c.service.await(t, c.service.timeouts.listing, func(error) {})
}

// Connect waits while another program holds a transaction. After the deadline
// it returns [cardos.ErrInUse], and goes on doing so until that attempt ends.
func (c *timedContext) Connect(reader string, mode scard.ShareMode, proto scard.Protocol) (*timedCard, error) {
	s := c.service
	if !s.joins(reader) {
		return nil, fmt.Errorf("%w: an earlier attempt still waits", cardos.ErrInUse)
	}
	var card serviceCard
	t := start(func() (err error) {
		card, err = c.inner.Connect(reader, mode, proto)
		return err
	})
	ended := t.wait(s.timeouts.turn, func(err error) {
		if err == nil {
			_ = card.Disconnect(scard.LeaveCard)
		}
		quietRelease(c.inner)
		s.joined(reader)
	})
	if !ended {
		c.abandoned.Store(true)
		return nil, inUse(s.timeouts.turn)
	}
	s.joined(reader)
	if t.err != nil {
		return nil, t.err
	}
	return &timedCard{context: c, inner: card}, nil
}

func inUse(d time.Duration) error {
	return fmt.Errorf("%w: %w (%v)", cardos.ErrInUse, errAbandoned, d)
}

// joins marks a reader as being connected to and reports whether it was not.
func (s *service) joins(reader string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.joining[reader] {
		return false
	}
	if s.joining == nil {
		s.joining = map[string]bool{}
	}
	s.joining[reader] = true
	return true
}

func (s *service) joined(reader string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.joining, reader)
}
