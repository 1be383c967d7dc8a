// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"slices"

	"tscns/module/ck"
)

func (x *X) slotList(present bool) []ck.SlotID {
	x.T.Helper()
	n := nothing
	x.ok("C_GetSlotList", present, nil, &n)
	list := make([]ck.SlotID, n)
	x.ok("C_GetSlotList", present, list, &n)
	return list[:n]
}

// noSlot is a number that no slot has.
const noSlot = ck.SlotID(4711)

// countLow is set after a wrong PIN.
const countLow, finalTry, locked = ck.CKF_USER_PIN_COUNT_LOW, ck.CKF_USER_PIN_FINAL_TRY, ck.CKF_USER_PIN_LOCKED

var slots = []Item{
	{Number: 30, Section: "5.5.1", Title: "C_GetSlotList wants a count", Run: func(x *X) {
		x.start().is(ck.CKR_ARGUMENTS_BAD, "C_GetSlotList", false, nil, nil)
		x.is(ck.CKR_ARGUMENTS_BAD, "C_GetSlotList", true, make([]ck.SlotID, 4), nil)
	}},
	{Number: 31, Section: "5.5.1", Title: "too small a slot list is told the right count", Run: func(x *X) {
		x.start()
		for _, present := range []bool{false, true} {
			count := uint(len(x.slotList(present)))
			for n := range count {
				room := n
				x.is(ck.CKR_BUFFER_TOO_SMALL, "C_GetSlotList", present, make([]ck.SlotID, 1), &room)
				x.that(room == count, "room for %d: count %d of %d", n, room, count)
			}
		}
	}},
	{Number: 32, Section: "5.5.1", Title: "too large a slot list is told the right count", Run: func(x *X) {
		count := uint(len(x.start().slotList(false)))
		n := count + 5
		x.is(ck.CKR_OK, "C_GetSlotList", false, make([]ck.SlotID, n), &n)
		x.that(n == count, "count %d of %d", n, count)
	}},
	{Number: 33, Section: "5.5.1", Title: "slots with a token are among all slots, and each has its information", Run: func(x *X) {
		x.start()
		all := x.slotList(false)
		for _, id := range x.slotList(true) {
			x.that(slices.Contains(all, id), "slot %d is not in the full list", id)
		}
		for _, id := range all {
			x.is(ck.CKR_OK, "C_GetSlotInfo", id, &SlotInfo{})
		}
	}},
	{Number: 34, Section: "5.5.2-5.5.5", Title: "a slot without a card says so", Run: func(x *X) {
		x.start()
		x.Reader.Remove()
		var info SlotInfo
		x.is(ck.CKR_OK, "C_GetSlotInfo", x.Slot, &info)
		x.that(ck.Flags(info.Flags)&ck.CKF_TOKEN_PRESENT == 0, "CKF_TOKEN_PRESENT")
		n := nothing
		x.is(ck.CKR_TOKEN_NOT_PRESENT, "C_GetTokenInfo", x.Slot, &TokenInfo{})
		x.is(ck.CKR_TOKEN_NOT_PRESENT, "C_OpenSession", x.Slot, serial, nil, nil, &n)
		x.is(ck.CKR_TOKEN_NOT_PRESENT, "C_GetMechanismList", x.Slot, nil, &n)
		x.is(ck.CKR_TOKEN_NOT_PRESENT, "C_GetMechanismInfo", x.Slot, ck.CKM_RSA_PKCS, &MechanismInfo{})
	}},
	{Number: 35, Section: "5.5.1", Title: "the set of slots changes only when the size of the list is asked", Run: func(x *X) {
		before := x.start().slotList(false)
		x.Reader.Remove()
		x.that(slices.Equal(before, x.slotList(false)), "other slots without the card")
		x.Reader.Insert(x.Card)
		x.that(slices.Equal(before, x.slotList(false)), "other slots with the card again")
		if !x.Reader.AddReader() {
			return
		}
		n := uint(16)
		x.is(ck.CKR_OK, "C_GetSlotList", false, make([]ck.SlotID, 16), &n)
		x.that(n == uint(len(before)), "a new slot came unasked")
		after := x.slotList(false)
		x.that(len(after) > len(before) && slices.Equal(before, after[:len(before)]), "slots %v, then %v", before, after)
	}},
	{Number: 36, Section: "5.5, 5.6", Title: "a slot that is none is refused", Run: func(x *X) {
		x.start()
		n := nothing
		x.is(ck.CKR_SLOT_ID_INVALID, "C_GetSlotInfo", noSlot, &SlotInfo{})
		x.is(ck.CKR_SLOT_ID_INVALID, "C_GetTokenInfo", noSlot, &TokenInfo{})
		x.is(ck.CKR_SLOT_ID_INVALID, "C_GetMechanismList", noSlot, nil, &n)
		x.is(ck.CKR_SLOT_ID_INVALID, "C_GetMechanismInfo", noSlot, ck.CKM_RSA_PKCS, &MechanismInfo{})
		x.is(ck.CKR_SLOT_ID_INVALID, "C_OpenSession", noSlot, serial, nil, nil, &n)
		x.is(ck.CKR_SLOT_ID_INVALID, "C_CloseAllSessions", noSlot)
		x.is(ck.CKR_SLOT_ID_INVALID, "C_InitToken", noSlot, []byte(PUK), uint(len(PUK)), make([]byte, 32))
	}},
	{Number: 37, Section: "5.5", Title: "NULL for information is refused", Run: func(x *X) {
		x.start()
		x.is(ck.CKR_ARGUMENTS_BAD, "C_GetSlotInfo", x.Slot, nil)
		x.is(ck.CKR_ARGUMENTS_BAD, "C_GetTokenInfo", x.Slot, nil)
		x.is(ck.CKR_ARGUMENTS_BAD, "C_GetMechanismInfo", x.Slot, ck.CKM_RSA_PKCS, nil)
	}},
	{Number: 38, Section: "3.3", Title: "flags of slots and tokens are the classic ones", Run: func(x *X) {
		var info SlotInfo
		x.start().ok("C_GetSlotInfo", x.Slot, &info)
		x.that(ck.Flags(info.Flags) == ck.CKF_TOKEN_PRESENT|ck.CKF_REMOVABLE_DEVICE|ck.CKF_HW_SLOT, "slot flags %#x", info.Flags)
		const eighteen = 0x00FF0000 | 0x00000800 | 0x00000400 | 0x00000200 | 0x00000100 | 0x0000006F
		x.that(x.token().Flags&^eighteen == 0, "token flags %#x", x.token().Flags)
	}},
	{Number: 39, Section: "3.3", Title: "the flags of the PIN counter follow the card", Run: func(x *X) {
		h := x.start().open(serial)
		x.that(x.pinFlags() == 0, "flags %#x before", x.pinFlags())
		x.loginIs(ck.CKR_PIN_INCORRECT, h, ck.CKU_USER, wrongPIN)
		x.that(x.pinFlags() == countLow, "flags %#x after a wrong PIN", x.pinFlags())
		x.login(h)
		x.that(x.pinFlags() == 0, "flags %#x after the right one", x.pinFlags())
		x.ok("C_Logout", h)
		x.loginIs(ck.CKR_PIN_INCORRECT, h, ck.CKU_USER, "simply-wrong")
		x.that(x.pinFlags() == countLow, "flags %#x after one that cannot be a PIN", x.pinFlags())
		x.tries(3)
		x.loginIs(ck.CKR_PIN_INCORRECT, h, ck.CKU_USER, wrongPIN)
		x.loginIs(ck.CKR_PIN_INCORRECT, h, ck.CKU_USER, wrongPIN)
		x.that(x.pinFlags() == countLow|finalTry, "flags %#x before the last try", x.pinFlags())
		x.oneOf([]ck.RV{ck.CKR_PIN_INCORRECT, ck.CKR_PIN_LOCKED}, "C_Login", h, ck.CKU_USER, []byte(wrongPIN), 8)
		x.loginIs(ck.CKR_PIN_LOCKED, h, ck.CKU_USER, PIN)
		x.that(x.pinFlags() == locked, "flags %#x of a locked PIN", x.pinFlags())
	}},
	{Number: 40, Section: "3.3", Title: "lengths, counters and flags of the token are true", Run: func(x *X) {
		x.start()
		t := x.token()
		x.that(t.MinPINLen == 5 && t.MaxPINLen == 8, "PIN of %d to %d", t.MinPINLen, t.MaxPINLen)
		const unknown = uint64(ck.CK_UNAVAILABLE_INFORMATION)
		x.that(t.TotalPublicMemory == unknown && t.FreePublicMemory == unknown && t.TotalPrivateMemory == unknown &&
			t.FreePrivateMemory == unknown, "memory is told")
		want := ck.CKF_LOGIN_REQUIRED | ck.CKF_USER_PIN_INITIALIZED | ck.CKF_TOKEN_INITIALIZED | ck.CKF_WRITE_PROTECTED
		x.that(ck.Flags(t.Flags) == want, "flags %#x", t.Flags)
		x.that(t.SessionCount == 0 && t.RWSessionCount == 0, "sessions before")
		x.open(serial)
		x.open(serialRW)
		t = x.token()
		x.that(t.SessionCount == 2 && t.RWSessionCount == 1, "%d sessions, %d R/W", t.SessionCount, t.RWSessionCount)
	}},
}

