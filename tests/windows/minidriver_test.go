// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
)

// TestMinidriver holds the functions of the DLL to the specification, one card
// with two keys and one program for all: what is asked for here changes nothing.
func TestMinidriver(t *testing.T) {
	d := newCSP(t)
	sim := newTestCard(t, simcard.FamilyB1, true, nil)
	d.reader.Insert(sim.Card)
	c := d.start(t)
	c.ok("connect 0 0")
	c.ok("begin 0")
	checkVersions(t, c)
	checkAcquireRefuses(t, c, sim)
	for _, step := range []struct {
		name string
		do   func(*testing.T, *caller, testCard)
	}{
		{"functions that a read-only card has not", checkUnsupported},
		{"without a pointer", checkPointers}, {"files", checkFiles}, {"containers", checkContainers}, {"properties", checkProperties},
		{"written properties", checkWrittenProperties},
	} {
		t.Run(step.name, func(t *testing.T) {
			c.t = t
			c.ok("acquire 0 0 7 0")
			sim.ClearLog()
			step.do(t, c, sim)
			require.Empty(t, sim.Log(), "answered from memory")
			c.ok("delete 0")
			require.Empty(t, sim.Log(), "the end of a context reaches no card")
		})
	}
	c.t = t
	c.wellBehaved()
	require.Zero(t, sim.pinCommands())
}

func checkVersions(t *testing.T, c *caller) {
	t.Helper()
	for _, version := range []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xFFFFFFFF} {
		if version < 4 {
			a := c.want(revisionMismatch, "acquire 0 0 %d 0", version)
			require.Equal(t, []string{"0", "0", "0"}, []string{a.text("vendor"), a.text("beyond"), a.text("caller")}, a.line)
			continue
		}
		a := c.ok("acquire 0 0 %d 0", version)
		require.Equal(t, int(min(version, 7)), a.number("version"), a.line)
		require.Equal(t, []string{"1", "0", "0", "0"},
			[]string{a.text("vendor"), a.text("beyond"), a.text("caller"), a.text("nulls")}, "%d: %s", version, a.line)
		c.ok("read 0 mscp kxc00 0")
		require.Equal(t, "0", c.ok("delete 0").text("vendor"))
	}
}

func checkAcquireRefuses(t *testing.T, c *caller, sim testCard) {
	t.Helper()
	refused := func(code uint32, format string, args ...any) {
		t.Helper()
		a := c.want(code, format, args...)
		require.NotEqual(t, "1", a.text("vendor"), a.line)
		require.NotEqual(t, "1", a.text("caller"), a.line)
	}
	for _, what := range []string{"data", "atr", "name", "alloc", "realloc", "free"} {
		refused(invalidParameter, "acquire 0 0 7 0 %s", what)
	}
	refused(invalidHandle, "acquire 0 0 7 0 context")
	refused(invalidHandle, "acquire 0 0 7 0 card")
	refused(unsupported, "acquire 0 0 7 1")
	for _, flags := range []uint32{2, 3, 0x40, 0x80000000} {
		refused(invalidParameter, "acquire 0 0 7 %d", flags)
	}
	for _, atr := range []string{".", "3b", strings.Repeat("3b", 34), "3b00", hex.EncodeToString(simcard.ATR(simcard.FamilyForeign))} {
		refused(unknownCard, "acquire 0 0 7 0 nothing %s", atr)
	}
	sim.ClearLog()
	refused(unknownCard, "acquire 0 0 7 0 nothing 3b80800101")
	require.LessOrEqual(t, len(sim.Log()), 2, "by its answer to reset it need not be a CNS: it may refuse two commands")
}

// notOurs are the functions that a card that cannot be written has not: what
// they are called with, by their place in CARD_DATA.
var notOurs = map[int]string{
	136: "0 0", 144: "0 1 1 2048 -", 168: "* @4", 176: "@8 8 @4", 208: "a:mscp 0", 216: "a:mscp", 240: "a:mscp a:kxc02 0 2",
	256: "a:mscp a:kxc00 0 @4 4", 264: "a:mscp a:kxc00 0", 320: "@64", 328: "@72", 336: "0 0", 352: "1 * @4 0", 392: "0 w:PIN_Identifier @4 4 0",
	424: "w:x w:AES @8 @16 16", 432: "0 w:AES @16 16 0 * @4", 440: "0 - w:a w:b @8 @16 16 0", 448: "@16 16 * @4 @8",
	456: "w:RSA w:x @8 8 @4 0", 464: "0 w:x @8 8 @4 0", 472: "0 w:x @8 8 0", 480: "0", 488: "0 w:x @16 16 * @4 0", 496: "0 1 1 2048 - 1",
}

