// SPDX-License-Identifier: Apache-2.0

package abi

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/tests/conformance"
	"tscns/tests/internal/hostproc"
)

// echoHost is a host of the build whose module says back what it was given
// (tests/doubles/echo).
type echoHost struct {
	*testing.T
	d *hostproc.Line
}

// Session handles of the double, and one that it does not know.
const (
	good, panics, wrong = ck.SessionHandle(1), ck.SessionHandle(2), ck.SessionHandle(3)
	unknown             = ck.SessionHandle(99)
)

// is makes a call and wants an answer.
func (e *echoHost) is(want ck.RV, name string, args ...any) {
	e.Helper()
	require.Equal(e, want, e.d.Call(name, args...), name)
}

// said asks the double what the call before was given.
func (e *echoHost) said() string {
	e.Helper()
	text, n := make([]byte, 512), uint(512)
	e.is(ck.CKR_OK, "C_Sign", good, nil, 0, text, &n)
	return string(text[:n])
}

// words are numbers as they lie in a structure.
func words(all ...uint64) (b []byte) {
	for _, n := range all {
		b = binary.NativeEndian.AppendUint64(b, n)
	}
	return b
}

func blanks(text string, n int) string { return text + strings.Repeat(" ", n-len(text)) }

// exchange goes through all that passes between C and Go.
func exchange(t *testing.T, env ...string) {
	h, err := hostproc.Client(t).Start(hostproc.Options{Library: plain(t, echo), Env: env, Limit: limit})
	require.NoError(t, err)
	e := &echoHost{t, h.Line()}
	e.is(ck.CKR_OK, "C_Initialize", &conformance.InitArgs{Flags: ck.CKF_LIBRARY_CANT_CREATE_OS_THREADS | ck.CKF_OS_LOCKING_OK})
	for _, part := range []func(*echoHost){(*echoHost).structures, (*echoHost).slots, (*echoHost).pins, (*echoHost).attributes,
		(*echoHost).searches, (*echoHost).mechanisms, (*echoHost).operations, (*echoHost).panics} {
		part(e)
	}
	e.is(ck.CKR_OK, "C_Finalize", nil)
	require.NoError(t, h.Stop())
}

func (e *echoHost) structures() {
	var info conformance.Info
	e.is(ck.CKR_OK, "C_GetInfo", &info)
	require.Equal(e, blanks("thirty-one bytes and one mores:", 32), string(info.ManufacturerID[:]), "cut before a character")
	require.Equal(e, blanks("flags=3 callbacks=false", 32), string(info.LibraryDescription[:]))
	require.Equal(e, []any{[2]byte{3, 0}, [2]byte{4, 5}, uint64(0)}, []any{info.CryptokiVersion, info.LibraryVersion, info.Flags})
	var token conformance.TokenInfo
	e.is(ck.CKR_OK, "C_GetTokenInfo", ck.SlotID(7), &token)
	require.Equal(e, blanks("a b", 32), string(token.Label[:]))
	require.Equal(e, "0123456789abcdef", string(token.SerialNumber[:]))
	require.Equal(e, blanks("", 16), string(token.UTCTime[:]))
	require.Equal(e, []uint64{uint64(ck.CK_UNAVAILABLE_INFORMATION), 8}, []uint64{token.FreePublicMemory, token.MaxPINLen})
	require.Equal(e, [2]byte{1, 2}, token.FirmwareVersion)
}

