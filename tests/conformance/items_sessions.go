// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"tscns/module/ck"
)

var sessions = []Item{
	{Number: 49, Section: "5.6.1", Title: "a session that is not serial is refused", Run: func(x *X) {
		var h ck.SessionHandle
		x.start().is(ck.CKR_SESSION_PARALLEL_NOT_SUPPORTED, "C_OpenSession", x.Slot, ck.Flags(0), nil, nil, &h)
		x.is(ck.CKR_SESSION_PARALLEL_NOT_SUPPORTED, "C_OpenSession", x.Slot, ck.CKF_RW_SESSION, nil, nil, &h)
		x.that(h == 0, "a handle came back")
	}},
	{Number: 50, Section: "5.6.1", Title: "a session without a place for its handle is not opened", Run: func(x *X) {
		x.start().is(ck.CKR_ARGUMENTS_BAD, "C_OpenSession", x.Slot, serial, nil, nil, nil)
		x.that(x.token().SessionCount == 0, "a session leaked")
	}},
	{Number: 51, Section: "3.2, 5.6.1", Title: "undefined flags of a session are refused", Run: func(x *X) {
		var h ck.SessionHandle
		x.start()
		for _, bit := range []ck.Flags{1, 16, 32, 1 << 31} {
			x.is(ck.CKR_ARGUMENTS_BAD, "C_OpenSession", x.Slot, serial|bit, nil, nil, &h)
		}
		x.is(ck.CKR_ARGUMENTS_BAD, "C_OpenSession", x.Slot, ck.CKF_RW_SESSION|16, nil, nil, &h)
		x.is(ck.CKR_SESSION_ASYNC_NOT_SUPPORTED, "C_OpenSession", x.Slot, serial|ck.CKF_ASYNC_SESSION, nil, nil, &h)
	}},
	{Number: 52, Section: "5.6.4", Title: "C_GetSessionInfo tells slot, state and flags", Run: func(x *X) {
		x.start()
		for flags, state := range map[ck.Flags]ck.SessionState{serial: ck.CKS_RO_PUBLIC_SESSION, serialRW: ck.CKS_RW_PUBLIC_SESSION} {
			h := x.open(flags)
			var info SessionInfo
			x.ok("C_GetSessionInfo", h, &info)
			x.that(info == SessionInfo{uint64(x.Slot), uint64(state), uint64(flags), 0}, "%+v", info)
			x.is(ck.CKR_ARGUMENTS_BAD, "C_GetSessionInfo", h, nil)
		}
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_GetSessionInfo", junk, &SessionInfo{})
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_GetSessionInfo", 0, &SessionInfo{})
	}},
	{Number: 53, Section: "5.6.2", Title: "a closed handle is invalid for everything, and not used again", Run: func(x *X) {
		h := x.start().open(serial)
		x.ok("C_CloseSession", h)
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_CloseSession", h)
		x.everyFunctionRefuses(h)
		for range 20 {
			again := x.open(serial)
			x.that(again != h && again != 0, "handle %d again", again)
		}
	}},
	{Number: 54, Section: "5.6.2, 5.6.3", Title: "sessions are closed one by one, or all those of a slot", Run: func(x *X) {
		a, b := x.start().open(serial), x.open(serialRW)
		x.ok("C_CloseSession", a)
		x.that(x.state(b) == ck.CKS_RW_PUBLIC_SESSION, "the other session changed")
		x.is(ck.CKR_SLOT_ID_INVALID, "C_CloseAllSessions", noSlot)
		x.that(x.state(b) == ck.CKS_RW_PUBLIC_SESSION, "the other session changed")
		x.is(ck.CKR_OK, "C_CloseAllSessions", x.Slot)
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_GetSessionInfo", b, &SessionInfo{})
		x.is(ck.CKR_OK, "C_CloseAllSessions", x.Slot)
	}},
	{Number: 55, Section: "5.6.2, 5.6.3", Title: "closing the last session logs out", Run: func(x *X) {
		a, b := x.start().open(serialRW), x.open(serial)
		x.login(a)
		x.ok("C_CloseSession", a)
		x.that(x.state(b) == ck.CKS_RO_USER_FUNCTIONS, "logged out too early")
		x.ok("C_CloseSession", b)
		h := x.open(serialRW)
		x.that(x.state(h) == ck.CKS_RW_PUBLIC_SESSION, "still logged in")
		x.login(h)
		x.ok("C_CloseAllSessions", x.Slot)
		h = x.open(serialRW)
		x.that(x.state(h) == ck.CKS_RW_PUBLIC_SESSION, "still logged in")
		x.that(len(x.find(h, class(ck.CKO_PRIVATE_KEY))) == 0, "the private key shows")
	}},
	{Number: 56, Section: "5.1.3", Title: "a card that is taken out ends its sessions, never with CKR_TOKEN_NOT_PRESENT", Run: removal},
	{Number: 57, Section: "5.1.7", Title: "a bad session handle comes before everything else", Run: func(x *X) {
		h := x.start().open(serial)
		x.is(ck.CKR_OK, "C_SignInit", h, nil, 0)
		x.everyFunctionRefuses(junk)
		x.everyFunctionRefuses(0)
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_SignInit", junk, &Mechanism{Type: junk}, 0)
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_DestroyObject", junk, 0)
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_SetPIN", junk, []byte("1"), 1, []byte("2"), 1)
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_Login", junk, ck.UserType(99), []byte(PIN), 8)
		x.tries(3)
	}},
	{Number: 58, Section: "5.6.6, 5.6.7", Title: "operation states are not supported", Run: func(x *X) {
		h := x.start().open(serial)
		n := uint(64)
		x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, "C_GetOperationState", h, make([]byte, 64), &n)
		x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, "C_SetOperationState", h, make([]byte, 64), 64, 0, 0)
	}},
}

