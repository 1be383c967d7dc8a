// SPDX-License-Identifier: Apache-2.0

package minidriver

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/certificate"
)

// Windows finds a container by its name alone: two certificates of one key are two
// containers, the first of which keeps the name that the key has in every card.
func TestNamesOfOneKey(t *testing.T) {
	key := func(raw string) cardos.Key {
		public := &certificate.RSAPublicKey{Modulus: make([]byte, 256), Exponent: []byte{1, 0, 1}}
		return cardos.Key{Usable: true, Bits: 2048, Certificate: &certificate.Certificate{Raw: []byte(raw), SPKI: []byte("one key"), PublicKey: public}}
	}
	name := func(keys ...cardos.Key) (names []string) {
		for _, c := range containersOf([]cardos.Identity{{Keys: keys}}) {
			names = append(names, c.name)
		}
		return names
	}
	one, other := key("one"), key("other")
	both := name(one, other)
	require.Len(t, both, 2)
	require.NotEqual(t, both[0], both[1])
	require.Equal(t, name(other), both[:1], "by the key")
	require.Equal(t, both, name(one, other), "each time")
}
