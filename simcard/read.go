// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"crypto/rand"
	"encoding/binary"
)

// readBinary is READ BINARY (ISO/IEC 7816-4, 11.2.3) at an offset of 15 bits,
// or of 8 bits with the short identifier of a file of the current directory,
// which becomes the current file.
func (c *Card) readBinary(cmd command) response {
	if cmd.p1&0xE0 == 0x80 && c.state.df.hasShortIdentifiers() {
		f := c.state.df.shortIdentifier(cmd.p1 & 0x1F)
		if f == nil {
			return status(0x6A82)
		}
		c.state.ef, cmd.p1 = f, 0
	}
	f := c.state.ef
	switch {
	case f == nil:
		return status(0x6986)
	case f.record:
		return status(0x6981)
	case cmd.p1&0x80 != 0:
		return status(0x6A86) // short identifiers: most of these cards have none
	case !c.allowed(f.ac[acRead]):
		return status(0x6982)
	case cmd.le == noLe || len(cmd.data) != 0:
		return status(0x6700)
	}
	offset := int(binary.BigEndian.Uint16([]byte{cmd.p1, cmd.p2}))
	if offset >= len(f.data) {
		return status(0x6B00)
	}
	rest := f.data[offset:]
	right := 0x6C00 | uint16(min(len(rest), 255))
	if cmd.leZero {
		switch c.behaviour.ReadLeZero {
		case SW6C:
			return status(right)
		case SW6700:
			return status(0x6700)
		}
		return answer(rest[:min(len(rest), cmd.le)])
	}
	if cmd.le <= len(rest) {
		return answer(rest[:cmd.le])
	}
	switch c.behaviour.ReadPastEnd {
	case SW6C:
		return status(right)
	case SW6700:
		return status(0x6700)
	case Accept:
		return answer(rest)
	}
	return response{rest, 0x6282}
}

// readRecord is READ RECORD of one record of the current file, by its number.
func (c *Card) readRecord(cmd command) response {
	switch f := c.state.ef; {
	case f == nil:
		return status(0x6986)
	case !f.record:
		return status(0x6981)
	case cmd.p2 != 0x04:
		return status(0x6A86)
	case cmd.p1 == 0 || int(cmd.p1) > len(f.records):
		return status(0x6A83)
	case cmd.le == noLe:
		return status(0x6700)
	default:
		return cmd.fit(f.records[cmd.p1-1])
	}
}

// updateBinary is UPDATE BINARY, so that a driver that writes is found out: it
// succeeds where the access conditions let it, as on a real card.
func (c *Card) updateBinary(cmd command) response {
	c.stats.Writes++
	f := c.state.ef
	switch {
	case f == nil:
		return status(0x6986)
	case f.record:
		return status(0x6981)
	case !c.allowed(f.ac[acUpdate]):
		return status(0x6982)
	case len(cmd.data) == 0:
		return status(0x6700)
	}
	offset := int(binary.BigEndian.Uint16([]byte{cmd.p1 & 0x7F, cmd.p2}))
	if offset+len(cmd.data) > len(f.data) {
		return status(0x6B00)
	}
	copy(f.data[offset:], cmd.data)
	return status(0x9000)
}

// challenge is GET CHALLENGE.
func (c *Card) challenge(cmd command) response {
	switch {
	case cmd.p1 != 0 || cmd.p2 != 0:
		return status(0x6A86)
	case cmd.le == noLe || len(cmd.data) != 0 || cmd.le > c.behaviour.MaxChallenge:
		return status(0x6700)
	}
	random := make([]byte, cmd.le)
	_, _ = rand.Read(random) // never fails
	return answer(random)
}

// getData is GET DATA for the objects of the family.
func (c *Card) getData(cmd command) response {
	object, ok := c.objects[binary.BigEndian.Uint16([]byte{cmd.p1, cmd.p2})]
	switch {
	case !ok:
		return status(0x6A88)
	case cmd.le == noLe:
		return status(0x6700)
	}
	return cmd.fit(object)
}
