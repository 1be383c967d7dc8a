// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos/certificate"
)

// sampleRecord is one of layout T, with two possible references.
func sampleRecord(tb testing.TB) *record {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(tb, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(tb, err)
	cert, err := certificate.Parse(der)
	require.NoError(tb, err)
	k := idemiaKey
	return &record{atr: []byte{0x3B, 0x00}, profile: &profileTokenME, serial: "6000000000000001",
		keys: []foundKey{newFoundKey(cert, k, []keyRef{{2, "\x14\x00\x90\x02\x31\x02"}, {3, ""}})}}
}

func TestRecordRoundTrip(t *testing.T) {
	r := sampleRecord(t)
	again, err := decodeRecord(r.encode())
	require.NoError(t, err)
	// Where a key is looked for first is no matter of the record.
	r.keys[0].spec.ref, r.keys[0].spec.fallback = 0, false
	assert.Equal(t, r, again)
	for n := range len(r.encode()) {
		_, err := decodeRecord(r.encode()[:n])
		require.Error(t, err, "%d bytes", n)
	}
}

// A key without a reference could not be used, and a place among applications
// says nothing of a card that has none.
func TestRecordThatDoesNotFitItsProfile(t *testing.T) {
	for _, p := range profiles {
		r := sampleRecord(t)
		r.profile = p
		_, err := decodeRecord(r.encode())
		assert.Equal(t, p.apps == nil, err == nil, p.name)
		r.keys[0].slot.refs = nil
		_, err = decodeRecord(r.encode())
		assert.Equal(t, p.apps != nil, err == nil, p.name)
		r.app = 200
		_, err = decodeRecord(r.encode())
		assert.Error(t, err, p.name)
	}
}

// FuzzRecord reads records whose checksum is right, as only a program of the
// same user could plant them.
func FuzzRecord(f *testing.F) {
	blob := sampleRecord(f).encode()
	f.Add(blob[:len(blob)-sha256.Size])
	f.Add([]byte(recordMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		sum := sha256.Sum256(b)
		r, err := decodeRecord(append(bytes.Clone(b), sum[:]...))
		if err != nil {
			return
		}
		again, err := decodeRecord(r.encode())
		require.NoError(t, err)
		assert.Equal(t, r, again)
		raw, err := hex.DecodeString(r.name())
		require.NoError(t, err)
		assert.Len(t, raw, sha256.Size)
	})
}
