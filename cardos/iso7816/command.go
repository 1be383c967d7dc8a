// SPDX-License-Identifier: Apache-2.0

// Package iso7816 implements the parts of ISO/IEC 7816-3 and 7816-4 (2013) that a
// driver needs: command and response APDUs, status words, the exchange rules
// (61xx, 6Cxx, command chaining), BER-TLV and the answer to reset. Lengths and
// counts that come from a card are checked and bounded.
package iso7816

import (
	"errors"
	"fmt"
)

// Limits of the encodings (ISO 7816-4, 5.1), in bytes.
const (
	MaxShortData    = 255   // Nc of a short command
	MaxShortNe      = 256   // Ne of a short command, Le = 00
	MaxExtendedData = 65535 // Nc of an extended command
	MaxExtendedNe   = 65536 // Ne of an extended command, Le = 0000
)

// ErrCommand is wrapped by the errors of [Command.Encode]: the command cannot be
// encoded in the form asked for.
var ErrCommand = errors.New("iso7816: command cannot be encoded")

// Classes and instructions of ISO 7816-4 and 7816-8 in use here.
const (
	ClassChaining = 0x10 // bit of CLA: more parts of the command follow (5.1.1.1)

	InsVerify               = 0x20
	InsManageSecurityEnv    = 0x22
	InsChangeReference      = 0x24
	InsPerformSecurityOp    = 0x2A
	InsResetRetryCounter    = 0x2C
	InsGetChallenge         = 0x84
	InsInternalAuthenticate = 0x88
	InsSelect               = 0xA4
	InsReadBinary           = 0xB0
	InsReadRecord           = 0xB2
	InsGetResponse          = 0xC0
	InsGetData              = 0xCA
)

// Command is a command APDU.
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte // Nc bytes, absent when empty
	// Ne is the maximum number of data bytes expected, 0 for none. 256 (short)
	// and 65536 (extended) are encoded as zeros: all that is available.
	Ne int
	// Extended selects the extended form even if the short one is enough.
	// Otherwise the short form is used if the command fits it.
	Extended bool
	// Sensitive marks a command that carries a PIN. It is encoded in memory of
	// package secmem and sent exactly once, whatever the card answers.
	Sensitive bool
}

// NeedsExtended reports whether the command does not fit the short form.
func (c *Command) NeedsExtended() bool {
	return c.Extended || len(c.Data) > MaxShortData || c.Ne > MaxShortNe
}

// Encode returns the APDU of case 1 to 4, short or extended (ISO 7816-4, 5.1).
func (c *Command) Encode() ([]byte, error) {
	return c.appendTo(make([]byte, 0, c.encodedSize()))
}

// encodedSize returns the length of the longest form of the command, in bytes.
func (c *Command) encodedSize() int { return 4 + 3 + len(c.Data) + 3 }

// appendTo appends the APDU to memory of the caller, as [Command.Encode].
func (c *Command) appendTo(b []byte) ([]byte, error) {
	if c.Ne < 0 || c.Ne > MaxExtendedNe {
		return nil, fmt.Errorf("%w: Ne %d", ErrCommand, c.Ne)
	}
	if len(c.Data) > MaxExtendedData {
		return nil, fmt.Errorf("%w: %d bytes of data", ErrCommand, len(c.Data))
	}
	b = append(b, c.CLA, c.INS, c.P1, c.P2)
	if !c.NeedsExtended() {
		if len(c.Data) > 0 {
			b = append(b, byte(len(c.Data)))
			b = append(b, c.Data...)
		}
		if c.Ne > 0 {
			b = append(b, byte(c.Ne)) // 256 becomes 00
		}
		return b, nil
	}
	if len(c.Data) > 0 {
		b = append(b, 0, byte(len(c.Data)>>8), byte(len(c.Data)))
		b = append(b, c.Data...)
	}
	if c.Ne > 0 {
		if len(c.Data) == 0 {
			b = append(b, 0)
		}
		b = append(b, byte(c.Ne>>8), byte(c.Ne)) // 65536 becomes 0000
	}
	return b, nil
}
