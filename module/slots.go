// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"
	"time"

	"tscns/cardos"
	"tscns/module/ck"
)

// slotsPerReader is how many slots a reader has: one for each PIN that a card of
// this driver can have.
const slotsPerReader = 2

// slot is one identity of whatever card is in a reader: identity 0 is the
// authentication certificate with its PIN, identity 1 a digital-signature
// certificate with its own. A slot never goes away and never changes its ID.
// Every reader has both from the start, so that the numbers do not depend on
// which cards were looked at, and a host that lists slots once in its life, as
// NSS does, has the slot of a signature key before its card is put in.
type slot struct {
	id       ck.SlotID
	reader   *reader
	identity int
	event    bool // for C_WaitForSlotEvent, guarded by library.mu
}

// slot finds a slot by its ID. The caller holds mu.
func (l *library) slot(id ck.SlotID) (*slot, error) {
	if id >= ck.SlotID(len(l.slots)) {
		return nil, ck.CKR_SLOT_ID_INVALID
	}
	return l.slots[id], nil
}

// findSlot returns the library and a slot of it.
func (m *Module) findSlot(id ck.SlotID) (*library, *slot, error) {
	l, err := m.library()
	if err != nil {
		return nil, nil, err
	}
	l.mu.Lock()
	s, err := l.slot(id)
	listed := l.listed
	l.mu.Unlock()
	if err == nil || listed {
		return l, s, err
	}
	// A host may know the number from before C_Finalize, or from its
	// configuration, and ask for no list.
	if err := l.enumerate(true); err != nil {
		return nil, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err = l.slot(id)
	return l, s, err
}

// tokenPresent reports whether a card is in the slot that is recognised, or,
// for the first identity, may be: nobody looks at a card for this question.
// The caller holds mu.
func (s *slot) tokenPresent() bool {
	r := s.reader
	switch {
	case !r.present, r.mute, r.foreign:
		return false
	case r.inserted != nil:
		return s.identity < len(r.inserted.tokens)
	}
	return s.identity == 0 && !r.busy.resting(time.Now())
}

// enumerate asks the service for the readers, and gives slots to those that have
// none where the list is to be made anew, or never was.
func (l *library) enumerate(anew bool) error {
	if err := l.refresh(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !anew && l.listed {
		return nil
	}
	l.listed = true
	for _, state := range l.known {
		if l.readerNamed(state.Name) == nil {
			l.applyTo(l.addReader(state.Name), state, true)
		}
	}
	return nil
}

// GetSlotList is C_GetSlotList (PKCS #11 3.1, section 5.5.1). The set of
// slots changes only when refresh is set (the caller gave a NULL list) and at
// the first call, and then it only grows: hosts such as NSS keep slot IDs for
// ever. There are always the slots of one reader, empty without one, so that a
// host has something to watch.
//
// The list of all slots waits for no card. That of the slots with a token is
// true whatever was called before: cards that nobody looked at yet are looked
// at, one after the other, by the commands that the C_GetTokenInfo to follow
// would send.
func (m *Module) GetSlotList(tokenPresent, refresh bool) ([]ck.SlotID, error) {
	l, err := m.library()
	if err != nil {
		return nil, err
	}
	if err := l.enumerate(refresh); err != nil {
		return nil, err
	}
	if tokenPresent {
		l.lookAtNewCards()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]ck.SlotID, 0, len(l.slots))
	for _, s := range l.slots {
		if !tokenPresent || s.reader.inserted != nil && s.tokenPresent() {
			list = append(list, s.id)
		}
	}
	return list, nil
}

// newCard reports whether a card is in the reader that nobody looked at yet. The
// caller holds mu.
func (r *reader) newCard() bool {
	return r.present && !r.mute && !r.foreign && r.inserted == nil
}

// lookAtNewCards looks at the cards that nobody looked at yet.
func (l *library) lookAtNewCards() {
	l.mu.Lock()
	var fresh []*slot
	for _, r := range l.readers {
		if r.newCard() {
			fresh = append(fresh, r.slots[0])
		}
	}
	l.mu.Unlock()
	for _, s := range fresh {
		if _, err := l.token(s); err != nil {
			l.m.trace("card in slot %d: %v", s.id, err)
		}
	}
}

// lookAtSecondToken looks at a card that nobody looked at yet for the sake of a
// slot past the first: whether that has a token shows in nothing else. It leaves
// out a reader that another thread uses, which is about to find out.
func (l *library) lookAtSecondToken(s *slot) {
	l.mu.Lock()
	look := s.identity > 0 && s.reader.newCard()
	l.mu.Unlock()
	if !look || !s.reader.io.TryLock() {
		return
	}
	l.release(s.reader)
	if _, err := l.token(s); err != nil {
		l.m.trace("card in slot %d: %v", s.id, err)
	}
}

// signatureSlot marks the slots of signature keys.
const signatureSlot = " (firma)"

// GetSlotInfo is C_GetSlotInfo (5.5.2). Hosts poll it, so it touches no card
// but one that nobody looked at yet, and that for a second token alone. The slot
// is always removable hardware, or NSS would give up an empty one for ever.
func (m *Module) GetSlotInfo(id ck.SlotID) (SlotInfo, error) {
	l, s, err := m.findSlot(id)
	if err != nil {
		return SlotInfo{}, err
	}
	if err := l.refresh(); err != nil {
		return SlotInfo{}, err
	}
	l.lookAtSecondToken(s)
	l.mu.Lock()
	defer l.mu.Unlock()
	info := SlotInfo{
		Description:    cutReader(s.reader.name, 64),
		ManufacturerID: "tscns",
		Flags:          ck.CKF_REMOVABLE_DEVICE | ck.CKF_HW_SLOT,
	}
	if info.Description == "" {
		info.Description = "No smart card reader"
	}
	if s.identity > 0 {
		// Hosts that switch slots on and off do it by this name.
		info.Description = cutReader(s.reader.name, 64-len(signatureSlot)) + signatureSlot
	}
	if s.tokenPresent() {
		info.Flags |= ck.CKF_TOKEN_PRESENT
	}
	return info, nil
}

// WaitForSlotEvent is C_WaitForSlotEvent (5.5.4), in slices of milliseconds.
// A card that was there at the first look is no event.
func (m *Module) WaitForSlotEvent(slice int) (ck.SlotID, error) {
	l, err := m.library()
	if err != nil {
		return 0, err
	}
	if id, err := l.event(); err == nil || slice <= 0 || !errors.Is(err, ck.CKR_NO_EVENT) {
		return id, err
	}
	l.mu.Lock()
	t, known := l.transport, l.known
	l.mu.Unlock()
	if t == nil {
		return 0, ck.CKR_NO_EVENT
	}
	// No lock is held and the wait is not counted by enter: C_Finalize closes
	// the transport, which ends it.
	if _, err := t.Wait(known, time.Duration(slice)*time.Millisecond); err != nil {
		m.trace("waiting for a slot event: %v", err)
	}
	return l.event()
}

// event takes a pending event.
func (l *library) event() (ck.SlotID, error) {
	if err := l.refresh(); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.slots {
		if s.event {
			s.event = false
			return s.id, nil
		}
	}
	return 0, ck.CKR_NO_EVENT
}

// token returns the token in a slot, looking at the card if nobody did since
// it was put in. One look is enough for a card that is not recognised.
func (l *library) token(s *slot) (*token, error) {
	if err := l.refresh(); err != nil {
		return nil, err
	}
	t, looked, err := l.seenToken(s)
	if looked {
		return t, err
	}
	return l.recognise(s)
}

// seenToken returns what is known of the card in a slot; looked is false
// where the card must be looked at first.
func (l *library) seenToken(s *slot) (t *token, looked bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := s.reader
	switch {
	case l.closed:
		return nil, true, ck.CKR_CRYPTOKI_NOT_INITIALIZED
	case !r.present:
		return nil, true, ck.CKR_TOKEN_NOT_PRESENT
	case r.mute, r.foreign:
		return nil, true, ck.CKR_TOKEN_NOT_RECOGNIZED
	case r.inserted == nil && r.busy.resting(time.Now()):
		return nil, true, ck.CKR_TOKEN_NOT_RECOGNIZED
	case r.inserted == nil:
		return nil, false, nil
	case s.identity >= len(r.inserted.tokens):
		return nil, true, ck.CKR_TOKEN_NOT_PRESENT
	}
	return r.inserted.tokens[s.identity], true, nil
}

// maxAttempts bounds how often a card that fails while it is recognised is
// tried again before it is taken out.
const maxAttempts = 3

func (l *library) recognise(s *slot) (*token, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	r := s.reader
	r.io.Lock()
	defer l.release(r)
	// Somebody else may have done it while this call waited.
	if t, looked, err := l.seenToken(s); looked {
		return t, err
	}
	begin := time.Now()
	l.mu.Lock()
	if r.silent.resting(begin) {
		l.mu.Unlock()
		return nil, ck.CKR_TOKEN_NOT_RECOGNIZED
	}
	transport, name, turn := l.transport, r.name, r.insertions
	r.attempts++
	if r.attempts > maxAttempts {
		r.foreign = true
	}
	foreign := r.foreign
	l.mu.Unlock()
	if foreign {
		return nil, ck.CKR_TOKEN_NOT_RECOGNIZED
	}
	ins, err := l.look(transport, name)
	if err != nil {
		l.m.trace("looking at the card in %q: %v", name, err)
		l.mu.Lock()
		defer l.mu.Unlock()
		rv := onSlot(err)
		switch {
		case r.insertions != turn:
		case errors.Is(err, cardos.ErrNotRecognized):
			r.foreign = true
		case errors.Is(err, cardos.ErrCardMute):
			r.attempts--
			r.foreign = r.silent.add(begin, time.Now())
		case errors.Is(err, cardos.ErrInUse), errors.Is(err, cardos.ErrCardReset):
			r.attempts--
			r.busy.until = time.Now().Add(busyPause)
		case errors.Is(rv, ck.CKR_TOKEN_NOT_PRESENT):
			r.attempts--
		}
		return nil, rv
	}
	l.mu.Lock()
	if r.insertions != turn || l.closed {
		ins.dead = true
		r.dead = append(r.dead, deadCard{ins.card, r.insertions != turn})
	} else {
		r.recognised(ins)
	}
	l.mu.Unlock()
	t, looked, err := l.seenToken(s)
	if !looked {
		err = ck.CKR_TOKEN_NOT_PRESENT
	}
	return t, err
}

// look opens and reads a card. It holds reader.io and no other lock.
func (l *library) look(t cardos.Transport, reader string) (_ *insertion, err error) {
	if t == nil {
		return nil, cardos.ErrNoService
	}
	c, err := l.m.openCard(t, reader)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			if e := c.Close(); e != nil {
				l.m.trace("closing a card: %v", e)
			}
		}
	}()
	identities, err := c.Identities()
	if err != nil {
		return nil, err
	}
	if len(identities) == 0 {
		return nil, cardos.ErrNotRecognized
	}
	ins := &insertion{card: c, info: c.Info(), pinPad: l.usablePINPad(c)}
	for i := range identities[:min(len(identities), slotsPerReader)] {
		t, err := l.newToken(ins, i, &identities[i])
		if err != nil {
			return nil, err
		}
		ins.tokens = append(ins.tokens, t)
	}
	l.m.trace("card in %q recognised: %s, family %s", reader, ins.info.Profile, ins.info.Family)
	return ins, nil
}
