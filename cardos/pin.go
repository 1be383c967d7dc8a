// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"errors"
	"fmt"

	"tscns/cardos/iso7816"
)

// CheckPIN reports whether a PIN has a length and characters that the card
// could accept, without asking the card: ErrPINLength or ErrPINCharacter.
func (c *Card) CheckPIN(identity int, pin Secret) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pin(identity)
	if err != nil {
		return err
	}
	return p.Spec.checkPIN(pin)
}

// CheckPUK does the same for a PUK.
func (c *Card) CheckPUK(identity int, puk Secret) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pin(identity)
	if err != nil {
		return err
	}
	return p.Spec.checkPUK(puk)
}

func (s *PINSpec) checkPIN(pin Secret) error { return checkDigits(pin, s.MinLength, s.MaxLength) }
func (s *PINSpec) checkPUK(puk Secret) error { return checkDigits(puk, s.PUKMinLength, s.PUKMaxLength) }

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

// pin returns the PIN of an identity that the card is known to have.
func (c *Card) pin(identity int) (*PIN, error) {
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
	return &c.pins[identity], nil
}

// VerifyPIN presents the PIN of an identity to the card, once. A refusal is a
// *[PINError]; ErrPINNotUsable is a PIN that was never activated. Where nothing
// states the form of the command a refusal is an *[UnprovenError], and so is
// each further call, by any program of the user, until the card has accepted a
// PIN. Nothing is sent to a PIN that the card has lately reported to be blocked,
// nor one that another PIN of the card accepted here once the two are known to
// differ. The secret stays the caller's, who wipes it.
func (c *Card) VerifyPIN(identity int, pin Secret) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pin(identity)
	if err != nil {
		return err
	}
	if err := p.Spec.checkPIN(pin); err != nil {
		return err
	}
	if err := c.pinMemory.maySend(identity, pinSecret, pin); err != nil {
		return err
	}
	return c.verify(identity, pin, NoRetry)
}

// verify presents a PIN. The caller holds mu.
func (c *Card) verify(identity int, pin Secret, how Retry) error {
	p, err := c.pin(identity)
	if err != nil {
		return err
	}
	if err := p.Spec.checkPIN(pin); err != nil {
		return err
	}
	return c.opening(func(t *Tx) error {
		t.retry = how
		var err error
		if p.Reference == nil {
			err = p.Search(t, pin)
		} else {
			err = p.Reference.present(t, iso7816.Command{INS: iso7816.InsVerify, P2: p.Reference.PIN}, pin)
		}
		c.pinMemory.learn(identity, pinSecret, t, err)
		if !c.read || len(c.identities) > 1 { // not every card of a kind with two PINs has the second
			c.pinMemory.compare(identity, pin, err)
		}
		c.state.verified[identity] = err == nil
		return err
	})
}

// ChangePIN replaces the PIN of an identity. Errors are those of VerifyPIN,
// about the old PIN; both are checked for length and digits first.
func (c *Card) ChangePIN(identity int, old, new Secret) error {
	r := renewal{what: "changing the PIN", check: (*PINSpec).checkPIN, by: pinSecret}
	return c.renewPIN(identity, r, old, new, func(t *Tx, p *PIN) error {
		err := p.change(t, old, new)
		if err != nil {
			c.state.verified[identity] = false // a card may take it for the end of one
		}
		return err
	})
}

// UnblockPIN sets a new PIN by the PUK and resets the counter of the PIN.
// Errors are those of VerifyPIN, about the PUK.
func (c *Card) UnblockPIN(identity int, puk, new Secret) error {
	r := renewal{what: "unblocking the PIN", check: (*PINSpec).checkPUK, by: pukSecret}
	return c.renewPIN(identity, r, puk, new, func(t *Tx, p *PIN) error {
		err := p.unblock(t, puk, new)
		if err == nil {
			c.pinMemory.learn(identity, pinSecret, t, nil)
		}
		return err
	})
}

// renewal is a way to set a new PIN: by a secret that check passes.
type renewal struct {
	what  string
	check func(*PINSpec, Secret) error
	by    secretKind
}

// renewPIN runs what sets a new PIN by a secret.
func (c *Card) renewPIN(identity int, r renewal, by, new Secret, run func(*Tx, *PIN) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pin(identity)
	if err != nil {
		return err
	}
	if !p.renewable() {
		return fmt.Errorf("%w: %s", ErrNoKnownForm, r.what)
	}
	if err := errors.Join(r.check(&p.Spec, by), p.Spec.checkPIN(new)); err != nil {
		return err
	}
	if err := c.pinMemory.maySend(identity, r.by, by); err != nil {
		return err
	}
	return c.do(func(t *Tx) error {
		err := run(t, p)
		c.pinMemory.learn(identity, r.by, t, err)
		if err == nil {
			c.pinMemory.renewed(identity)
		}
		return err
	})
}

// Verified reports whether a PIN of ours is in force on the card, from memory.
// It is false once a reset by another program was noticed.
func (c *Card) Verified(identity int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead == nil && identity >= 0 && identity < len(c.state.verified) && c.state.verified[identity]
}

// Renewable reports whether a command is known by which PIN and PUK of an
// identity set a new PIN, from memory.
func (c *Card) Renewable(identity int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pin(identity)
	return err == nil && p.renewable()
}
