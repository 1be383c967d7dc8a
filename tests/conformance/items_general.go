// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"tscns/module/ck"
)

// anytime are the functions that answer before C_Initialize.
var anytime = []string{"C_Initialize", "C_GetFunctionList", "C_GetInterfaceList", "C_GetInterface"}

var general = []Item{
	{Number: 1, Section: "5.4.4", Title: "C_GetFunctionList(NULL) is refused, before C_Initialize too", Host: true, Run: func(x *X) {
		x.is(ck.CKR_ARGUMENTS_BAD, "C_GetFunctionList", nil)
		p := nothing
		x.is(ck.CKR_OK, "C_GetFunctionList", &p)
		x.that(p != 0, "no list")
	}},
	{Number: 2, Section: "5.4.4", Title: "one list of 68 functions, of version 2.40", Host: true, Run: func(x *X) {
		first, second := nothing, nothing
		x.ok("C_GetFunctionList", &first)
		x.ok("C_GetFunctionList", &second)
		x.that(first == second, "two lists")
		table := x.host().Peek(Addr(first), 8+8*68)
		x.that(table[0] == 2 && table[1] == 40, "version %d.%d", table[0], table[1])
		for i := range 68 {
			x.that(!bytes.Equal(table[8+8*i:16+8*i], make([]byte, 8)), "function %d is NULL", i)
		}
		for _, f := range Functions()[:68] {
			x.that(x.host().Pointer(In240, f.Name) == x.host().Pointer(Symbol, f.Name), "%s is another function", f.Name)
		}
	}},
	{Number: 3, Section: "5.1.6", Title: "every function wants C_Initialize first, whatever its arguments", Run: func(x *X) {
		notInitialized(x, "GO")
	}},
	{Number: 4, Section: "5.1.6", Title: "functions that are not supported want it too", Run: func(x *X) {
		notInitialized(x, "UNSUPPORTED")
	}},
	{Number: 5, Section: "5.4.1", Title: "C_Initialize twice leaves the first one intact", Run: func(x *X) {
		h := x.start().open(serial)
		x.is(ck.CKR_CRYPTOKI_ALREADY_INITIALIZED, "C_Initialize", nil)
		x.that(x.state(h) == ck.CKS_RO_PUBLIC_SESSION, "the session changed")
	}},
	{Number: 6, Section: "5.4.1", Title: "pReserved of the arguments must be NULL", Run: func(x *X) {
		x.is(ck.CKR_ARGUMENTS_BAD, "C_Initialize", &InitArgs{Reserved: 1})
		x.is(ck.CKR_CRYPTOKI_NOT_INITIALIZED, "C_Finalize", nil)
	}},
	{Number: 7, Section: "5.4.1", Title: "some but not all mutex functions are refused", Run: func(x *X) {
		for subset := 1; subset < 15; subset++ {
			for _, flags := range []ck.Flags{0, ck.CKF_OS_LOCKING_OK} {
				x.is(ck.CKR_ARGUMENTS_BAD, "C_Initialize", &InitArgs{Callbacks: callbacks(x, subset), Flags: flags})
			}
		}
		x.is(ck.CKR_CRYPTOKI_NOT_INITIALIZED, "C_Finalize", nil)
	}},
	{Number: 8, Section: "5.4.1", Title: "all four mutex functions, with and without CKF_OS_LOCKING_OK", Run: func(x *X) {
		for _, flags := range []ck.Flags{ck.CKF_OS_LOCKING_OK, 0} {
			rv := x.D.Call("C_Initialize", &InitArgs{Callbacks: callbacks(x, 15), Flags: flags})
			x.that(rv == ck.CKR_OK || flags == 0 && rv == ck.CKR_CANT_LOCK, "flags %d: %v", flags, rv)
			if rv == ck.CKR_OK {
				x.is(ck.CKR_OK, "C_Finalize", nil)
			}
		}
	}},
	{Number: 9, Section: "5.4.1", Title: "CKF_LIBRARY_CANT_CREATE_OS_THREADS, as every NSS browser sets it, is accepted", Run: func(x *X) {
		x.is(ck.CKR_OK, "C_Initialize", &InitArgs{Flags: ck.CKF_LIBRARY_CANT_CREATE_OS_THREADS | ck.CKF_OS_LOCKING_OK})
		x.login(x.open(serial))
	}},
	{Number: 10, Section: "5.4.2", Title: "after C_Finalize and C_Initialize nothing old is left", Run: func(x *X) {
		h := x.login(x.start().open(serialRW))
		key := x.one(h, ck.CKO_PRIVATE_KEY)
		x.ok("C_Finalize", nil)
		x.start()
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_GetSessionInfo", h, &SessionInfo{})
		again := x.open(serialRW)
		x.that(again != h, "the handle came back")
		x.that(x.state(again) == ck.CKS_RW_PUBLIC_SESSION, "still logged in")
		x.login(again)
		x.is(ck.CKR_OBJECT_HANDLE_INVALID, "C_GetObjectSize", again, key, new(uint))
	}},
	{Number: 11, Section: "5.4.2", Title: "C_Finalize with an argument is refused and ends nothing", Run: func(x *X) {
		h := x.start().open(serial)
		x.is(ck.CKR_ARGUMENTS_BAD, "C_Finalize", []byte{1})
		x.that(x.state(h) == ck.CKS_RO_PUBLIC_SESSION, "the session changed")
	}},
	{Number: 12, Section: "5.4.2", Title: "C_Finalize wants C_Initialize first", Run: func(x *X) {
		x.is(ck.CKR_CRYPTOKI_NOT_INITIALIZED, "C_Finalize", nil)
		x.start().ok("C_Finalize", nil)
		x.is(ck.CKR_CRYPTOKI_NOT_INITIALIZED, "C_Finalize", nil)
	}},
	{Number: 13, Section: "5.4.2, 5.5.4", Title: "C_Finalize ends a C_WaitForSlotEvent in progress", Run: func(x *X) {
		x.start()
		x.drainEvents()
		waiting := x.waitElsewhere()
		x.ok("C_GetSlotInfo", x.Slot, &SlotInfo{}) // not held up
		x.ok("C_Finalize", nil)
		x.that(x.within(waiting) == ck.CKR_CRYPTOKI_NOT_INITIALIZED, "the wait did not end so")
	}},
	{Number: 14, Section: "5.4.3", Title: "C_GetInfo(NULL) is refused", Run: func(x *X) {
		x.start().is(ck.CKR_ARGUMENTS_BAD, "C_GetInfo", nil)
	}},
	{Number: 15, Section: "3.2", Title: "texts are UTF-8 padded with blanks", Run: func(x *X) {
		var info Info
		var slot SlotInfo
		x.start().ok("C_GetInfo", &info)
		x.ok("C_GetSlotInfo", x.Slot, &slot)
		token := x.token()
		for name, text := range map[string][]byte{
			"manufacturerID": info.ManufacturerID[:], "libraryDescription": info.LibraryDescription[:],
			"slotDescription": slot.Description[:], "slot manufacturerID": slot.ManufacturerID[:],
			"label": token.Label[:], "token manufacturerID": token.ManufacturerID[:],
			"model": token.Model[:], "serialNumber": token.SerialNumber[:], "utcTime": token.UTCTime[:],
		} {
			x.that(utf8.Valid(text) && bytes.IndexByte(text, 0) < 0, "%s is %q", name, text)
			x.that(name == "utcTime" || len(bytes.TrimRight(text, " ")) > 0, "%s is empty", name)
		}
	}},
	{Number: 16, Section: "5.20", Title: "C_GetFunctionStatus and C_CancelFunction simply say so", Run: func(x *X) {
		h := x.start().open(serial)
		for _, handle := range []ck.SessionHandle{0, junk, h} {
			x.is(ck.CKR_FUNCTION_NOT_PARALLEL, "C_GetFunctionStatus", handle)
			x.is(ck.CKR_FUNCTION_NOT_PARALLEL, "C_CancelFunction", handle)
		}
	}},
	{Number: 17, Section: "5.4.1", Title: "a forked child starts afresh, and its parent goes on", Host: true, Run: fork},
	{Number: 18, Section: "5.4.1", Title: "several threads at once get right results", Run: threads},
}

