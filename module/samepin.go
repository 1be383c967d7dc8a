// SPDX-License-Identifier: Apache-2.0

package module

import (
	"crypto/subtle"

	"tscns/cardos"
	"tscns/cardos/secmem"
)

// waitingLogins are the logins to one token that wait for their turn at the
// card, and the PINs that were refused meanwhile. A login whose very PIN was
// refused while it waited is answered the same, and its PIN is not sent: eight
// threads of a host with one wrong PIN cost one try. Guarded by library.mu.
type waitingLogins struct {
	waiting int
	// turn counts refusals; refused are those since somebody began to wait.
	turn    int
	refused []refusedPIN
}

// refusedPIN is a PIN that was refused; it is wiped as soon as nobody waits.
type refusedPIN struct {
	turn int
	pin  *secmem.Buffer
	err  error
}

// begin counts a login that waits, and returns the turn that it began in.
func (w *waitingLogins) begin() (turn int) {
	w.waiting++
	return w.turn
}

// end takes a login out. The last one wipes the PINs.
func (w *waitingLogins) end() {
	if w.waiting--; w.waiting == 0 {
		w.forget()
	}
}

// forget wipes the PINs.
func (w *waitingLogins) forget() {
	for _, r := range w.refused {
		r.pin.Free()
	}
	w.refused = nil
}

// answered returns the refusal of the same PIN since a turn, nil for none.
func (w *waitingLogins) answered(pin cardos.Secret, turn int) error {
	for _, r := range w.refused {
		if r.turn > turn && subtle.ConstantTimeCompare(r.pin.Bytes(), pin) == 1 {
			return r.err
		}
	}
	return nil
}

// note keeps a refused PIN for those who wait; whatever sets a PIN ends what was
// known.
func (w *waitingLogins) note(pin cardos.Secret, err error) {
	switch {
	case err == nil:
		w.forget()
	case pin != nil && w.waiting > 1 && refused(err):
		w.turn++
		w.refused = append(w.refused, refusedPIN{w.turn, secmem.Copy(pin), err})
	}
}

// presentInTurn waits for the card and presents a PIN, unless it was refused
// meanwhile. mayPresent is asked before, and done told the outcome, both with
// the card to themselves.
func (l *library) presentInTurn(s *session, pin cardos.Secret, mayPresent func() error, done func(error)) error {
	t := s.token
	l.mu.Lock()
	turn := t.logins.begin()
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		t.logins.end()
	}()
	return l.use(s, func(c card) error {
		if err := mayPresent(); err != nil {
			return err
		}
		l.mu.Lock()
		err := t.logins.answered(pin, turn)
		l.mu.Unlock()
		if err == nil {
			err = l.presentPIN(c, t, pin)
			l.mu.Lock()
			t.logins.note(pin, err)
			l.mu.Unlock()
		}
		done(err)
		return onPIN(err)
	})
}
