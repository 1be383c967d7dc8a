// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func samplePINs() *PINRecord {
	return &PINRecord{Accepted: []byte{1, 2, 3}, Refused: []Refusal{
		{Form: []byte{2, 0x81, 0}}, {Form: []byte{2, 0x81, 1}, Counted: true, Left: 2}, {Form: []byte{1}, Counted: true}}}
}

func TestPINRecord(t *testing.T) {
	r := samplePINs()
	blob := r.Encode()
	again, err := DecodePINRecord(blob)
	require.NoError(t, err)
	assert.Equal(t, r, again)
	for n := range blob {
		_, err := DecodePINRecord(blob[:n])
		require.ErrorIs(t, err, ErrRecord, "%d bytes", n)
	}
	body := blob[:len(blob)-sha256.Size]
	for what, b := range map[string][]byte{
		"of a card": sample().Encode()[:40], "more": append(bytes.Clone(body), 0), "less": body[:len(body)-1],
		"tries": append(bytes.Clone(body[:len(body)-1]), maxLeft+2),
	} {
		_, err := DecodePINRecord(resummed(b))
		assert.ErrorIs(t, err, ErrRecord, what)
	}
	_, err = DecodePINRecord((&PINRecord{Refused: make([]Refusal, MaxRefused+1)}).Encode())
	assert.ErrorIs(t, err, ErrRecord)
	assert.NotEqual(t, PINRecordName([]byte{1}), PINRecordName([]byte{2}))
	assert.Len(t, PINRecordName(nil), 2*sha256.Size)
}

// FuzzPINRecord reads records whose checksum is right.
func FuzzPINRecord(f *testing.F) {
	blob := samplePINs().Encode()
	f.Add(blob[:len(blob)-sha256.Size])
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodePINRecord(resummed(b))
		if err != nil {
			return
		}
		again, err := DecodePINRecord(r.Encode())
		require.NoError(t, err)
		assert.Equal(t, r, again)
	})
}
