// SPDX-License-Identifier: Apache-2.0

package simreader

import (
	"encoding/binary"

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
