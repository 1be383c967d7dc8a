// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"
	"strings"
	"unicode/utf8"

	"tscns/cardos"
	"tscns/cardos/secmem"
	"tscns/module/ck"
)

// token is a PKCS#11 token: one identity of one inserted card.
type token struct {
	inserted *insertion
	identity int // its index on the card
	spec     cardos.PINSpec
	purpose  cardos.Purpose
	objects  []*object // the list never changes; handles of private ones do
	caps     keyCaps

	// Guarded by library.mu.
	sessions map[ck.SessionHandle]*session
	user     loginState
	logins   waitingLogins
	// puk is what CKU_SO logged in with, until C_Logout.
	puk *secmem.Buffer
	// pinImpossible and pukImpossible: one that cannot be a PIN or PUK was given
	// since the last was accepted.
	pinImpossible, pukImpossible bool
}

// loginState is the login state that all sessions of a token share.
type loginState int

const (
	loggedOut loginState = iota
	loggedInUser
	loggedInSO
)

// newToken reads what a token needs from the card, and asks for the tries
// left where that is known to cost none.
func (l *library) newToken(ins *insertion, index int, id *cardos.Identity) (*token, error) {
	t := &token{inserted: ins, identity: index, spec: id.PIN, purpose: id.Purpose,
		sessions: map[ck.SessionHandle]*session{}}
	if id.PIN.TriesQuery == cardos.Proven {
		if _, _, err := ins.card.QueryTries(index); isGone(err) {
			return nil, err
		}
	}
	l.buildObjects(t, id)
	return t, nil
}

// logout ends the login and forgets the PUK. Handles of private objects end
// with it. The caller holds mu.
func (t *token) logout() {
	t.user = loggedOut
	t.puk.Free()
	t.puk = nil
}

// needUser returns an error unless the login is in a state. The caller holds
// mu.
func (t *token) needUser(want loginState) error {
	if t.user == want {
		return nil
	}
	return t.notLoggedIn()
}

// notLoggedIn is the answer where a login is missing. With a card that has
// just gone went the login, and the card's end is what a session is told of
// (5.1.3). The caller holds mu.
func (t *token) notLoggedIn() error {
	if t.inserted.dead {
		return ck.CKR_DEVICE_REMOVED
	}
	return ck.CKR_USER_NOT_LOGGED_IN
}

// tokenLabel names the PIN that is meant: hosts print it in the PIN prompt
// ("Please enter the password for the PKCS#11 token TS-CNS").
func tokenLabel(p cardos.Purpose) string {
	if p == cardos.DigitalSignature {
		return "TS-CNS firma"
	}
	return "TS-CNS"
}

// GetTokenInfo is C_GetTokenInfo (PKCS #11 3.1, section 5.5.3). The flags of
// the PIN counters are what the card reported last, to any program of the user,
// and nothing that was guessed: at its insertion, where asking is proven to cost
// no try, and at each login. The card is not asked here, since hosts poll this
// function.
// CKF_WRITE_PROTECTED is set since no object can be created; R/W sessions
// open all the same, because C_SetPIN needs one.
func (m *Module) GetTokenInfo(id ck.SlotID) (TokenInfo, error) {
	l, s, err := m.findSlot(id)
	if err != nil {
		return TokenInfo{}, err
	}
	t, err := l.token(s)
	if err != nil {
		return TokenInfo{}, onSlot(err)
	}
	flags := t.triesFlags()
	l.mu.Lock()
	defer l.mu.Unlock()
	flags = t.entryFlags(flags)
	unknown := ck.CK_UNAVAILABLE_INFORMATION
	info := TokenInfo{
		Label:          tokenLabel(t.purpose),
		ManufacturerID: cutText(t.inserted.info.Maker, 32),
		Model:          cutWords(t.inserted.info.Profile, 16),
		SerialNumber:   cutText(t.inserted.info.Serial, 16),
		Flags: ck.CKF_WRITE_PROTECTED | ck.CKF_LOGIN_REQUIRED | ck.CKF_USER_PIN_INITIALIZED |
			ck.CKF_TOKEN_INITIALIZED | flags,
		MaxPINLen:          uint(t.spec.MaxLength),
		MinPINLen:          uint(t.spec.MinLength),
		TotalPublicMemory:  unknown,
		FreePublicMemory:   unknown,
		TotalPrivateMemory: unknown,
		FreePrivateMemory:  unknown,
	}
	if t.inserted.pinPad.Verify {
		info.Flags |= ck.CKF_PROTECTED_AUTHENTICATION_PATH
	}
	info.SessionCount, info.RWSessionCount = t.countSessions()
	return info, nil
}

