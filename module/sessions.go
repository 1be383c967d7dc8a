// SPDX-License-Identifier: Apache-2.0

package module

import (
	"sync"

	"tscns/module/ck"
)

// session is an open session. Everything but the operations is fixed when it
// is opened.
type session struct {
	handle ck.SessionHandle
	slot   *slot
	token  *token
	rw     bool

	// mu guards the operations. It is not held during calls to a card.
	mu         sync.Mutex
	operations [OpVerifyRecover + 1]*operation
	search     []*object // what C_FindObjects has still to give
	searching  bool
}

// session returns the library and an open session of it.
func (m *Module) session(h ck.SessionHandle) (*library, *session, error) {
	l, err := m.library()
	if err != nil {
		return nil, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.sessions[h]
	if !ok {
		return nil, nil, ck.CKR_SESSION_HANDLE_INVALID
	}
	return l, s, nil
}

// freshSession does the same after a look at the readers, so that a card that
// was taken out is noticed before anything is done.
func (m *Module) freshSession(h ck.SessionHandle) (*library, *session, error) {
	l, err := m.library()
	if err != nil {
		return nil, nil, err
	}
	if err := l.refresh(); err != nil {
		return nil, nil, err
	}
	return m.session(h)
}

// recentSession is freshSession, content with a look that was just taken.
func (m *Module) recentSession(h ck.SessionHandle) (*library, *session, error) {
	l, err := m.library()
	if err != nil {
		return nil, nil, err
	}
	if l.lookedLately() {
		return m.session(h)
	}
	return m.freshSession(h)
}

// OpenSession is C_OpenSession (PKCS #11 3.1, section 5.6.1). R/W sessions
// open although CKF_WRITE_PROTECTED is set: C_SetPIN and C_InitPIN need one,
// and several hosts open one only to sign.
func (m *Module) OpenSession(id ck.SlotID, flags ck.Flags) (ck.SessionHandle, error) {
	l, slot, err := m.findSlot(id)
	if err != nil {
		return 0, err
	}
	const known = ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION | ck.CKF_ASYNC_SESSION
	switch {
	case flags&^known != 0:
		return 0, ck.CKR_ARGUMENTS_BAD
	case flags&ck.CKF_ASYNC_SESSION != 0:
		return 0, ck.CKR_SESSION_ASYNC_NOT_SUPPORTED
	case flags&ck.CKF_SERIAL_SESSION == 0:
		return 0, ck.CKR_SESSION_PARALLEL_NOT_SUPPORTED
	}
	t, err := l.token(slot)
	if err != nil {
		return 0, onSlot(err)
	}
	rw := flags&ck.CKF_RW_SESSION != 0
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return 0, ck.CKR_CRYPTOKI_NOT_INITIALIZED
	case t.inserted.dead:
		return 0, ck.CKR_TOKEN_NOT_PRESENT
	case !rw && t.user == loggedInSO:
		return 0, ck.CKR_SESSION_READ_WRITE_SO_EXISTS
	}
	s := &session{handle: ck.SessionHandle(m.nextHandle()), slot: slot, token: t, rw: rw}
	l.sessions[s.handle] = s
	t.sessions[s.handle] = s
	return s.handle, nil
}

// CloseSession is C_CloseSession (5.6.2). Closing the last session of the
// token logs out.
func (m *Module) CloseSession(h ck.SessionHandle) error {
	l, s, err := m.session(h)
	if err != nil {
		return err
	}
	l.mu.Lock()
	if l.sessions[h] != s {
		l.mu.Unlock()
		return ck.CKR_SESSION_HANDLE_INVALID
	}
	delete(l.sessions, h)
	delete(s.token.sessions, h)
	logout := len(s.token.sessions) == 0 && l.logout(s.token)
	l.mu.Unlock()
	if logout {
		l.forgetQuietly(s)
	}
	return nil
}

// CloseAllSessions is C_CloseAllSessions (5.6.3).
func (m *Module) CloseAllSessions(id ck.SlotID) error {
	l, slot, err := m.findSlot(id)
	if err != nil {
		return err
	}
	l.mu.Lock()
	var last *session
	logout := false
	if ins := slot.reader.inserted; ins != nil && slot.identity < len(ins.tokens) {
		t := ins.tokens[slot.identity]
		for h, s := range t.sessions {
			delete(l.sessions, h)
			last = s
		}
		clear(t.sessions)
		logout = last != nil && l.logout(t)
	}
	l.mu.Unlock()
	if logout {
		l.forgetQuietly(last)
	}
	return nil
}

// GetSessionInfo is C_GetSessionInfo (5.6.4). It never touches the card:
// hosts poll it to notice a removal.
func (m *Module) GetSessionInfo(h ck.SessionHandle) (SessionInfo, error) {
	l, s, err := m.recentSession(h)
	if err != nil {
		return SessionInfo{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	info := SessionInfo{SlotID: s.slot.id, State: s.state(), Flags: ck.CKF_SERIAL_SESSION}
	if s.rw {
		info.Flags |= ck.CKF_RW_SESSION
	}
	return info, nil
}

// state is the session's row of the table of states (5.6.1). The caller holds
// library.mu.
func (s *session) state() ck.SessionState {
	switch {
	case s.token.user == loggedInSO:
		return ck.CKS_RW_SO_FUNCTIONS
	case s.token.user == loggedInUser && s.rw:
		return ck.CKS_RW_USER_FUNCTIONS
	case s.token.user == loggedInUser:
		return ck.CKS_RO_USER_FUNCTIONS
	case s.rw:
		return ck.CKS_RW_PUBLIC_SESSION
	}
	return ck.CKS_RO_PUBLIC_SESSION
}

// cancelFlags maps the flags of C_SessionCancel to operations.
var cancelFlags = []struct {
	flag ck.Flags
	kind Operation
}{
	{ck.CKF_FIND_OBJECTS, OpFind},
	{ck.CKF_ENCRYPT, OpEncrypt},
	{ck.CKF_DECRYPT, OpDecrypt},
	{ck.CKF_DIGEST, OpDigest},
	{ck.CKF_SIGN, OpSign},
	{ck.CKF_SIGN_RECOVER, OpSignRecover},
	{ck.CKF_VERIFY, OpVerify},
	{ck.CKF_VERIFY_RECOVER, OpVerifyRecover},
}

// SessionCancel is C_SessionCancel (5.6.5). Flags of operations that are not
// active are ignored.
func (m *Module) SessionCancel(h ck.SessionHandle, flags ck.Flags) error {
	_, s, err := m.session(h)
	if err != nil {
		return err
	}
	for _, c := range cancelFlags {
		if flags&c.flag != 0 {
			s.cancel(c.kind)
		}
	}
	return nil
}
