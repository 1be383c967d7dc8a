// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"fmt"

	"tscns/cardos/iso7816"
	"tscns/cardos/secmem"
)

// PINBlock is how many bytes a PIN takes in a command where it is filled with
// FF.
const PINBlock = 8

// Present sends a command with secrets as its data, exactly once, and wipes
// them. Each is filled with FF to [PINBlock] bytes, or sent as its digits
// alone. It returns the status word of the card: see [PINResult].
//
// Whoever calls it has made the object that c refers to current in this very
// transaction. Nothing else sends a secret.
func (t *Tx) Present(c iso7816.Command, filled bool, secrets ...Secret) (iso7816.Status, error) {
	memory := secmem.New(len(secrets) * PINBlock)
	defer memory.Free()
	c.Data, c.Sensitive = memory.Bytes()[:0], true
	for _, s := range secrets {
		if len(s) > PINBlock {
			return 0, ErrPINLength // it would leave the locked memory
		}
		c.Data = append(c.Data, s...)
		for filled && len(c.Data)%PINBlock != 0 {
			c.Data = append(c.Data, 0xFF)
		}
	}
	defer clear(c.Data)
	// Without an answer the PIN may be in force all the same, and a card may
	// take a change for a verification.
	before := t.card.state.opened
	t.card.state.opened = true
	r, err := t.Send(c)
	if err != nil {
		t.unanswered = true
		return 0, err
	}
	if r.Status != iso7816.OK {
		t.card.state.opened = before
	}
	return r.Status, nil
}

// present sends a command with secrets after selecting what it refers to.
func (r *Reference) present(t *Tx, c iso7816.Command, secrets ...Secret) error {
	if err := r.Select(t); err != nil {
		return err
	}
	sw, err := t.Present(c, true, secrets...)
	if err != nil {
		return err
	}
	return PINResult(sw)
}

// PINResult turns the answer to a presented PIN or PUK into an error, nil for
// 9000: a *[PINError] for a refusal, else ErrPINNotUsable, ErrUnsupported or
// ErrCardFailure.
func PINResult(sw iso7816.Status) error {
	left, counted := sw.Tries()
	switch {
	case sw == iso7816.OK:
		return nil
	case counted:
		return &PINError{Tries: Tries{Known: true, Left: left}}
	case sw == iso7816.MethodBlocked:
		return &PINError{Tries: Tries{Known: true}}
	case sw.SW1() == 0x63:
		return &PINError{}
	case sw == iso7816.ReferenceNotUsable, sw == iso7816.ConditionsNotSatisfied, sw == iso7816.ReferenceNotFound:
		return fmt.Errorf("%w: %w", ErrPINNotUsable, sw)
	case sw == iso7816.InsNotSupported, sw == iso7816.FunctionNotSupported, sw == iso7816.IncorrectP1P2:
		return fmt.Errorf("%w: %w", ErrUnsupported, sw)
	}
	return fmt.Errorf("%w: %w", ErrCardFailure, sw)
}
