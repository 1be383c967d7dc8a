// SPDX-License-Identifier: Apache-2.0

// Package winscard is a cardos.Link over a SCARDCONTEXT and a SCARDHANDLE of
// Windows that are somebody else's. It asks for the state of the connection and
// sends commands, in the transaction of their owner: it never connects,
// disconnects, begins, ends or resets. Elsewhere than on Windows it has no
// service, and only its tests.
package winscard

import (
	"bytes"
	"fmt"

	"tscns/cardos"
)

// service is what is asked of winscard.dll. A code of 0 is success.
type service interface {
	// status returns the protocol of a connection.
	status(card uintptr) (protocol, code uint32)
	// transmit sends a command and returns the length of the answer.
	transmit(card uintptr, protocol uint32, command, answer []byte) (n int, code uint32)
}

// Link implements cardos.Link. It is used by one goroutine at a time.
type Link struct {
	service  service
	atr      []byte
	card     uintptr
	protocol uint32 // of the connection, 0 where it has to be asked
	answer   []byte
}

// maxAnswer is the longest response APDU, 65536 bytes and a status word.
const maxAnswer = 1<<16 + 2

func newLink(atr []byte, s service) *Link { return &Link{service: s, atr: bytes.Clone(atr)} }

// ATR implements cardos.Link: the answer to reset that the owner named.
func (l *Link) ATR() []byte { return l.atr }

// Use sets the handles of one call. The context is of no use here: nothing that
// a card is asked needs it. The owner may have connected anew behind an equal
// handle, so the protocol is asked again.
func (l *Link) Use(_, card uintptr) { l.card, l.protocol = card, 0 }

// Protocols of a connection (SCARD_PROTOCOL_T0 and T1).
const protocolT0, protocolT1 = 1, 2

// Transmit implements cardos.Link.
func (l *Link) Transmit(command []byte) ([]byte, error) {
	if len(command) == 0 {
		return nil, fmt.Errorf("%w: empty command", cardos.ErrProtocol)
	}
	if l.protocol == 0 {
		protocol, code := l.service.status(l.card)
		if code != 0 {
			return nil, errorOf(code)
		}
		if protocol != protocolT0 && protocol != protocolT1 {
			return nil, fmt.Errorf("%w: protocol %d", cardos.ErrCardMute, protocol)
		}
		l.protocol = protocol
	}
	if l.answer == nil {
		l.answer = make([]byte, maxAnswer)
	}
	n, code := l.service.transmit(l.card, l.protocol, command, l.answer)
	if code != 0 {
		l.protocol = 0
		return nil, errorOf(code)
	}
	if n < 0 || n > len(l.answer) {
		return nil, fmt.Errorf("%w: answer of %d bytes", cardos.ErrProtocol, n)
	}
	answer := bytes.Clone(l.answer[:n])
	clear(l.answer[:n])
	return answer, nil
}

// errorTable has what the owner of the handles has to know of: that the card was
// reset, and that it is gone. Everything else is a card that did not answer.
var errorTable = map[uint32]error{
	0x80100068: cardos.ErrCardReset,   // SCARD_W_RESET_CARD
	0x80100069: cardos.ErrCardRemoved, // SCARD_W_REMOVED_CARD
	0x8010000C: cardos.ErrCardRemoved, // SCARD_E_NO_SMARTCARD
	0x80100017: cardos.ErrNoReader,    // SCARD_E_READER_UNAVAILABLE
	0x80100009: cardos.ErrNoReader,    // SCARD_E_UNKNOWN_READER
	0x8010001D: cardos.ErrNoService,   // SCARD_E_NO_SERVICE
	0x8010001E: cardos.ErrNoService,   // SCARD_E_SERVICE_STOPPED
	0x80100003: cardos.ErrNoService,   // SCARD_E_INVALID_HANDLE
	6:          cardos.ErrNoService,   // ERROR_INVALID_HANDLE
}

func errorOf(code uint32) error {
	err := errorTable[code]
	if err == nil {
		err = cardos.ErrCardMute
	}
	return fmt.Errorf("%w (winscard %08X)", err, code)
}
