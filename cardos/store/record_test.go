// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sample() *Record {
	return &Record{ATR: []byte{0x3B, 0x00}, Profile: "Oberthur Cosmo V7 TokenME", Number: "6000000000000001", NumberSource: 1,
		Place: []byte{1, 2}, Keys: []Key{
			{PIN: 0, Access: []byte{3}, Certificate: bytes.Repeat([]byte{0x30}, 1700)},
			{PIN: 1, Access: []byte{}, Certificate: []byte{0x30, 0x82}}}}
}

func TestRoundTrip(t *testing.T) {
	r := sample()
	again, err := Decode(r.Encode())
	require.NoError(t, err)
	assert.Equal(t, r, again)
	for n := range len(r.Encode()) {
		_, err := Decode(r.Encode()[:n])
		require.ErrorIs(t, err, ErrRecord, "%d bytes", n)
	}
	assert.Equal(t, r.Name(), again.Name())
}

// resummed is a record as a program of the same user could plant it: with a
// checksum that is right.
func resummed(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append(bytes.Clone(body), sum[:]...)
}

// What goes beyond a limit is no record.
func TestLimits(t *testing.T) {
	for what, change := range map[string]func(*Record){
		"ATR":     func(r *Record) { r.ATR = make([]byte, maxATR+1) },
		"profile": func(r *Record) { r.Profile = string(make([]byte, maxName+1)) },
		"number":  func(r *Record) { r.Number += "0" },
		"source":  func(r *Record) { r.NumberSource = maxSource + 1 },
		"PIN":     func(r *Record) { r.Keys[0].PIN = maxPIN + 1 },
		"no keys": func(r *Record) { r.Keys = nil },
		"keys":    func(r *Record) { r.Keys = make([]Key, MaxKeys+1) },
		"size":    func(r *Record) { r.Keys[0].Certificate = make([]byte, MaxSize) },
	} {
		r := sample()
		change(r)
		_, err := Decode(r.Encode())
		assert.ErrorIs(t, err, ErrRecord, what)
	}
	blob := sample().Encode()
	body := blob[:len(blob)-sha256.Size]
	_, err := Decode(resummed(body))
	require.NoError(t, err)
	for what, b := range map[string][]byte{"more": append(bytes.Clone(body), 0), "less": body[:len(body)-1], "nothing": nil} {
		_, err := Decode(resummed(b))
		assert.ErrorIs(t, err, ErrRecord, what)
	}
}

// FuzzRecord reads records whose checksum is right.
func FuzzRecord(f *testing.F) {
	blob := sample().Encode()
	f.Add(blob[:len(blob)-sha256.Size])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Decode(resummed(b))
		if err != nil {
			return
		}
		again, err := Decode(r.Encode())
		require.NoError(t, err)
		assert.Equal(t, r, again)
		raw, err := hex.DecodeString(r.Name())
		require.NoError(t, err)
		assert.Len(t, raw, sha256.Size)
	})
}

// What the cache costs a host that finds a card: reading its records.
func BenchmarkRecord(b *testing.B) {
	r := sample()
	blob := r.Encode()
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := Decode(blob); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if !bytes.Equal(r.Encode(), blob) {
				b.Fatal("another record")
			}
		}
	})
}
