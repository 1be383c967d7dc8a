// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"errors"
	"fmt"

	"tscns/cardos/iso7816"
	"tscns/cardos/secmem"
)

// pinOf returns the PIN of an identity that the card is known to have.
func (c *Card) pinOf(identity int) (*pinSpec, error) {
	if c.dead != nil {
		return nil, c.dead
	}
	known := 1
	if c.read {
		known = len(c.identities)
	}
	if identity < 0 || identity >= known {
		return nil, fmt.Errorf("%w: identity %d", ErrNotFound, identity)
	}
	return &c.profile.pins[identity], nil
}

func checkDigits(s Secret, shortest, longest int) error {
	if len(s) < shortest || len(s) > longest {
		return ErrPINLength
	}
	for _, b := range s {
		if b < '0' || b > '9' {
			return ErrPINCharacter
		}
	}
	return nil
}

// CheckPIN says whether a PIN has a length and characters that the card could
// accept, without asking the card: ErrPINLength or ErrPINCharacter.
func (c *Card) CheckPIN(identity int, pin Secret) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pinOf(identity)
	if err != nil {
		return err
	}
	return checkDigits(pin, p.spec.MinLength, p.spec.MaxLength)
}

// CheckPUK does the same for a PUK.
func (c *Card) CheckPUK(identity int, puk Secret) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pinOf(identity)
	if err != nil {
		return err
	}
	return checkDigits(puk, p.spec.PUKMinLength, p.spec.PUKMaxLength)
}

// Tries tells what is known of the tries left, from memory.
func (c *Card) Tries(identity int) (pin, puk Tries) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if identity < 0 || identity >= len(c.tries) {
		return
	}
	return c.tries[identity].pin, c.tries[identity].puk
}

// QueryTries is Tries after asking the card, where that is proven to cost no
// try (PINSpec.TriesQuery); elsewhere it is Tries and sends nothing.
func (c *Card) QueryTries(identity int) (pin, puk Tries, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pinOf(identity)
	if err != nil {
		return Tries{}, Tries{}, err
	}
	known := &c.tries[identity]
	if p.spec.TriesQuery == Proven {
		err = c.doRead(func(t *tx) error {
			if err := t.selectDir(pathMF); err != nil {
				return err
			}
			if err := t.queryTries(p.pin, p.spec.MaxTries, &known.pin); err != nil {
				return err
			}
			return t.queryTries(p.puk, 0, &known.puk)
		})
	}
	return known.pin, known.puk, err
}

// queryTries sends VERIFY without data. It must not be called where that may
// cost a try.
func (t *tx) queryTries(ref byte, full int, tries *Tries) error {
	// Sensitive only for its promise to be sent once.
	r, err := t.send(iso7816.Command{INS: iso7816.InsVerify, P2: ref, Ne: iso7816.MaxShortNe, Sensitive: true})
	if err != nil {
		return err
	}
	*tries = Tries{}
	if left, ok := r.Status.Tries(); ok {
		*tries = Tries{Known: true, Left: left}
	} else if r.Status == iso7816.MethodBlocked {
		*tries = Tries{Known: true}
	} else if r.Status == iso7816.OK && full > 0 {
		*tries = Tries{Known: true, Left: full} // verified, so the counter is full
	}
	return nil
}

// VerifyPIN presents the PIN of an identity to the card, once. A refusal is a
// *PINError; ErrPINNotUsable is a PIN that was never activated. The secret
// stays the caller's, who wipes it.
func (c *Card) VerifyPIN(identity int, pin Secret) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pinOf(identity)
	if err != nil {
		return err
	}
	if err := checkDigits(pin, p.spec.MinLength, p.spec.MaxLength); err != nil {
		return err
	}
	tries := &c.tries[identity].pin
	return c.do(func(t *tx) error {
		var err error
		if c.profile.apps != nil {
			err = c.climb(t, pin, tries)
			c.ladder.exhausted = false
		} else {
			err = t.present(p, iso7816.Command{INS: iso7816.InsVerify, P2: p.pin}, tries, pin)
		}
		c.state.verified[identity] = err == nil
		if err == nil {
			*tries = fullTries(p)
		}
		return err
	})
}

// ChangePIN replaces the PIN of an identity. Errors are those of VerifyPIN,
// about the old PIN; both are checked for length and digits first.
func (c *Card) ChangePIN(identity int, old, new Secret) error {
	check := func(s PINSpec) error { return checkDigits(old, s.MinLength, s.MaxLength) }
	return c.renewPIN(identity, "changing the PIN", check, new, func(t *tx, p *pinSpec, tries *triesPair) error {
		err := t.present(p, iso7816.Command{INS: iso7816.InsChangeReference, P2: p.pin}, &tries.pin, old, new)
		if err == nil {
			tries.pin = fullTries(p)
		} else {
			c.state.verified[identity] = false // a card may take it for the end of one
		}
		return err
	})
}

