// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"fmt"
	"sync"

	"tscns/cardos/certificate"
	"tscns/cardos/store"
)

// PINRecords keeps, for all programs of a user, what came of presenting PINs to
// cards: the tries left, and where nothing states the form of the command the
// forms that were tried. What it gives back
// is not trusted. Its methods may be called from several goroutines; they are
// called while a transaction keeps other programs off the card, so that a
// program sees what the one before it kept.
type PINRecords interface {
	// Load returns what is kept under a name of 64 hexadecimal digits, nil for
	// nothing.
	Load(name string) []byte
	// Save keeps a blob under a name, in place of what was kept there; an empty
	// one takes that away. It has taken effect when it returns.
	Save(name string, blob []byte)
}

// memoryRecords are the records of one [Card] without others.
type memoryRecords struct {
	mu    sync.Mutex
	blobs map[string][]byte
}

func (m *memoryRecords) Load(name string) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.blobs[name]
}

func (m *memoryRecords) Save(name string, blob []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blobs[name] = blob
}

// UnprovenError reports a PIN in a form that this card has never accepted: it
// may be the form that is wrong, and not the PIN. It wraps [ErrUnproven].
type UnprovenError struct {
	Sent bool // the PIN of this call was sent, and refused
	// Tries is what the card reported last of the tries left, of the PIN that
	// the form names: which may be another than that of the key.
	Tries Tries
}

// Error implements error.
func (e *UnprovenError) Error() string {
	what := "not sent"
	if e.Sent {
		what = "refused"
	}
	if !e.Tries.Known {
		return fmt.Sprintf("%v: %s", ErrUnproven, what)
	}
	return fmt.Sprintf("%v: %s, %d tries left", ErrUnproven, what, e.Tries.Left)
}

// Unwrap returns [ErrUnproven].
func (e *UnprovenError) Unwrap() error { return ErrUnproven }

// Retry is what a person decided after an [UnprovenError].
type Retry int

// The ways to go on.
const (
	NoRetry   Retry = iota
	SameForm        // the PIN may have been mistyped
	OtherForm       // it was right, so that the form was not
)

// Unproven is what is known of a PIN whose form nothing states.
type Unproven struct {
	// Stopped: a PIN was refused in a form that the card has never accepted,
	// and [Card.VerifyPIN] sends none any more.
	Stopped bool
	// Refused is how many were, as far as it is remembered.
	Refused int
	// Tries is the least that the card reported of the tries left. Two forms
	// may name one PIN, so the least holds for all.
	Tries Tries
	// LastTry: one form names a PIN with a single try left, so that not even a
	// person's decision sends one.
	LastTry bool
}

// UnprovenIn returns what a record says.
func UnprovenIn(r *store.PINRecord) (u Unproven) {
	if r.Accepted != nil {
		return u
	}
	u.Stopped, u.Refused = len(r.Refused) > 0, len(r.Refused)
	for _, x := range r.Refused {
		if x.Counted && (!u.Tries.Known || x.Left < u.Tries.Left) {
			u.Tries = Tries{Known: true, Left: x.Left}
		}
		u.LastTry = u.LastTry || x.Counted && x.Left == 1
	}
	return u
}

// Unproven returns what is known of the PIN of an identity whose form nothing
// states, from what is kept: the card is not asked. It is zero for other PINs,
// and where there is no key.
func (c *Card) Unproven(identity int) Unproven {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead != nil || identity < 0 || identity >= len(c.identities) || len(c.identities[identity].Keys) == 0 {
		return Unproven{}
	}
	return UnprovenIn(c.pinRecord(c.identities[identity].Keys[0].Certificate))
}

// VerifyUnproven is [Card.VerifyPIN] after a person, who saw what
// [Card.Unproven] says, decided how to go on. It sends the PIN even where
// VerifyPIN has stopped or holds the PIN for blocked, but in a form that is a
// guess not on the last try that is known. Where there is no other form it
// returns ErrNoKnownForm.
func (c *Card) VerifyUnproven(identity int, pin Secret, how Retry) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.verify(identity, pin, how)
	if err == nil {
		c.pinMemory.renewed(identity)
	}
	return err
}

func (c *Card) pinRecord(cert *certificate.Certificate) *store.PINRecord {
	r, err := store.DecodePINRecord(c.pinRecords.Load(store.PINRecordName(cert.Raw)))
	if err != nil {
		return &store.PINRecord{}
	}
	return r
}

// Retry returns what a person decided: [NoRetry] unless the PIN was typed for
// [Card.VerifyUnproven].
func (t *Tx) Retry() Retry { return t.retry }

// PINRecord returns what came of PINs that were presented to the card with this
// certificate, by any program of the user.
func (t *Tx) PINRecord(cert *certificate.Certificate) *store.PINRecord { return t.card.pinRecord(cert) }

// KeepPINRecord keeps it for the next transaction of any program.
func (t *Tx) KeepPINRecord(cert *certificate.Certificate, r *store.PINRecord) {
	var blob []byte
	if r.Accepted != nil || len(r.Refused) > 0 {
		blob = r.Encode()
	}
	t.card.pinRecords.Save(store.PINRecordName(cert.Raw), blob)
}
