// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"

	"tscns/cardos"
	"tscns/cardos/secmem"
	"tscns/module/ck"
)

// SetPIN is C_SetPIN (5.5.9): it changes the user PIN, from a public or a
// user session. The PUK cannot be changed by the holder. Two NULL PINs have the
// reader ask for both, where that has a PIN pad.
func (m *Module) SetPIN(h ck.SessionHandle, old, new []byte) error {
	oldPIN, newPIN := cardos.Secret(old), cardos.Secret(new)
	defer oldPIN.Wipe()
	defer newPIN.Wipe()
	l, s, err := m.freshSession(h)
	if err != nil {
		return err
	}
	l.mu.Lock()
	so := s.token.user == loggedInSO
	l.mu.Unlock()
	switch {
	case !s.rw:
		return ck.CKR_SESSION_READ_ONLY
	case (old == nil) != (new == nil), old == nil && !l.pinPadOf(s.token).Verify:
		return ck.CKR_ARGUMENTS_BAD
	case so, old == nil && !l.pinPadOf(s.token).Modify:
		return ck.CKR_FUNCTION_NOT_SUPPORTED
	case old == nil:
		return l.changeOnPINPad(s)
	}
	return l.use(s, func(c card) error {
		id := s.token.identity
		if err := c.CheckPIN(id, newPIN); err != nil {
			return err
		}
		if err := l.checkPIN(c, s.token, oldPIN); err != nil {
			return err
		}
		return l.changed(c, s.token, noCommand(c.ChangePIN(id, oldPIN, newPIN)))
	})
}

// changed notes the outcome of a change of the PIN, and returns it for the host.
func (l *library) changed(c card, t *token, err error) error {
	l.mu.Lock()
	t.notePIN(err)
	t.logins.note(nil, err)
	l.mu.Unlock()
	if err == nil {
		l.forgetUnused(c, t.inserted)
	}
	return onPIN(err)
}

// noCommand has a card without a command that is known for it answer as one that
// cannot do it.
func noCommand(err error) error {
	if errors.Is(err, cardos.ErrNoKnownForm) {
		return ck.CKR_FUNCTION_NOT_SUPPORTED
	}
	return err
}

func (l *library) changeOnPINPad(s *session) error {
	return l.use(s, func(c card) error {
		err := c.ChangePINOnPad(s.token.identity)
		if errors.Is(err, cardos.ErrPINLength) {
			return err // which of the two, the reader does not tell
		}
		return l.changed(c, s.token, err)
	})
}

// InitPIN is C_InitPIN (5.5.8): it sends the PUK that CKU_SO gave together
// with the new PIN, which unblocks the PIN. The PUK is wiped once the card has
// answered, so that another C_InitPIN takes another login; one that the card
// refuses ends the SO login.
func (m *Module) InitPIN(h ck.SessionHandle, pin []byte) error {
	newPIN := cardos.Secret(pin)
	defer newPIN.Wipe()
	l, s, err := m.freshSession(h)
	if err != nil {
		return err
	}
	l.mu.Lock()
	err = s.token.needUser(loggedInSO)
	l.mu.Unlock()
	if err != nil {
		return err
	}
	if pin == nil {
		return ck.CKR_ARGUMENTS_BAD
	}
	return l.use(s, func(c card) error {
		if err := c.CheckPIN(s.token.identity, newPIN); err != nil {
			return err
		}
		if err := noCommand(l.unblock(c, s.token, newPIN)); err != nil {
			return onPIN(err)
		}
		l.forgetUnused(c, s.token.inserted)
		return nil
	})
}

func (l *library) unblock(c card, t *token, newPIN cardos.Secret) error {
	l.mu.Lock()
	puk := secmem.Copy(t.puk.Bytes()) // a logout may wipe it meanwhile
	err := t.needUser(loggedInSO)
	if err == nil && t.puk == nil {
		err = ck.CKR_USER_NOT_LOGGED_IN
	}
	l.mu.Unlock()
	defer puk.Free()
	if err != nil {
		return err
	}
	err = c.UnblockPIN(t.identity, puk.Bytes(), newPIN)
	l.mu.Lock()
	defer l.mu.Unlock()
	t.pukImpossible = impossible(t.pukImpossible, err)
	switch {
	case err == nil:
		t.puk.Free()
		t.puk = nil
		t.pinImpossible = false
		t.logins.forget()
	case refused(err):
		t.logout()
	}
	return err
}
