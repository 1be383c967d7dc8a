// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"bytes"
	"crypto/subtle"
	"strings"
)

// References of the PINs (base security objects) in VERIFY and in access
// conditions (D; 10 and 11 P on T).
const (
	pinUser         = 0x10
	pinUserPUK      = 0x11
	pinSignature    = 0x1A
	pinSignaturePUK = 0x1B
)

// backtrack is the bit of a reference by which STIncard masks search the
// parents of the current directory too (S).
const backtrack = 0x80

const pinBlock = 8 // bytes

// pin is a PIN or PUK with its counter. puk is the one that unblocks it.
type pin struct {
	ref      byte
	value    [pinBlock]byte // ASCII digits, filled with FF
	tries    int
	max      int
	inactive bool
	puk      *pin
}

func newPIN(ref byte, digits string, limit, used int) *pin {
	p := &pin{ref: ref, tries: max(0, limit-used), max: limit}
	copy(p.value[:], digits+strings.Repeat("\xFF", pinBlock-len(digits)))
	return p
}

// addPINs puts a PIN and its PUK into a directory.
func (f *file) addPINs(p, puk *pin) {
	p.puk = puk
	f.pins = append(f.pins, p, puk)
}

func validPIN(digits string) bool {
	return len(digits) >= 5 && len(digits) <= pinBlock && strings.Trim(digits, "0123456789") == ""
}

// validBlock tells whether a new PIN is 5 to 8 digits filled with FF.
func validBlock(block []byte) bool {
	return validPIN(string(bytes.TrimRight(block, "\xFF")))
}

// findPIN looks a reference up from the current directory.
func (c *Card) findPIN(ref byte) *pin {
	up := c.behaviour.Lookup == LookUpward
	if c.behaviour.Lookup == LookBit8 {
		up = ref&backtrack != 0
		ref &^= backtrack
	}
	for dir := c.state.df; dir != nil; dir = dir.parent {
		for _, p := range dir.pins {
			if p.ref == ref {
				return p
			}
		}
		if !up {
			break
		}
	}
	return nil
}

// check compares a PIN block and keeps the counter: 9000, or why not.
func (c *Card) check(p *pin, block []byte) uint16 {
	switch {
	case p.inactive:
		return c.behaviour.NotActivated
	case p.tries == 0:
		return 0x6983
	case subtle.ConstantTimeCompare(block, p.value[:]) == 1:
		p.tries = p.max
		return 0x9000
	}
	return c.wrong(p)
}

// wrong takes one try.
func (c *Card) wrong(p *pin) uint16 {
	p.tries--
	c.stats.TriesSpent++
	c.state.verified[p] = false
	if c.behaviour.WrongPIN == SW6300 {
		return 0x6300
	}
	return 0x63C0 | uint16(p.tries)
}

// verify is VERIFY (ISO/IEC 7816-4, 11.5.6).
func (c *Card) verify(cmd command) response {
	if cmd.p1 != 0 {
		return status(0x6A86)
	}
	p := c.findPIN(cmd.p2)
	if p == nil {
		return status(0x6A88)
	}
	if len(cmd.data) == 0 {
		return status(c.triesAnswer(cmd, p, c.behaviour.DatalessVerify))
	}
	if len(cmd.data) != pinBlock {
		return status(0x6700)
	}
	sw := c.check(p, cmd.data)
	if sw == 0x9000 {
		c.state.verified[p] = true
	}
	return status(sw)
}

// triesAnswer is VERIFY without data; kind is as Behaviour.DatalessVerify.
func (c *Card) triesAnswer(cmd command, p *pin, kind string) uint16 {
	if four := cmd.length == 4; four && !c.behaviour.DatalessFour || !four && !c.behaviour.DatalessFive {
		return 0x6700
	}
	switch {
	case c.state.verified[p]:
		return 0x9000
	case p.inactive:
		return c.behaviour.NotActivated
	case p.tries == 0:
		return 0x6983
	}
	switch kind {
	case SW6300:
		return 0x6300
	case SW6A86:
		return 0x6A86
	case CountTry:
		return c.wrong(p)
	}
	return 0x63C0 | uint16(p.tries)
}

// change is CHANGE REFERENCE DATA with the old and the new PIN.
func (c *Card) change(cmd command) response {
	if cmd.p1 != 0 {
		return status(0x6A86)
	}
	p := c.findPIN(cmd.p2)
	switch {
	case p == nil:
		return status(0x6A88)
	case len(cmd.data) != 2*pinBlock:
		return status(0x6700)
	}
	if sw := c.check(p, cmd.data[:pinBlock]); sw != 0x9000 {
		return status(sw)
	}
	return status(p.set(cmd.data[pinBlock:]))
}

// set stores a new PIN. What a card does with one that is no PIN is U.
func (p *pin) set(block []byte) uint16 {
	if !validBlock(block) {
		return 0x6A80
	}
	copy(p.value[:], block)
	return 0x9000
}

// resetRetry is RESET RETRY COUNTER: P1 00 with PUK and new PIN, 01 with the
// PUK alone, 03 without data after a VERIFY of the PUK (S).
func (c *Card) resetRetry(cmd command) response {
	p := c.findPIN(cmd.p2)
	if p == nil || p.puk == nil {
		return status(0x6A88)
	}
	length, ok := map[byte]int{0x00: 2 * pinBlock, 0x01: pinBlock, 0x03: 0}[cmd.p1]
	switch {
	case !ok:
		return status(0x6A86)
	case len(cmd.data) != length:
		return status(0x6700)
	case (cmd.p1 == 0x03 || c.behaviour.UnblockAfterVerify) && !c.state.verified[p.puk]:
		return status(0x6982)
	}
	if cmd.p1 != 0x03 {
		if sw := c.check(p.puk, cmd.data[:pinBlock]); sw != 0x9000 {
			return status(sw)
		}
	}
	if cmd.p1 == 0x00 {
		if sw := p.set(cmd.data[pinBlock:]); sw != 0x9000 {
			return status(sw)
		}
		p.inactive = false
	}
	p.tries = p.max
	return status(0x9000)
}
