// SPDX-License-Identifier: Apache-2.0

package module

import "tscns/cardos"

var _ card = (*cardos.Card)(nil)

// opener returns what opens cards with a store, or without one.
func opener(store cardos.Store) func(t cardos.Transport, reader string) (card, error) {
	return func(t cardos.Transport, reader string) (card, error) {
		c, err := cardos.OpenCached(t, reader, store)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}
