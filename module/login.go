// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"

	"tscns/cardos"
	"tscns/cardos/secmem"
	"tscns/module/ck"
)

// Login is C_Login (PKCS #11 3.1, section 5.6.8). CKU_USER presents the PIN
// to the card, once. CKU_SO keeps the PUK, checked for its form only, until
// C_InitPIN sends it; that is how these cards use a PUK. A PIN that cannot be
// one costs no try. A NULL PIN of CKU_USER has the reader ask for it, where that
// has a PIN pad (CKF_PROTECTED_AUTHENTICATION_PATH); a PUK is never asked there,
// since no reader has words for it.
//
// A PIN is sent each time that the host calls, also one that was refused
// before: that is a person's own act. Nothing here repeats one. Threads that give
// one wrong PIN at the same time are one act: it is sent once.
func (m *Module) Login(h ck.SessionHandle, user ck.UserType, pin []byte) error {
	secret := cardos.Secret(pin)
	defer secret.Wipe()
	l, s, err := m.freshSession(h)
	if err != nil {
		return err
	}
	if user != ck.CKU_SO && user != ck.CKU_USER && user != ck.CKU_CONTEXT_SPECIFIC {
		return ck.CKR_USER_TYPE_INVALID
	}
	if pin == nil && (user == ck.CKU_SO || !l.pinPadOf(s.token).Verify) {
		return ck.CKR_ARGUMENTS_BAD
	}
	switch user {
	case ck.CKU_SO:
		return l.loginSO(s, secret)
	case ck.CKU_USER:
		return l.loginUser(s, secret)
	}
	return l.loginContext(s, secret)
}

// LoginUser is C_LoginUser (5.6.9). The token has no named users.
func (m *Module) LoginUser(h ck.SessionHandle, user ck.UserType, pin, username []byte) error {
	if len(username) == 0 {
		return m.Login(h, user, pin)
	}
	defer cardos.Secret(pin).Wipe()
	return m.UnsupportedIn(h)
}

// mayLogin returns an error unless a login may go on. The caller holds mu.
func (t *token) mayLogin(want loginState) error {
	switch t.user {
	case loggedOut:
		return nil
	case want:
		return ck.CKR_USER_ALREADY_LOGGED_IN
	}
	return ck.CKR_USER_ANOTHER_ALREADY_LOGGED_IN
}

func (l *library) checkLogin(s *session, want loginState) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	// Codes of sessions come before the others (5.1.7).
	for _, other := range s.token.sessions {
		if want == loggedInSO && !other.rw {
			return ck.CKR_SESSION_READ_ONLY_EXISTS
		}
	}
	return s.token.mayLogin(want)
}

func (l *library) loginUser(s *session, pin cardos.Secret) error {
	if err := l.checkLogin(s, loggedInUser); err != nil {
		return err
	}
	// Another thread may have logged in while this one waited for the card: its
	// PIN was right, a second one would be sent for nothing.
	mayPresent := func() error { return l.checkLogin(s, loggedInUser) }
	return l.presentInTurn(s, pin, mayPresent, func(err error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		s.token.notePIN(err)
		if err == nil && !s.token.inserted.dead {
			s.token.user = loggedInUser
		}
	})
}

// loginContext presents the PIN for the one operation that waits for it, on a
// key with CKA_ALWAYS_AUTHENTICATE (section 4.9).
func (l *library) loginContext(s *session, pin cardos.Secret) error {
	op := s.waitingForPIN()
	if op == nil {
		return ck.CKR_OPERATION_NOT_INITIALIZED
	}
	if pin != nil && len(pin) == 0 {
		// An NSS host without a password callback gives an empty PIN, and the
		// same one again for ever when it is called incorrect.
		return ck.CKR_ARGUMENTS_BAD
	}
	return l.presentInTurn(s, pin, func() error { return nil }, func(err error) {
		l.mu.Lock()
		s.token.notePIN(err)
		l.mu.Unlock()
		if err == nil {
			s.authenticated(op)
		}
	})
}

