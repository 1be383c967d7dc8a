// SPDX-License-Identifier: Apache-2.0

package iasecc

import (
	"fmt"

	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/cardos/layout/apps"
)

// The commands that set a new PIN are those of OpenSC's iasecc driver
// (iasecc_pin_change, iasecc_pin_reset). They are sent where the card reports
// that its rules allow them, digits alone, and where nothing has to be filled.

// newByPUK is P1 of RESET RETRY COUNTER with the new PIN alone, after a VERIFY
// of the PUK (ISO 7816-4, 11.6.10).
const newByPUK = 0x02

// change is CHANGE REFERENCE DATA with the present and the new PIN. Where the
// rule wants the PIN verified before, that is done first, and a refusal ends it.
func (c *Card) change(t *cardos.Tx, old, new cardos.Secret) error {
	rule, err := c.ruleOfPIN(t, ruleChange)
	if err != nil {
		return err
	}
	before := byte(0)
	if rule != conditionAlways {
		if before, err = c.referenceIn(t, rule); err != nil {
			return err
		}
	}
	if rule != conditionAlways && before != c.stated.PIN {
		return notOffered("changing the PIN")
	}
	value, err := c.valueOf(t)
	if err != nil {
		return err
	}
	if !value.takes(len(old)) || !value.takes(len(new)) {
		return refuseLength(value)
	}
	if rule != conditionAlways {
		if err := result(verify(t, c.stated.PIN, old)); err != nil {
			return err
		}
	}
	return result(t.Present(iso7816.Command{INS: iso7816.InsChangeReference, P2: c.stated.PIN}, false, old, new))
}

// unblock verifies the PUK that the rule for RESET RETRY COUNTER names, and sets
// a new PIN.
func (c *Card) unblock(t *cardos.Tx, puk, new cardos.Secret) error {
	rule, err := c.ruleOfPIN(t, ruleReset)
	if err != nil {
		return err
	}
	reference, err := c.referenceIn(t, rule)
	if err != nil {
		return err
	}
	if reference == 0 || reference == c.stated.PIN {
		return notOffered("unblocking the PIN")
	}
	value, err := c.valueOf(t)
	if err != nil {
		return err
	}
	ofPUK, err := askLengths(t, reference)
	if err != nil {
		return err
	}
	if !value.takes(len(new)) {
		return refuseLength(value)
	}
	if !ofPUK.takes(len(puk)) {
		return refuseLength(ofPUK)
	}
	if err := result(verify(t, reference, puk)); err != nil {
		return err
	}
	return result(t.Present(iso7816.Command{INS: iso7816.InsResetRetryCounter, P1: newByPUK, P2: c.stated.PIN}, false, new))
}

// ruleOfPIN asks for the rule of the PIN for one access mode, in the application
// of the certificate, which it selects.
func (c *Card) ruleOfPIN(t *cardos.Tx, mode byte) (condition, error) {
	if err := c.Enter(t, apps.Certificate); err != nil {
		return conditionNever, err
	}
	if err := c.confirm(t); err != nil {
		return conditionNever, err
	}
	if c.stated == nil {
		return conditionNever, notOffered("a new PIN")
	}
	for _, element := range []uint16{tagControl, tagPIN} {
		o, _, err := getData(t, classPIN, number(c.stated.PIN), element)
		if err != nil {
			return conditionNever, err
		}
		if control, ok := find(o, tagControl); ok {
			return control.rule(mode, c.contactless), nil
		}
	}
	return conditionNever, nil
}

// referenceIn returns the reference of the PIN that a condition wants verified,
// 0 where it wants something else or what it wants is not reported.
func (c *Card) referenceIn(t *cardos.Tx, rule condition) (byte, error) {
	if _, ok := rule.environment(); !ok {
		return 0, nil
	}
	e, err := inquiry{t: t}.environment(rule)
	if err != nil || e == nil {
		return 0, err
	}
	return e.pin, nil
}

// takes reports whether a value of so many digits is sent as the digits alone.
func (l lengths) takes(digits int) bool {
	return l.longest > 0 && digits >= l.shortest && digits <= l.longest
}

// refuseLength is the error for digits that a value does not take.
func refuseLength(value lengths) error {
	if value.longest == 0 || value.fixed() {
		return notOffered("a PIN that has to be filled")
	}
	return cardos.ErrPINLength
}

func notOffered(what string) error { return fmt.Errorf("%w: %s", cardos.ErrNoKnownForm, what) }

// result is [cardos.PINResult] of an answer that came.
func result(sw iso7816.Status, err error) error {
	if err != nil {
		return err
	}
	return cardos.PINResult(sw)
}
