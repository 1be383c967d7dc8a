// SPDX-License-Identifier: Apache-2.0

package iso7816_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tscns/cardos/iso7816"
)

func TestDirectory(t *testing.T) {
	one, two := "61 07 4F 05 A000000001", "61 0B 4F 05 A000000002 50 02 4142"
	names := [][]byte{unhex("A000000001"), unhex("A000000002")}
	for text, want := range map[string][][]byte{
		"":                                       nil,
		one + two:                                names,
		"FF00" + one + "00" + one + two + "0000": names,
		"4F 05 A000000001":                       names[:1],
		one + "61 02 5000" + two:                 names,
		one + "61 06 4F 04 A0000000" + two:       names, // too short
		one + "61 13 4F 11" + strings.Repeat("A0", 17) + two: names,
		one + "61 7F 4F 05":      names[:1], // cut off
		one + "61 04 4F 05 A0A0": names[:1],
	} {
		assert.Equal(t, want, iso7816.ApplicationNames(unhex(text)), text)
	}
	var many []byte
	for i := range 100 {
		many = append(many, 0x61, 7, 0x4F, 5, 0xA0, 0, 0, 0, byte(i))
	}
	assert.Len(t, iso7816.ApplicationNames(many), iso7816.MaxApplications)
}

// FuzzDirectory reads what a card may have in EF.DIR.
func FuzzDirectory(f *testing.F) {
	f.Add(unhex("61 07 4F 05 A000000001 61 0B 4F 05 A000000002 50 02 4142"))
	f.Add(unhex("FF00 4F 05 A000000001 61 7F"))
	f.Fuzz(func(t *testing.T, b []byte) {
		names := iso7816.ApplicationNames(b)
		if len(names) > iso7816.MaxApplications {
			t.Fatal(len(names))
		}
		for _, name := range names {
			if len(name) < 5 || len(name) > 16 {
				t.Fatalf("% X", name)
			}
		}
	})
}
