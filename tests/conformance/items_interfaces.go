// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"encoding/binary"
	"slices"

	"tscns/module/ck"
)

// name is the name of the standard's interfaces, as C has it.
var name = []byte("PKCS 11\x00")

// forkSafe is CKF_INTERFACE_FORK_SAFE.
const forkSafe = ck.Flags(1)

// shown is a CK_INTERFACE.
type shown struct{ name, list, flags uint64 }

func (x *X) interfaceList() []shown {
	n := nothing
	x.ok("C_GetInterfaceList", nil, &n)
	memory := make([]byte, 24*n)
	x.ok("C_GetInterfaceList", memory, &n)
	var all []shown
	for i := range slices.Chunk(memory, 24) {
		all = append(all, shownAt(i))
	}
	return all
}

// versionOf reads the version at the beginning of a function list.
func (x *X) versionOf(list uint64) [2]byte { return [2]byte(x.host().Peek(Addr(list), 2)) }

func (x *X) peekInterface(p uint) shown { return shownAt(x.host().Peek(Addr(p), 24)) }

func shownAt(memory []byte) shown {
	at := binary.NativeEndian.Uint64
	return shown{at(memory), at(memory[8:]), at(memory[16:])}
}

var interfaces = []Item{
	{Number: 19, Section: "5.4.5", Title: "C_GetInterfaceList wants a count, and tells it", Host: true, Run: func(x *X) {
		x.is(ck.CKR_ARGUMENTS_BAD, "C_GetInterfaceList", nil, nil)
		n := nothing
		x.is(ck.CKR_OK, "C_GetInterfaceList", nil, &n)
		x.that(n >= 1, "%d interfaces", n)
	}},
	{Number: 20, Section: "5.4.5", Title: "too small a list is told the right count", Host: true, Run: func(x *X) {
		count := uint(len(x.interfaceList()))
		for n := range count {
			room := n
			x.is(ck.CKR_BUFFER_TOO_SMALL, "C_GetInterfaceList", make([]byte, 24), &room)
			x.that(room == count, "room for %d: count %d of %d", n, room, count)
		}
	}},
	{Number: 21, Section: "5.4.6", Title: "C_GetInterface wants a place for the answer", Host: true, Run: func(x *X) {
		x.is(ck.CKR_ARGUMENTS_BAD, "C_GetInterface", nil, nil, nil, 0)
		x.is(ck.CKR_ARGUMENTS_BAD, "C_GetInterface", name, []byte{2, 40}, nil, 0)
	}},
	{Number: 22, Section: "5.4.6", Title: "C_GetInterface of nothing in particular gives the default", Host: true, Run: func(x *X) {
		p := nothing
		x.ok("C_GetInterface", nil, nil, &p, 0)
		i := x.peekInterface(p)
		x.that(bytes.Equal(x.host().Peek(Addr(i.name), len(name)), name), "another name")
		x.that(i == x.interfaceList()[0], "not the first of the list")
	}},
	{Number: 23, Section: "5.4.6", Title: "unknown names, versions and flags are refused", Host: true, Run: func(x *X) {
		p := nothing
		for _, v := range [][]byte{{4, 50}, {0, 0}, {2, 41}, {3, 1}, {3, 2}, {2, 20}} {
			x.is(ck.CKR_ARGUMENTS_BAD, "C_GetInterface", name, v, &p, 0)
		}
		for _, n := range []string{"PKCS 1\x00", "PKCS 111\x00", "\x00", "Vendor Acme\x00"} {
			x.is(ck.CKR_ARGUMENTS_BAD, "C_GetInterface", []byte(n), nil, &p, 0)
		}
		for _, flags := range []ck.Flags{2, 1 << 31, ^ck.Flags(1)} {
			x.is(ck.CKR_ARGUMENTS_BAD, "C_GetInterface", name, nil, &p, flags)
		}
	}},
	{Number: 24, Section: "5.4.5, 5.4.6", Title: "both ways give the same function lists", Host: true, Run: func(x *X) {
		for _, i := range x.interfaceList() {
			v := x.versionOf(i.list)
			p := nothing
			x.ok("C_GetInterface", name, v[:], &p, 0)
			x.that(x.peekInterface(p) == i, "version %v is another interface", v)
		}
		old := nothing
		x.ok("C_GetFunctionList", &old)
		p := nothing
		x.ok("C_GetInterface", name, []byte{2, 40}, &p, 0)
		x.that(x.peekInterface(p).list == uint64(old), "2.40 is not what C_GetFunctionList gives")
	}},
	{Number: 25, Section: "5.4.5", Title: "3.x comes before 2.x; fork safety is not claimed", Host: true, Run: func(x *X) {
		all := x.interfaceList()
		x.that(len(all) == 2, "%d interfaces", len(all))
		x.that(x.versionOf(all[0].list) == [2]byte{3, 0}, "the first is %v", x.versionOf(all[0].list))
		x.that(x.versionOf(all[1].list) == [2]byte{2, 40}, "the second is %v", x.versionOf(all[1].list))
		for _, i := range all {
			x.that(i.flags == 0, "flags %x", i.flags)
		}
		p := nothing
		x.is(ck.CKR_ARGUMENTS_BAD, "C_GetInterface", nil, nil, &p, forkSafe)
	}},
	{Number: 26, Section: "5.4.4-5.4.6", Title: "the three entries are symbols, and work before C_Initialize", Host: true, Run: func(x *X) {
		for _, f := range Functions() {
			x.that(x.host().Pointer(Symbol, f.Name) == x.host().Pointer(In30, f.Name), "%s is another function", f.Name)
		}
		p, n := nothing, nothing
		x.equal("symbol", ck.CKR_OK, x.host().CallIn(Symbol, "C_GetInterface", nil, nil, &p, 0), "C_GetInterface")
		x.equal("table", ck.CKR_OK, x.host().CallIn(In30, "C_GetInterface", nil, nil, &p, 0), "C_GetInterface")
		x.equal("table", ck.CKR_OK, x.host().CallIn(In30, "C_GetInterfaceList", nil, &n), "C_GetInterfaceList")
		x.equal("table", ck.CKR_OK, x.host().CallIn(In30, "C_GetFunctionList", &p), "C_GetFunctionList")
	}},
	{Number: 27, Section: "5.9-5.16", Title: "3.x functions that are not there answer so", Host: true, Run: func(x *X) {
		h := x.start().open(serial)
		for _, f := range Functions() {
			if f.Version != "3.0" || f.Kind != "UNSUPPORTED" {
				continue
			}
			x.that(x.host().Pointer(In30, f.Name) != 0, "%s is NULL", f.Name)
			rv := x.host().CallIn(In30, f.Name, h, pkcs(), 1)
			x.equal("a good session", ck.CKR_FUNCTION_NOT_SUPPORTED, rv, f.Name)
			rv = x.host().CallIn(In30, f.Name, junk, pkcs(), 1)
			x.equal("a bad session", ck.CKR_SESSION_HANDLE_INVALID, rv, f.Name)
		}
	}},
	{Number: 28, Section: "5.6.5", Title: "C_SessionCancel ends what is active and nothing else", Run: func(x *X) {
		h := x.login(x.start().open(serial))
		key := x.one(h, ck.CKO_PRIVATE_KEY)
		x.is(ck.CKR_SESSION_HANDLE_INVALID, "C_SessionCancel", junk, ck.CKF_SIGN)
		x.ok("C_SignInit", h, pkcs(), key)
		x.ok("C_DigestInit", h, &Mechanism{Type: ck.CKM_SHA256})
		x.ok("C_FindObjectsInit", h, nil, 0)
		x.is(ck.CKR_OK, "C_SessionCancel", h, ck.Flags(0))
		x.is(ck.CKR_OK, "C_SessionCancel", h, ck.CKF_DECRYPT|ck.CKF_VERIFY|ck.CKF_ENCRYPT)
		x.is(ck.CKR_OPERATION_ACTIVE, "C_SignInit", h, pkcs(), key)
		x.is(ck.CKR_OK, "C_SessionCancel", h, ck.CKF_SIGN)
		n := uint(512)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, "C_Sign", h, []byte("x"), 1, make([]byte, 512), &n)
		x.is(ck.CKR_OK, "C_Digest", h, []byte("x"), 1, make([]byte, 512), &n)
		x.is(ck.CKR_OK, "C_SessionCancel", h, ck.CKF_FIND_OBJECTS)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, "C_FindObjectsFinal", h)
	}},
	{Number: 29, Section: "5.13.1", Title: "a NULL mechanism cancels the operation, active or not", Run: func(x *X) {
		h := x.login(x.start().open(serial))
		private, public := x.one(h, ck.CKO_PRIVATE_KEY), x.one(h, ck.CKO_PUBLIC_KEY)
		for _, f := range []struct {
			init, use string
			key       ck.ObjectHandle
		}{{"C_SignInit", "C_Sign", private}, {"C_VerifyInit", "C_Verify", public},
			{"C_EncryptInit", "C_Encrypt", public}, {"C_DecryptInit", "C_Decrypt", private}} {
			x.is(ck.CKR_OK, f.init, h, nil, f.key)
			if rv := x.D.Call(f.init, h, pkcs(), f.key); rv != ck.CKR_OK && rv != ck.CKR_KEY_FUNCTION_NOT_PERMITTED {
				x.that(false, "%s = %v", f.init, rv)
			}
			x.is(ck.CKR_OK, f.init, h, nil, 0)
			n := any(ptr(512))
			if f.use == "C_Verify" {
				n = uint(1)
			}
			x.is(ck.CKR_OPERATION_NOT_INITIALIZED, f.use, h, []byte("x"), 1, make([]byte, 512), n)
		}
		x.ok("C_DigestInit", h, &Mechanism{Type: ck.CKM_SHA256})
		x.is(ck.CKR_OK, "C_DigestInit", h, nil)
		x.is(ck.CKR_OPERATION_NOT_INITIALIZED, "C_DigestUpdate", h, []byte("x"), 1)
	}},
}

func ptr(v uint) *uint { return &v }
