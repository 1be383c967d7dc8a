// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"bytes"
	"slices"

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
// (OpenSC, commit 1708c065f): of bank cards and identity cards, too.
var idemiaNFCMark = []byte{0x00, 0x31, 0xC1, 0x64}

// idemia2021NFC are the pre-issuing data that follow it on Italian cards: a TS
// and a CNS in the list of pcsc-tools.
var idemia2021NFC = [][]byte{{0x08, 0x92, 0x33, 0x54}, {0x09, 0x29, 0x14, 0x54}}

// isIDEMIANFC reports whether a contactless card is one of IDEMIA's.
func isIDEMIANFC(a cardos.ATR) bool {
	return a.Contactless && len(a.Historical) == 11 && bytes.HasPrefix(a.Historical, idemiaNFCMark)
}

// isIDEMIA2021NFC reports whether it is one of IDEMIA's Italian cards.
func isIDEMIA2021NFC(a cardos.ATR) bool {
	return isIDEMIANFC(a) && slices.ContainsFunc(idemia2021NFC, func(data []byte) bool {
		return bytes.HasPrefix(a.Historical[len(idemiaNFCMark):], data)
	})
}

// memoryCardMark begins the historical bytes that PC/SC makes up for memory
// cards, which have no commands of their own (PC/SC part 3, 3.1.3.2.3.1):
// presence indicator 4F and the identifier of the PC/SC workgroup.
var memoryCardMark = []byte{0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06}

func isMemoryCard(a cardos.ATR) bool { return bytes.HasPrefix(a.Historical, memoryCardMark) }
