// SPDX-License-Identifier: Apache-2.0

package simreader

import (
	"encoding/binary"
	"fmt"

	"tscns/cardos"
)

// Fault is what goes wrong with one command. The zero value is nothing.
type Fault struct {
	// Wait delays the command until the channel is closed or the card leaves.
	Wait <-chan struct{}
	// Skip keeps the command from the card: with Replace, an answer that the
	// card never gave.
	Skip bool
	// Err is returned instead of an answer, e.g. cardos.ErrCardMute.
	Err error
	// Replace rewrites the answer (nil where the command was skipped).
	Replace func(answer []byte) []byte
	// Remove takes the card out before the answer arrives.
	Remove bool
	// Reset resets the card before the answer arrives, and ends the
	// transaction: a bad contact.
	Reset bool
}

// Mute is a card that got the command and never answers.
func Mute() Fault { return Fault{Err: cardos.ErrCardMute} }

// Removed is a card taken out while it works on the command.
func Removed() Fault { return Fault{Remove: true} }

// Glitch is a card that lost its power for a moment.
func Glitch() Fault { return Fault{Reset: true, Skip: true} }

// Status answers a status word without the card seeing the command.
func Status(sw uint16) Fault {
	return Fault{Skip: true, Replace: func([]byte) []byte { return binary.BigEndian.AppendUint16(nil, sw) }}
}

// Slow holds the command back until the channel is closed.
func Slow(until <-chan struct{}) Fault { return Fault{Wait: until} }

// Truncated cuts the answer to its first n bytes, status word included.
func Truncated(n int) Fault {
	return Fault{Replace: func(answer []byte) []byte { return answer[:min(n, len(answer))] }}
}

// play runs a command with its fault. stay is closed when the card leaves.
func (f Fault) play(card Card, command []byte, stay <-chan struct{}) ([]byte, error) {
	if f.Wait != nil {
		select {
		case <-f.Wait:
		case <-stay:
			return nil, cardos.ErrCardRemoved
		}
	}
	var answer []byte
	if !f.Skip {
		answer = card.Transmit(append([]byte{}, command...))
	}
	if f.Err != nil {
		return nil, f.Err
	}
	if f.Replace != nil {
		answer = f.Replace(answer)
	}
	return answer, nil
}

// Pad is a keypad on a reader and the person at it.
type Pad struct {
	Verify, Modify bool
	// Type is one entry: the digits, or a status word of the reader (PC/SC
	// part 10, 2.5: 6400 for nobody there, 6401 for cancelled).
	Type func() (digits string, sw uint16)
	// Err is what the service says in place of all that: a keypad that fails.
	Err error

	Entries    int      // how often somebody was asked
	Structures [][]byte // what the reader was asked
}

// SetPad gives a reader a keypad, or takes it away (nil). It is asked for when
// a card is recognised.
func (s *Service) SetPad(name string, p *Pad) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.must(name).pad = p
}

func (c *conn) keypad() *Pad {
	s := c.client.service
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ready() != nil {
		return nil
	}
	return c.reader.pad
}

// Pad implements cardos.PINPad.
func (c *conn) Pad() cardos.Pad {
	p := c.keypad()
	if p == nil {
		return cardos.Pad{}
	}
	return cardos.Pad{Verify: p.Verify, Modify: p.Modify}
}

// Sizes of the structures before the command, in bytes.
const (
	verifySize = 19
	modifySize = 24
)

// VerifyOnPad implements cardos.PINPad.
func (c *conn) VerifyOnPad(structure []byte) ([]byte, error) {
	return c.enter(structure, verifySize, 5, func(s []byte) []int { return []int{0} })
}

// ModifyOnPad implements cardos.PINPad.
func (c *conn) ModifyOnPad(structure []byte) ([]byte, error) {
	return c.enter(structure, modifySize, 7, func(s []byte) []int { return []int{int(s[5]), int(s[6]), int(s[6])} })
}

// enter plays the reader: each entry goes into the command at an offset.
// limits is where wPINMaxExtraDigit lies.
func (c *conn) enter(s []byte, size, limits int, offsets func([]byte) []int) ([]byte, error) {
	p := c.keypad()
	if p == nil {
		return nil, cardos.ErrPadFailed
	}
	p.Structures = append(p.Structures, append([]byte(nil), s...))
	if p.Err != nil {
		return nil, p.Err
	}
	if len(s) < size+5 || int(binary.LittleEndian.Uint32(s[size-4:])) != len(s)-size || s[2] != 0x82 || s[3] != 8 {
		return []byte{0x6B, 0x80}, nil
	}
	command := append([]byte(nil), s[size:]...)
	filled := map[int]string{}
	for _, at := range offsets(s) {
		p.Entries++
		digits, sw := p.Type()
		switch before, again := filled[at]; {
		case sw != 0:
			return []byte{byte(sw >> 8), byte(sw)}, nil
		case len(digits) < int(s[limits+1]) || len(digits) > int(s[limits]):
			return []byte{0x64, 0x03}, nil
		case again && before != digits:
			return []byte{0x64, 0x02}, nil
		case 5+at+len(digits) > len(command):
			return nil, fmt.Errorf("simreader: a block of the PIN at %d of %d bytes", at, len(command))
		default:
			filled[at] = digits
			copy(command[5+at:], digits)
		}
	}
	return c.Transmit(command)
}
