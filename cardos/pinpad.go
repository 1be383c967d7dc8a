// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"tscns/cardos/iso7816"
)

// Pad is what the keypad of a reader can do. The zero value is no keypad.
type Pad struct {
	Verify bool // ask for a PIN and have the card compare it
	Modify bool // ask for the old and the new PIN and have the card change it
}

// PINPad is what a Conn implements whose service knows of keypads on readers
// (PC/SC part 10, "IFDs with Secure PIN Entry Capabilities", 2.02.09). Its
// methods are called inside a transaction.
type PINPad interface {
	// Pad asks the reader what its keypad can do. It sends the card nothing.
	Pad() Pad
	// VerifyOnPad has the reader ask for a PIN and send it to the card, as a
	// PIN_VERIFY structure says, and returns what the card answered: or the
	// reader, by the status words below. It waits for a person, up to the
	// times in the structure. A keypad that fails is ErrPadFailed.
	VerifyOnPad(structure []byte) ([]byte, error)
	// ModifyOnPad does the same with a PIN_MODIFY structure.
	ModifyOnPad(structure []byte) ([]byte, error)
}

// Status words of the reader, where the card was asked nothing (PC/SC part 10,
// 2.5.1 to 2.5.4).
const (
	padTimeout   iso7816.Status = 0x6400
	padCancelled iso7816.Status = 0x6401
	padMismatch  iso7816.Status = 0x6402 // the new PIN differs at its repetition
	padLength    iso7816.Status = 0x6403
	padParameter iso7816.Status = 0x6B80 // the reader does not take the structure
)

// Members of the structures, by their names in the standard.
const (
	padSeconds       = 30   // bTimerOut, bTimerOut2: to the first key, and between keys
	padFormat        = 0x82 // bmFormatString: ASCII, left, position in bytes: 0
	padBlock         = PINBlock
	padLengthFormat  = 0    // bmPINLengthFormat: the length is nowhere in the block
	padConfirmKey    = 0x02 // bEntryValidationCondition: the key that confirms
	padOneMessage    = 1    // bNumberMessage
	padThreeMessages = 3
	padAskBoth       = 0x03 // bConfirmPIN: the present PIN too, the new one twice
	padLanguage      = 0x0410
)

// verifyStructure is the PIN_VERIFY structure for a PIN: 5 to 8 digits in
// ASCII, filled with FF to 8 bytes.
func (p *PIN) verifyStructure() []byte {
	s := []byte{padSeconds, padSeconds, padFormat, padBlock, padLengthFormat}
	s = p.appendLimits(s)
	s = append(s, padConfirmKey, padOneMessage)
	s = binary.LittleEndian.AppendUint16(s, padLanguage)
	s = append(s, 0)
	return appendPadCommand(s, []byte{0x00, iso7816.InsVerify, 0x00, p.Reference.PIN}, 1)
}

// modifyStructure is the PIN_MODIFY structure: the present PIN, then the new.
func (p *PIN) modifyStructure() []byte {
	s := []byte{padSeconds, padSeconds, padFormat, padBlock, padLengthFormat, 0, PINBlock}
	s = p.appendLimits(s)
	s = append(s, padAskBoth, padConfirmKey, padThreeMessages)
	s = binary.LittleEndian.AppendUint16(s, padLanguage)
	s = append(s, 0, 1, 2)
	return appendPadCommand(s, []byte{0x00, iso7816.InsChangeReference, 0x00, p.Reference.PIN}, 2)
}

// appendLimits appends wPINMaxExtraDigit: the shortest PIN in its high byte,
// the longest in the low one.
func (p *PIN) appendLimits(s []byte) []byte {
	return binary.LittleEndian.AppendUint16(s, uint16(p.Spec.MinLength)<<8|uint16(p.Spec.MaxLength))
}

// appendPadCommand appends bTeoPrologue, ulDataLength and the command with
// empty PIN blocks, in which the reader puts the digits.
func appendPadCommand(s, header []byte, blocks int) []byte {
	s = append(s, 0, 0, 0)
	empty := bytes.Repeat([]byte{0xFF}, blocks*PINBlock)
	command := append(append(header, byte(len(empty))), empty...)
	return append(binary.LittleEndian.AppendUint32(s, uint32(len(command))), command...)
}

