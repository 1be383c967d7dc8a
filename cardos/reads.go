// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"errors"

	"tscns/cardos/iso7816"
)

// Reads is how much one READ BINARY may ask for. An extended command brings
// a certificate in one answer instead of eight, but no recording and no driver
// shows a TS-CNS that answers one (docs/performance.md): so it is sent where
// the card announces it, and where a person asks for it.
type Reads int

const (
	// ReadsAnnounced is extended where the card's answer to reset announces it
	// (ISO 7816-4, 8.1.1.2.7), else up to 256 bytes.
	ReadsAnnounced Reads = iota
	// ReadsShort is up to 256 bytes.
	ReadsShort
	// ReadsExtended is extended, until the card or its reader refuses one.
	ReadsExtended
)

// ReadsNamed returns what a configuration calls announced, short or extended;
// ReadsAnnounced for any other word.
func ReadsNamed(name string) Reads {
	switch name {
	case "short":
		return ReadsShort
	case "extended":
		return ReadsExtended
	}
	return ReadsAnnounced
}

// maxExtendedRead is the most that an extended READ BINARY asks for: the size
// of the certificate's file (CNS file system, EF.C_Carta), in bytes. Nothing
// says how long an answer these cards can build.
const maxExtendedRead = 2048

// ReaderLimit is what a Conn implements that can ask its reader how long
// commands and answers may be.
type ReaderLimit interface {
	// MaxData returns how many bytes of data the reader and its driver carry
	// at most in one command or answer, 256 where that is short ones alone;
	// ok is false where they do not say. It sends the card nothing.
	MaxData() (n int, ok bool)
}

// largestRead is what a READ BINARY may ask for on a card just recognised. No
// extended one is sent before: a card that answers it with silence is then at
// least known, and not tried so again.
func (c *Card) largestRead(reads Reads) int {
	if reads == ReadsShort || c.readSize < iso7816.MaxShortNe {
		return c.readSize
	}
	if reads != ReadsExtended && !announcesExtended(c.info.ATR) {
		return c.readSize
	}
	if r, ok := c.conn.(ReaderLimit); ok {
		if n, ok := r.MaxData(); ok {
			return max(c.readSize, min(n, maxExtendedRead))
		}
	}
	return maxExtendedRead
}

func announcesExtended(raw []byte) bool {
	atr, err := iso7816.ParseATR(raw)
	return err == nil && atr.ExtendedLength()
}

// NotCarried reports whether a command got no answer in a way that a reader may
// have which cannot carry its form: PC/SC has no error for that, and services
// report a card that does not answer, a parameter, a buffer or a feature.
func NotCarried(err error) bool {
	return errors.Is(err, ErrCardMute) || errors.Is(err, ErrCardFailure) || errors.Is(err, ErrProtocol)
}

// extendedRefused reports whether an extended READ BINARY was answered in a way
// that a short one may not be: the card refused the form or failed at it, or
// the reader could not carry it.
func extendedRefused(r iso7816.Response, err error) bool {
	if err != nil {
		return NotCarried(err)
	}
	return r.Status.FormRefused() || r.Status.Failed()
}
