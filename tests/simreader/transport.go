// SPDX-License-Identifier: Apache-2.0

package simreader

import (
	"errors"
	"time"

	"tscns/cardos"
)

// client is one program's connection to the service.
type client struct {
	service *Service
	closed  chan struct{} // closed by Close, under service.mu
}

var _ cardos.Transport = (*client)(nil)

// Transport connects a program to the service, whether it runs or not.
func (s *Service) Transport() cardos.Transport {
	return &client{service: s, closed: make(chan struct{})}
}

// ready answers why the service cannot be used; service.mu is held.
func (c *client) ready() error {
	select {
	case <-c.closed:
		return cardos.ErrClosed
	default:
	}
	if !c.service.running {
		return cardos.ErrNoService
	}
	return nil
}

// Readers implements cardos.Transport.
func (c *client) Readers() ([]cardos.ReaderState, error) {
	s := c.service
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Lists++
	if err := c.ready(); err != nil {
		return nil, err
	}
	return s.states(), nil
}

// Wait implements cardos.Transport.
func (c *client) Wait(known []cardos.ReaderState, d time.Duration) ([]cardos.ReaderState, error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	s := c.service
	s.mu.Lock()
	s.stats.Waits++
	s.mu.Unlock()
	for late := false; ; {
		s.mu.Lock()
		err, now, changed := c.ready(), s.states(), s.changed
		s.mu.Unlock()
		if err != nil {
			return nil, err
		}
		if late || !same(known, now) {
			return now, nil
		}
		select {
		case <-changed:
		case <-c.closed:
		case <-timer.C:
			late = true
		}
	}
}

// Connect implements cardos.Transport.
func (c *client) Connect(name string) (cardos.Conn, error) {
	s := c.service
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Connects++
	if err := c.ready(); err != nil {
		return nil, err
	}
	r := s.find(name)
	switch {
	case r == nil:
		return nil, cardos.ErrNoReader
	case r.stay == nil:
		return nil, cardos.ErrNoCard
	case r.mute:
		return nil, cardos.ErrCardMute
	case r.exclusive:
		return nil, cardos.ErrInUse
	}
	r.conns++
	return &conn{client: c, reader: r, stay: r.stay, epoch: s.epoch, seen: r.reset, atr: r.card.ATR()}, nil
}

// Close implements cardos.Transport.
func (c *client) Close() error {
	s := c.service
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-c.closed:
	default:
		close(c.closed)
		s.change()
	}
	return nil
}

// conn is a connection to the card of one stay.
type conn struct {
	client *client
	reader *reader
	stay   chan struct{}
	epoch  int
	seen   int // resets that this connection knows of
	atr    []byte
	closed bool
}

// Mistakes of the caller, which no real service would report so plainly.
var (
	errNested  = errors.New("simreader: Begin inside a transaction")
	errOutside = errors.New("simreader: outside a transaction")
)

// ready answers why the connection cannot be used; service.mu is held.
func (c *conn) ready() error {
	if c.closed {
		return cardos.ErrClosed
	}
	if err := c.client.ready(); err != nil {
		return err
	}
	switch {
	case c.epoch != c.client.service.epoch:
		return cardos.ErrNoService
	case c.reader.gone:
		return cardos.ErrNoReader
	case c.reader.stay != c.stay:
		return cardos.ErrCardRemoved
	}
	return nil
}

// ATR implements cardos.Conn.
func (c *conn) ATR() []byte { return c.atr }

// Begin implements cardos.Conn.
func (c *conn) Begin() error {
	s := c.client.service
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.acquire(); err != nil {
		return err
	}
	if c.seen != c.reader.reset {
		c.seen = c.reader.reset
		c.release()
		return cardos.ErrCardReset
	}
	s.stats.Transactions++
	return nil
}

// acquire waits for the transaction; service.mu is held.
func (c *conn) acquire() error {
	if c.reader.owner == any(c) {
		return errNested
	}
	for {
		if err := c.ready(); err != nil {
			return err
		}
		if c.reader.owner == nil {
			c.reader.owner = c
			return nil
		}
		c.client.service.pause()
	}
}

func (c *conn) release() {
	c.reader.owner = nil
	c.client.service.change()
}

// End implements cardos.Conn.
func (c *conn) End() error {
	s := c.client.service
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.ready(); err != nil {
		return err
	}
	if c.reader.owner != any(c) {
		return errOutside
	}
	c.release()
	return nil
}

// Reset implements cardos.Conn.
func (c *conn) Reset() error {
	s := c.client.service
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.acquire(); err != nil {
		return err
	}
	defer c.release()
	s.stats.Resets++
	c.reader.card.Reset()
	c.reader.reset++
	c.seen = c.reader.reset
	return nil
}

// CloseReset implements cardos.Conn. As pcscd does, it resets whatever card is
// in the reader by now.
func (c *conn) CloseReset() error {
	s := c.client.service
	s.mu.Lock()
	if err := c.ready(); errors.Is(err, cardos.ErrCardRemoved) && c.reader.card != nil {
		s.stats.Resets++
		c.reader.card.Reset()
		c.reader.reset++
		s.mu.Unlock()
		return c.Close()
	}
	s.mu.Unlock()
	err := c.Reset()
	return errors.Join(err, c.Close())
}

// Close implements cardos.Conn.
func (c *conn) Close() error {
	s := c.client.service
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.closed {
		return nil
	}
	if c.epoch == s.epoch && s.running {
		c.reader.conns--
		if c.reader.owner == any(c) {
			c.release()
		}
	}
	c.closed = true
	return nil
}

// Transmit implements cardos.Conn.
func (c *conn) Transmit(command []byte) ([]byte, error) {
	s := c.client.service
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.ready(); err != nil {
		return nil, err
	}
	if c.reader.owner != any(c) {
		return nil, errOutside
	}
	s.stats.Commands++
	c.reader.commands++
	n, hook := c.reader.commands, c.reader.fault
	// The card works, and the hook may act on the service, unlocked: this
	// connection holds the transaction, so that nobody else talks to the card.
	s.mu.Unlock()
	var f Fault
	if hook != nil {
		f = hook(n, command)
	}
	card := c.card()
	var answer []byte
	var err error
	if card != nil {
		answer, err = f.play(card, command, c.stay)
	}
	s.mu.Lock()
	if f.Remove {
		s.remove(c.reader)
	}
	if lost := c.ready(); lost != nil {
		return nil, lost
	}
	if f.Reset {
		c.reader.card.Reset()
		c.reader.reset++
		c.seen = c.reader.reset
		c.release()
		return nil, cardos.ErrCardReset
	}
	return answer, err
}

func (c *conn) card() Card {
	s := c.client.service
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ready() != nil {
		return nil
	}
	return c.reader.card
}
