// SPDX-License-Identifier: Apache-2.0

package module

import (
	"bytes"

	"tscns/cardos"
)

var _ card = opened{}

// opener returns what opens cards with these options.
func opener(o cardos.Options) func(t cardos.Transport, reader string) (card, error) {
	return func(t cardos.Transport, reader string) (card, error) {
		c, err := cardos.Open(t, reader, o)
		if err != nil {
			return nil, err
		}
		return opened{c}, nil
	}
}

// opened gives a card that pads by itself the message of a block: until the
// mechanisms call SignPKCS1v15 themselves.
type opened struct{ *cardos.Card }

func (c opened) RawRSA(k *cardos.Key, block []byte) ([]byte, error) {
	if k.RawRSA == cardos.Unknown && bytes.HasPrefix(block, []byte{0x00, 0x01, 0xFF}) {
		if message := bytes.TrimLeft(block[2:], "\xFF"); len(message) > 1 && message[0] == 0x00 {
			return c.SignPKCS1v15(k, message[1:])
		}
	}
	return c.Card.RawRSA(k, block)
}
