// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// While a card is being known again it may be taken out, reset, fall silent or
// answer nonsense: then there is an error, or the right certificate, and no
// connection stays open. A bit that changed on the way makes another
// certificate of it, as without a cache; but what was kept then does no harm
// at the next insertion.
func TestFaultsWhileKnownAgain(t *testing.T) {
	faults := map[string]simreader.Fault{
		"removed":   {Remove: true},
		"reset":     {Reset: true},
		"mute":      {Skip: true, Err: cardos.ErrCardMute},
		"6982":      simreader.Status(0x6982),
		"6F00":      simreader.Status(0x6F00),
		"6B00":      simreader.Status(0x6B00),
		"no answer": {Replace: func([]byte) []byte { return nil }},
		"nonsense":  {Replace: func(b []byte) []byte { return append([]byte{0x30, 0x82, 0xFF, 0xFF}, b...) }},
		"one bit":   {Replace: func(b []byte) []byte { b[len(b)/2] ^= 1; return b }},
		"half":      {Replace: func(b []byte) []byte { return append(b[:(len(b)-2)/2:(len(b)-2)/2], 0x90, 0x00) }},
	}
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		for name, fault := range faults {
			for at := 1; at <= warmBudget(f); at++ {
				service, _ := inserted(t, f, nil)
				store := newShelf()
				c, err := profile.Open(service.Transport(), readerName, cardos.Options{Store: store})
				require.NoError(t, err)
				firstKey(t, c)
				require.NoError(t, c.Close())
				n := 0
				service.SetFault(readerName, func(int, []byte) simreader.Fault {
					if n++; n == at {
						return fault
					}
					return simreader.Fault{}
				})
				what := fmt.Sprintf("%s at command %d", name, at)
				c, err = profile.Open(service.Transport(), readerName, cardos.Options{Store: store})
				if err == nil {
					var identities []cardos.Identity
					identities, err = c.Identities()
					for _, id := range identities {
						for _, k := range id.Keys {
							right := bytes.Equal(setFor(t, f).Identity.Certificate, k.Certificate.Raw)
							assert.True(t, right || name == "one bit", what)
						}
					}
					require.NoError(t, c.Close())
				}
				if name == "removed" {
					assert.Error(t, err, what)
				}
				assert.Zero(t, service.Connections(readerName), what)

				service, _ = inserted(t, f, nil)
				c, k := opened(t, service, store)
				assert.True(t, bytes.Equal(setFor(t, f).Identity.Certificate, k.Certificate.Raw), "the insertion after %s", what)
				signVerified(t, c, nil)
				c.Close()
			}
		}
	})
}
