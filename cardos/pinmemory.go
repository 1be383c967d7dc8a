// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"tscns/cardos/secmem"
	"tscns/cardos/store"
)

// blockedFor is how long no PIN is sent after the card reported that it is
// blocked. Later it may have been unblocked elsewhere, at a counter or by
// another program, and a PIN that is still blocked has no try to lose.
const blockedFor = 10 * time.Minute

// pinMemory is what is known of the PINs of a card: the tries left, and which
// PINs were accepted. What speaks for fewer than all tries is kept for all
// programs of the user, under the name of the card. Its mutex is never held
// while the card is used, so that tries are reported beside a call in progress.
type pinMemory struct {
	mu       sync.Mutex
	records  PINRecords
	name     string             // "" until the certificates of the card are known
	own      *store.TriesRecord // in place of a record without a name
	full     []int              // all tries of each PIN, 0 where not known
	reported []int              // the same as the card reported it, else 0
	told     []counters         // what the card reported here and is not kept: full counters
	accepted []*secmem.Buffer   // what each PIN of a card with several accepted last
	now      func() time.Time
}

// counters are what is known of the tries left of a PIN and its PUK.
type counters struct{ pin, puk Tries }

func newPINMemory(records PINRecords, pins []PIN) *pinMemory {
	m := &pinMemory{records: records, own: &store.TriesRecord{}, told: make([]counters, len(pins)),
		reported: make([]int, len(pins)), accepted: make([]*secmem.Buffer, len(pins)), now: time.Now}
	for _, p := range pins {
		m.full = append(m.full, p.Spec.MaxTries)
	}
	return m
}

// identify names the card by a certificate, so that what is known of its PINs
// can be kept.
func (m *pinMemory) identify(certificate []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.name = store.TriesRecordName(certificate)
}

// cardName returns the name of the card, "" until its certificates are known.
func (m *pinMemory) cardName() string {
	if m == nil {
		return ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.name
}

// load returns the record, with an entry for each PIN. The caller holds mu.
func (m *pinMemory) load() *store.TriesRecord {
	r := &store.TriesRecord{Differ: m.own.Differ, PINs: m.own.PINs}
	if m.name != "" {
		if kept, err := store.DecodeTriesRecord(m.records.Load(m.name)); err == nil {
			r = kept
		}
	}
	pins := make([]store.PINTries, len(m.full))
	copy(pins, r.PINs)
	r.PINs = pins
	return r
}

// update changes the record; one that stays the same is not written. The caller
// holds mu.
func (m *pinMemory) update(change func(r *store.TriesRecord)) {
	r := m.load()
	before := r.Encode()
	change(r)
	after := r.Encode()
	if bytes.Equal(before, after) {
		return
	}
	if m.name == "" {
		m.own = r
		return
	}
	m.records.Save(m.name, after)
}

// secretKind is one of the two secrets of an identity.
type secretKind int

const (
	pinSecret secretKind = iota
	pukSecret
)

// of returns the counter of a secret in a record, and in what this program was
// told. The caller holds mu.
func (k secretKind) of(kept *store.PINTries, told *counters) (*store.TriesLeft, *Tries) {
	if k == pukSecret {
		return &kept.PUK, &told.puk
	}
	return &kept.PIN, &told.pin
}

// fullOf returns all tries of a secret, 0 where not known.
func (m *pinMemory) fullOf(identity int, k secretKind) int {
	if k == pukSecret {
		return 0
	}
	if m.full[identity] == 0 {
		return m.reported[identity]
	}
	return m.full[identity]
}

// learn takes over what the outcome of a presented secret shows of its counter.
// A success fills it. Without an answer it may or may not have cost a try: what
// was known of the last one stays known.
func (m *pinMemory) learn(identity int, k secretKind, t *Tx, outcome error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	full := m.fullOf(identity, k)
	var refusal *PINError
	refused := errors.As(outcome, &refusal)
	if outcome != nil && !t.unanswered && !refused {
		return
	}
	m.update(func(r *store.TriesRecord) {
		kept, told := k.of(&r.PINs[identity], &m.told[identity])
		switch {
		case outcome == nil:
			*kept, *told = store.TriesLeft{}, Tries{Known: full > 0, Left: full}
		case t.unanswered:
			*told = Tries{}
			*kept = store.TriesLeft{Known: kept.Known && kept.Left <= 1, Left: kept.Left, Refused: oneMore(kept.Refused), Reported: kept.Reported}
		default:
			*told = Tries{}
			*kept = m.left(refusal.Tries, oneMore(kept.Refused))
		}
	})
}

// left is what is kept of a counter.
func (m *pinMemory) left(t Tries, refused int) store.TriesLeft {
	return store.TriesLeft{Known: t.Known, Left: t.Left, Refused: refused, Reported: m.now().Unix()}
}

func oneMore(refused int) int { return min(refused+1, store.MaxRefused) }

// report takes over a counter that the card was asked for.
func (m *pinMemory) report(identity int, k secretKind, t Tries) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k == pinSecret && t.Known {
		m.reported[identity] = t.Max
	}
	t.Max = 0 // see tries
	full := m.fullOf(identity, k)
	m.update(func(r *store.TriesRecord) {
		kept, told := k.of(&r.PINs[identity], &m.told[identity])
		*told = Tries{}
		switch {
		case !t.Known:
			kept.Known = kept.Known && kept.Left <= 1
		case full > 0 && t.Left >= full:
			*kept, *told = store.TriesLeft{}, t
		case full == 0 && t.Left > 1 && *kept == store.TriesLeft{}:
			*told = t
		case kept.Known && kept.Left == t.Left && t.Left > 0:
		default:
			*kept = m.left(t, kept.Refused)
		}
	})
}

