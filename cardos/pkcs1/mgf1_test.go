// SPDX-License-Identifier: Apache-2.0

package pkcs1

import (
	"crypto"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/require"
)

// The padding string of OAEP holds zeros only, up to a byte 01.
func TestOAEPPaddingString(t *testing.T) {
	o := OAEP{Hash: crypto.SHA1, MGF: crypto.SHA1}
	for name, c := range map[string]struct {
		at   int
		to   byte
		want bool
	}{
		"as it is":     {0, 0, true},
		"first byte":   {0, 0x40, false},
		"in between":   {10, 0x40, false},
		"no separator": {43 - 20 - 2 - 1, 0, false},
	} {
		block, err := o.Encode(rand.Reader, []byte{0, 0}, 64)
		require.NoError(t, err)
		seed, db := block[1:21], block[21:]
		mask(o.MGF, seed, db)
		mask(o.MGF, db, seed)
		db[20+c.at] = c.to
		mask(o.MGF, db, seed)
		mask(o.MGF, seed, db)
		_, ok := o.Decode(block)
		require.Equal(t, c.want, ok, name)
	}
}
