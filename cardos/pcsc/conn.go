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

// conn is a shared connection to a card. Only Reset and CloseReset change the
// state of the card.
type conn struct {
	card *timedCard
	atr  []byte
	// reset reports whether another program has reset the card and the caller
	// does not know it yet.
	reset bool
	// The reader, its PIN pad and its PC/SC part 10 features.
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
			return c.diagnose(err)
		}
	}
	err := c.card.Rejoin()
	// An abandoned reconnection may still succeed, and consumes the report of
	// the reset when it does.
	c.reset = errors.Is(err, errAbandoned)
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
		// The protocol was agreed on, so another program has reset the card:
		// pcscd executes a reset that was waiting for its turn in the middle of
		// the next transaction.
		c.reset = true
		return nil, mapError(scard.ErrResetCard, using)
	}
	if err == nil && len(b) == 0 {
		err = scard.ErrNotTransacted // some drivers return this when the card is removed during a command
	}
	if err != nil {
		return nil, c.diagnose(err)
	}
	response := bytes.Clone(b)
	clear(b) // the receive buffer stays in memory until it is collected
	return response, nil
}

// forT0 returns a short case 4 command without its Le: T=0 cannot carry it,
// and the card answers 61xx instead (ISO 7816-3, 12.2.4).
func forT0(command []byte) []byte {
	if len(command) > 5 && command[4] != 0 && len(command) == 6+int(command[4]) {
		return command[:len(command)-1]
	}
	return command
}

// A removed card first shows as a transmission error: pcscd polls the reader
// for its presence every 400 ms.
const (
	removalTime = 450 * time.Millisecond
	removalLook = 15 * time.Millisecond
)

// diagnose polls the status of the card after a failed exchange, for as long as
// the service may need to notice a removal, to tell a removed or reset card
// from a mute one.
func (c *conn) diagnose(err error) error {
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

// Reset implements [cardos.Conn]. It waits until no other program holds a
// transaction.
func (c *conn) Reset() error {
	if c.card == nil {
		return cardos.ErrClosed
	}
	if c.card.Stuck() {
		// C_Finalize must not wait for a service that hangs.
		c.card.Close(scard.ResetCard)
		return noAnswer(c.card.context.service.timeouts.listing)
	}
	c.card.RequestReset()
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
