// SPDX-License-Identifier: Apache-2.0

package minidriver

import "tscns/cardos/pkcs1"

// DecryptRequest is CARD_RSA_DECRYPT_INFO.
type DecryptRequest struct {
	Container uint8
	KeySpec   uint32
	Data      []byte  // as long as the modulus, little-endian
	Padding   Padding // of version 2; the zero value, or PaddingNone, for the whole block
}

// Decrypt returns the message, in its own order, or without padding the whole
// block, little-endian ([PaddingNone]). Every fault of a padding is one error,
// [InvalidParameter]. The others are those of Sign.
func (c *Context) Decrypt(h Handles, r DecryptRequest) ([]byte, error) {
	k, err := c.container(r.Container)
	if err != nil {
		return nil, err
	}
	if r.KeySpec != KeyExchange || k.spec != KeyExchange || len(r.Data) != k.key.Bits/8 {
		return nil, InvalidParameter
	}
	unpad, err := unpadder(&r.Padding)
	if err != nil {
		return nil, err
	}
	if !k.raw() {
		return nil, UnsupportedFeature
	}
	block, err := k.rawBlock(r.Data)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.reach(h, false); err != nil {
		return nil, err
	}
	result, err := c.card.RawRSA(&k.key, block)
	if err != nil {
		return nil, c.refusedUse(k, err)
	}
	if unpad == nil {
		return reversed(result), nil
	}
	message, ok := unpad(result)
	clear(result)
	if !ok {
		return nil, InvalidParameter
	}
	return message, nil
}

// unpadder returns what takes a padding off, nil for none.
func unpadder(p *Padding) (func(block []byte) (message []byte, ok bool), error) {
	switch p.Type {
	case 0, PaddingNone:
		return nil, nil
	case PaddingPKCS1:
		return pkcs1.UnpadEncryption, nil
	case PaddingOAEP:
		h, err := hashNamed(p.Hash)
		if err != nil {
			return nil, err
		}
		return pkcs1.OAEP{Hash: h, MGF: h, Label: p.Label}.Decode, nil
	}
	return nil, InvalidParameter
}
