// SPDX-License-Identifier: Apache-2.0

package simcard

import "encoding/binary"

// command is a decoded command APDU (ISO/IEC 7816-3, 12.1).
type command struct {
	cla, ins, p1, p2 byte
	data             []byte
	le               int  // expected length; noLe without an Le field
	leZero           bool // Le field present and all zero
	extended         bool
	length           int // of the whole APDU
}

const noLe = -1

// decode splits a command APDU; ok is false where its lengths contradict.
func decode(apdu []byte) (c command, ok bool) {
	if len(apdu) < 4 {
		return c, false
	}
	c = command{cla: apdu[0], ins: apdu[1], p1: apdu[2], p2: apdu[3], le: noLe, length: len(apdu)}
	body := apdu[4:]
	switch {
	case len(body) == 0:
		return c, true
	case len(body) == 1:
		c.setLe(int(body[0]), 256)
		return c, true
	case body[0] != 0:
		n := int(body[0])
		return c, c.split(body[1:], n, 1)
	case len(body) == 2:
		// 00 xx: neither a short Lc nor an extended one.
		return c, false
	}
	c.extended = true
	n := int(binary.BigEndian.Uint16(body[1:]))
	if len(body) == 3 {
		c.setLe(n, 65536)
		return c, true
	}
	return c, n > 0 && c.split(body[3:], n, 2)
}

// split takes n data bytes and what follows as Le of leSize bytes, if any.
func (c *command) split(body []byte, n, leSize int) bool {
	if len(body) < n {
		return false
	}
	c.data = body[:n]
	switch rest := body[n:]; len(rest) {
	case 0:
		return true
	case leSize:
		if leSize == 1 {
			c.setLe(int(rest[0]), 256)
		} else {
			c.setLe(int(binary.BigEndian.Uint16(rest)), 65536)
		}
		return true
	}
	return false
}

func (c *command) setLe(le, zero int) {
	c.le, c.leZero = le, le == 0
	if le == 0 {
		c.le = zero
	}
}

// response is data and a status word.
type response struct {
	data []byte
	sw   uint16
}

func status(sw uint16) response { return response{sw: sw} }

func answer(data []byte) response { return response{data, 0x9000} }

func (r response) bytes() []byte {
	return binary.BigEndian.AppendUint16(append([]byte{}, r.data...), r.sw)
}

// fit holds an answer to the length that the command expects: without Le no
// data, with an Le too small the right one.
func (c command) fit(data []byte) response {
	switch {
	case c.le == noLe:
		return status(0x9000)
	case c.le < len(data):
		return status(0x6C00 | uint16(len(data)&0xFF))
	}
	return answer(data)
}
