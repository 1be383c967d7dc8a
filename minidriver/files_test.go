// SPDX-License-Identifier: Apache-2.0

package minidriver_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/minidriver"
	"tscns/simcard"
)

func read(t *testing.T, m *minidriver.Context, dir, name string) []byte {
	t.Helper()
	b, err := m.ReadFile(dir, name)
	require.NoError(t, err, "%s/%s", dir, name)
	info, err := m.FileInfo(dir, name)
	require.NoError(t, err)
	assert.EqualValues(t, len(b), info.Size)
	return b
}

// withSignature is a card with a signature key that has a PIN of its own.
func withSignature(t *testing.T) *simcard.Card {
	t.Helper()
	other, err := simcard.NewSet(simcard.FamilyB1)
	require.NoError(t, err)
	return newCard(t, simcard.FamilyB1, func(o *simcard.Options) {
		o.Signature = &simcard.Credential{Key: other.Identity.Key, Certificate: other.Identity.Certificate, PIN: "13572468", PUK: "86427531"}
	})
}

// nameOf is the name of a container in cmapfile.
func nameOf(record []byte) string {
	var units []uint16
	for i := range 40 {
		units = append(units, binary.LittleEndian.Uint16(record[2*i:]))
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}

func TestFiles(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		caller, m := acquired(t, newCard(t, f, nil))
		caller.sent = 0
		id := setFor(t, f).Identity
		assert.Equal(t, id.Certificate, read(t, m, "mscp", "kxc00"))
		assert.Equal(t, "mscp\x00\x00\x00\x00", string(read(t, m, "", "cardapps")))
		cardid := read(t, m, "", "cardid")
		assert.Len(t, cardid, 16)
		assert.NotContains(t, string(cardid), id.Serial[:8])
		cf := read(t, m, "", "cardcf")
		assert.Len(t, cf, 6)
		assert.NotEqual(t, make([]byte, 2), cf[2:4])
		assert.NotEqual(t, make([]byte, 2), cf[4:6])
		record := read(t, m, "mscp", "cmapfile")
		require.Len(t, record, 86)
		bits := uint16(simcard.KeyBits(f))
		assert.Equal(t, []byte{3, 0, 0, 0, byte(bits), byte(bits >> 8)}, record[80:])
		assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`, nameOf(record))
		names, err := m.EnumFiles("")
		require.NoError(t, err)
		assert.Equal(t, "cardapps\x00cardcf\x00cardid\x00\x00", string(names))
		names, err = m.EnumFiles("MSCP")
		require.NoError(t, err)
		assert.Equal(t, "cmapfile\x00kxc00\x00\x00", string(names))
		assert.Equal(t, record, read(t, m, "Mscp", "CMapFile"), "names in any case")
		for _, missing := range []string{"msroots", "kxc01", "ksc00", "", "cardid"} {
			_, err = m.ReadFile("mscp", missing)
			assert.Equal(t, minidriver.FileNotFound, err, missing)
			_, err = m.FileInfo("mscp", missing)
			assert.Equal(t, minidriver.FileNotFound, err, missing)
		}
		_, err = m.ReadFile("other", "cardid")
		assert.Equal(t, minidriver.DirNotFound, err)
		_, err = m.EnumFiles("other")
		assert.Equal(t, minidriver.DirNotFound, err)
		assert.Zero(t, caller.sent, "all from memory")
		// What is returned is the caller's.
		clear(cardid)
		assert.NotEqual(t, cardid, read(t, m, "", "cardid"))
	})
}

func TestContainers(t *testing.T) {
	_, m := acquired(t, withSignature(t))
	records := read(t, m, "mscp", "cmapfile")
	require.Len(t, records, 2*86)
	assert.Equal(t, []byte{3, 0, 0, 0, 0, 4}, records[80:86], "1024 bits to exchange")
	assert.Equal(t, []byte{1, 0, 0, 4, 0, 0}, records[86+80:], "1024 bits to sign")
	names, err := m.EnumFiles("mscp")
	require.NoError(t, err)
	assert.Equal(t, "cmapfile\x00ksc01\x00kxc00\x00\x00", string(names))
	for i, file := range []string{"kxc00", "ksc01"} {
		public := publicKey(t, m, file)
		info, err := m.ContainerInfo(uint8(i))
		require.NoError(t, err)
		blob, none, algorithm := info.KeyExchange, info.Signature, "\x00\xA4\x00\x00"
		if i == 1 {
			blob, none, algorithm = none, blob, "\x00\x24\x00\x00"
		}
		assert.Nil(t, none)
		require.Len(t, blob, 20+128)
		assert.Equal(t, "\x06\x02\x00\x00"+algorithm+"RSA1\x00\x04\x00\x00\x01\x00\x01\x00", string(blob[:20]))
		assert.Zero(t, public.N.Cmp(new(big.Int).SetBytes(reversed(blob[20:]))))
		role, err := m.ContainerProperty(uint8(i), "PIN Identifier", 0)
		require.NoError(t, err)
		assert.Equal(t, []byte{[]byte{1, 3}[i], 0, 0, 0}, role)
		_, err = m.ContainerProperty(uint8(i), "PIN Identifier", 1)
		assert.Equal(t, minidriver.InvalidParameter, err)
		_, err = m.ContainerProperty(uint8(i), "Associated ECDH Key", 0)
		assert.Equal(t, minidriver.InvalidParameter, err)
	}
	for _, index := range []uint8{2, 100, 255} {
		_, err := m.ContainerInfo(index)
		assert.Equal(t, minidriver.NoKeyContainer, err)
		_, err = m.ContainerProperty(index, "PIN Identifier", 0)
		assert.Equal(t, minidriver.NoKeyContainer, err)
		_, err = m.Sign(handles, minidriver.SignRequest{Container: index, KeySpec: 1, HashAlg: 0x8004, Data: make([]byte, 20)})
		assert.Equal(t, minidriver.NoKeyContainer, err)
	}
}

// A card has the same names in each reader, and shares none with another card.
func TestNamesOfTwoCards(t *testing.T) {
	first := newCard(t, simcard.FamilyB2, nil)
	second := newCard(t, simcard.FamilyA, func(o *simcard.Options) { o.Serial = "6090000000000017" })
	caller, here := acquired(t, first)
	caller.put(otherHandles, first)
	there, err := minidriver.Acquire(caller.options(), otherHandles, first.ATR())
	require.NoError(t, err)
	defer there.Close()
	_, other := acquired(t, second)
	for _, f := range [][2]string{{"", "cardid"}, {"", "cardcf"}, {"mscp", "cmapfile"}} {
		assert.Equal(t, read(t, here, f[0], f[1]), read(t, there, f[0], f[1]), f[1])
		assert.NotEqual(t, read(t, here, f[0], f[1]), read(t, other, f[0], f[1]), f[1])
	}
	assert.NotEqual(t, nameOf(read(t, here, "mscp", "cmapfile")), nameOf(read(t, other, "mscp", "cmapfile")))
}

func dwords(values ...uint32) string {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return string(b)
}

func TestProperties(t *testing.T) {
	_, m := acquired(t, withSignature(t))
	for _, c := range []struct {
		name  string
		flags uint32
		want  any // the value, or a code
	}{
		{"Free Space", 0, dwords(1, 0, 0, 2)},
		{"Free Space", 1, minidriver.InvalidParameter},
		{"Capabilities", 0, dwords(1, 1, 0)},
		{"Key Sizes", 1, dwords(1, 1024, 1024, 1024, 0)},
		{"Key Sizes", 2, dwords(1, 1024, 1024, 1024, 0)},
		{"Key Sizes", 3, minidriver.UnsupportedFeature},
		{"Key Sizes", 8, minidriver.UnsupportedFeature},
		{"Key Sizes", 0, minidriver.InvalidParameter},
		{"Key Sizes", 9, minidriver.InvalidParameter},
		{"Read Only Mode", 0, dwords(1)},
		{"Cache Mode", 0, dwords(2)},
		{"Cache Mode", 1, minidriver.InvalidParameter},
		{"Supports Windows x.509 Enrollment", 0, dwords(0)},
		{"Card Identifier", 0, string(read(t, m, "", "cardid"))},
		{"Card Serial Number", 0, setFor(t, simcard.FamilyB1).Identity.Serial},
		{"PIN Information", 1, dwords(6, 0, 0, 1<<1, 1<<2, 6, 0, 0, 0)},
		{"PIN Information", 2, dwords(6, 0, 6, 0, 0, 6, 0, 0, 0)},
		{"PIN Information", 3, dwords(6, 0, 3, 1<<3, 0, 6, 2, 0, 0)},
		{"PIN Information", 0, minidriver.InvalidParameter},
		{"PIN Information", 4, minidriver.InvalidParameter},
		{"PIN List", 0, dwords(1<<1 | 1<<2 | 1<<3)},
		{"PIN Strength Verify", 1, dwords(1)},
		{"PIN Strength Verify", 3, dwords(1)},
		{"PIN Strength Verify", 2, minidriver.InvalidParameter},
		{"PIN Strength Change", 1, dwords(1)},
		{"PIN Strength Unblock", 1, dwords(1)},
		{"PIN Strength Unblock", 3, minidriver.UnsupportedFeature},
		{"Key Import Support", 0, dwords(0)},
		{"Authenticated State", 0, minidriver.InvalidParameter},
		{"Padding Schemes", 1, minidriver.InvalidParameter},
		{"Algorithms", 0, minidriver.InvalidParameter},
		{"Chaining Modes", 0, minidriver.InvalidParameter},
		{"Parent Window", 0, minidriver.InvalidParameter},
		{"free space", 0, minidriver.UnsupportedFeature},
		{"", 0, minidriver.UnsupportedFeature},
	} {
		got, err := m.Property(c.name, c.flags, nil)
		if code, ok := c.want.(minidriver.Code); ok {
			assert.Equal(t, code, err, "%s %d", c.name, c.flags)
			continue
		}
		require.NoError(t, err, "%s %d", c.name, c.flags)
		assert.Equal(t, c.want, string(got), "%s %d", c.name, c.flags)
	}
}

func TestPropertyVersion(t *testing.T) {
	_, m := acquired(t, newCard(t, simcard.FamilyB2, nil))
	for version, want := range map[uint32]error{6: nil, 0: minidriver.RevisionMismatch, 7: minidriver.RevisionMismatch} {
		in := make([]byte, 36)
		binary.LittleEndian.PutUint32(in, version)
		_, err := m.Property("PIN Information", 1, in)
		assert.Equal(t, want, err, "version %d", version)
		_, err = m.Property("PIN Information", 1, in[:35])
		assert.NoError(t, err, "too small a buffer is asked for the size")
	}
}

func TestSetProperties(t *testing.T) {
	_, m := acquired(t, newCard(t, simcard.FamilyB2, nil))
	for _, c := range []struct {
		name  string
		data  int
		flags uint32
		want  error
	}{
		{"Parent Window", 8, 0, nil},
		{"Parent Window", 4, 0, minidriver.InvalidParameter},
		{"Parent Window", 8, 1, minidriver.InvalidParameter},
		{"PIN Context String", 20, 0, nil},
		{"PIN Context String", 0, 0, nil},
		{"PIN Context String", 19, 0, minidriver.InvalidParameter},
		{"Read Only Mode", 4, 0, minidriver.UnsupportedFeature},
		{"other", 4, 0, minidriver.UnsupportedFeature},
	} {
		assert.Equal(t, c.want, m.SetProperty(c.name, make([]byte, c.data), c.flags), "%s %d", c.name, c.data)
	}
}

// A card of nobody's is left to another driver, after a few questions.
func TestForeignCards(t *testing.T) {
	empty := func(o *simcard.Options) { o.Authentication = simcard.Credential{} }
	for name, card := range map[string]*simcard.Card{
		"foreign":        newCard(t, simcard.FamilyForeign, nil),
		"no certificate": newCard(t, simcard.FamilyB2, empty),
		"another's certificate file": newCard(t, simcard.FamilyE, func(o *simcard.Options) {
			o.CertificateFile, o.NoHolderData = []byte(strings.Repeat("altro", 100)), true
		}),
	} {
		c := newCaller(card)
		m, err := minidriver.Acquire(c.options(), handles, card.ATR())
		assert.Equal(t, minidriver.UnknownCard, err, name)
		assert.Nil(t, m, name)
		assert.Less(t, c.sent, 30, name)
		t.Logf("%s: %d commands", name, c.sent)
	}
	card := newCard(t, simcard.FamilyB2, nil)
	c := newCaller(card)
	for _, n := range []int{0, 1, 34, 1000} {
		_, err := minidriver.Acquire(c.options(), handles, make([]byte, n))
		assert.Equal(t, minidriver.UnknownCard, err, "answer to reset of %d bytes", n)
	}
	_, err := minidriver.Acquire(c.options(), handles, []byte{0x3B, 0x02, 0x14, 0x50})
	assert.Equal(t, minidriver.UnknownCard, err)
	for _, h := range []minidriver.Handles{{}, {Context: 1}, {Card: 1}} {
		_, err := minidriver.Acquire(c.options(), h, card.ATR())
		assert.Equal(t, minidriver.InvalidHandle, err)
	}
	assert.Zero(t, c.sent)
}

// The name of a container is made of the key alone.
func TestContainerName(t *testing.T) {
	_, m := acquired(t, newCard(t, simcard.FamilyB2, nil))
	spki := certificateOf(t, m, "kxc00").RawSubjectPublicKeyInfo
	sum := sha256.Sum256(spki)
	want := fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
	assert.Equal(t, want, nameOf(read(t, m, "mscp", "cmapfile")))
}
