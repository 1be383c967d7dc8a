// SPDX-License-Identifier: Apache-2.0

package iso7816

import (
	"fmt"
	"math/bits"
)

// MaxATR is the longest answer to reset, in bytes (ISO 7816-3, 8.1).
const MaxATR = 33

// ATR is an answer to reset.
type ATR struct {
	Raw        []byte
	Historical []byte // at most 15 bytes
	Protocols  []int  // T values in the order offered; T=0 where none is named
	HasTCK     bool
	TCKValid   bool // the check byte fits, or none is due
	// Contactless reports whether the ATR has the form that PC/SC part 3
	// (3.1.3.2.3) builds for contactless cards: 3B 8n 80 01, n historical bytes
	// and the check byte.
	Contactless bool
}

// ParseATR parses an answer to reset (ISO 7816-3, 8.2). A wrong check byte is
// reported in TCKValid and is no error, since the reader accepted the card.
func ParseATR(b []byte) (ATR, error) {
	a := ATR{Raw: append([]byte(nil), b...)}
	if len(b) < 2 || len(b) > MaxATR {
		return a, fmt.Errorf("%w: ATR of %d bytes", ErrProtocol, len(b))
	}
	if b[0] != 0x3B && b[0] != 0x3F {
		return a, fmt.Errorf("%w: ATR begins with %02X", ErrProtocol, b[0])
	}
	i, needTCK, err := a.interfaceBytes(b)
	if err != nil {
		return a, err
	}
	k := int(b[1] & 0x0F)
	if i+k > len(b) {
		return a, fmt.Errorf("%w: ATR historical bytes", ErrProtocol)
	}
	a.Historical = a.Raw[i : i+k : i+k]
	i += k
	a.HasTCK = i < len(b)
	a.TCKValid = !needTCK
	if a.HasTCK {
		if i+1 != len(b) {
			return a, fmt.Errorf("%w: ATR with %d bytes too many", ErrProtocol, len(b)-i-1)
		}
		var x byte
		for _, v := range b[1:] {
			x ^= v
		}
		a.TCKValid = x == 0
	}
	a.Contactless = len(b) >= 5 && b[0] == 0x3B && b[1]&0xF0 == 0x80 && b[2] == 0x80 && b[3] == 0x01
	return a, nil
}

// interfaceBytes parses TA1 to the last TDi and fills in the protocols. It
// returns the offset of the historical bytes, and whether a check byte follows
// them.
func (a *ATR) interfaceBytes(b []byte) (next int, needTCK bool, err error) {
	next = 2
	for y, first := b[1]>>4, true; y != 0; first = false {
		// y is a bit for each of TA, TB, TC, TD that follows; TD holds the next y.
		if next += bits.OnesCount8(y); next > len(b) {
			return 0, false, fmt.Errorf("%w: ATR interface bytes", ErrProtocol)
		}
		if y&8 == 0 {
			break
		}
		td := b[next-1]
		y = td >> 4
		t := int(td & 0x0F)
		needTCK = needTCK || t != 0
		if t != 15 && (first || t != a.Protocols[len(a.Protocols)-1]) {
			a.Protocols = append(a.Protocols, t)
		}
		if len(a.Protocols) == 0 {
			a.Protocols = append(a.Protocols, 0)
		}
	}
	if len(a.Protocols) == 0 {
		a.Protocols = []int{0}
	}
	return next, needTCK, nil
}

// extendedLengthBit is bit 7 of the third software function table (ISO 7816-4,
// 8.1.1.2.7, "card capabilities"): extended Lc and Le fields.
const extendedLengthBit = 0x40

// ExtendedLength reports whether the historical bytes announce extended Lc and Le
// fields: in COMPACT-TLV form, category indicator 00 or 80, data object 7x of
// three bytes. A card without that announcement may take them all the same.
func (a *ATR) ExtendedLength() bool {
	h := a.Historical
	if len(h) == 0 || h[0] != 0x00 && h[0] != 0x80 {
		return false
	}
	if h = h[1:]; a.Historical[0] == 0x00 {
		h = h[:max(0, len(h)-3)] // the status indicator comes last
	}
	for len(h) > 0 {
		tag, size := h[0]>>4, int(h[0]&0x0F)
		if len(h) < 1+size {
			return false
		}
		if tag == 7 && size == 3 {
			return h[3]&extendedLengthBit != 0
		}
		h = h[1+size:]
	}
	return false
}
