// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"errors"
	"fmt"

	"tscns/cardos/pkcs1"
)

// SignPKCS1v15 returns the RSASSA-PKCS1-v1_5 signature of a key over t, usually
// a DigestInfo, as many bytes as the modulus (RFC 8017, 8.2). It pads t where
// the card does not do that itself. Errors are those of RawRSA; a t that is too
// long for key or card is ErrUnsupported.
func (c *Card) SignPKCS1v15(k *Key, t []byte) ([]byte, error) {
	return c.use(k, func(public *publicKey) (*RSAOperation, error) {
		block, err := pkcs1.PadSignature(t, public.size)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
		}
		return newOperation(public, t, block)
	})
}

// RawRSA raises a block to the private exponent of a key: block and result
// have exactly the size of the modulus, and the number in block is below it.
// The PIN of the key's identity must have been verified (ErrPINRequired). A
// card that pads by itself, as the grade [Key.RawRSA] Unknown allows, cannot do
// it (ErrUnsupported): see SignPKCS1v15.
//
// The result was checked with the public key of the certificate. That makes it
// safe to rely on the directory and security environment that an earlier call
// left on the card, which another program may have changed since: a wrong
// result is thrown away and the whole sequence done anew, once.
func (c *Card) RawRSA(k *Key, block []byte) ([]byte, error) {
	return c.use(k, func(public *publicKey) (*RSAOperation, error) { return newOperation(public, nil, block) })
}

// use runs the operation that prepare returns with the private key of k.
func (c *Card) use(k *Key, prepare func(*publicKey) (*RSAOperation, error)) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead != nil {
		return nil, c.dead
	}
	if k == nil || k.slot < 0 || k.slot >= len(c.keys) || k.identity >= len(c.state.verified) {
		return nil, fmt.Errorf("%w: key of another card", ErrNotFound)
	}
	key := &c.keys[k.slot]
	if key.private == nil {
		return nil, fmt.Errorf("%w: key that is not RSA", ErrUnsupported)
	}
	op, err := prepare(&key.public)
	if err != nil {
		return nil, err
	}
	if !c.mayUse(k) {
		return nil, ErrPINRequired
	}
	err = c.do(func(t *Tx) error {
		// A reset may have been noticed just now.
		if !c.mayUse(k) {
			return ErrPINRequired
		}
		if err := c.compareStored(t); err != nil {
			return err
		}
		return key.private.Use(t, op)
	})
	if errors.Is(err, errNotStored) {
		return nil, c.replaced()
	}
	if errors.Is(err, ErrPINRequired) {
		c.state.verified[k.identity] = false
	}
	if errors.Is(err, ErrWrongResult) {
		c.distrust()
	}
	if err != nil {
		return nil, err
	}
	return op.result, nil
}

// mayUse reports whether the card may be asked to use a key: with its PIN
// verified, as far as is known, or where nothing is.
func (c *Card) mayUse(k *Key) bool { return c.adopted || c.state.verified[k.identity] }