// RefusesJunk calls every function with a handle of nothing and nothing else: the
// handle is what is wrong, or the pointers are.
func (x *X) RefusesJunk() {
	for _, f := range Functions() {
		if !slices.Contains(anytime, f.Name) && f.Name != "C_Finalize" && f.Name != "C_GetInfo" {
			x.oneOf([]ck.RV{ck.CKR_SESSION_HANDLE_INVALID, ck.CKR_ARGUMENTS_BAD, ck.CKR_SLOT_ID_INVALID, ck.CKR_FUNCTION_NOT_PARALLEL,
				ck.CKR_FUNCTION_NOT_SUPPORTED}, f.Name, zeros(f.Name, junk)...)
		}
	}
}

// RefusesBeforeInitialize calls every function that wants C_Initialize first.
func (x *X) RefusesBeforeInitialize() {
	notInitialized(x, "GO")
	notInitialized(x, "UNSUPPORTED")
}

// notInitialized calls every function of a kind with zeros and with junk.
func notInitialized(x *X, kind string) {
	for _, f := range Functions() {
		if f.Kind != kind && !(kind == "GO" && f.Kind == "OWN") || slices.Contains(anytime, f.Name) {
			continue
		}
		for _, first := range []uint{0, 1, junk} {
			x.is(ck.CKR_CRYPTOKI_NOT_INITIALIZED, f.Name, zeros(f.Name, first)...)
		}
	}
}

// zeros are arguments for any function: a number first, where it is one.
func zeros(name string, first uint) []any {
	args := []any{first, nil, nil, nil, nil, nil, nil, nil, nil, nil}
	switch name {
	case "C_Finalize", "C_GetInfo":
		args[0] = nil
	}
	return args
}