// triesFlags turns what is known of the tries into flags.
func (t *token) triesFlags() ck.Flags {
	pin, puk := t.inserted.card.Tries(t.identity)
	pinRefused, pukRefused := t.inserted.card.PINRefused(t.identity)
	flags := counterFlags(pin, max(t.spec.MaxTries, pin.Max), pinRefused,
		ck.CKF_USER_PIN_COUNT_LOW, ck.CKF_USER_PIN_FINAL_TRY, ck.CKF_USER_PIN_LOCKED)
	// What a full PUK counter is, is not known: any number but the last try
	// and none says nothing.
	return flags | counterFlags(puk, 0, pukRefused,
		ck.CKF_SO_PIN_COUNT_LOW, ck.CKF_SO_PIN_FINAL_TRY, ck.CKF_SO_PIN_LOCKED)
}

// entryFlags adds the entries that no card was asked about, which lower no
// counter that is at its end. The caller holds mu.
func (t *token) entryFlags(flags ck.Flags) ck.Flags {
	if t.pinImpossible && flags&ck.CKF_USER_PIN_LOCKED == 0 {
		flags |= ck.CKF_USER_PIN_COUNT_LOW
	}
	if t.pukImpossible && flags&ck.CKF_SO_PIN_LOCKED == 0 {
		flags |= ck.CKF_SO_PIN_COUNT_LOW
	}
	return flags
}

// counterFlags gives the flags of one counter; full is 0 where not known, and
// refused: a refusal was seen since the last success.
func counterFlags(tries cardos.Tries, full int, refused bool, low, final, locked ck.Flags) ck.Flags {
	switch {
	case tries.Known && tries.Left <= 0:
		return locked
	case tries.Known && tries.Left == 1:
		return low | final
	case refused, tries.Known && full > 0 && tries.Left < full:
		return low
	}
	return 0
}

func (t *token) countSessions() (all, rw uint) {
	for _, s := range t.sessions {
		all++
		if s.rw {
			rw++
		}
	}
	return all, rw
}