// tries returns what is known of the tries left. The record of all programs comes
// first: whatever this program learnt of fewer tries is in it, too.
func (m *pinMemory) tries(identity int) (pin, puk Tries) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if identity < 0 || identity >= len(m.full) {
		return Tries{}, Tries{}
	}
	r := m.load()
	pin, puk = m.known(r, identity, pinSecret), m.known(r, identity, pukSecret)
	if pin.Known {
		pin.Max = m.reported[identity]
	}
	return pin, puk
}

// known returns what is known of one counter. Cards that report none of a refusal
// leave it to be counted: after as many as leave one try the next may be the
// last. The caller holds mu.
func (m *pinMemory) known(r *store.TriesRecord, identity int, k secretKind) Tries {
	kept, told := k.of(&r.PINs[identity], &m.told[identity])
	full := m.fullOf(identity, k)
	switch {
	case kept.Known:
		return Tries{Known: true, Left: kept.Left}
	case kept.Refused > 0 && full > 0 && kept.Refused >= full-1:
		return Tries{Known: true, Left: 1} // if not fewer
	case kept.Refused > 0:
		return Tries{}
	}
	return *told
}

// refused reports whether a PIN or PUK was refused since one was accepted.
func (m *pinMemory) refused(identity int) (pin, puk bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if identity < 0 || identity >= len(m.full) {
		return false, false
	}
	p := &m.load().PINs[identity]
	return p.PIN.Refused > 0, p.PUK.Refused > 0
}

// exhausted reports whether a PIN of which no counter is known was refused as
// often as it has tries.
func (m *pinMemory) exhausted(identity int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if identity < 0 || identity >= len(m.full) {
		return false
	}
	kept, full := m.load().PINs[identity].PIN, m.fullOf(identity, pinSecret)
	return !kept.Known && full > 0 && kept.Refused >= full
}

// maySend returns a refusal without asking the card: where it reported that the
// PIN or PUK is blocked, and where the PIN is one that another PIN of the card
// accepted in this program, and the two are known to differ.
func (m *pinMemory) maySend(identity int, k secretKind, secret Secret) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.load()
	kept, _ := k.of(&r.PINs[identity], &m.told[identity])
	if kept.Known && kept.Left == 0 && m.now().Sub(time.Unix(kept.Reported, 0)).Abs() < blockedFor {
		return &PINError{Tries: Tries{Known: true}}
	}
	if k == pinSecret && r.Differ && m.acceptedByAnother(identity, secret) {
		return &PINError{Tries: m.known(r, identity, k)}
	}
	return nil
}

func (m *pinMemory) acceptedByAnother(identity int, pin Secret) bool {
	for i, a := range m.accepted {
		if i != identity && len(pin) > 0 && subtle.ConstantTimeCompare(a.Bytes(), pin) == 1 {
			return true
		}
	}
	return false
}

// compare remembers a PIN that was accepted, on a card with several, and that two
// PINs differ where one was refused that another accepted.
func (m *pinMemory) compare(identity int, pin Secret, outcome error) {
	if len(m.full) < 2 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case outcome == nil:
		m.accepted[identity].Free()
		m.accepted[identity] = secmem.Copy(pin)
	case errors.Is(outcome, ErrPINIncorrect) && m.acceptedByAnother(identity, pin):
		m.update(func(r *store.TriesRecord) { r.Differ = true })
	}
}

// renewed forgets what was known of a PIN that is another one now, or that a
// person has tried.
func (m *pinMemory) renewed(identity int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accepted[identity].Free()
	m.accepted[identity] = nil
	m.update(func(r *store.TriesRecord) { r.Differ = false })
}

// wipe ends the memory of PINs, not that of tries.
func (m *pinMemory) wipe() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, a := range m.accepted {
		a.Free()
		m.accepted[i] = nil
	}
}
