// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/ebfe/scard"

	"tscns/cardos"
)

// conn is a shared connection to a card. Every way out leaves the card as it
// is, but for Reset and CloseReset.
type conn struct {
	card *patientCard
	atr  []byte
	// reset: another program has reset the card, and nobody was told yet.
	reset bool
	// Of the reader, for its keypad.
	reader   string
	pads     *pads
	features map[feature]uint32
}

const bothProtocols = scard.ProtocolT0 | scard.ProtocolT1

func usable(p scard.Protocol) bool { return p == scard.ProtocolT0 || p == scard.ProtocolT1 }

// ATR implements cardos.Conn.
func (c *conn) ATR() []byte { return c.atr }

// Begin implements cardos.Conn.
func (c *conn) Begin() error {
	if c.card == nil {
		return cardos.ErrClosed
	}
	if !c.reset {
		err := c.card.BeginTransaction()
		if err == nil {
			return nil
		}
		if !errors.Is(err, scard.ErrResetCard) {
			return c.why(err)
		}
	}
	err := c.card.Rejoin()
	// Where that was left it may succeed later, and then nobody else tells.
	c.reset = errors.Is(err, errLeft)
	if err == nil && !usable(c.card.ActiveProtocol()) {
		err = scard.ErrProtoMismatch
	}
	if err != nil {
		return mapError(err, using)
	}
	return cardos.ErrCardReset
}

// End implements cardos.Conn.
func (c *conn) End() error {
	if c.card == nil {
		return cardos.ErrClosed
	}
	return mapError(c.card.EndTransaction(scard.LeaveCard), using)
}

// Transmit implements cardos.Conn.
func (c *conn) Transmit(command []byte) ([]byte, error) {
	if c.card == nil {
		return nil, cardos.ErrClosed
	}
	if len(command) < 4 {
		return nil, fmt.Errorf("%w: command of %d bytes", cardos.ErrProtocol, len(command))
	}
	switch c.card.ActiveProtocol() {
	case scard.ProtocolT1:
	case scard.ProtocolT0:
		command = forT0(command)
	default:
		return nil, mapError(scard.ErrProtoMismatch, using)
	}
	b, err := c.card.Transmit(command)
	if errors.Is(err, scard.ErrProtoMismatch) {
		// The protocol was agreed on, so another program has reset the card
		// meanwhile: pcscd lets one that waited for its turn to do so do it in
		// the middle of the next transaction.
		c.reset = true
		return nil, mapError(scard.ErrResetCard, using)
	}
	if err == nil && len(b) == 0 {
		err = scard.ErrNotTransacted // a driver that lost its card in the middle may say so
	}
	if err != nil {
		return nil, c.why(err)
	}
	response := bytes.Clone(b)
	clear(b) // the receive buffer lives on until the garbage collector comes
	return response, nil
}

// forT0 takes Le off a short case 4 command: T=0 has no room for it, the card
// answers 61xx instead (ISO 7816-3, 12.2.4).
func forT0(command []byte) []byte {
	if len(command) > 5 && command[4] != 0 && len(command) == 6+int(command[4]) {
		return command[:len(command)-1]
	}
	return command
}

// A card pulled out is first seen as a broken line. pcscd looks every 400 ms
// whether it is there.
const (
	removalTime = 450 * time.Millisecond
	removalLook = 15 * time.Millisecond
)

// why asks what is behind a failed exchange, until the service must know.
func (c *conn) why(err error) error {
	meaning := mapError(err, using)
	if !errors.Is(meaning, cardos.ErrCardMute) {
		return meaning
	}
	for end := time.Now().Add(removalTime); ; pause(removalLook) {
		_, status := c.card.Status()
		told := mapError(status, using)
		if told != nil && !errors.Is(told, cardos.ErrCardFailure) && !errors.Is(told, cardos.ErrCardMute) {
			return told
		}
		if !time.Now().Before(end) {
			return meaning
		}
	}
}

// Reset implements cardos.Conn. It waits for its turn, so as not to reset the
// card under another program's transaction.
func (c *conn) Reset() error {
	if c.card == nil {
		return cardos.ErrClosed
	}
	if c.card.Stuck() {
		// The end of the host must not wait for a service that hangs.
		c.card.Close(scard.ResetCard)
		return noAnswer(c.card.context.service.patience.listing)
	}
	c.card.OweReset()
	if err := c.Begin(); err != nil {
		if errors.Is(err, cardos.ErrCardReset) {
			return nil // another program has done it
		}
		return err
	}
	err := mapError(c.card.Reset(), using)
	if err == nil && !usable(c.card.ActiveProtocol()) {
		err = mapError(scard.ErrProtoMismatch, using)
	}
	if end := c.End(); err == nil && end != nil && !errors.Is(end, cardos.ErrCardReset) {
		err = end
	}
	return err
}

// Close implements cardos.Conn.
func (c *conn) Close() error { return c.close(scard.LeaveCard) }

// CloseReset implements cardos.Conn.
func (c *conn) CloseReset() error { return c.close(scard.ResetCard) }

func (c *conn) close(d scard.Disposition) error {
	if c.card != nil {
		c.card.Close(d)
		c.card = nil
	}
	return nil
}