// askPad learns what the keypad of the reader can do for this card.
func (c *Card) askPad() {
	// Where the form of the command is not known a keypad, which asks the
	// person each time anew, cannot try one form after the other.
	if pad, ok := c.conn.(PINPad); ok && c.pins[0].Reference != nil {
		c.pad = pad.Pad()
	}
}

// PINPad returns what the keypad of the reader can do for this card, from
// memory.
func (c *Card) PINPad() Pad {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pad
}

// VerifyPINOnPad has the reader ask the person for the PIN of an identity, once,
// and the card verify it: the PIN never is in this computer. It waits for the
// person. Errors are those of VerifyPIN, ErrPINLength for a PIN that the reader
// found too short or too long, and ErrPadCancelled, ErrPadTimeout and
// ErrPadFailed; a reader without such a keypad is ErrUnsupported.
func (c *Card) VerifyPINOnPad(identity int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pin(identity)
	if err != nil {
		return err
	}
	if !c.pad.Verify || p.Reference == nil {
		return fmt.Errorf("%w: no keypad on the reader", ErrUnsupported)
	}
	if err := c.pinMemory.maySend(identity, pinSecret, nil); err != nil {
		return err
	}
	return c.opening(func(t *Tx) error {
		err := t.presentOnPad(p, func(pad PINPad) ([]byte, error) { return pad.VerifyOnPad(p.verifyStructure()) })
		c.pinMemory.learn(identity, pinSecret, t, err)
		if !untouched(err) {
			c.state.verified[identity] = err == nil
		}
		return err
	})
}

// ChangePINOnPad has the reader ask for the present PIN and, twice, for the new
// one. Errors are those of VerifyPINOnPad, about the present PIN, and
// ErrPadMismatch.
func (c *Card) ChangePINOnPad(identity int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := c.pin(identity)
	if err != nil {
		return err
	}
	if !c.pad.Modify || p.Reference == nil {
		return fmt.Errorf("%w: no keypad on the reader that changes a PIN", ErrUnsupported)
	}
	if err := c.pinMemory.maySend(identity, pinSecret, nil); err != nil {
		return err
	}
	return c.do(func(t *Tx) error {
		err := t.presentOnPad(p, func(pad PINPad) ([]byte, error) { return pad.ModifyOnPad(p.modifyStructure()) })
		c.pinMemory.learn(identity, pinSecret, t, err)
		if err != nil && !untouched(err) {
			c.state.verified[identity] = false // as in ChangePIN
		}
		if err == nil {
			c.pinMemory.renewed(identity)
		}
		return err
	})
}

// presentOnPad is [Reference.present] where the reader sends the command.
func (t *Tx) presentOnPad(p *PIN, ask func(PINPad) ([]byte, error)) error {
	if err := p.Reference.Select(t); err != nil {
		return err
	}
	pad, ok := t.card.conn.(PINPad)
	if !ok {
		return ErrUnsupported
	}
	before := t.card.state.opened
	t.card.state.opened = true
	answer, err := ask(pad)
	var r iso7816.Response
	if err == nil {
		r, err = iso7816.ParseResponse(answer)
	}
	if err != nil {
		t.unanswered = true
	} else {
		if r.Status != iso7816.OK {
			t.card.state.opened = before
		}
		if err = padResult(r.Status); err == nil {
			err = PINResult(r.Status)
		}
	}
	if errors.Is(err, ErrPadFailed) {
		t.card.pad = Pad{}
	}
	return exchangeError(err)
}

// padResult is the error behind a status word of the reader, nil for one of the
// card.
func padResult(sw iso7816.Status) error {
	switch sw {
	case padTimeout:
		return ErrPadTimeout
	case padCancelled:
		return ErrPadCancelled
	case padMismatch:
		return ErrPadMismatch
	case padLength:
		return fmt.Errorf("%w (at the reader)", ErrPINLength)
	case padParameter:
		return fmt.Errorf("%w: it does not take the request", ErrPadFailed)
	}
	return nil
}

// untouched reports whether an error means that the card was asked nothing.
func untouched(err error) bool {
	for _, e := range []error{ErrPadTimeout, ErrPadCancelled, ErrPadMismatch, ErrPINLength} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