// InitToken is C_InitToken (5.5.7), which this token never does.
func (m *Module) InitToken(id ck.SlotID, havePIN bool) error {
	l, s, err := m.findSlot(id)
	if err != nil {
		return err
	}
	if !havePIN {
		return ck.CKR_ARGUMENTS_BAD
	}
	t, err := l.token(s)
	if err != nil {
		return onSlot(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(t.sessions) > 0 {
		return ck.CKR_SESSION_EXISTS
	}
	return ck.CKR_TOKEN_WRITE_PROTECTED
}

// GetMechanismList is C_GetMechanismList (5.5.5).
func (m *Module) GetMechanismList(id ck.SlotID) ([]ck.MechanismType, error) {
	l, s, err := m.findSlot(id)
	if err != nil {
		return nil, err
	}
	t, err := l.token(s)
	if err != nil {
		return nil, onSlot(err)
	}
	return t.caps.mechanisms(), nil
}

// GetMechanismInfo is C_GetMechanismInfo (5.5.6).
func (m *Module) GetMechanismInfo(id ck.SlotID, mt ck.MechanismType) (MechanismInfo, error) {
	l, s, err := m.findSlot(id)
	if err != nil {
		return MechanismInfo{}, err
	}
	t, err := l.token(s)
	if err != nil {
		return MechanismInfo{}, onSlot(err)
	}
	if mech := mechanismOf(mt); mech != nil {
		if info, ok := mech.info(t.caps); ok {
			return info, nil
		}
	}
	return MechanismInfo{}, ck.CKR_MECHANISM_INVALID
}

// use runs fn with the card of a session.
func (l *library) use(s *session, fn func(card) error) error {
	_, err := l.useCard(s, loggedOut, nil, func(c card, _ []byte) ([]byte, error) { return nil, fn(c) })
	return err
}

// useCard runs fn with the card of a session and an input, alone on its reader,
// and learns from it: every call that reaches a card comes through here. Where
// want is not loggedOut, the token must be in that state.
func (l *library) useCard(s *session, want loginState, input []byte, fn func(card, []byte) ([]byte, error)) ([]byte, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.leave()
	r := s.slot.reader
	r.io.Lock()
	defer l.release(r)
	ins := s.token.inserted
	if err := l.mayUse(s.token, want); err != nil {
		return nil, err
	}
	result, err := fn(ins.card, input)
	if err != nil {
		l.m.trace("card in slot %d: %v", s.slot.id, err)
	}
	if isGone(err) {
		l.mu.Lock()
		l.drop(r, true)
		l.mu.Unlock()
		return nil, err
	}
	l.learn(ins)
	if errors.Is(err, cardos.ErrPINRequired) || errors.Is(err, cardos.ErrCardReset) {
		l.loginLost(s.token)
	}
	return result, err
}

// mayUse returns an error where the card is gone or the login is missing.
func (l *library) mayUse(t *token, want loginState) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case t.inserted.dead:
		return ck.CKR_DEVICE_REMOVED
	case want != loggedOut:
		return t.needUser(want)
	}
	return nil
}

// learn takes over what the card layer remembers after a call: whether another
// program reset the card, which ended the login. (A
// signature PIN holds for one signature anyway.) The caller holds reader.io.
func (l *library) learn(ins *insertion) {
	pinPad := l.usablePINPad(ins.card) // a PIN pad may turn out not to work
	l.mu.Lock()
	ins.pinPad = pinPad
	l.mu.Unlock()
	for _, t := range ins.tokens {
		verified := ins.card.Verified(t.identity)
		l.mu.Lock()
		if t.user == loggedInUser && !verified && t.purpose == cardos.Authentication {
			l.m.trace("login lost: the card was reset")
			t.user = loggedOut
		}
		l.mu.Unlock()
	}
}

func (l *library) usablePINPad(c card) cardos.Pad {
	if l.m.config.NoPINPad {
		return cardos.Pad{}
	}
	return c.PINPad()
}

// loginLost makes the sessions of a token public after the card asked for a
// PIN that was thought verified. Nobody presents the PIN again.
func (l *library) loginLost(t *token) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.user == loggedInUser {
		t.user = loggedOut
	}
}

// cutText cuts a text to at most n bytes, between characters.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// readerTail is how much is kept of the end of a reader's name, in bytes: PC/SC
// puts there what tells two readers of a kind apart, a serial number and the
// numbers of reader and slot.
const readerTail = 24

// cutReader cuts the name of a reader to at most n bytes, in its middle.
func cutReader(name string, n int) string {
	const gap = ".."
	if len(name) <= n {
		return name
	}
	tail := len(name) - readerTail
	for tail < len(name) && !utf8.RuneStart(name[tail]) {
		tail++
	}
	return cutText(name, n-len(gap)-(len(name)-tail)) + gap + name[tail:]
}

// cutWords cuts a text to at most n bytes, before a remark in brackets or
// between words where it has some.
func cutWords(s string, n int) string {
	if len(s) <= n {
		return s
	}
	if i := strings.Index(s, " ("); i > 0 && i <= n {
		return s[:i]
	}
	if i := strings.LastIndexByte(s[:n+1], ' '); i > 0 {
		return s[:i]
	}
	return cutText(s, n)
}
