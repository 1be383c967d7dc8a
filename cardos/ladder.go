// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"errors"
	"fmt"

	"tscns/cardos/iso7816"
	"tscns/cardos/secmem"
)

// A ladder is a list of plausible forms of a command for a card of which
// nothing public tells the right one.
//
// The rule of the PIN: what a person typed goes on to the next form only after
// an answer that says "no such reference or form here" (goesOn); any other
// answer ends the attempt, and the first one that shows that the card compared
// the PIN (63xx, 6983, 9000) makes its form the only one that this card is
// ever asked in again. No form is tried twice on a card. So one typed PIN
// costs at most one try.

// pinForm is one plausible form of VERIFY: a rung of the ladder.
type pinForm struct {
	where  where
	ref    byte // P2
	filled bool // with FF to 8 bytes; else the digits alone
	source string
}

// signForm is one plausible way to use the private key.
type signForm struct {
	restore bool   // MSE RESTORE of environment 03 before
	p1, p2  byte   // of MSE SET
	crt     string // control reference template: its data
	op      operation
	input   inputForm
	source  string
}

// operation is the command that uses the key: INS P1 P2.
type operation struct{ ins, p1, p2 byte }

var (
	opDecipher     = operation{iso7816.InsPerformSecurityOp, 0x80, 0x86}
	opSign         = operation{iso7816.InsPerformSecurityOp, 0x9E, 0x9A}
	opAuthenticate = operation{iso7816.InsInternalAuthenticate, 0x00, 0x00}
)

// inputForm is what the command gets of a padded block.
type inputForm int

const (
	inputIndicated  inputForm = iota // a padding indicator 00, then the block
	inputBare                        // the block
	inputDigestInfo                  // what stands behind the padding
)

// ladder remembers how far a card was asked.
type ladder struct {
	tried     uint64 // rungs of the PIN that were sent and not remembered
	pin       int    // rung that the card compares the PIN in, or noRung
	sign      int    // rung that signed, or noRung
	signWhere where
	signForm  int  // index of the form of length that it took
	exhausted bool // no rung signed since the PIN was verified
}

const noRung = -1

// goesOn: answers that say that the card has no such reference or form, so it
// cannot have compared the PIN.
func goesOn(sw iso7816.Status) bool {
	switch sw {
	case iso7816.ReferenceNotFound, iso7816.FileNotFound, iso7816.IncorrectP1P2,
		iso7816.InsNotSupported, iso7816.ClaNotSupported, iso7816.WrongLength:
		return true
	}
	return false
}

// climb presents a PIN by the form that this card is known to compare it in,
// or else by one form after the other.
func (c *Card) climb(t *tx, pin Secret, tries *Tries) error {
	forms := c.profile.apps.pins
	if c.ladder.pin != noRung {
		sw, err := t.presentForm(&forms[c.ladder.pin], pin, tries)
		if err != nil {
			return err
		}
		return pinResult(sw, tries)
	}
	for i := range forms {
		if c.ladder.tried&(1<<i) != 0 || sentBefore(forms, i, len(pin)) {
			continue
		}
		sw, err := t.presentForm(&forms[i], pin, tries)
		if errors.Is(err, ErrNotFound) {
			continue // the application is not there: nothing was sent
		}
		c.ladder.tried |= 1 << i
		if err != nil {
			return err
		}
		if goesOn(sw) {
			continue
		}
		if sw == iso7816.OK || sw.SW1() == 0x63 || sw == iso7816.MethodBlocked ||
			sw == iso7816.ReferenceNotUsable || sw == iso7816.ConditionsNotSatisfied {
			c.ladder.pin = i
		}
		return pinResult(sw, tries)
	}
	return fmt.Errorf("%w: PIN", ErrNoKnownForm)
}

// sentBefore says whether an earlier rung has the same bytes: with a PIN of 8
// digits there is nothing to fill.
func sentBefore(forms []pinForm, i, digits int) bool {
	for _, f := range forms[:i] {
		if f.where == forms[i].where && f.ref == forms[i].ref && (f.filled == forms[i].filled || digits == pinLength) {
			return true
		}
	}
	return false
}