// takesSession lists the functions whose first argument is a session, except
// those of section 5.20.
func takesSession() []string {
	not := map[string]bool{"C_Initialize": true, "C_Finalize": true, "C_GetInfo": true, "C_GetFunctionList": true,
		"C_GetSlotList": true, "C_GetSlotInfo": true, "C_GetTokenInfo": true, "C_GetMechanismList": true,
		"C_GetMechanismInfo": true, "C_InitToken": true, "C_OpenSession": true, "C_CloseAllSessions": true,
		"C_WaitForSlotEvent": true, "C_GetInterfaceList": true, "C_GetInterface": true,
		"C_GetFunctionStatus": true, "C_CancelFunction": true}
	var names []string
	for _, f := range Functions() {
		if !not[f.Name] {
			names = append(names, f.Name)
		}
	}
	return names
}

// everyFunctionRefuses calls every function that takes a session, with NULLs,
// and wants the handle to be invalid.
func (x *X) everyFunctionRefuses(h ck.SessionHandle) {
	x.T.Helper()
	for _, f := range takesSession() {
		x.is(ck.CKR_SESSION_HANDLE_INVALID, f, zeros(f, uint(h))...)
	}
}

func removal(x *X) {
	a, b := x.start().open(serialRW), x.open(serial)
	x.login(a)
	key := x.one(a, ck.CKO_PRIVATE_KEY)
	x.ok("C_SignInit", a, sha256(), key)
	x.Reader.Remove()
	dead := []ck.RV{ck.CKR_SESSION_HANDLE_INVALID, ck.CKR_DEVICE_REMOVED}
	n := uint(512)
	x.oneOf(dead, "C_Sign", a, []byte("x"), 1, make([]byte, 512), &n)
	x.oneOf(dead, "C_GetSessionInfo", b, &SessionInfo{})
	x.oneOf(dead, "C_Login", b, ck.CKU_USER, []byte(PIN), 8)
	x.oneOf(dead, "C_FindObjectsInit", b, nil, 0)
	x.oneOf(dead, "C_GetObjectSize", b, key, new(uint))
	x.Reader.Insert(x.Card)
	x.everyFunctionRefuses(a)
	x.everyFunctionRefuses(b)
	h := x.open(serialRW)
	x.that(x.state(h) == ck.CKS_RW_PUBLIC_SESSION, "the login survived")
	x.login(h)
	x.sign(h, x.one(h, ck.CKO_PRIVATE_KEY), sha256(), []byte("x"))
}