func callbacks(x *X, subset int) (some [4]Addr) {
	all := [4]Addr{1, 1, 1, 1}
	if h, ok := x.D.(Host); ok {
		all = h.Callbacks()
	}
	for i := range all {
		if subset>>i&1 != 0 {
			some[i] = all[i]
		}
	}
	return some
}

// drainEvents takes what events there are.
func (x *X) drainEvents() {
	x.T.Helper()
	for range 10 {
		if x.D.Call("C_WaitForSlotEvent", ck.CKF_DONT_BLOCK, new(ck.SlotID), nil) == ck.CKR_NO_EVENT {
			return
		}
	}
	x.T.Errorf("%s: events without end", caller())
}

// waitElsewhere lets another thread wait for a slot event.
func (x *X) waitElsewhere() <-chan ck.RV {
	waiting, thread := make(chan ck.RV, 1), x.D.Thread()
	started := make(chan struct{})
	go func() {
		close(started)
		waiting <- thread.Call("C_WaitForSlotEvent", ck.Flags(0), new(ck.SlotID), nil)
	}()
	<-started
	return waiting
}

// patience is how long anything may take before it counts as hanging.
const patience = 20 * time.Second

func (x *X) within(waiting <-chan ck.RV) ck.RV {
	x.T.Helper()
	select {
	case rv := <-waiting:
		return rv
	case <-time.After(patience):
		x.T.Fatalf("%s: hangs", caller())
		return 0
	}
}

// fork forks before C_Initialize, while logged in and after C_Finalize.
func fork(x *X) {
	lists := x.interfaceList()
	x.forked(lists, 1)
	h := x.login(x.start().open(serialRW))
	key := x.one(h, ck.CKO_PRIVATE_KEY)
	x.forked(lists, 2)
	x.that(x.state(h) == ck.CKS_RW_USER_FUNCTIONS, "the parent was logged out")
	x.sign(h, key, sha256(), []byte("padre"))
	x.ok("C_Finalize", nil)
	x.forked(lists, 1)
	x.ok("C_Initialize", nil)
}

// forked goes through the states of a forked child, with the function lists of
// its parent, and of a child's child down to a depth.
func (x *X) forked(lists []shown, depth int) {
	child := func() {
		x.RefusesBeforeInitialize()
		x.is(ck.CKR_ARGUMENTS_BAD, "C_Initialize", &InitArgs{Reserved: 1})
		x.is(ck.CKR_GENERAL_ERROR, "C_Initialize", x.host().Nowhere())
		x.is(ck.CKR_GENERAL_ERROR, "C_GetFunctionList", x.host().Nowhere())
		x.is(ck.CKR_CRYPTOKI_NOT_INITIALIZED, "C_Finalize", nil)
		x.is(ck.CKR_OK, "C_Initialize", nil)
		x.is(ck.CKR_CRYPTOKI_ALREADY_INITIALIZED, "C_Initialize", nil)
		x.that(slices.Equal(x.interfaceList(), lists), "other lists than in the parent")
		for _, way := range []Way{In240, In30, Symbol} {
			x.equal("forked", ck.CKR_OK, x.host().CallIn(way, "C_GetInfo", &Info{}), "C_GetInfo")
		}
		x.is(ck.CKR_OK, "C_GetSlotList", true, nil, ptr(0))
		x.is(ck.CKR_NO_EVENT, "C_WaitForSlotEvent", ck.CKF_DONT_BLOCK, new(ck.SlotID), nil)
		x.RefusesJunk()
		if depth > 1 {
			x.forked(lists, depth-1)
		}
		x.is(ck.CKR_OK, "C_Finalize", nil)
		x.RefusesBeforeInitialize()
		x.is(ck.CKR_OK, "C_Initialize", nil)
	}
	x.that(x.host().Fork(child), "the child did not end well")
}

func threads(x *X) {
	x.ok("C_Initialize", &InitArgs{Flags: ck.CKF_OS_LOCKING_OK})
	h := x.login(x.open(serial))
	key := x.one(h, ck.CKO_PRIVATE_KEY)
	want := x.sign(h, key, sha256(), []byte("messaggio"))
	var wg sync.WaitGroup
	for range 4 {
		in := *x
		in.D = x.D.Thread()
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 5 {
				var mine ck.SessionHandle
				in.is(ck.CKR_OK, "C_OpenSession", in.Slot, serial, nil, nil, &mine)
				in.that(bytes.Equal(want, in.trySign(mine, key)), "another signature")
				in.is(ck.CKR_OK, "C_CloseSession", mine)
			}
		}()
	}
	wg.Wait()
}

// trySign signs without ending the goroutine.
func (x *X) trySign(h ck.SessionHandle, key ck.ObjectHandle) []byte {
	out, n := make([]byte, 512), uint(512)
	x.is(ck.CKR_OK, "C_SignInit", h, sha256(), key)
	x.is(ck.CKR_OK, "C_Sign", h, []byte("messaggio"), 9, out, &n)
	return out[:n]
}