func (e *echoHost) slots() {
	ids, n := make([]ck.SlotID, 4), uint(0)
	e.is(ck.CKR_OK, "C_GetSlotList", false, nil, &n)
	require.EqualValues(e, 3, n)
	n = 0
	e.is(ck.CKR_BUFFER_TOO_SMALL, "C_GetSlotList", false, ids, &n)
	require.EqualValues(e, 3, n)
	require.Zero(e, ids[0])
	n = 4
	e.is(ck.CKR_OK, "C_GetSlotList", false, ids, &n)
	require.EqualValues(e, 3, n)
	require.Equal(e, []ck.SlotID{7, 9, 11, 0}, ids)

	// The double finds no event three times, at once: the wait lasts three
	// slices all the same.
	slot := ck.SlotID(0)
	e.is(ck.CKR_ARGUMENTS_BAD, "C_WaitForSlotEvent", ck.Flags(2), &slot, nil)
	e.is(ck.CKR_ARGUMENTS_BAD, "C_WaitForSlotEvent", ck.Flags(0), nil, nil)
	e.is(ck.CKR_ARGUMENTS_BAD, "C_WaitForSlotEvent", ck.Flags(0), &slot, &slot)
	e.is(ck.CKR_NO_EVENT, "C_WaitForSlotEvent", ck.CKF_DONT_BLOCK, &slot, nil)
	begin := time.Now()
	e.is(ck.CKR_OK, "C_WaitForSlotEvent", ck.Flags(0), &slot, nil)
	require.Greater(e, time.Since(begin), 400*time.Millisecond)
	require.EqualValues(e, 9, slot)
}

func (e *echoHost) pins() {
	pin := []byte("12345")
	login := func(want ck.RV, h ck.SessionHandle, pin []byte, n int) {
		e.Helper()
		e.is(want, "C_Login", h, ck.CKU_USER, pin, n)
	}
	login(ck.CKR_OK, good, pin, 5)
	require.Equal(e, "12345", string(pin), "the caller's PIN is the caller's")
	login(ck.CKR_PIN_INCORRECT, good, pin, 4)
	login(ck.CKR_PIN_INCORRECT, good, pin, 0)
	login(ck.CKR_FUNCTION_CANCELED, good, nil, 0)
	login(ck.CKR_ARGUMENTS_BAD, good, nil, 5)
	login(ck.CKR_SESSION_HANDLE_INVALID, unknown, nil, 5)
}

func (e *echoHost) attributes() {
	get := func(want ck.RV, h ck.SessionHandle, t conformance.Template) {
		e.Helper()
		e.is(want, "C_GetAttributeValue", h, ck.ObjectHandle(1), t, len(t))
	}
	a := conformance.Template{conformance.Buffer(ck.CKA_LABEL, 7), conformance.Buffer(ck.CKA_ID, 4)}
	copy(a[0].Value, "xxxxxxx")
	get(ck.CKR_OK, good, a)
	require.EqualValues(e, 5, a[0].Len)
	require.Equal(e, "labelxx", string(a[0].Value))
	require.Zero(e, a[1].Len)
	a = conformance.Template{conformance.Buffer(ck.CKA_PRIVATE_EXPONENT, 8)}
	get(ck.CKR_ATTRIBUTE_SENSITIVE, good, a)
	require.Equal(e, ck.CK_UNAVAILABLE_INFORMATION, a[0].Len)
	small := conformance.Attribute{Type: ck.CKA_LABEL, Value: []byte("xxxxxxxx"), Len: 2}
	a = conformance.Template{small, {Type: ck.CKA_LABEL, Len: 99}, conformance.Buffer(ck.CKA_LABEL, 5)}
	get(ck.CKR_BUFFER_TOO_SMALL, good, a)
	require.Equal(e, ck.CK_UNAVAILABLE_INFORMATION, a[0].Len)
	require.EqualValues(e, 5, a[1].Len, "a query for the size")
	require.Equal(e, "label", string(a[2].Value), "the entry after an error")
	a = conformance.Template{conformance.Buffer(ck.CKA_LABEL, 7)}
	get(ck.CKR_SESSION_HANDLE_INVALID, unknown, a)
	require.EqualValues(e, 7, a[0].Len, "a refused call changes no length")
	e.is(ck.CKR_ARGUMENTS_BAD, "C_GetAttributeValue", good, ck.ObjectHandle(1), nil, 1)
	get(ck.CKR_GENERAL_ERROR, wrong, conformance.Template{small})
	require.Equal(e, "xxxxxxxx", string(small.Value), "nothing is written past the buffer")
}

