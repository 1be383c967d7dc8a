// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"
	"sync"
	"time"

	"tscns/cardos"
	"tscns/module/ck"
)

// library is the state between C_Initialize and C_Finalize.
//
// Locks, in the order in which they may be taken: poll, reader.io,
// session.mu, mu. Only poll and reader.io are held during calls to the smart
// card service, and only reader.io during calls to a card.
type library struct {
	m *Module

	// poll serialises looking at the readers, so that an older answer never
	// overwrites a newer one.
	poll sync.Mutex

	// mu guards everything below and in readers, slots, insertions and
	// tokens. It is held for a few instructions at a time.
	mu        sync.Mutex
	transport cardos.Transport
	closed    bool
	users     int // calls in progress that may use the service or a card
	readers   []*reader
	slots     []*slot
	sessions  map[ck.SessionHandle]*session
	known     []cardos.ReaderState // the last answer of the service
	looked    bool                 // the readers were looked at once
	listed    bool                 // their slots were listed once
	lookedAt  time.Time            // last
}

// reader is a card reader, known by its PC/SC name. It stays when the reader
// is unplugged, and is found again by its name.
type reader struct {
	// io serialises the card in the reader and is held during its I/O.
	io sync.Mutex

	name    string // "" while no reader ever took this place
	slots   []*slot
	here    bool // the service lists it
	present bool // a card is in it
	mute    bool
	events  uint32
	// insertions changes whenever the card is another one, or none.
	insertions uint
	inserted   *insertion // the recognised card, nil before it was looked at
	changed    bool       // it was put in while the library watched
	attempts   int        // failed looks at the card
	busy       busyCard   // whether another program had the card
	silent     muteCard   // looks that it did not answer
	foreign    bool       // looked at, and not recognised
	dead       []deadCard // to be closed by whoever holds io next
}

// deadCard is a card that nobody uses any more.
type deadCard struct {
	card     card
	replaced bool // another card may be in its place
}

// insertion is a recognised card, from its insertion to its removal.
type insertion struct {
	card   card
	info   cardos.Info
	tokens []*token
	dead   bool
	pinPad cardos.Pad // of the reader; guarded by library.mu
}

func newLibrary(m *Module) *library {
	l := &library{m: m, sessions: map[ck.SessionHandle]*session{}}
	l.addReader("")
	return l
}

// enter counts a call that may use the service or a card. Every enter is
// followed by a leave.
func (l *library) enter() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ck.CKR_CRYPTOKI_NOT_INITIALIZED
	}
	l.users++
	return nil
}

// leave ends what enter began. The last call to leave a closed library frees
// what it held.
func (l *library) leave() {
	l.mu.Lock()
	l.users--
	last := l.closed && l.users == 0
	l.mu.Unlock()
	if last {
		l.free()
	}
}

// close ends all sessions at once and frees the cards and the service, now
// or, where a call is still blocked on a card, when that call is over.
func (l *library) close() {
	l.mu.Lock()
	l.closed = true
	clear(l.sessions)
	last := l.users == 0
	l.mu.Unlock()
	if last {
		l.free()
	}
}

// free forgets PINs, closes the cards and the service connection, and so
// wakes a C_WaitForSlotEvent in progress. Nobody else uses them any more.
func (l *library) free() {
	l.mu.Lock()
	t := l.transport
	l.transport = nil
	readers := l.readers
	l.mu.Unlock()
	if t != nil {
		defer func() {
			if err := t.Close(); err != nil {
				l.m.trace("closing the smart card service: %v", err)
			}
		}()
	}
	for _, r := range readers {
		l.freeReader(r)
	}
}

func (l *library) freeReader(r *reader) {
	r.io.Lock()
	defer l.release(r)
	l.mu.Lock()
	ins := r.inserted
	l.drop(r, false)
	l.mu.Unlock()
	if ins != nil {
		if err := ins.card.Forget(); err != nil {
			l.m.trace("logging out at the end: %v", err)
		}
	}
}

// refresh asks the service, from its memory, which readers and cards there
// are. Without a service there are none.
func (l *library) refresh() error {
	if err := l.enter(); err != nil {
		return err
	}
	defer l.leave()
	l.poll.Lock()
	defer l.poll.Unlock()
	asked := time.Now()
	states, err := l.readerStates()
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.apply(states)
	l.lookedAt = asked
	l.mu.Unlock()
	l.sweep()
	return nil
}

// lookedLately reports whether the service was asked so recently that a call on
// a session need not ask again: 70 microseconds each time, and NSS makes
// hundreds of searches in a row. The service itself looks at a reader a few
// times a second.
func (l *library) lookedLately() bool {
	if l.m.config.Lately == 0 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.lookedAt) < l.m.config.Lately
}

func (l *library) readerStates() ([]cardos.ReaderState, error) {
	t, err := l.service()
	if err != nil {
		l.m.trace("opening the smart card service: %v", err)
		return nil, nil
	}
	states, err := t.Readers()
	switch {
	case err == nil:
		return states, nil
	case errors.Is(err, cardos.ErrNoService), errors.Is(err, cardos.ErrNoReader):
		return nil, nil
	}
	// Something passing: what was known stays.
	l.m.trace("listing the readers: %v", err)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known, nil
}

