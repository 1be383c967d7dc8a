// SPDX-License-Identifier: Apache-2.0

// Package simreader is a smart card service in process: cardos.Transport over
// simulated cards, with readers that come and go, other programs that reset
// the card or hold it, a service that stops, and faults on demand.
//
// It behaves as PC/SC does (PC/SC part 5; pcsc-lite where that is open), and is
// strict where a driver could be careless: a command outside a transaction, a
// second Begin or an End without one are errors that no real caller should see.
package simreader

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"tscns/cardos"
)

// Card is what a reader powers and talks to; simcard implements it. The
// methods of one card are called by one goroutine at a time, but for ATR.
type Card interface {
	ATR() []byte
	Power(on bool)
	Reset()
	Transmit(command []byte) []byte
}

// Service is a smart card service with its readers. Its methods play the world
// around a program: people, other programs, the operating system. They may be
// called from any goroutine.
type Service struct {
	mu      sync.Mutex
	running bool
	epoch   int // counts starts
	readers []*reader
	changed chan struct{} // closed at every change, then replaced
	stats   Stats
}

// Stats counts what the programs did since the start.
type Stats struct {
	Connects     int
	Transactions int
	Commands     int // command APDUs that reached a reader
	Resets       int // by cardos.Conn.Reset
	Waits        int
	Lists        int // calls of Readers
}

// reader is a reader and the card in it.
type reader struct {
	name   string
	gone   bool // unplugged
	card   Card
	mute   bool
	events uint32

	// stay is one insertion; closed when the card leaves.
	stay  chan struct{}
	reset int // counts the resets of this card in this stay

	// owner holds the transaction: a *conn, or a token of another program.
	owner     any
	exclusive bool
	conns     int
	pad       *Pad

	fault    func(n int, command []byte) Fault
	commands int
}

// NewService starts a service with empty readers.
func NewService(names ...string) *Service {
	s := &Service{running: true, changed: make(chan struct{})}
	for _, name := range names {
		s.AddReader(name)
	}
	return s
}

// change wakes whoever waits; s.mu is held.
func (s *Service) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// find returns a reader that is plugged in; s.mu is held.
func (s *Service) find(name string) *reader {
	for _, r := range s.readers {
		if r.name == name {
			return r
		}
	}
	return nil
}

// must is find for the methods that play the world, where a wrong name is a
// mistake in the test.
func (s *Service) must(name string) *reader {
	r := s.find(name)
	if r == nil {
		panic(fmt.Sprintf("simreader: no reader %q", name))
	}
	return r
}

// AddReader plugs a reader in, after the others.
func (s *Service) AddReader(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.find(name) != nil {
		panic(fmt.Sprintf("simreader: two readers %q", name))
	}
	s.readers = append(s.readers, &reader{name: name})
	s.change()
}

// RemoveReader unplugs a reader with the card in it.
func (s *Service) RemoveReader(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.must(name)
	r.gone = true
	r.take()
	s.readers = slices.DeleteFunc(s.readers, func(other *reader) bool { return other == r })
	s.change()
}

// Insert puts a card into a reader, taking out the one that is there.
func (s *Service) Insert(name string, c Card) { s.insert(name, c, false) }

// InsertMute puts a card in that does not answer: upside down, or broken.
func (s *Service) InsertMute(name string) { s.insert(name, nil, true) }

func (s *Service) insert(name string, c Card, mute bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.must(name)
	if r.take() {
		r.events++
	}
	r.card, r.mute, r.stay, r.reset = c, mute, make(chan struct{}), 0
	r.events++
	if c != nil {
		c.Power(true)
	}
	s.change()
}

// Remove takes the card out; a command in progress fails.
func (s *Service) Remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(s.must(name))
}

func (s *Service) remove(r *reader) {
	if r.take() {
		r.events++
		s.change()
	}
}

// take ends the stay of the card and says whether there was one.
func (r *reader) take() bool {
	if r.stay == nil {
		return false
	}
	close(r.stay)
	if r.card != nil {
		r.card.Power(false)
	}
	r.card, r.mute, r.stay, r.owner, r.exclusive = nil, false, nil, nil, false
	return true
}

// ResetByOther lets another program reset the card, as soon as no transaction
// is open.
func (s *Service) ResetByOther(name string) {
	release := s.HoldTransaction(name)
	s.mu.Lock()
	if r := s.must(name); r.card != nil {
		r.card.Reset()
		r.reset++
	}
	s.mu.Unlock()
	release()
}

// HoldTransaction lets another program open a transaction, waiting for its
// turn; Begin of the others blocks until release is called.
func (s *Service) HoldTransaction(name string) (release func()) {
	token := new(byte)
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.must(name)
	for r.owner != nil {
		s.pause()
	}
	r.owner = token
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.owner == token {
			r.owner = nil
			s.change()
		}
	}
}

// HoldExclusive lets another program connect exclusively: Connect answers
// ErrInUse until release is called. It panics while a program is connected, as
// the service refuses it then.
func (s *Service) HoldExclusive(name string) (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.must(name)
	if r.conns > 0 {
		panic("simreader: exclusive access to a card that is in use")
	}
	r.exclusive = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		r.exclusive = false
		s.change()
	}
}

// StopService ends the service: every connection is lost.
func (s *Service) StopService() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = false
	for _, r := range s.readers {
		r.owner, r.exclusive, r.conns = nil, false, 0
	}
	s.change()
}

// StartService starts the service again. As pcscd does, it finds the cards in
// their readers, powers them anew and counts events from zero.
func (s *Service) StartService() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = true
	s.epoch++
	for _, r := range s.readers {
		r.events = 0
		if r.stay != nil {
			close(r.stay)
			r.stay, r.reset = make(chan struct{}), 0
		}
		if r.card != nil {
			r.card.Power(true)
		}
	}
	s.change()
}

// SetFault installs a hook that is asked before every command to the card in a
// reader; n counts commands from 1 since SetFault. nil removes it.
func (s *Service) SetFault(name string, hook func(n int, command []byte) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.must(name)
	r.fault, r.commands = hook, 0
}

// Stats returns the counters and sets them to zero.
func (s *Service) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	s.stats = Stats{}
	return stats
}

// InTransaction tells whether a program holds a transaction in a reader.
func (s *Service) InTransaction(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.must(name).owner != nil
}

// Connections returns the number of open connections to a reader.
func (s *Service) Connections(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.must(name).conns
}

// pause waits for a change; s.mu is held before and after.
func (s *Service) pause() {
	changed := s.changed
	s.mu.Unlock()
	<-changed
	s.mu.Lock()
}

// states is the table of readers; s.mu is held.
func (s *Service) states() []cardos.ReaderState {
	states := make([]cardos.ReaderState, 0, len(s.readers))
	for _, r := range s.readers {
		state := cardos.ReaderState{Name: r.name, Present: r.stay != nil, Mute: r.mute, Events: r.events & 0xFFFF}
		if r.card != nil {
			state.ATR = r.card.ATR()
		}
		states = append(states, state)
	}
	return states
}

func same(a, b []cardos.ReaderState) bool {
	return slices.EqualFunc(a, b, func(x, y cardos.ReaderState) bool {
		return x.Name == y.Name && x.Present == y.Present && x.Mute == y.Mute &&
			x.Events == y.Events && bytes.Equal(x.ATR, y.ATR)
	})
}