func (e *echoHost) searches() {
	t := conformance.Template{conformance.Attr(ck.CKA_CLASS, words(uint64(ck.CKO_CERTIFICATE))), {Type: ck.CKA_ID}, {Type: ck.CKA_LABEL, Len: 3}}
	e.is(ck.CKR_OK, "C_FindObjectsInit", good, t, 2)
	require.Equal(e, "[{0 0100000000000000} {102 }]; ", e.said())
	e.is(ck.CKR_ARGUMENTS_BAD, "C_FindObjectsInit", good, t, 3)
	e.is(ck.CKR_OK, "C_FindObjectsInit", good, nil, 0)
	e.is(ck.CKR_ARGUMENTS_BAD, "C_FindObjectsInit", good, nil, 1)
	e.is(ck.CKR_ARGUMENTS_BAD, "C_FindObjectsInit", good, t, 5000)
	found, n := make([]ck.ObjectHandle, 3), uint(9)
	e.is(ck.CKR_OK, "C_FindObjects", good, found, 3, &n)
	require.EqualValues(e, 2, n)
	require.Equal(e, []ck.ObjectHandle{21, 22, 0}, found)
	e.is(ck.CKR_OK, "C_FindObjects", good, found, ^uint(0), &n)
	e.is(ck.CKR_OK, "C_FindObjects", good, nil, 0, &n)
	require.Zero(e, n)
	e.is(ck.CKR_ARGUMENTS_BAD, "C_FindObjects", good, nil, 1, &n)
	e.is(ck.CKR_ARGUMENTS_BAD, "C_FindObjects", good, found, 1, nil)
}

func (e *echoHost) mechanisms() {
	pss := conformance.PSS{Hash: ck.CKM_SHA256, MGF: ck.CKG_MGF1_SHA256, Salt: 32}
	oaep := conformance.OAEP{Hash: ck.CKM_SHA_1, MGF: ck.CKG_MGF1_SHA1, Source: 1, Label: []byte{0xab, 0xcd}}
	const pssSize, oaepSize = 3 * 8, 5 * 8
	for _, c := range []struct {
		m    *conformance.Mechanism
		said string // the beginning
	}{
		{nil, "cancelled; "},
		{&conformance.Mechanism{Type: ck.CKM_RSA_PKCS}, "1 <nil>%!x(<nil>) key 5; "},
		{&conformance.Mechanism{Type: ck.CKM_RSA_PKCS_PSS, Param: pss}, "d module.PSSParams{250 2 20} key 5; "},
		{&conformance.Mechanism{Type: ck.CKM_RSA_PKCS_OAEP, Param: oaep}, "9 module.OAEPParams{220 1 1 abcd} key 5; "},
		{&conformance.Mechanism{Type: ck.CKM_RSA_PKCS, Param: []byte{1}}, "1 module.BadParam"},
		{&conformance.Mechanism{Type: ck.CKM_RSA_PKCS, Param: conformance.NullParam(1)}, "1 module.BadParam"},
		{&conformance.Mechanism{Type: ck.CKM_RSA_PKCS_PSS, Param: make([]byte, pssSize-1)}, "d module.BadParam"},
		{&conformance.Mechanism{Type: ck.CKM_RSA_PKCS_PSS, Param: conformance.NullParam(pssSize)}, "d module.BadParam"},
		{&conformance.Mechanism{Type: ck.CKM_RSA_PKCS_PSS}, "d module.BadParam"},
		{&conformance.Mechanism{Type: ck.CKM_RSA_PKCS_OAEP, Param: make([]byte, oaepSize+1)}, "9 module.BadParam"},
		{&conformance.Mechanism{Type: ck.CKM_RSA_PKCS_OAEP, Param: words(uint64(oaep.Hash), uint64(oaep.MGF), 1, 0, 2)}, "9 module.BadParam"},
	} {
		e.is(ck.CKR_OK, "C_SignInit", good, c.m, ck.ObjectHandle(5))
		require.True(e, strings.HasPrefix(e.said(), c.said), "%s: %s", c.said, e.said())
	}
}

