// SPDX-License-Identifier: Apache-2.0

package iasecc

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/cardos/store"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return b
}

func parsed(t *testing.T, text string, class, number byte) object {
	t.Helper()
	o, err := parseObject(unhex(t, text), class, number)
	require.NoError(t, err)
	return o
}

// Access rules: a condition for each bit of the access mode byte but the
// highest, from bit 7 down; with and without contacts.
func TestAccessRules(t *testing.T) {
	o := parsed(t, "70 1B BF9001 17 A0 15 A1 0F 8C 05 E1 11 12 14 00 9C 06 B1 FF 51 00 00 00 80 02 0100", classKey, 1)
	control, ok := find(o, tagControl)
	require.True(t, ok)
	size, _ := control.number(tagSize)
	assert.Equal(t, 256, size)
	for bit, want := range map[byte][2]condition{
		ruleSign:         {0x11, conditionNever},
		ruleAuthenticate: {0x12, 0xFF},
		ruleDecipher:     {conditionNever, 0x51},
		0x01:             {0x00, 0x00},
		0x08:             {conditionNever, conditionNever},
	} {
		if bit == 0x01 {
			want[0] = 0x14 // the third of three conditions
		}
		assert.Equal(t, want[0], control.rule(bit, false), "%02X", bit)
		assert.Equal(t, want[1], control.rule(bit, true), "%02X contactless", bit)
	}
	for value, want := range map[condition]byte{0x11: 1, 0x1F: 15, 0x91: 1, 0x00: 0, 0x10: 0, 0x51: 0, 0x31: 0, 0x21: 0, 0xFF: 0} {
		n, ok := value.environment()
		assert.Equal(t, want != 0, ok, "%02X", value)
		if ok {
			assert.Equal(t, want, n, "%02X", value)
		}
	}
	// Fewer conditions than bits.
	short := parsed(t, "70 0D BF9001 09 A0 07 A1 05 8C 03 E1 11 12", classKey, 1)
	control, _ = find(short, tagControl)
	assert.Equal(t, conditionNever, control.rule(ruleDecipher, false))
	assert.Equal(t, conditionNever, object(nil).rule(ruleSign, false))
}

// Counter and lengths of a PIN, which come together or apart.
func TestPINObject(t *testing.T) {
	o := parsed(t, "70 15 BF8102 11 A0 06 9A0103 9B0102 7F41 06 800108 810104", classPIN, 2)
	assert.Equal(t, cardos.Tries{Known: true, Left: 2, Max: 3}, o.tries())
	assert.Equal(t, lengths{4, 8}, o.lengths())
	assert.False(t, o.lengths().fixed())
	for text, want := range map[string]lengths{
		"70 0D BF8102 09 7F41 06 800108 810108": {8, 8},
		"70 0D BF8102 09 7F41 06 800104 810108": {}, // the shortest is longer
		"70 0A BF8102 06 7F41 03 800108":        {},
		"70 0C BF8102 08 A0 06 9A0103 9B0103":   {},
		"70 09 BF8102 05 7F41 02 8001":          {}, // damaged
	} {
		o := parsed(t, text, classPIN, 2)
		assert.Equal(t, want, o.lengths(), text)
		assert.Equal(t, want == lengths{8, 8}, o.lengths().fixed(), text)
	}
	assert.Zero(t, parsed(t, "70 07 BF8102 03 7F41 00", classPIN, 2).tries())
}

// The PIN of an environment is that of the template whose usage is to verify
// one; the algorithms are those of the others.
func TestEnvironment(t *testing.T) {
	o := parsed(t, "70 2B BFFB01 27 7B 25 A4 06 950108 830181 A4 06 800102 950140 AA 03 800140 B6 06 800142 950140 B8 06 80010A 950140", classEnvironment, 1)
	crts, ok := find(o, tagEnvironment)
	require.True(t, ok)
	assert.Equal(t, environment{pin: 0x81, hasPIN: true, authenticate: 0x02, sign: 0x42, hash: 0x40, decipher: 0x0A}, crts.environment())
	for text, why := range map[string]string{
		"A4 06 950140 830181":   "a computation",
		"A4 03 950108":          "no reference",
		"A4 06 950108 830100":   "reference 0",
		"A4 07 950108 83020181": "two bytes",
		"B4 06 950108 830181":   "another template",
		"A4 06 9501":            "damaged",
	} {
		list, err := iso7816.ParseTLV(unhex(t, text))
		if err == nil {
			assert.False(t, object(list).environment().hasPIN, why)
		}
	}
}

// The answer has to be of the object that was asked for.
func TestAnotherObject(t *testing.T) {
	for _, text := range []string{"", "70 00", "70 04 BF9002 00", "70 04 BF8101 00", "BF9001 00", "70 05 BF9001 01", "70 83"} {
		_, err := parseObject(unhex(t, text), classKey, 1)
		assert.ErrorIs(t, err, iso7816.ErrProtocol, text)
	}
	o, err := parseObject(unhex(t, "70 04 BF9001 00"), classKey, 1)
	assert.NoError(t, err)
	assert.Empty(t, o)
}

// A planted record is not believed.
func TestStatementOfARecord(t *testing.T) {
	s := &Statement{PIN: 0x81, Key: Key{Reference: 0x83, Size: 256, Use: Sign, Algorithm: 0x42, Hash: 0x40}}
	encoded := s.encode()
	again, err := decodeStatement(encoded)
	require.NoError(t, err)
	assert.Equal(t, s, again)
	for n := range len(encoded) {
		_, err := decodeStatement(encoded[:n])
		assert.ErrorIs(t, err, store.ErrRecord, "%d bytes", n)
	}
	for what, change := range map[string]func(*Statement){
		"no PIN":       func(s *Statement) { s.PIN = 0 },
		"no such use":  func(s *Statement) { s.Key.Use = uses },
		"a large size": func(s *Statement) { s.Key.Size = 0x10000 },
	} {
		bad := *s
		change(&bad)
		_, err := decodeStatement(bad.encode())
		assert.ErrorIs(t, err, store.ErrRecord, what)
	}
}

// FuzzObject reads what a card may answer to GET DATA.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{
		"70 1B BF9001 17 A0 15 A1 0F 8C 05 E1 11 12 14 00 9C 06 B1 FF 51 00 00 00 80 02 0100",
		"70 15 BF8101 11 A0 06 9A0103 9B0102 7F41 06 800108 810104",
		"70 2B BFFB01 27 7B 25 A4 06 950108 830181 A4 06 800102 950140 AA 03 800140 B6 06 800142 950140 B8 06 80010A 950140",
	} {
		f.Add(unhex(f, seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, class := range []byte{classPIN, classKey, classEnvironment} {
			o, err := parseObject(b, class, 1)
			if err != nil {
				continue
			}
			value := o.lengths()
			if value.shortest > value.longest || (value.shortest == 0) != (value.longest == 0) {
				t.Fatal(value)
			}
			if tries := o.tries(); tries.Left < 0 || tries.Left > 0xFFFF {
				t.Fatal(tries)
			}
			for _, contactless := range []bool{false, true} {
				q := inquiry{contactless: contactless, size: 256}
				if k, c := q.usable(o, 1); k != nil {
					if n, ok := c.environment(); !ok || n == 0 || n > maxNumber || k.Size != 0 && k.Size != 256 {
						t.Fatal(k, c)
					}
				}
			}
			if crts, ok := find(o, tagEnvironment); ok {
				if e := crts.environment(); e.hasPIN && e.pin == 0 {
					t.Fatal(e)
				}
			}
		}
	})
}
