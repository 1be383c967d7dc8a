// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"slices"

	"tscns/module/ck"
)

// action is a kind of step.
type action struct {
	name   string
	weight int
	do     func(*model, step)
}

var actions []action

func init() {
	actions = []action{
		{"Initialize", 25, (*model).initialize}, {"Finalize", 2, (*model).finalize},
		{"OpenSession", 60, (*model).openSession}, {"CloseSession", 8, (*model).closeSession},
		{"CloseAllSessions", 2, (*model).closeAll}, {"GetSessionInfo", 30, (*model).sessionInfo},
		{"GetTokenInfo", 20, (*model).tokenInfo},
		{"Login", 90, (*model).loginUser}, {"LoginSO", 15, (*model).loginSO}, {"LoginOther", 6, (*model).loginOther},
		{"Logout", 10, (*model).logout}, {"SetPIN", 14, (*model).setPIN}, {"InitPIN", 16, (*model).initPIN},
		{"FindInit", 50, (*model).findInit}, {"Find", 60, (*model).find}, {"FindFinal", 50, (*model).findFinal},
		{"SignInit", 60, (*model).signInit}, {"Sign", 60, (*model).signSingle},
		{"WholeSearch", 60, (*model).wholeSearch}, {"WholeSignature", 60, (*model).wholeSignature},
		{"SignUpdate", 20, (*model).signUpdate}, {"SignFinal", 20, (*model).signFinal},
		{"DigestInit", 12, (*model).digestInit}, {"Digest", 10, (*model).digestSingle},
		{"DigestUpdate", 10, (*model).digestUpdate}, {"SessionCancel", 8, (*model).cancel},
		{"Remove", 3, (*model).remove}, {"Insert", 30, (*model).put}, {"ResetByOther", 5, (*model).reset},
	}
}

// ready says whether the library is initialised, and wants it to say so where
// it is not.
func (m *model) ready(got ck.RV) bool {
	if !m.initialized && got != ck.CKR_CRYPTOKI_NOT_INITIALIZED {
		m.fail("answered %v without C_Initialize", got)
	}
	return m.initialized
}

// open says whether a call had an open session to work with, and wants it to
// say so where it had none.
func (m *model) open(s *modelSession, got ck.RV) bool {
	if !m.ready(got) {
		return false
	}
	if s == nil && got != ck.CKR_SESSION_HANDLE_INVALID {
		m.fail("answered %v without a session", got)
	}
	return s != nil
}

// call makes a call in the session that a step means. open is false where there
// was none, and where a card that has gone had to be noticed.
func (m *model) call(st step, name string, args ...any) (s *modelSession, rv ck.RV, open bool) {
	s, h := m.pick(st.session)
	rv = m.driver.Call(name, append([]any{h}, args...)...)
	if open = m.open(s, rv); open && m.gone && usesCard[name] {
		m.want(false, rv)
		open = false
	}
	return s, rv, open
}

// usesCard are the functions that look at the card before anything else.
var usesCard = map[string]bool{"C_Login": true, "C_SetPIN": true, "C_InitPIN": true}

func (m *model) initialize(step) {
	rv := m.driver.Call("C_Initialize", nil)
	if m.initialized {
		m.want(true, rv, ck.CKR_CRYPTOKI_ALREADY_INITIALIZED)
		return
	}
	m.want(true, rv, ck.CKR_OK)
	m.initialized = true
	m.noticeGone()
	n := nothing
	m.want(true, m.driver.Call("C_GetSlotList", false, nil, &n), ck.CKR_OK)
}

func (m *model) finalize(step) {
	rv := m.driver.Call("C_Finalize", nil)
	if !m.ready(rv) {
		return
	}
	m.want(true, rv, ck.CKR_OK)
	m.noticeGone()
	m.initialized, m.verified = false, false
}

// look is what every function does that looks at the reader first.
func (m *model) look() {
	if m.gone {
		m.noticeGone()
	}
}

func (m *model) openSession(s step) {
	if len(m.sessions) >= 4 {
		m.closeSession(s)
		return
	}
	flags := serial
	if s.a%3 > 0 {
		flags = serialRW
	}
	var h ck.SessionHandle
	rv := m.driver.Call("C_OpenSession", ck.SlotID(0), flags, nil, nil, &h)
	if !m.ready(rv) {
		return
	}
	m.look()
	switch {
	case !m.in:
		m.want(false, rv, ck.CKR_TOKEN_NOT_PRESENT)
	case m.login == officer && flags == serial:
		m.want(false, rv, ck.CKR_SESSION_READ_WRITE_SO_EXISTS)
	case m.want(false, rv, ck.CKR_OK):
		m.sessions = append(m.sessions, &modelSession{handle: h, rw: flags == serialRW})
	}
}

func (m *model) closeSession(st step) {
	s, h := m.pick(st.session)
	rv := m.driver.Call("C_CloseSession", h)
	if !m.open(s, rv) || !m.want(true, rv, ck.CKR_OK) {
		return
	}
	m.dead = append(m.dead, h)
	m.sessions = slices.DeleteFunc(m.sessions, func(other *modelSession) bool { return other == s })
	if len(m.sessions) == 0 {
		m.endLogin()
	}
}

func (m *model) closeAll(step) {
	rv := m.driver.Call("C_CloseAllSessions", ck.SlotID(0))
	if !m.ready(rv) {
		return
	}
	m.want(true, rv, ck.CKR_OK)
	m.endSessions()
	m.endLogin()
}

func (m *model) sessionInfo(st step) {
	s, h := m.pick(st.session)
	var info SessionInfo
	rv := m.driver.Call("C_GetSessionInfo", h, &info)
	if !m.open(s, rv) || !m.want(false, rv, ck.CKR_OK) {
		return
	}
	m.adopt()
	if got := ck.SessionState(info.State); got != m.state(s) {
		m.fail("state %d, want %d", got, m.state(s))
	}
}

