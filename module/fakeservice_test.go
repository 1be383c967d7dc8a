// SPDX-License-Identifier: Apache-2.0

package module

import (
	"fmt"
	"sync"
	"time"

	"tscns/cardos"
)

// fakeService is a smart card service with readers that the test moves.
type fakeService struct {
	mu      sync.Mutex
	readers []*fakeReader
	down    bool
	closed  bool
	changed chan struct{} // closed at each change
	reads   int           // calls of Readers
}

type fakeReader struct {
	name   string
	card   *fakeCard
	mute   bool
	events uint32
}

func newFakeService() *fakeService { return &fakeService{changed: make(chan struct{})} }

func (s *fakeService) change(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
	close(s.changed)
	s.changed = make(chan struct{})
}

// plug adds a reader, empty.
func (s *fakeService) plug(name string) *fakeReader {
	r := &fakeReader{name: name}
	s.change(func() { s.readers = append(s.readers, r) })
	return r
}

func (s *fakeService) unplug(r *fakeReader) {
	s.change(func() {
		for i := range s.readers {
			if s.readers[i] == r {
				s.readers = append(s.readers[:i], s.readers[i+1:]...)
				break
			}
		}
		if r.card != nil {
			r.card.pull()
		}
	})
}

func (s *fakeService) insert(r *fakeReader, c *fakeCard) {
	s.change(func() { r.card, r.events = c, r.events+1 })
	c.put()
}

func (s *fakeService) remove(r *fakeReader) {
	s.change(func() {
		r.card.pull()
		r.card, r.events = nil, r.events+1
	})
}

func (s *fakeService) setDown(down bool) { s.change(func() { s.down = down }) }

func (s *fakeService) states() ([]cardos.ReaderState, error) {
	switch {
	case s.closed:
		return nil, cardos.ErrClosed
	case s.down:
		return nil, cardos.ErrNoService
	}
	var list []cardos.ReaderState
	for _, r := range s.readers {
		list = append(list, cardos.ReaderState{Name: r.name, Present: r.card != nil || r.mute, Mute: r.mute, Events: r.events})
	}
	return list, nil
}

func (s *fakeService) Readers() ([]cardos.ReaderState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return s.states()
}

func (s *fakeService) Wait(known []cardos.ReaderState, d time.Duration) ([]cardos.ReaderState, error) {
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	for {
		s.mu.Lock()
		now, err := s.states()
		changed := s.changed
		s.mu.Unlock()
		if err != nil || fmt.Sprint(now) != fmt.Sprint(known) {
			return now, err
		}
		select {
		case <-changed:
		case <-deadline.C:
			return now, nil
		}
	}
}

func (s *fakeService) Connect(string) (cardos.Conn, error) { return nil, cardos.ErrNoReader }

func (s *fakeService) Close() error {
	s.change(func() { s.closed = true })
	return nil
}

// openCard stands in for cardos.Open.
func (s *fakeService) openCard(_ cardos.Transport, name string) (card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.readers {
		if r.name == name {
			if r.card == nil {
				return nil, cardos.ErrNoCard
			}
			return r.card.open()
		}
	}
	return nil, cardos.ErrNoReader
}