// presentForm sends a PIN in one form, once. An application that is not there
// is ErrNotFound, and the PIN was not sent.
func (t *tx) presentForm(f *pinForm, pin Secret, tries *Tries) (iso7816.Status, error) {
	if err := t.enter(f.where); err != nil {
		if refused(err) {
			err = ErrNotFound
		}
		return 0, err
	}
	memory := secmem.New(pinLength)
	defer memory.Free()
	data := append(memory.Bytes()[:0], pin...)
	if f.filled {
		data = fill(data)
	}
	// The directory stays what it is, but a card that changes it at a VERIFY
	// is not trusted with the next selection.
	t.root = false
	return t.sendSecret(iso7816.Command{INS: iso7816.InsVerify, P2: f.ref, Data: data}, tries)
}

// signInApplications signs a block of PKCS #1 v1.5 padding: by the form that
// signed before, or by one after the other. None of it costs a try, and every
// result is checked with the public key.
func (c *Card) signInApplications(t *tx, s *keySlot, block []byte) ([]byte, error) {
	if _, err := digestInfo(block, s.size); err != nil {
		return nil, err
	}
	l := &c.ladder
	if l.pin == noRung || l.exhausted {
		return nil, fmt.Errorf("%w: signature", ErrNoKnownForm)
	}
	home := c.profile.apps.pins[l.pin].where
	if l.sign != noRung {
		return c.signAgain(t, s, block)
	}
	for _, w := range []where{home, home.other()} {
		if c.applicationAt(w) == nil {
			continue
		}
		if c.state.here != w {
			if err := t.enter(w); err != nil {
				if refused(err) {
					continue
				}
				return nil, err
			}
		}
		for i := range c.profile.apps.signs {
			result, form, err := c.signBy(t, s, i, 0, block)
			if err == nil {
				l.sign, l.signWhere, l.signForm = i, w, form
				return result, nil
			}
			if !refused(err) && !errors.Is(err, errMismatch) {
				return nil, err
			}
		}
	}
	l.exhausted = true
	return nil, fmt.Errorf("%w: signature", ErrNoKnownForm)
}

// signAgain uses the form that is known, and once more after selecting the
// application anew, which another program may have left.
func (c *Card) signAgain(t *tx, s *keySlot, block []byte) ([]byte, error) {
	l := &c.ladder
	if c.state.here == l.signWhere {
		result, _, err := c.signBy(t, s, l.sign, l.signForm, block)
		if err == nil || !refused(err) && !errors.Is(err, errMismatch) {
			return result, err
		}
	}
	t.root = false
	if err := t.enter(l.signWhere); err != nil {
		return nil, err
	}
	result, _, err := c.signBy(t, s, l.sign, l.signForm, block)
	return result, err
}

// signBy runs one form: MSE, then the operation in the ways to send it, from
// the first one given. It returns the index of the way that the card took.
func (c *Card) signBy(t *tx, s *keySlot, rung, first int, block []byte) ([]byte, int, error) {
	f := &c.profile.apps.signs[rung]
	if f.restore {
		if err := t.restoreSE(); err != nil {
			return nil, 0, err
		}
	}
	r, err := t.send(iso7816.Command{INS: iso7816.InsManageSecurityEnv, P1: f.p1, P2: f.p2, Data: []byte(f.crt)})
	if err == nil {
		err = statusError(r.Status)
	}
	if err != nil {
		return nil, 0, err
	}
	data := block
	switch f.input {
	case inputIndicated:
		data = append([]byte{0x00}, block...)
	case inputDigestInfo:
		if data, err = digestInfo(block, s.size); err != nil {
			return nil, 0, err
		}
	}
	for form := first; ; form++ {
		way := c.profile.forms[form]
		short := len(data) <= iso7816.MaxShortData
		if short {
			way = psoForm{}
		}
		r, err := t.operate(f.op, s, data, way)
		if err == nil && r.Status == iso7816.OK {
			result, err := s.check(block, r.Data)
			return result, form, err
		}
		if !short && form+1 < len(c.profile.forms) && formFailed(way, r, err) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		return nil, 0, statusError(r.Status)
	}
}

// digestInfo returns what stands behind PKCS #1 v1.5 signature padding.
func digestInfo(block []byte, size int) ([]byte, error) {
	if bytes.HasPrefix(block, []byte{0x00, 0x01, 0xFF}) {
		info := bytes.TrimLeft(block[2:], "\xFF")
		if len(info) >= 2 && info[0] == 0x00 && 5*(len(info)-1) <= 2*size {
			return info[1:], nil
		}
	}
	return nil, fmt.Errorf("%w: this key signs PKCS #1 v1.5 only", ErrUnsupported)
}