func checkUnsupported(t *testing.T, c *caller, _ testCard) {
	for place, args := range notOurs {
		c.want(unsupported, "call 0 %d %s", place, args)
	}
	// Key sizes of keys that are defined and not there, and of others.
	c.want(unsupported, "key-sizes 0 3 0 1")
	c.want(invalidParameter, "key-sizes 0 99 0 1")
	require.NotEmpty(t, notOurs)
}

// withoutPointer are calls that lack one that must be there.
var withoutPointer = []string{
	"128 -", "152 0 0 -", "160 - @8 8 @4", "160 w:user - 8 @4", "184 w:user - 8 @5 5 0 2", "192 w:user - 8 @5 5 0 2 @4",
	"192 - @8 8 @5 5 0 2 @4", "248 - - 0 * @4", "248 a:mscp a:kxc00 0 - @4", "248 a:mscp a:kxc00 0 * -", "272 a:mscp - @4 0",
	"272 a:mscp * - 0", "280 a:mscp a:kxc00 -", "288 0 -", "296 1 0 -", "304 -", "312 -", "360 1 0 - 8 - - @4",
	"368 2 1 - 8 1 @5 5 0 @4", "368 2 1 @8 8 1 - 5 0 @4", "384 0 - @40 40 @4 0", "384 0 w:Container_Info - 40 @4 0",
	"384 0 w:PIN_Identifier @4 4 - 0", "400 - @4 4 @4 0", "400 w:Read_Only_Mode - 4 @4 0", "400 w:Read_Only_Mode @4 4 - 0",
	"408 - @8 8 0", "408 w:Parent_Window - 8 0",
}

func checkPointers(t *testing.T, c *caller, _ testCard) {
	for _, call := range withoutPointer {
		c.want(invalidParameter, "call 0 %s", call)
	}
	for place := 120; place < 504; place += 8 {
		if place == 224 || place == 232 || place == 344 || place == 416 { // unused, or the caller's
			continue
		}
		code := uint32(invalidParameter)
		if _, none := notOurs[place]; none {
			code = unsupported
		}
		c.want(code, "call - %d", place)
	}
	require.Len(t, withoutPointer, 28)
	for _, call := range nowhere {
		c.want(invalidParameter, "call 0 %s", call)
	}
}

// nowhere are calls with the address 4096, at which Windows gives no program memory.
var nowhere = []string{
	"128 4096", "152 0 0 4096", "160 4096 @8 8 @4", "160 w:user 4096 8 @4", "160 w:user @8 8 4096", "192 w:user @8 8 4096 5 0 2 @4",
	"200 4096 0", "248 a:mscp 4096 0 * @4", "248 a:mscp a:kxc00 0 4096 @4", "248 a:mscp a:kxc00 0 * 4096", "272 4096 * @4 0", "272 a:mscp 4096 @4 0",
	"280 a:mscp a:kxc00 4096", "288 0 4096", "296 1 0 4096", "304 4096", "312 4096", "360 1 0 4096 8 - - @4", "360 1 0 @8 8 4096 @4 @4",
	"360 1 0 @8 8 - - 4096", "384 0 4096 @4 4 @4 0", "384 0 w:Container_Info 4096 40 @4 0", "400 4096 @4 4 @4 0",
	"400 w:Read_Only_Mode 4096 4 @4 0", "400 w:Read_Only_Mode @4 4 4096 0", "408 w:Parent_Window 4096 8 0",
}