// service returns the connection to the service, opened at the first call.
// The caller holds poll.
func (l *library) service() (cardos.Transport, error) {
	l.mu.Lock()
	t := l.transport
	l.mu.Unlock()
	if t != nil {
		return t, nil
	}
	if l.m.config.Open == nil {
		return nil, cardos.ErrNoService
	}
	t, err := l.m.config.Open()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.transport = t
	l.mu.Unlock()
	return t, nil
}

// apply updates the readers with their states. A card whose event counter moved was
// taken out in between, even where a card is in the reader both times.
// The caller holds mu.
func (l *library) apply(states []cardos.ReaderState) {
	l.known = states
	for _, r := range l.readers {
		now := cardos.ReaderState{Name: r.name}
		listed := false
		for _, s := range states {
			if s.Name == r.name && r.name != "" {
				now, listed = s, true
			}
		}
		l.applyTo(r, now, listed)
	}
	// The place kept while no reader was there goes to the first one that
	// comes, without a new list: hosts that never ask again find it there.
	if free := l.readers[0]; free.name == "" {
		for _, s := range states {
			if l.readerNamed(s.Name) == nil {
				free.name = s.Name
				l.applyTo(free, s, true)
				break
			}
		}
	}
	l.looked = true
}

func (l *library) applyTo(r *reader, now cardos.ReaderState, listed bool) {
	r.here = listed
	changed := r.present != now.Present || (now.Present && r.events != now.Events)
	if changed {
		l.m.trace("reader %q: card present %t", r.name, now.Present)
		// Where the service does not answer, or the reader is not there, no
		// other card can be in this one's place: it is closed, not abandoned, and a
		// service that only hung drops our PIN.
		l.drop(r, listed)
		r.insertions++
		r.foreign, r.attempts, r.silent, r.busy = false, 0, muteCard{}, busyCard{}
		if r.changed = l.looked; r.changed {
			r.slots[0].event = true
		}
	}
	r.present, r.mute = now.Present, now.Mute
	if listed {
		r.events = now.Events
	}
}

func (l *library) readerNamed(name string) *reader {
	for _, r := range l.readers {
		if r.name == name {
			return r
		}
	}
	return nil
}

func (l *library) addReader(name string) *reader {
	r := &reader{name: name}
	l.readers = append(l.readers, r)
	for range slotsPerReader {
		s := &slot{id: ck.SlotID(len(l.slots)), reader: r, identity: len(r.slots)}
		l.slots = append(l.slots, s)
		r.slots = append(r.slots, s)
	}
	return r
}

// recognised takes over the card in a reader. A token past the first shows only
// now; one of a card that was there at the first look is no event. The caller
// holds mu.
func (r *reader) recognised(ins *insertion) {
	r.inserted, r.attempts, r.silent, r.busy = ins, 0, muteCard{}, busyCard{}
	for i := 1; i < len(ins.tokens); i++ {
		r.slots[i].event = r.slots[i].event || r.changed
	}
}

// drop ends what was known of the card in a reader: its sessions, objects
// and login. replaced: another card may be in its place. The caller
// holds mu.
func (l *library) drop(r *reader, replaced bool) {
	ins := r.inserted
	if ins == nil {
		return
	}
	r.inserted = nil
	for i := 1; i < len(ins.tokens); i++ {
		r.slots[i].event = true
	}
	ins.dead = true
	r.dead = append(r.dead, deadCard{ins.card, replaced})
	for _, t := range ins.tokens {
		for h := range t.sessions {
			delete(l.sessions, h)
		}
		t.sessions = nil
		t.logout()
	}
}

// sweep closes the cards that were dropped, except where a call is still
// busy with one: that call closes it when it ends.
func (l *library) sweep() {
	l.mu.Lock()
	var dead []*reader
	for _, r := range l.readers {
		if len(r.dead) > 0 {
			dead = append(dead, r)
		}
	}
	l.mu.Unlock()
	for _, r := range dead {
		if r.io.TryLock() {
			l.release(r)
		}
	}
}

// release closes the dropped cards of a reader and unlocks its io.
func (l *library) release(r *reader) {
	for {
		l.closeDead(r)
		l.mu.Lock()
		more := len(r.dead) > 0
		l.mu.Unlock()
		// One that was dropped after the look and before the unlock.
		if !more || !r.io.TryLock() {
			return
		}
	}
}

func (l *library) closeDead(r *reader) {
	defer r.io.Unlock()
	l.mu.Lock()
	dead := r.dead
	r.dead = nil
	l.mu.Unlock()
	for _, d := range dead {
		end := d.card.Close
		if d.replaced {
			end = d.card.Abandon
		}
		if err := end(); err != nil {
			l.m.trace("closing a card: %v", err)
		}
	}
}