var mechanisms = []Item{
	{Number: 41, Section: "5.5.5", Title: "the list of mechanisms is told in any room", Run: func(x *X) {
		x.start().is(ck.CKR_ARGUMENTS_BAD, "C_GetMechanismList", x.Slot, nil, nil)
		count := nothing
		x.ok("C_GetMechanismList", x.Slot, nil, &count)
		x.that(count > 0, "no mechanism")
		for _, n := range []uint{0, 1, count - 1} {
			room := n
			x.is(ck.CKR_BUFFER_TOO_SMALL, "C_GetMechanismList", x.Slot, make([]ck.MechanismType, count), &room)
			x.that(room == count, "room for %d: count %d of %d", n, room, count)
		}
		room := count + 9
		x.is(ck.CKR_OK, "C_GetMechanismList", x.Slot, make([]ck.MechanismType, room), &room)
		x.that(room == count, "count %d of %d", room, count)
	}},
	{Number: 42, Section: "5.5.6", Title: "a mechanism that is not in the list has no information", Run: func(x *X) {
		listed := x.start().mechanismList()
		for m := range ck.MechanismType(0x1200) {
			want := ck.CKR_MECHANISM_INVALID
			if slices.Contains(listed, m) {
				want = ck.CKR_OK
			}
			x.is(want, "C_GetMechanismInfo", x.Slot, m, &MechanismInfo{})
		}
		x.is(ck.CKR_MECHANISM_INVALID, "C_GetMechanismInfo", x.Slot, ck.MechanismType(junk), &MechanismInfo{})
	}},
	{Number: 43, Section: "5.5.6, 6.1", Title: "mechanisms tell what they do and no more", Run: func(x *X) {
		crypto := ck.CKF_ENCRYPT | ck.CKF_DECRYPT | ck.CKF_SIGN | ck.CKF_VERIFY
		for _, m := range x.start().mechanismList() {
			var info MechanismInfo
			x.ok("C_GetMechanismInfo", x.Slot, m, &info)
			may := ck.CKF_SIGN | ck.CKF_VERIFY | ck.CKF_HW
			switch m {
			case ck.CKM_RSA_PKCS, ck.CKM_RSA_X_509:
				may |= crypto
			case ck.CKM_RSA_PKCS_OAEP:
				may = ck.CKF_ENCRYPT | ck.CKF_DECRYPT | ck.CKF_HW
			case ck.CKM_SHA_1, ck.CKM_SHA224, ck.CKM_SHA256, ck.CKM_SHA384, ck.CKM_SHA512:
				may = ck.CKF_DIGEST
			}
			flags := ck.Flags(info.Flags)
			x.that(flags != 0 && flags&^may == 0, "mechanism %#x: flags %#x", m, flags)
			x.that(info.MinKeySize <= info.MaxKeySize, "mechanism %#x: keys of %d to %d", m, info.MinKeySize, info.MaxKeySize)
			if flags&crypto != 0 {
				x.that(info.MaxKeySize == uint64(x.bits()), "mechanism %#x: %d bits", m, info.MaxKeySize)
			}
		}
	}},
	{Number: 44, Section: "5.5.4", Title: "an event is told once", Run: func(x *X) {
		x.start()
		x.drainEvents()
		x.Reader.Remove()
		slot := noSlot
		x.is(ck.CKR_OK, "C_WaitForSlotEvent", ck.CKF_DONT_BLOCK, &slot, nil)
		x.that(slot == x.Slot, "slot %d", slot)
		x.is(ck.CKR_NO_EVENT, "C_WaitForSlotEvent", ck.CKF_DONT_BLOCK, &slot, nil)
		x.Reader.Insert(x.Card)
		x.is(ck.CKR_OK, "C_WaitForSlotEvent", ck.CKF_DONT_BLOCK, &slot, nil)
		x.is(ck.CKR_NO_EVENT, "C_WaitForSlotEvent", ck.CKF_DONT_BLOCK, &slot, nil)
	}},
	{Number: 45, Section: "5.5.4", Title: "a card that was there at C_Initialize is no event", Run: func(x *X) {
		x.ok("C_Initialize", nil)
		x.is(ck.CKR_NO_EVENT, "C_WaitForSlotEvent", ck.CKF_DONT_BLOCK, new(ck.SlotID), nil)
	}},
	{Number: 46, Section: "5.5.4", Title: "C_WaitForSlotEvent checks its arguments", Run: func(x *X) {
		x.start()
		for _, flags := range []ck.Flags{ck.CKF_DONT_BLOCK, 0} {
			x.is(ck.CKR_ARGUMENTS_BAD, "C_WaitForSlotEvent", flags, nil, nil)
			x.is(ck.CKR_ARGUMENTS_BAD, "C_WaitForSlotEvent", flags, new(ck.SlotID), []byte{1})
			x.is(ck.CKR_ARGUMENTS_BAD, "C_WaitForSlotEvent", flags|2, new(ck.SlotID), nil)
			x.is(ck.CKR_ARGUMENTS_BAD, "C_WaitForSlotEvent", flags|1<<31, new(ck.SlotID), nil)
		}
	}},
	{Number: 47, Section: "5.5.4", Title: "the blocking form waits for an event and holds nobody up", Run: func(x *X) {
		h := x.start().open(serial)
		x.drainEvents()
		waiting := x.waitElsewhere()
		x.login(h)
		x.sign(h, x.one(h, ck.CKO_PRIVATE_KEY), sha256(), []byte("x"))
		select {
		case rv := <-waiting:
			x.that(false, "it came back without an event: %v", rv)
			return
		default:
		}
		x.Reader.Remove()
		x.that(x.within(waiting) == ck.CKR_OK, "no event")
	}},
	{Number: 48, Section: "5.5.7", Title: "C_InitToken checks its arguments, then refuses", Run: func(x *X) {
		x.start()
		label := make([]byte, 32)
		x.is(ck.CKR_ARGUMENTS_BAD, "C_InitToken", x.Slot, nil, 0, label)
		x.is(ck.CKR_ARGUMENTS_BAD, "C_InitToken", x.Slot, nil, 8, label)
		x.is(ck.CKR_ARGUMENTS_BAD, "C_InitToken", x.Slot, []byte(PUK), 8, nil)
		x.is(ck.CKR_SLOT_ID_INVALID, "C_InitToken", noSlot, []byte(PUK), 8, label)
		x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_InitToken", x.Slot, []byte(PUK), 8, label)
		x.open(serial)
		x.is(ck.CKR_SESSION_EXISTS, "C_InitToken", x.Slot, []byte(PUK), 8, label)
		x.tries(3)
		x.Reader.Remove()
		x.is(ck.CKR_TOKEN_NOT_PRESENT, "C_InitToken", x.Slot, []byte(PUK), 8, label)
	}},
}

func (x *X) mechanismList() []ck.MechanismType {
	x.T.Helper()
	n := nothing
	x.ok("C_GetMechanismList", x.Slot, nil, &n)
	list := make([]ck.MechanismType, n)
	x.ok("C_GetMechanismList", x.Slot, list, &n)
	return list
}