func (m *model) tokenInfo(step) {
	var info TokenInfo
	rv := m.driver.Call("C_GetTokenInfo", ck.SlotID(0), &info)
	if !m.ready(rv) {
		return
	}
	m.look()
	if !m.in {
		m.want(false, rv, ck.CKR_TOKEN_NOT_PRESENT)
		return
	}
	if !m.want(false, rv, ck.CKR_OK) {
		return
	}
	if m.asks() {
		m.known, m.told = true, m.pinTries
	}
	want := ck.Flags(0)
	switch {
	case m.known && m.told == 0:
		want = locked
	case m.known && m.told == 1:
		want = countLow | finalTry
	case m.wrong, m.known && m.told < 3:
		want = countLow
	}
	if got := ck.Flags(info.Flags) & (countLow | finalTry | locked); got != want {
		m.fail("flags %#x, want %#x", got, want)
	}
	if info.SessionCount != uint64(len(m.sessions)) {
		m.fail("%d sessions, want %d", info.SessionCount, len(m.sessions))
	}
}

// values are PINs to give: the right one, others that could be, and some that
// could not. A nil one is NULL.
func (m *model) value(n int, right string) []byte {
	possible := []string{"12345678", "54321", "11111", "99999999"}
	switch n % 24 {
	case 0:
		return nil
	case 1:
		return []byte("1234")
	case 2:
		return []byte("1234a")
	case 3, 4, 5:
		return []byte(possible[n/24%len(possible)])
	}
	return []byte(right)
}

// form is the answer to a PIN that cannot be one: 0 where it can.
func formOf(pin []byte) ck.RV {
	switch string(pin) {
	case "1234":
		return ck.CKR_PIN_LEN_RANGE
	case "1234a":
		return ck.CKR_PIN_INVALID
	}
	return ck.CKR_OK
}

func (m *model) give(st step, who ck.UserType, pin []byte) (rv ck.RV, open bool) {
	_, rv, open = m.call(st, "C_Login", who, bytes.Clone(pin), uint(len(pin)))
	return rv, open
}

func (m *model) loginUser(st step) {
	pin := m.value(st.a, m.pin)
	rv, open := m.give(st, ck.CKU_USER, pin)
	if !open {
		return
	}
	switch {
	case pin == nil:
		m.want(false, rv, ck.CKR_ARGUMENTS_BAD)
	case m.login == user:
		m.want(false, rv, ck.CKR_USER_ALREADY_LOGGED_IN)
	case m.login == officer:
		m.want(false, rv, ck.CKR_USER_ANOTHER_ALREADY_LOGGED_IN)
	case formOf(pin) != ck.CKR_OK:
		m.want(false, rv, ck.CKR_PIN_INCORRECT)
		m.wrong = true
	default:
		if m.want(false, rv, m.present(string(pin))...) {
			m.login, m.verified = user, true
		}
	}
}

func (m *model) loginSO(st step) {
	puk := m.value(st.a, PUK)
	rv, open := m.give(st, ck.CKU_SO, puk)
	if !open {
		return
	}
	readOnly := false
	for _, other := range m.sessions {
		readOnly = readOnly || !other.rw
	}
	switch {
	case puk == nil:
		m.want(false, rv, ck.CKR_ARGUMENTS_BAD)
	case readOnly:
		m.want(false, rv, ck.CKR_SESSION_READ_ONLY_EXISTS)
	case m.login == officer:
		m.want(false, rv, ck.CKR_USER_ALREADY_LOGGED_IN)
	case m.login == user:
		m.want(false, rv, ck.CKR_USER_ANOTHER_ALREADY_LOGGED_IN)
	case formOf(puk) != ck.CKR_OK || len(puk) != len(PUK): // a PUK has 8 digits
		m.want(false, rv, ck.CKR_PIN_INCORRECT)
	case m.puk == 0 && rv == ck.CKR_PIN_LOCKED: // where the card has told
	default:
		if m.want(false, rv, ck.CKR_OK) {
			m.login, m.givenPUK = officer, string(puk)
		}
	}
}

func (m *model) loginOther(st step) {
	who, want := ck.CKU_CONTEXT_SPECIFIC, ck.CKR_OPERATION_NOT_INITIALIZED
	if st.a%2 == 0 {
		who, want = ck.UserType(99), ck.CKR_USER_TYPE_INVALID
	}
	if rv, open := m.give(st, who, []byte(wrongPIN)); open {
		m.want(false, rv, want)
	}
}

func (m *model) logout(st step) {
	_, rv, open := m.call(st, "C_Logout")
	if !open {
		return
	}
	if m.login == nobody {
		m.want(false, rv, ck.CKR_USER_NOT_LOGGED_IN)
	} else if m.want(false, rv, ck.CKR_OK) {
		m.endLogin()
	}
}

func (m *model) remove(step) {
	if m.in {
		m.service.Remove(readerName)
		m.left()
		m.in = false
	}
}

// left is what a card that leaves takes with it.
func (m *model) left() {
	m.verified = false
	m.gone = true
	if !m.initialized {
		m.noticeGone()
	}
}

// put puts the card back, or a new one in: always where the old one is spent.
func (m *model) put(s step) {
	spent := m.puk == 0 && m.pinTries == 0
	switch {
	case !m.in && !spent:
		m.insert()
	case spent || s.a%32 == 0 || m.pinTries == 0 && s.a%8 == 0:
		if m.in {
			m.left()
		}
		m.newCard()
	}
}

func (m *model) reset(step) {
	if m.in {
		m.service.ResetByOther(readerName)
		m.verified = false
	}
}
