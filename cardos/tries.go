// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"fmt"

	"tscns/cardos/iso7816"
)

// Tries returns what is known of the tries left: what the card reported last, to
// any program of the user. It asks no card, and waits for none.
func (c *Card) Tries(identity int) (pin, puk Tries) { return c.pinMemory.tries(identity) }

// PINRefused reports whether PIN and PUK were refused since one was accepted, by
// any program of the user. It asks no card, and waits for none.
func (c *Card) PINRefused(identity int) (pin, puk bool) { return c.pinMemory.refused(identity) }

// Exhausted reports whether as many PINs were refused in a row as block the PIN,
// by a card that reports no tries left: the PIN is blocked, unless something that
// this user's programs know nothing of has filled its counter since. It asks no
// card, and waits for none.
func (c *Card) Exhausted(identity int) bool { return c.pinMemory.exhausted(identity) }

// QueryTries is Tries after asking the card, where that is proven to cost no
// try ([PINSpec.TriesQuery]); elsewhere it is Tries and sends nothing.
func (c *Card) QueryTries(identity int) (pin, puk Tries, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pin(identity)
	if err != nil {
		return Tries{}, Tries{}, err
	}
	if p.Tries != nil {
		err = c.doRead(func(t *Tx) (err error) {
			pin, puk, err := p.Tries(t)
			if err == nil {
				c.pinMemory.report(identity, pinSecret, pin)
				c.pinMemory.report(identity, pukSecret, puk)
			}
			return err
		})
	}
	pin, puk = c.pinMemory.tries(identity)
	return pin, puk, err
}

// AskTries asks the card for the tries that a PIN has left, by VERIFY without
// data, also where nothing proves that this costs none ([PINSpec.TriesQuery]):
// the caller has told a person so, who accepted. It sends the question once,
// and never about the PUK. On a card whose PIN reference is not known it sends
// nothing and returns ErrNoKnownForm. An answer without a counter is a zero
// Tries.
func (c *Card) AskTries(identity int) (Tries, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pin(identity)
	if err != nil {
		return Tries{}, err
	}
	if p.Reference == nil {
		return Tries{}, fmt.Errorf("%w: asking for the tries", ErrNoKnownForm)
	}
	var left Tries
	err = c.do(func(t *Tx) (err error) {
		if err := p.Reference.Select(t); err != nil {
			return err
		}
		left, err = t.VerifyWithoutData(p.Reference.PIN, p.Spec.MaxTries)
		return err
	})
	// Without an answer it may or may not have cost a try.
	c.pinMemory.report(identity, pinSecret, left)
	return left, err
}

// VerifyWithoutData asks for the tries left by VERIFY without data (ISO
// 7816-4, 11.6.6). It must not be called where that may cost a try, unless a
// person accepted that. A card that has verified the reference already says no
// number: the counter is full then, and full is what it returns, if not 0.
func (t *Tx) VerifyWithoutData(reference byte, full int) (Tries, error) {
	// Sensitive only for its promise to be sent once.
	r, err := t.Send(iso7816.Command{INS: iso7816.InsVerify, P2: reference, Ne: iso7816.MaxShortNe, Sensitive: true})
	if err != nil {
		return Tries{}, err
	}
	if left, ok := r.Status.Tries(); ok {
		return Tries{Known: true, Left: left}, nil
	}
	switch r.Status {
	case iso7816.MethodBlocked:
		return Tries{Known: true}, nil
	case iso7816.OK:
		return Tries{Known: full > 0, Left: full}, nil
	}
	return Tries{}, nil
}
