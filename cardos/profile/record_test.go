// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos/certificate"
	"tscns/cardos/layout/iasecc"
	"tscns/cardos/store"
)

// A record of another layout, whatever profile it names, is not believed.
func TestRecordOfAnotherLayout(t *testing.T) {
	for _, p := range All() {
		instance, err := p.Layout.Restore(placeOf(p))
		require.NoError(t, err, p.Name)
		for _, other := range All() {
			_, one := p.Layout.(*iasecc.Layout)
			_, two := other.Layout.(*iasecc.Layout)
			if one != two {
				_, err := p.Layout.Restore(placeOf(other))
				assert.ErrorIs(t, err, store.ErrRecord, "%s, record of %s", p.Name, other.Name)
			}
		}
		for _, bad := range [][]byte{nil, {200}, {1}, {0, 0, 0}, {2, 0x11}} {
			_, err := p.Layout.Restore(bad)
			assert.Error(t, err, "%s, % X", p.Name, bad)
		}
		_, err = instance.RestoreKeys([]store.Key{{PIN: 9, Access: []byte{1}}}, []*certificate.Certificate{{}})
		assert.ErrorIs(t, err, store.ErrRecord, p.Name)
	}
}