func (e *echoHost) operations() {
	data, out, n := []byte("data"), []byte(strings.Repeat("z", 64)), uint(0)
	e.is(ck.CKR_OK, "C_SignInit", good, &conformance.Mechanism{Type: ck.CKM_RSA_X_509}, ck.ObjectHandle(1))
	const all = "3 <nil>%!x(<nil>) key 1; data"
	e.is(ck.CKR_OK, "C_Sign", good, data, 4, nil, &n)
	require.EqualValues(e, len(all), n)
	n--
	e.is(ck.CKR_BUFFER_TOO_SMALL, "C_Sign", good, data, 4, out, &n)
	require.EqualValues(e, len(all), n)
	require.EqualValues(e, 'z', out[0])
	n = 64
	e.is(ck.CKR_OK, "C_Sign", good, data, 4, out, &n)
	require.Equal(e, all+"z", string(out[:n+1]))
	n = 3
	e.is(ck.CKR_GENERAL_ERROR, "C_Sign", wrong, nil, 0, out, &n)
	e.is(ck.CKR_ARGUMENTS_BAD, "C_Sign", good, nil, 4, out, &n)
	require.Equal(e, "ended [4]; ", e.said())
	e.is(ck.CKR_ARGUMENTS_BAD, "C_Sign", good, out, 4, out, nil)
	e.is(ck.CKR_ARGUMENTS_BAD, "C_Decrypt", good, out, 4, out, nil)
	require.Equal(e, "ended [2]; ", e.said())
	e.is(ck.CKR_OK, "C_Verify", good, []byte("a"), 1, []byte("bc"), 2)
	require.Equal(e, `verify "a" "bc"; `, e.said())
	e.is(ck.CKR_ARGUMENTS_BAD, "C_Verify", good, []byte("a"), 1, nil, 2)
	require.Equal(e, "ended [6]; ", e.said())
	e.is(ck.CKR_FUNCTION_NOT_SUPPORTED, "C_DigestKey", good, ck.ObjectHandle(1))
	e.is(ck.CKR_SESSION_HANDLE_INVALID, "C_DigestKey", unknown, ck.ObjectHandle(1))
}

func (e *echoHost) panics() {
	for range 100 {
		n := uint(0)
		e.is(ck.CKR_GENERAL_ERROR, "C_SignInit", panics, &conformance.Mechanism{Type: ck.CKM_RSA_PKCS}, ck.ObjectHandle(1))
		e.is(ck.CKR_GENERAL_ERROR, "C_Sign", panics, nil, 0, nil, &n)
		e.is(ck.CKR_GENERAL_ERROR, "C_Logout", good) // the double has no such method
	}
	e.is(ck.CKR_GENERAL_ERROR, "C_OpenSession", ck.SlotID(7), ck.CKF_SERIAL_SESSION, nil, nil, e.d.Nowhere())
	require.NotContains(e, e.said(), "opened", "a session that nobody knows of is not opened")
	h := ck.SessionHandle(0)
	e.is(ck.CKR_OK, "C_OpenSession", ck.SlotID(7), ck.CKF_SERIAL_SESSION, nil, nil, &h)
	require.Equal(e, good, h)
}

func TestBetweenCAndGo(t *testing.T) { exchange(t) }

// The trace names calls and their results, and holds no PIN and no data: the
// host logs in with 12345, has "data" signed and reads the value "label".
func TestTraceIsRedacted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace")
	exchange(t, "TSCNS_TRACE="+path)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	trace := string(text)
	require.Contains(t, trace, "C_Login = CKR_PIN_INCORRECT (0xa0) in ")
	require.Contains(t, trace, "C_Initialize = CKR_OK")
	require.Contains(t, trace, "nil pointer dereference")
	for _, secret := range []string{"12345", "data", "label"} {
		require.NotContains(t, trace, secret)
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}
