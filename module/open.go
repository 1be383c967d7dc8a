// SPDX-License-Identifier: Apache-2.0

package module

import "tscns/cardos"

var _ card = (*cardos.Card)(nil)

// opener returns what opens cards with these options.
func opener(o cardos.Options) func(t cardos.Transport, reader string) (card, error) {
	return func(t cardos.Transport, reader string) (card, error) {
		c, err := cardos.Open(t, reader, o)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}
