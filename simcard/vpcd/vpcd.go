// SPDX-License-Identifier: Apache-2.0

// Package vpcd plays cards to vsmartcard's virtual reader driver (vpcd), so
// that a real PC/SC service sees them as cards in a reader.
//
// The driver listens, on one TCP port for each slot, and the card connects: a
// connection is a card in the slot. Every message, in both directions, is a
// length of two bytes, big-endian, and a body. From the reader a body of one
// byte is a control: 0 power off, 1 power on, 2 reset, 4 ask for the ATR, of
// which the last alone is answered; any other body is a command APDU.
//
// The driver also has a reversed mode, in which it connects to the card. It is
// not used: vpcd 3.3 (Debian 12, Ubuntu 22.04 and 24.04) never reconnects in
// it but takes the whole service down (FD_SET of descriptor -1) at the poll
// that follows the loss of a connection, so that a card can neither be absent
// nor be taken out. Package pcscd keeps the classic mode off the network.
package vpcd

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// Card is what a reader powers and talks to. Its methods are called by one
// goroutine at a time.
type Card interface {
	// ATR returns the answer to reset, 2 to 33 bytes.
	ATR() []byte
	// Power switches the card on (a cold reset) or off.
	Power(on bool)
	// Reset is a warm reset.
	Reset()
	// Transmit answers one command APDU. nil is no answer: the reader then
	// hangs up, and the service sees the command fail and the card go and
	// come back.
	Transmit(command []byte) []byte
}

// redial is the pause between two attempts to reach a driver that does not
// listen: before the service starts, and after it ended.
const redial = 20 * time.Millisecond

// Reader is one slot of the driver. Its methods may be called from any
// goroutine.
type Reader struct {
	address string

	mu       sync.Mutex
	inserted *insertion // nil: no card
	last     *insertion // the last one, which may still be leaving
	closed   bool
}

// insertion is one stay of a card in the slot.
type insertion struct {
	card    Card
	removed chan struct{} // closed by Remove
	closed  chan struct{} // closed by Close
	ended   chan struct{} // closed when the goroutine is gone

	mu   sync.Mutex
	conn net.Conn // nil while the driver does not answer
}

// New makes a reader for the slot at an address: host:port, or the path of a
// unix socket (package pcscd's Slot). Nothing is connected before Insert.
func New(address string) *Reader { return &Reader{address: address} }

// Insert puts a card into the slot. A card that is there is taken out first,
// and the service always sees both. The service notices at its next poll,
// within 0.4 s, or at the next but one where another card just left. Where the
// driver cannot be reached, the card waits in the slot until it can, also
// after a restart of the service.
func (r *Reader) Insert(c Card) {
	r.Remove()
	i := &insertion{card: c, removed: make(chan struct{}), closed: make(chan struct{}), ended: make(chan struct{})}
	r.mu.Lock()
	defer r.mu.Unlock()
	last := r.last
	r.inserted, r.last = i, i
	go func() {
		defer close(i.ended)
		if last != nil {
			<-last.ended
		}
		i.stay(r.address)
	}()
}

// Remove takes the card out. A command in progress fails at once; the service
// reports the removal within 0.4 s. It does not wait for a Transmit that is
// still running in the card; the next card does.
func (r *Reader) Remove() {
	r.mu.Lock()
	i := r.inserted
	r.inserted = nil
	r.mu.Unlock()
	if i != nil {
		close(i.removed)
		i.hangUp()
	}
}

// Close takes the card out and waits until nothing of the reader runs. The
// reader cannot be used again.
func (r *Reader) Close() {
	r.Remove()
	r.mu.Lock()
	last := r.last
	if last != nil && !r.closed {
		close(last.closed)
	}
	r.closed = true
	r.mu.Unlock()
	if last != nil {
		<-last.ended
	}
}

// Connected tells whether the driver is reached. The service may still be on
// its way to noticing.
func (r *Reader) Connected() bool {
	r.mu.Lock()
	i := r.inserted
	r.mu.Unlock()
	if i == nil {
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.conn != nil
}

// stay keeps a connection to the driver until the card is removed.
func (i *insertion) stay(address string) {
	pause := time.NewTicker(redial)
	defer pause.Stop()
	for {
		if conn, err := dial(address); err == nil && i.use(conn) {
			i.serve(conn)
			i.use(nil)
		}
		select {
		case <-i.removed:
			i.card.Power(false)
			i.showAbsence(address)
			return
		case <-pause.C:
		}
	}
}

// showAbsence makes sure that the service sees the empty slot before the next
// card comes. pcscd may lose a connection while it powers a card down, which
// it does not take for a removal, and accept the next at its poll as if the
// card had stayed. A connection that ends at the question for the ATR is the
// answer "no card" to one poll.
func (i *insertion) showAbsence(address string) {
	for {
		conn, err := dial(address)
		if err != nil {
			return // no service, no memory of a card
		}
		if i.answerAbsent(conn) {
			return
		}
	}
}

// answerAbsent tells whether the question for the ATR ended the connection, or
// the end of the reader. A command that a program sends meanwhile ends it too,
// or the driver would wait for its answer for ever; but it is no poll.
func (i *insertion) answerAbsent(conn net.Conn) bool {
	defer conn.Close()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-i.closed:
			_ = conn.Close()
		case <-ended:
		}
	}()
	for {
		body, err := receive(conn)
		switch {
		case err != nil, len(body) == 1 && body[0] == controlATR:
			return true
		case len(body) != 1:
			return false
		}
	}
}

func dial(address string) (net.Conn, error) {
	if strings.HasPrefix(address, "/") {
		return net.Dial("unix", address)
	}
	return net.Dial("tcp", address)
}

// use makes a connection the one that Remove hangs up. It answers false where
// the card has left meanwhile.
func (i *insertion) use(conn net.Conn) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	select {
	case <-i.removed:
		if conn != nil {
			_ = conn.Close()
		}
		i.conn = nil
		return false
	default:
		i.conn = conn
		return true
	}
}

func (i *insertion) hangUp() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.conn != nil {
		_ = i.conn.Close()
	}
}

// serve answers on one connection until it ends.
func (i *insertion) serve(conn net.Conn) {
	defer conn.Close()
	for {
		body, err := receive(conn)
		if err != nil {
			return
		}
		answer, answered := reply(i.card, body)
		if !answered {
			continue
		}
		if len(answer) == 0 || send(conn, answer) != nil {
			return
		}
	}
}

const (
	controlOff   = 0
	controlOn    = 1
	controlReset = 2
	controlATR   = 4
)

// reply plays one message to the card.
func reply(card Card, body []byte) (answer []byte, answered bool) {
	if len(body) != 1 {
		return card.Transmit(body), true
	}
	switch body[0] {
	case controlOff:
		card.Power(false)
	case controlOn:
		card.Power(true)
	case controlReset:
		card.Reset()
	case controlATR:
		return card.ATR(), true
	}
	return nil, false
}

func receive(conn net.Conn) ([]byte, error) {
	var size [2]byte
	quickAck(conn)
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	body := make([]byte, binary.BigEndian.Uint16(size[:]))
	quickAck(conn)
	_, err := io.ReadFull(conn, body)
	return body, err
}

func send(conn net.Conn, body []byte) error {
	if len(body) > 0xFFFF {
		return errors.New("vpcd: answer too long")
	}
	message := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(body)), uint16(len(body)))
	_, err := conn.Write(append(message, body...))
	return err
}
