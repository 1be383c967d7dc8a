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

// patience is how long the calls of the service may take.
type patience struct {
	// listing: calls that the service answers from its memory.
	listing time.Duration
	// turn: calls that wait while another program holds a transaction, or
	// power up the card.
	turn time.Duration
	// command: one command of a card. A card that asks for more time again
	// and again takes seconds; readers give up after some.
	command time.Duration
	// keypad: a person types a PIN at the reader, which ends that by itself
	// (libccid waits 90 seconds for a reader that does not).
	keypad time.Duration
}

var usualPatience = patience{listing: 5 * time.Second, turn: 10 * time.Second, command: 60 * time.Second,
	keypad: 100 * time.Second}

// errLeft is a call that went on for longer than its deadline and was left.
var errLeft = errors.New("pcsc: no answer within the deadline")

// service is what all connections of a transport have in common.
type service struct {
	patience patience
	// stuck counts the calls that were left although nothing but the service
	// could keep them: while there are some it is not asked anything else.
	stuck atomic.Int32

	mu sync.Mutex
	// joining holds the readers to which a connection is still being made
	// that was left: another program holds the card.
	joining map[string]bool
}

// noAnswer is the error of a call that was left.
func noAnswer(d time.Duration) error {
	return fmt.Errorf("%w: %w (%v)", cardos.ErrNoService, errLeft, d)
}

func (s *service) establish(open func() (serviceContext, error)) (*patientContext, error) {
	if s.stuck.Load() > 0 {
		return nil, noAnswer(s.patience.listing)
	}
	var ctx serviceContext
	t := start(func() (err error) {
		serviceLock.Lock()
		defer serviceLock.Unlock()
		ctx, err = open()
		return err
	})
	err := s.memory(t, s.patience.listing, func(err error) {
		if err == nil {
			quietRelease(ctx)
		}
	})
	if err != nil {
		return nil, err
	}
	return &patientContext{service: s, inner: ctx}, nil
}

// memory waits for a call that the service answers from its memory. Where it
// was left, late runs at its end.
func (s *service) memory(t *task, d time.Duration, late func(error)) error {
	if t.wait(d, func(err error) {
		late(err)
		s.stuck.Add(-1)
	}) {
		return t.err
	}
	s.stuck.Add(1)
	return noAnswer(d)
}

// quietRelease closes a service connection, under the lock that a fork of the
// process waits for.
func quietRelease(ctx serviceContext) {
	serviceLock.Lock()
	defer serviceLock.Unlock()
	_ = ctx.Release()
}

// patientContext is a service connection whose calls have deadlines. After one
// that was left it is of no use; it is closed when that call ends.
type patientContext struct {
	service *service
	inner   serviceContext
	left    atomic.Bool
}

// ask makes a call that the service answers from its memory within d.
func (c *patientContext) ask(d time.Duration, fn func() error) error {
	if c.left.Load() {
		return noAnswer(d)
	}
	err := c.service.memory(start(fn), d, func(error) { quietRelease(c.inner) })
	if errors.Is(err, errLeft) {
		c.left.Store(true)
	}
	return err
}

// Snapshot is snapshot, in one call.
func (c *patientContext) Snapshot(tag string) ([]scard.ReaderState, error) {
	var got []scard.ReaderState
	err := c.ask(c.service.patience.listing, func() (err error) {
		got, err = snapshot(c.inner, tag)
		return err
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

// GetStatusChange fills in states; a call that was left has states of its own.
func (c *patientContext) GetStatusChange(states []scard.ReaderState, timeout time.Duration) error {
	mine := slices.Clone(states)
	err := c.ask(timeout+c.service.patience.listing, func() error { return c.inner.GetStatusChange(mine, timeout) })
	if !errors.Is(err, errLeft) {
		copy(states, mine)
	}
	return err
}

// Cancel ends a GetStatusChange in progress. Where the service is stuck it
// cannot be told to.
func (c *patientContext) Cancel() error {
	if c.left.Load() || c.service.stuck.Load() > 0 {
		return nil
	}
	return c.service.memory(start(c.inner.Cancel), c.service.patience.listing, func(error) {})
}

// Release closes the connection, in the background where the service is stuck.
func (c *patientContext) Release() error {
	if c.left.Swap(true) {
		return nil
	}
	t := start(func() error { quietRelease(c.inner); return nil })
	if c.service.stuck.Load() > 0 {
		return nil
	}
	return c.service.memory(t, c.service.patience.listing, func(error) {})
}

// Connect waits for its turn while another program holds a transaction; then
// the card is ErrInUse, and stays so until that attempt has ended.
func (c *patientContext) Connect(reader string, mode scard.ShareMode, proto scard.Protocol) (*patientCard, error) {
	s := c.service
	if !s.joins(reader) {
		return nil, fmt.Errorf("%w: an earlier attempt still waits", cardos.ErrInUse)
	}
	var card serviceCard
	t := start(func() (err error) {
		card, err = c.inner.Connect(reader, mode, proto)
		return err
	})
	ended := t.wait(s.patience.turn, func(err error) {
		if err == nil {
			_ = card.Disconnect(scard.LeaveCard)
		}
		quietRelease(c.inner)
		s.joined(reader)
	})
	if !ended {
		c.left.Store(true)
		return nil, inUse(s.patience.turn)
	}
	s.joined(reader)
	if t.err != nil {
		return nil, t.err
	}
	return &patientCard{context: c, inner: card}, nil
}

func inUse(d time.Duration) error {
	return fmt.Errorf("%w: %w (%v)", cardos.ErrInUse, errLeft, d)
}

// joins notes that a connection to a reader is being made, unless one is.
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