// UnblockPIN sets a new PIN by the PUK and resets the counter of the PIN.
// Errors are those of VerifyPIN, about the PUK.
func (c *Card) UnblockPIN(identity int, puk, new Secret) error {
	check := func(s PINSpec) error { return checkDigits(puk, s.PUKMinLength, s.PUKMaxLength) }
	return c.renewPIN(identity, "unblocking the PIN", check, new, func(t *tx, p *pinSpec, tries *triesPair) error {
		err := t.present(p, iso7816.Command{INS: iso7816.InsResetRetryCounter, P2: p.pin}, &tries.puk, puk, new)
		if err == nil {
			tries.pin, tries.puk = fullTries(p), Tries{}
		}
		return err
	})
}

// renewPIN runs what sets a new PIN, by a secret that check passes.
func (c *Card) renewPIN(identity int, what string, check func(PINSpec) error, new Secret, run func(*tx, *pinSpec, *triesPair) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pinOf(identity)
	if err != nil {
		return err
	}
	if c.profile.apps != nil {
		return fmt.Errorf("%w: %s", ErrNoKnownForm, what)
	}
	if err := errors.Join(check(p.spec), checkDigits(new, p.spec.MinLength, p.spec.MaxLength)); err != nil {
		return err
	}
	return c.do(func(t *tx) error { return run(t, p, &c.tries[identity]) })
}

// fullTries is the counter after a success, which fills it.
func fullTries(p *pinSpec) Tries {
	return Tries{Known: p.spec.MaxTries > 0, Left: p.spec.MaxTries}
}

// present sends a command with padded secrets, exactly once, after making the
// directory of the PIN current in this very transaction: in another directory
// the same reference may be another PIN. tries becomes what the answer tells.
func (t *tx) present(p *pinSpec, c iso7816.Command, tries *Tries, secrets ...Secret) error {
	if err := t.selectDir(p.dir); err != nil {
		return err
	}
	memory := secmem.New(len(secrets) * pinLength)
	defer memory.Free()
	c.Data = memory.Bytes()[:0]
	for _, s := range secrets {
		c.Data = fill(append(c.Data, s...))
	}
	sw, err := t.sendSecret(c, tries)
	if err != nil {
		return err
	}
	return pinResult(sw, tries)
}

// fill appends FF up to a whole number of PIN blocks.
func fill(b []byte) []byte {
	for len(b)%pinLength != 0 {
		b = append(b, 0xFF)
	}
	return b
}

// sendSecret sends a command with secrets in its data, exactly once, and wipes
// them. The status word is the card's answer; without one tries is not known
// any more.
func (t *tx) sendSecret(c iso7816.Command, tries *Tries) (iso7816.Status, error) {
	defer clear(c.Data)
	c.Sensitive = true
	// Without an answer the PIN may be in force all the same, and a card may
	// take a change for a verification.
	before := t.card.state.opened
	t.card.state.opened = true
	r, err := t.send(c)
	if err != nil {
		*tries = Tries{} // it may or may not have cost a try
		return 0, err
	}
	if r.Status != iso7816.OK {
		t.card.state.opened = before
	}
	return r.Status, nil
}

// pinResult turns the answer to a PIN into an error.
func pinResult(sw iso7816.Status, tries *Tries) error {
	left, counted := sw.Tries()
	switch {
	case sw == iso7816.OK:
		return nil
	case counted:
		*tries = Tries{Known: true, Left: left}
		return &PINError{Tries: *tries}
	case sw == iso7816.MethodBlocked:
		*tries = Tries{Known: true}
		return &PINError{Tries: *tries}
	case sw.SW1() == 0x63:
		*tries = Tries{}
		return &PINError{}
	case sw == iso7816.ReferenceNotUsable, sw == iso7816.ConditionsNotSatisfied, sw == iso7816.ReferenceNotFound:
		return fmt.Errorf("%w: %w", ErrPINNotUsable, sw)
	case sw == iso7816.InsNotSupported, sw == iso7816.FunctionNotSupported, sw == iso7816.IncorrectP1P2:
		return fmt.Errorf("%w: %w", ErrUnsupported, sw)
	}
	return fmt.Errorf("%w: %w", ErrCardFailure, sw)
}

// Verified says whether a PIN of ours is in force on the card, from memory. It
// is false once a reset by another program was noticed.
func (c *Card) Verified(identity int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead == nil && identity >= 0 && identity < len(c.state.verified) && c.state.verified[identity]
}
