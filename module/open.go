// SPDX-License-Identifier: Apache-2.0

package module

import "tscns/cardos"

var _ card = (*cardos.Card)(nil)

func openCard(t cardos.Transport, reader string) (card, error) {
	c, err := cardos.Open(t, reader)
	if err != nil {
		return nil, err
	}
	return c, nil
}
