// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/binary"
	"slices"

	"tscns/cardos/iso7816"
)

// Instructions of ISO 7816-4 and 7816-8 beside those of package iso7816.
const (
	insReadBinaryOdd = 0xB1
	insReadRecord    = 0xB2
	insGetDataOdd    = 0xCB
	classGetData     = 0x80 // of GET DATA on some cards
)

// command is a command APDU taken apart (ISO 7816-4, 5.1).
type command struct {
	cla, ins, p1, p2 byte
	data             []byte
	valid            bool // its lengths agree
}

func parseCommand(b []byte) command {
	if len(b) < 4 {
		return command{}
	}
	c := command{cla: b[0], ins: b[1], p1: b[2], p2: b[3]}
	body := b[4:]
	switch {
	case len(body) <= 1, len(body) == 3 && body[0] == 0: // no data
		c.valid = true
	case body[0] != 0:
		c.take(body[1:], int(body[0]), 1)
	case len(body) > 3:
		c.take(body[3:], int(binary.BigEndian.Uint16(body[1:])), 2)
	}
	return c
}

// take has n bytes of data taken, behind which nothing or an Le field of that
// size may come.
func (c *command) take(body []byte, n, le int) {
	if c.valid = n > 0 && (len(body) == n || len(body) == n+le); c.valid {
		c.data = body[:n]
	}
}

// question is what the card was asked, put together from the parts of a chain
// (ISO 7816-4, 5.3.3), and its answer, put together from what GET RESPONSE
// fetched (5.3.4).
type question struct {
	command   // the last of a chain, with the data of all
	parts     []*exchange
	pieces    []*exchange
	status    uint16 // the last
	first     bool   // after a connection or a reset
	directory bool   // a record of EF.DIR or EF.ATR
}

// answer is the data of all pieces.
func (q *question) answer() (b []byte) {
	for _, e := range q.pieces {
		b = append(b, e.data()...)
	}
	return b
}

// clean has the answer written as b, which is as long as it was.
func (q *question) clean(b []byte) {
	for _, e := range q.pieces {
		n := len(e.data())
		if len(b) < n {
			return
		}
		if n > 0 {
			e.clean = bytes.Clone(b[:n])
		}
		b = b[n:]
	}
}

// questions puts the exchanges together. An exchange that belongs to no question
// (a GET RESPONSE for nothing, an answer in the middle of a chain) is left out.
func questions(exchanges []*exchange) (list []*question) {
	var chain []*exchange
	var pending *question // its answer has more
	for _, e := range exchanges {
		c := parseCommand(e.command)
		if e.first {
			chain, pending = nil, nil
		}
		switch {
		case e.secret:
			chain, pending = nil, nil
			list = append(list, &question{command: command{ins: c.ins}, parts: []*exchange{e}, status: e.status(), first: e.first})
		case c.ins == iso7816.InsGetResponse:
			if pending == nil || c.cla != pending.cla {
				continue
			}
			pending.pieces, pending.status = append(pending.pieces, e), e.status()
			if sw1 := pending.status >> 8; sw1 != 0x61 && sw1 != 0x6C {
				pending = nil
			}
		case c.cla == iso7816.ClassChaining:
			if len(chain) > 0 && !sameHeader(chain[0].command, e.command) {
				chain = nil
			}
			chain, pending = append(chain, e), nil
		default:
			q := &question{command: c, parts: []*exchange{e}, pieces: []*exchange{e}, status: e.status(), first: e.first}
			if len(chain) > 0 && sameHeader(chain[0].command, e.command) {
				q.chained(chain)
			}
			list, chain, pending = append(list, q), nil, nil
			if q.status>>8 == 0x61 {
				pending = q
			}
		}
	}
	return list
}

// chained puts the parts before the last in front.
func (q *question) chained(before []*exchange) {
	var data []byte
	for _, e := range before {
		c := parseCommand(e.command)
		q.valid = q.valid && c.valid
		data = append(data, c.data...)
	}
	q.parts = append(slices.Clone(before), q.parts...)
	q.data = append(data, q.data...)
}

// sameHeader reports whether two commands have the same instruction and
// parameters.
func sameHeader(a, b []byte) bool { return len(a) >= 4 && len(b) >= 4 && bytes.Equal(a[1:4], b[1:4]) }

// succeeded reports whether the data of the answer are what was asked for. With
// an error a card may send anything.
func (q *question) succeeded() bool {
	switch {
	case q.status == 0x9000, q.status>>8 == 0x61:
		return true
	case q.status == 0x6282: // the end of the file came first
		return q.ins&^1 == iso7816.InsReadBinary || q.ins == insReadRecord
	}
	return q.status>>8 == 0x62 && q.ins == iso7816.InsSelect
}

// plainClass reports whether the command is one of the basic channel, without
// secure messaging: of others nothing is understood.
func (q *question) plainClass() bool {
	return q.cla == 0 || q.cla == classGetData && q.ins == iso7816.InsGetData
}