func (l *library) loginSO(s *session, puk cardos.Secret) error {
	if err := l.checkLogin(s, loggedInSO); err != nil {
		return err
	}
	if s.token.spec.PUKMaxLength == 0 {
		return ck.CKR_USER_TYPE_INVALID
	}
	return l.use(s, func(c card) error {
		if err := c.CheckPUK(s.token.identity, puk); err != nil {
			l.mu.Lock()
			s.token.pukImpossible = impossible(s.token.pukImpossible, err)
			l.mu.Unlock()
			return onPIN(err)
		}
		if err := l.checkLogin(s, loggedInSO); err != nil {
			return err
		}
		_, left := c.Tries(s.token.identity)
		l.mu.Lock()
		defer l.mu.Unlock()
		t := s.token
		switch {
		case t.inserted.dead:
			return ck.CKR_DEVICE_REMOVED
		case left.Known && left.Left <= 0:
			return ck.CKR_PIN_LOCKED
		}
		t.user, t.puk = loggedInSO, secmem.Copy(puk)
		return nil
	})
}

// presentPIN has the card verify a PIN, once: what the host gave, or what the
// reader asks for.
func (l *library) presentPIN(c card, t *token, pin cardos.Secret) error {
	if pin == nil {
		return c.VerifyPINOnPad(t.identity)
	}
	if err := c.CheckPIN(t.identity, pin); err != nil {
		return err
	}
	return c.VerifyPIN(t.identity, pin)
}

// pinPadOf returns what the PIN pad of a token's reader can do.
func (l *library) pinPadOf(t *token) cardos.Pad {
	l.mu.Lock()
	defer l.mu.Unlock()
	return t.inserted.pinPad
}

// checkPIN refuses a PIN that cannot be one, without the card. It was an
// incorrect PIN all the same: that is what CKF_USER_PIN_COUNT_LOW tells (3.4,
// CK_TOKEN_INFO), whereas the number of tries is the card's to tell.
func (l *library) checkPIN(c card, t *token, pin cardos.Secret) error {
	err := c.CheckPIN(t.identity, pin)
	if err == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t.notePIN(err)
	return onPIN(err)
}

// notePIN remembers whether the last PIN could not be one. The caller holds mu.
func (t *token) notePIN(err error) { t.pinImpossible = impossible(t.pinImpossible, err) }

// impossible reports whether the last PIN or PUK could not be one, by the outcome
// of presenting it and what was before.
func impossible(before bool, err error) bool {
	return err != nil && (before || errors.Is(err, cardos.ErrPINLength) || errors.Is(err, cardos.ErrPINCharacter))
}

// refused reports whether an error is a PIN or PUK that was wrong.
func refused(err error) bool {
	return errors.Is(err, cardos.ErrPINIncorrect) || errors.Is(err, cardos.ErrPINBlocked) || impossible(false, err)
}

// logout makes the sessions of a token public and renews the handles of its
// private objects, so that the old ones stay invalid after a new login
// (5.6.10). It reports whether the card has a PIN state to forget. The caller
// holds mu.
func (l *library) logout(t *token) bool {
	if t.user == loggedOut {
		return false
	}
	hadPIN := t.user == loggedInUser
	t.logout()
	for _, o := range t.objects {
		if o.private {
			o.handle = ck.ObjectHandle(l.m.nextHandle())
		}
	}
	return hadPIN
}

// forget drops the PIN state on the card, unless somebody is logged in to one of
// its tokens: the state is that of the card, and a reset would end both.
func (l *library) forget(s *session) error {
	return l.use(s, func(c card) error {
		if l.inUse(s.token.inserted) {
			return nil
		}
		return c.Forget()
	})
}

// inUse reports whether somebody is logged in to a token of a card.
func (l *library) inUse(ins *insertion) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range ins.tokens {
		if t.user == loggedInUser {
			return true
		}
	}
	return false
}

// forgetUnused drops the PIN state that a change or an unblocking may have
// left on the card, where nobody is logged in to it. The new PIN holds even
// where that fails.
func (l *library) forgetUnused(c card, ins *insertion) {
	if l.inUse(ins) {
		return
	}
	if err := c.Forget(); err != nil {
		l.m.trace("dropping the PIN state: %v", err)
	}
}

func (l *library) forgetQuietly(s *session) {
	if err := l.forget(s); err != nil {
		l.m.trace("logging out: %v", err)
	}
}

// Logout is C_Logout (5.6.10).
func (m *Module) Logout(h ck.SessionHandle) error {
	l, s, err := m.freshSession(h)
	if err != nil {
		return err
	}
	l.mu.Lock()
	if s.token.user == loggedOut {
		defer l.mu.Unlock()
		return s.token.notLoggedIn()
	}
	forget := l.logout(s.token)
	l.mu.Unlock()
	if forget {
		return l.forget(s)
	}
	return nil
}
