// SPDX-License-Identifier: Apache-2.0

package cns

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/certificate"
	"tscns/cardos/store"
)

func sampleKey() *Key {
	return &Key{place: Place{Purpose: cardos.DigitalSignature, Certificate: CCarta, Offset: 5, Directory: "\x14\x00", CardPads: true},
		refs: []Reference{{2, "\x14\x00\x90\x02\x31\x02"}, {3, ""}}}
}

// What a record keeps of a key is what it takes to use it; where the key is
// looked for first is no matter of the record.
func TestAccessRoundTrip(t *testing.T) {
	k := sampleKey()
	place, refs, err := decodeAccess(k.Access())
	require.NoError(t, err)
	assert.Equal(t, k.place, place)
	assert.Equal(t, k.refs, refs)
	for n := range len(k.Access()) {
		_, _, err := decodeAccess(k.Access()[:n])
		assert.ErrorIs(t, err, store.ErrRecord, "%d bytes", n)
	}
}

// A key that could not be used, or that no PIN of the card protects, is not
// believed.
func TestRestoreKeysThatDoNotFit(t *testing.T) {
	config := &Config{PINs: []PIN{{Purpose: cardos.Authentication}, {Purpose: cardos.DigitalSignature}}}
	certificates := []*certificate.Certificate{{PublicKey: &certificate.RSAPublicKey{Modulus: []byte{1}}}}
	for name, c := range map[string]struct {
		pin    int
		change func(*Key)
		good   bool
	}{
		"as it was":    {1, func(*Key) {}, true},
		"another PIN":  {0, func(*Key) {}, false},
		"no reference": {1, func(k *Key) { k.refs = nil }, false},
		"odd path":     {1, func(k *Key) { k.place.Directory = "\x14" }, false},
		"odd file":     {1, func(k *Key) { k.refs[1].Attributes = "\x14\x00\x90" }, false},
		"long path":    {1, func(k *Key) { k.place.Certificate = "\x14\x00\x90\x02\x31\x02\x00\x00\x00\x00" }, false},
		"far offset":   {1, func(k *Key) { k.place.Offset = maxOffset + 1 }, false},
	} {
		k := sampleKey()
		c.change(k)
		keys, err := NewCard(config).RestoreKeys([]store.Key{{PIN: c.pin, Access: k.Access()}}, certificates)
		require.Equal(t, c.good, err == nil, name)
		if c.good {
			assert.True(t, keys[0].Usable)
			assert.Equal(t, k.place, *placeOf(&keys[0]))
		}
	}
	config.PINs = config.PINs[:1]
	_, err := NewCard(config).RestoreKeys([]store.Key{{PIN: 1, Access: sampleKey().Access()}}, certificates)
	assert.ErrorIs(t, err, store.ErrRecord, "a card without that PIN")
}

// FuzzAccess reads what a planted record may say of a key.
func FuzzAccess(f *testing.F) {
	f.Add(sampleKey().Access())
	f.Fuzz(func(t *testing.T, b []byte) {
		place, refs, err := decodeAccess(b)
		if err != nil {
			return
		}
		again, refsAgain, err := decodeAccess((&Key{place: place, refs: refs}).Access())
		require.NoError(t, err)
		assert.Equal(t, place, again)
		assert.Equal(t, refs, refsAgain)
	})
}
