// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"bytes"

	"tscns/cardos"
)

// typeBMarks are the application data and protocol information of ISO 14443-3
// type B answers seen on TS-CNS cards. Other cards may share them.
var typeBMarks = [][]byte{
	{0x00, 0x00, 0x00, 0x00, 0x33, 0x81, 0x91},
	{0x00, 0x00, 0x00, 0x00, 0xF7, 0x81, 0xC1},
	{0x30, 0xAB, 0xAB, 0x01, 0x77, 0x81, 0xB7},
}

// isTypeB reports whether a contactless card answers as TS-CNS cards of type B.
func isTypeB(a cardos.ATR) bool {
	body := a.Historical
	// 50 and the card's own identifier of 4 bytes come first in one shape.
	if len(body) == 12 && body[0] == 0x50 {
		body = body[5:]
	}
	for _, mark := range typeBMarks {
		if a.Contactless && bytes.HasPrefix(body, mark) {
			return true
		}
	}
	return false
}

// idemiaNFCMark begins the historical bytes of IDEMIA's contactless cards
// (OpenSC, commit 1708c065f).
var idemiaNFCMark = []byte{0x00, 0x31, 0xC1, 0x64}

func isIDEMIANFC(a cardos.ATR) bool {
	return a.Contactless && len(a.Historical) == 11 && bytes.HasPrefix(a.Historical, idemiaNFCMark)
}

// memoryCardMark begins the historical bytes that PC/SC makes up for memory
// cards, which have no commands of their own (PC/SC part 3, 3.1.3.2.3.1):
// presence indicator 4F and the identifier of the PC/SC workgroup.
var memoryCardMark = []byte{0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06}

func isMemoryCard(a cardos.ATR) bool { return bytes.HasPrefix(a.Historical, memoryCardMark) }
