// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"crypto/subtle"
	"strings"
)

// minPINLength is the shortest PIN of an IAS-ECC application here, in digits.
const minPINLength = 4

// block is the data of VERIFY for digits, in the form of the object.
func (p *iasPIN) block(digits string) []byte {
	switch p.spec.Form {
	case PINFilledFF:
		digits += strings.Repeat("\xFF", p.spec.Length-len(digits))
	case PINFilled00:
		digits += strings.Repeat("\x00", p.spec.Length-len(digits))
	}
	return []byte(digits)
}

// digitsIn returns the digits of data in the form of the object; ok is false
// where the data are of another form.
func (p *iasPIN) digitsIn(data []byte) (digits string, ok bool) {
	filler := -1
	switch p.spec.Form {
	case PINFilledFF:
		filler = 0xFF
	case PINFilled00:
		filler = 0x00
	}
	// Byte by byte: to package strings every byte that is not UTF-8 is FF's like.
	end := len(data)
	for end > 0 && int(data[end-1]) == filler {
		end--
	}
	digits = string(data[:end])
	ok = strings.Trim(digits, "0123456789") == "" && len(digits) >= minPINLength && len(digits) <= p.spec.Length &&
		(p.spec.Form == PINDigits || len(data) == p.spec.Length)
	return digits, ok
}

// compare compares data with the PIN and keeps the counter.
func (c *Card) compare(p *iasPIN, data []byte) uint16 {
	switch _, ok := p.digitsIn(data); {
	case p.inactive:
		return c.behaviour.NotActivated
	case p.tries == 0:
		return 0x6983
	case subtle.ConstantTimeCompare(data, p.block(p.digits)) == 1:
		p.tries = p.max
		return 0x9000
	case !ok && p.spec.WrongForm != 0:
		return p.spec.WrongForm
	}
	return c.wrong(p.pin)
}

// verifyIAS is VERIFY of a PIN object.
func (c *Card) verifyIAS(cmd command) response {
	p := c.h.ias.pin(cmd.p2)
	switch {
	case p == nil || cmd.p1 != 0:
		return status(c.h.ias.spec.NoReference)
	case len(cmd.data) == 0:
		return status(c.triesAnswer(cmd, p.pin, c.h.ias.spec.DatalessVerify))
	}
	sw := c.compare(p, cmd.data)
	if sw == 0x9000 {
		c.state.verified[p.pin] = true
	}
	return status(sw)
}

// set stores new digits.
func (p *iasPIN) set(data []byte) uint16 {
	digits, ok := p.digitsIn(data)
	if !ok {
		return 0x6A80
	}
	p.digits = digits
	return 0x9000
}

// changeIAS is CHANGE REFERENCE DATA with the old PIN and the new one, both in
// the form of the object.
func (c *Card) changeIAS(cmd command) response {
	p := c.h.ias.pin(cmd.p2)
	switch {
	case p == nil || cmd.p1 != 0:
		return status(c.h.ias.spec.NoReference)
	case len(cmd.data) < 2*minPINLength:
		return status(0x6700)
	case p.spec.Change != ChangeFree && (p.spec.Change != ChangeVerified || !c.state.verified[p.pin]):
		return status(0x6982)
	}
	// Of digits alone nothing says where the new PIN begins: the old one is as
	// long as the one on the card.
	n := min(len(p.block(p.digits)), len(cmd.data))
	if sw := c.compare(p, cmd.data[:n]); sw != 0x9000 {
		return status(sw)
	}
	return status(p.set(cmd.data[n:]))
}

// unblockIAS is RESET RETRY COUNTER after a VERIFY of the PUK: P1 02 with a new
// PIN, 03 without data (D).
func (c *Card) unblockIAS(cmd command) response {
	p := c.h.ias.pin(cmd.p2)
	switch {
	case p == nil:
		return status(c.h.ias.spec.NoReference)
	case cmd.p1 != 0x02 && cmd.p1 != 0x03:
		return status(0x6A86)
	case (cmd.p1 == 0x02) != (len(cmd.data) > 0):
		return status(0x6700)
	}
	if puk := c.h.ias.pin(p.spec.PUK); puk == nil || !c.state.verified[puk.pin] {
		return status(0x6982)
	}
	if cmd.p1 == 0x02 {
		if sw := p.set(cmd.data); sw != 0x9000 {
			return status(sw)
		}
		p.inactive = false
	}
	p.tries = p.max
	return status(0x9000)
}
