// SPDX-License-Identifier: Apache-2.0

package pcscd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// State is what the service says of one reader.
type State struct {
	Name    string
	Present bool
	Mute    bool   // present and not answering
	ATR     []byte // empty without a card
	Events  uint32 // insertions and removals so far
	Handles int    // connections to the card; -1 for an exclusive one
}

// States asks the service for its readers, empty slots included.
func (s *Service) States() ([]State, error) {
	c, err := dial(s.Socket(), time.Now().Add(deadline))
	if err != nil {
		return nil, err
	}
	defer c.close()
	return c.states()
}

// Wait returns when the readers fulfil a condition. It sleeps in the service,
// which tells of every change.
func (s *Service) Wait(timeout time.Duration, condition func([]State) bool) error {
	end := time.Now().Add(timeout)
	c, err := dial(s.Socket(), end)
	if err != nil {
		return err
	}
	defer c.close()
	for {
		now, err := c.watch()
		if err != nil {
			return err
		}
		if condition(now) {
			return nil
		}
		if err := c.event(); err != nil {
			return fmt.Errorf("pcscd: condition not met, readers %+v: %w", now, err)
		}
	}
}

// WaitCard waits until the named reader has a card that answers, or none.
func (s *Service) WaitCard(reader string, present bool, timeout time.Duration) error {
	return s.Wait(timeout, func(states []State) bool {
		for _, state := range states {
			if state.Name == reader {
				return state.Present == present && (!present || len(state.ATR) > 0 || state.Mute)
			}
		}
		return false
	})
}

// The messages between pcsc-lite's client library and pcscd, as far as they
// are used here (winscard_msg.h): a header of size and command, both 32 bits
// in host order, and a body. What is used is the same in versions 4.4 (pcscd
// from 1.8.24 on) and 4.5 (from 2.3.0 on, which takes no client of another
// version); from 2.5.0 on both are taken.
const (
	commandVersion = 0x11
	commandStates  = 0x12
	commandWatch   = 0x13

	protocolMajor = 4

	tableSize       = 16 // PCSCLITE_MAX_READERS_CONTEXTS
	statePresent    = 0x0004
	stateMute       = 0x0008 // SCARD_SWALLOWED
	sizeReaderState = 184
)

// protocolMinors are the versions that are tried.
var protocolMinors = []uint32{4, 5}

type client struct{ conn net.Conn }

// dial connects and agrees on the version of the protocol.
func dial(socket string, end time.Time) (c *client, err error) {
	for _, minor := range protocolMinors {
		if c, err = dialAs(socket, end, minor); !errors.Is(err, errVersion) {
			break
		}
	}
	return c, err
}

// errVersion is wrapped where the service wants another version.
var errVersion = errors.New("another version of the protocol")

func dialAs(socket string, end time.Time, minor uint32) (*client, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	c := &client{conn}
	if err := conn.SetDeadline(end); err != nil {
		c.close()
		return nil, err
	}
	version := []uint32{protocolMajor, minor, 0}
	body, err := c.call(commandVersion, version, 12)
	if err == nil && binary.NativeEndian.Uint32(body[8:]) != 0 {
		err = fmt.Errorf("pcscd: %w: %d.%d", errVersion,
			binary.NativeEndian.Uint32(body), binary.NativeEndian.Uint32(body[4:]))
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *client) close() { _ = c.conn.Close() }

// states asks for the table of readers.
func (c *client) states() ([]State, error) {
	return parseStates(c.call(commandStates, nil, tableSize*sizeReaderState))
}

// watch does the same and enters this client for the next event.
func (c *client) watch() ([]State, error) {
	return parseStates(c.call(commandWatch, nil, tableSize*sizeReaderState))
}

// event waits for the event that watch announced.
func (c *client) event() error {
	var body [8]byte
	_, err := io.ReadFull(c.conn, body[:])
	return err
}

func (c *client) call(command uint32, body []uint32, answer int) ([]byte, error) {
	message := binary.NativeEndian.AppendUint32(nil, uint32(4*len(body)))
	message = binary.NativeEndian.AppendUint32(message, command)
	for _, word := range body {
		message = binary.NativeEndian.AppendUint32(message, word)
	}
	if _, err := c.conn.Write(message); err != nil {
		return nil, err
	}
	buffer := make([]byte, answer)
	if _, err := io.ReadFull(c.conn, buffer); err != nil {
		return nil, err
	}
	return buffer, nil
}

// parseStates decodes pcscd's table: name (128), event counter, state and
// sharing (4 each), ATR (33 and 3 of padding), its length and the protocol.
func parseStates(table []byte, err error) ([]State, error) {
	if err != nil {
		return nil, err
	}
	var states []State
	for ; len(table) >= sizeReaderState; table = table[sizeReaderState:] {
		name, _, found := bytes.Cut(table[:128], []byte{0})
		if !found {
			return nil, errors.New("pcscd: reader name without end")
		}
		if len(name) == 0 {
			continue
		}
		state := binary.NativeEndian.Uint32(table[132:])
		s := State{
			Name:    string(name),
			Events:  binary.NativeEndian.Uint32(table[128:]),
			Present: state&statePresent != 0,
			Mute:    state&stateMute != 0,
			Handles: int(int32(binary.NativeEndian.Uint32(table[136:]))),
		}
		if n := binary.NativeEndian.Uint32(table[176:]); n <= 33 {
			s.ATR = bytes.Clone(table[140 : 140+n])
		}
		states = append(states, s)
	}
	return states, nil
}