func checkFiles(t *testing.T, c *caller, sim testCard) {
	read := func(dir, name string) []byte { t.Helper(); return c.ok("read 0 %s %s 0", dir, name).bytes("data") }
	id, cf := read("-", "cardid"), read("-", "cardcf")
	require.Len(t, id, 16)
	require.NotEqual(t, make([]byte, 16), id)
	require.Len(t, cf, 6)
	require.NotZero(t, binary.LittleEndian.Uint16(cf[2:]))
	require.NotZero(t, binary.LittleEndian.Uint16(cf[4:]))
	require.Equal(t, "6d73637000000000", hex.EncodeToString(read("-", "cardapps")))
	require.True(t, bytes.Equal(sim.identity.Certificate, read("mscp", "kxc00")))
	require.True(t, bytes.Equal(sim.signature.Certificate, read("mscp", "ksc01")))
	require.Equal(t, cf, read(".", "CARDCF"), "the empty name is the root, and case does not matter")
	require.Equal(t, read("mscp", "cmapfile"), read("MSCP", "CMapFile"))

	access := map[string]uint32{"cardid": 3, "cardcf": 1, "cardapps": 3, "cmapfile": 1, "kxc00": 1, "ksc01": 1}
	for dir, want := range map[string][]string{"-": {"cardapps", "cardcf", "cardid"}, "mscp": {"cmapfile", "kxc00", "ksc01"}} {
		listed := c.ok("enum 0 %s 0", dir).bytes("data")
		require.True(t, bytes.HasSuffix(listed, []byte{0, 0}), "%x", listed)
		names := strings.Split(strings.TrimRight(string(listed), "\x00"), "\x00")
		require.ElementsMatch(t, want, names)
		for _, name := range names {
			for version := range 2 {
				info := c.ok("file-info 0 %s %s %d", dir, name, version).bytes("data")
				require.EqualValues(t, len(read(dir, name)), binary.LittleEndian.Uint32(info[4:]), name)
				require.Equal(t, access[name], binary.LittleEndian.Uint32(info[8:]), name)
			}
			c.want(revisionMismatch, "file-info 0 %s %s 2", dir, name)
		}
	}
	for _, wrong := range []string{"read 0 %s 0", "file-info 0 %s 1"} {
		c.want(fileNotFound, wrong, "mscp msroots")
		c.want(fileNotFound, wrong, "mscp kxc01")
		c.want(fileNotFound, wrong, "- kxc00")
		c.want(fileNotFound, wrong, "mscp .")
		c.want(fileNotFound, wrong, "mscp "+strings.Repeat("k", 300))
		c.want(dirNotFound, wrong, "other kxc00")
		c.want(dirNotFound, wrong, strings.Repeat("m", 300)+" kxc00")
	}
	c.want(dirNotFound, "enum 0 other 0")
	c.want(invalidParameter, "read 0 mscp kxc00 1")
	c.want(invalidParameter, "enum 0 mscp 1")
}

// publicKeyBlob is a PUBLICKEYBLOB of an RSA key, of wincrypt.h.
func publicKeyBlob(certificate []byte, algorithm uint32) []byte {
	leaf, _ := x509.ParseCertificate(certificate)
	key := leaf.PublicKey.(*rsa.PublicKey)
	b := binary.LittleEndian.AppendUint32([]byte{6, 2, 0, 0}, algorithm)
	b = append(b, "RSA1"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(key.N.BitLen()))
	b = binary.LittleEndian.AppendUint32(b, uint32(key.E))
	return append(b, reversed(key.N.FillBytes(make([]byte, key.Size())))...)
}

// record is a CONTAINER_MAP_RECORD.
type record struct {
	name                string
	flags               byte
	signature, exchange int // bits
}

func recordOf(b []byte) (r record) {
	var name []uint16
	for i := 0; i < 80 && (b[i] != 0 || b[i+1] != 0); i += 2 {
		name = append(name, binary.LittleEndian.Uint16(b[i:]))
	}
	return record{string(utf16.Decode(name)), b[80], int(binary.LittleEndian.Uint16(b[82:])), int(binary.LittleEndian.Uint16(b[84:]))}
}

