// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"bytes"

	"tscns/cardos/iso7816"
)

// ATR is what the answer to reset of a card tells of it. The zero value is one
// that could not be parsed.
type ATR struct {
	Valid       bool // it is an answer to reset at all
	Contactless bool // made up by the reader for a contactless card (PC/SC part 3)
	Historical  []byte
	CNS         bool // "CNS" is somewhere in the historical bytes
	// The pre-issuing data of the CNS, where the historical bytes are 15 with
	// "CNS" at its usual place; zero elsewhere.
	IC, Mask byte
	OS       uint16
	Version  byte // of the CNS, a nibble each side of the point
}

// ParseATR reads an answer to reset, of at most 33 bytes.
func ParseATR(raw []byte) ATR {
	atr, err := iso7816.ParseATR(raw)
	if err != nil {
		return ATR{}
	}
	h := atr.Historical
	a := ATR{Valid: true, Contactless: atr.Contactless, Historical: h, CNS: bytes.Contains(h, []byte("CNS"))}
	if len(h) == 15 && string(h[9:12]) == "CNS" {
		a.IC, a.Mask, a.OS, a.Version = h[2], h[3], uint16(h[4])<<8|uint16(h[5]), h[12]
	}
	return a
}

// makers are the mask manufacturers of the CNS by their code.
var makers = map[byte]string{
	0x01: "Kaitech", 0x02: "Gemplus", 0x03: "Ghirlanda", 0x04: "Giesecke & Devrient",
	0x05: "Oberthur/IDEMIA", 0x06: "Orga", 0x07: "Axalto", 0x08: "Siemens",
	0x09: "STIncard", 0x0A: "GEP", 0x0B: "EPS", 0x0C: "Athena", 0x0D: "Gemalto",
}
