// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"testing"
)

// What the cache costs a host that finds a card: reading its records.
func BenchmarkRecord(b *testing.B) {
	r := sampleRecord(b)
	blob := r.encode()
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := decodeRecord(blob); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if !bytes.Equal(r.encode(), blob) {
				b.Fatal("another record")
			}
		}
	})
}

// The check of each signature with the public key.
func BenchmarkCheck(b *testing.B) {
	s := sampleRecord(b).keys[0].slot
	result := bytes.Repeat([]byte{0x11}, s.size)
	b.ReportAllocs()
	for range b.N {
		_, _ = s.check(result, result)
	}
}
