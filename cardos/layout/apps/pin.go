// SPDX-License-Identifier: Apache-2.0

package apps

import (
	"errors"
	"fmt"

	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// presentPIN presents a PIN in the form that this card is known to compare it
// in, or else in one candidate form after the other.
func (c *card) presentPIN(t *cardos.Tx, pin cardos.Secret) error {
	defer func() { c.search.exhausted = false }()
	forms := c.layout.PINForms
	if c.search.pin != noForm {
		sw, err := c.present(t, &forms[c.search.pin], pin)
		if err != nil {
			return err
		}
		return cardos.PINResult(sw)
	}
	for i := range forms {
		if c.search.tried&(1<<i) != 0 || sentBefore(forms, i, len(pin)) {
			continue
		}
		sw, err := c.present(t, &forms[i], pin)
		if errors.Is(err, cardos.ErrNotFound) {
			continue // the application is not there: nothing was sent
		}
		c.search.tried |= 1 << i
		if err != nil {
			return err
		}
		if notCompared(sw) {
			continue
		}
		if compared(sw) {
			c.search.pin = i
		}
		return cardos.PINResult(sw)
	}
	return fmt.Errorf("%w: PIN", cardos.ErrNoKnownForm)
}

// sentBefore reports whether an earlier form has the same bytes: with a PIN of
// 8 digits there is nothing to fill.
func sentBefore(forms []PINForm, i, digits int) bool {
	for _, f := range forms[:i] {
		if f.App == forms[i].App && f.Ref == forms[i].Ref && (f.Filled == forms[i].Filled || digits == cardos.PINBlock) {
			return true
		}
	}
	return false
}

// present sends a PIN in one form, once. An application that is not there is
// ErrNotFound, and the PIN was not sent.
func (c *card) present(t *cardos.Tx, f *PINForm, pin cardos.Secret) (iso7816.Status, error) {
	if err := c.enter(t, f.App); err != nil {
		if cardos.Refused(err) {
			err = cardos.ErrNotFound
		}
		return 0, err
	}
	// The directory stays what it is, but a card that changes it at a VERIFY
	// is not trusted with the next selection.
	c.atRoot = false
	return t.Present(iso7816.Command{INS: iso7816.InsVerify, P2: f.Ref}, f.Filled, pin)
}