func checkContainers(t *testing.T, c *caller, sim testCard) {
	cmap := c.ok("read 0 mscp cmapfile 0").bytes("data")
	require.Len(t, cmap, 2*86)
	first, second := recordOf(cmap), recordOf(cmap[86:])
	for _, r := range []record{first, second} {
		require.Len(t, r.name, 36)
		require.NotContains(t, r.name, `\`)
	}
	require.NotEqual(t, first.name, second.name)
	require.Equal(t, record{first.name, 3, 0, 1024}, first)
	require.Equal(t, record{second.name, 1, 2048, 0}, second)

	exchange, signature := publicKeyBlob(sim.identity.Certificate, 0xA400), publicKeyBlob(sim.signature.Certificate, 0x2400)
	for _, ask := range []string{"container 0 %d 0 1", "container 0 %d 0 0", "container-property 0 %d Container_Info 0 40"} {
		a := c.ok(ask, 0)
		require.Equal(t, exchange, a.bytes("exchange"))
		require.Equal(t, "NULL", a.text("signature"))
		a = c.ok(ask, 1)
		require.Equal(t, signature, a.bytes("signature"))
		require.Equal(t, "NULL", a.text("exchange"))
		for _, index := range []int{2, 99, 255} {
			c.want(noKeyContainer, ask, index)
		}
	}
	c.want(invalidParameter, "container 0 0 1 1")
	c.want(revisionMismatch, "container 0 0 0 2")
	for index, role := range []int{1, 3} {
		require.Equal(t, fmt.Sprintf("%02x000000", role), c.ok("container-property 0 %d PIN_Identifier 0 4", index).text("data"))
	}
	a := c.want(insufficientBuffer, "container-property 0 0 PIN_Identifier 0 3")
	require.Equal(t, 4, a.number("length"))
	c.want(insufficientBuffer, "container-property 0 0 Container_Info 0 39")
	c.want(noKeyContainer, "container-property 0 2 PIN_Identifier 0 4")
	for _, wrong := range []string{"PIN_Identifier 1 4", "Associated_ECDH_Key 0 4", "nothing 0 4"} {
		c.want(invalidParameter, "container-property 0 0 %s", wrong)
	}
}

// words are numbers of four bytes as structures of Windows have them, in
// hexadecimal.
func words(numbers ...uint32) string {
	var b []byte
	for _, n := range numbers {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return hex.EncodeToString(b)
}

func checkProperties(t *testing.T, c *caller, sim testCard) {
	serial := sim.identity.Serial
	pin := words(6) // PIN_INFO says which version it is wanted in
	for _, p := range []struct{ name, flags, content, want string }{
		{"Free_Space", "0", "", words(1, 0, 0, 2)},
		{"Capabilities", "0", "", words(1, 1, 0)},
		{"Key_Sizes", "1", "", words(1, 1024, 1024, 1024)},
		{"Key_Sizes", "2", "", words(1, 2048, 2048, 2048)},
		{"Read_Only_Mode", "0", "", words(1)},
		{"Cache_Mode", "0", "", words(2)},
		{"Supports_Windows_x.509_Enrollment", "0", "", words(0)},
		{"Card_Identifier", "0", "", c.ok("read 0 - cardid 0").text("data")},
		{"Card_Serial_Number", "0", "", hex.EncodeToString([]byte(serial))},
		{"PIN_Information", "1", pin, words(6, 0, 0, 0x02, 0x04, 6, 0, 0, 0)},
		{"PIN_Information", "2", pin, words(6, 0, 6, 0, 0, 6, 0, 0, 0)},
		{"PIN_Information", "3", pin, words(6, 0, 3, 0x08)},
		{"PIN_List", "0", "ffffffff", words(1<<1 | 1<<2 | 1<<3)},
		{"PIN_Strength_Verify", "1", "", words(1)},
		{"Key_Import_Support", "0", "", words(0)},
	} {
		ask := func(code uint32, size int) answer {
			t.Helper()
			return c.want(code, "property 0 %s %s %d %s", p.name, p.flags, size, p.content)
		}
		whole := ask(success, 200)
		require.True(t, strings.HasPrefix(whole.text("data"), p.want), "%s: %s, not %s", p.name, whole.line, p.want)
		need := whole.number("length")
		require.Equal(t, whole.text("data"), ask(success, need).text("data"), p.name)
		for _, small := range []int{0, need - 1} {
			assert.Equal(t, need, ask(insufficientBuffer, small).number("length"), p.name)
		}
		if p.flags == "0" {
			c.want(invalidParameter, "property 0 %s 1 200 %s", p.name, p.content)
		}
	}
	for _, version := range []uint32{0, 5, 7} {
		c.want(revisionMismatch, "property 0 PIN_Information 1 36 %s", words(version))
	}
	for _, id := range []int{0, 4, 7, 8, 255} {
		c.want(invalidParameter, "property 0 PIN_Information %d 36 %s", id, pin)
		c.want(invalidParameter, "property 0 PIN_Strength_Verify %d 4", id)
	}
	for _, name := range []string{"Authenticated_State", "Algorithms", "Chaining_Modes"} {
		c.want(invalidParameter, "property 0 %s 0 64", name)
	}
	for _, name := range []string{".", "nothing", "read_only_mode", strings.Repeat("Cache_Mode", 500)} {
		a := c.ask("property 0 %s 0 64", name)
		require.Contains(t, []uint32{unsupported, invalidParameter}, a.code, a.line)
	}
}

func checkWrittenProperties(t *testing.T, c *caller, _ testCard) {
	window := strings.Repeat("00", 8)
	text := hex.EncodeToString(wide("Inserisci il PIN"))
	c.ok("set-property 0 Parent_Window 0 %s", window)
	c.ok("set-property 0 PIN_Context_String 0 %s", text)
	c.want(invalidParameter, "set-property 0 Parent_Window 0 %s", window[:8])
	c.want(invalidParameter, "set-property 0 Parent_Window 1 %s", window)
	c.want(invalidParameter, "set-property 0 PIN_Context_String 1 %s", text)
	for _, name := range []string{"Read_Only_Mode", "Cache_Mode", "Free_Space", "Card_Identifier", "PIN_Information", "nothing"} {
		a := c.ask("set-property 0 %s 0 %s", name, words(0))
		require.Contains(t, []uint32{unsupported, securityViolation, invalidParameter}, a.code, "%s: %s", name, a.line)
	}
	require.Equal(t, words(1), c.ok("property 0 Read_Only_Mode 0 4").text("data"))
}
