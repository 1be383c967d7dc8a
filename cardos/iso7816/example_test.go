// SPDX-License-Identifier: Apache-2.0

package iso7816_test

import (
	"encoding/hex"
	"fmt"

	"tscns/cardos/iso7816"
)

// SELECT of the file 1100/1102 by its path from the master file.
func ExampleCommand_Encode() {
	c := iso7816.Command{INS: iso7816.InsSelect, P1: 0x08, Data: []byte{0x11, 0x00, 0x11, 0x02}, Ne: iso7816.MaxShortNe}
	b, err := c.Encode()
	fmt.Printf("% X %v\n", b, err)
	// Output: 00 A4 08 00 04 11 00 11 02 00 <nil>
}

// The answer to reset of a CNS over contacts.
func ExampleParseATR() {
	raw, _ := hex.DecodeString("3BFF1800008131FE45006B05052000012101434E5310318079")
	atr, err := iso7816.ParseATR(raw)
	fmt.Println(atr.Protocols, atr.Contactless, string(atr.Historical[9:12]), err)
	// Output: [1] false CNS <nil>
}

// cardOfTwoSteps has its answer fetched by GET RESPONSE.
type cardOfTwoSteps struct{}

func (cardOfTwoSteps) Transmit(command []byte) ([]byte, error) {
	if command[1] == iso7816.InsGetResponse {
		return []byte{0xCA, 0xFE, 0x90, 0x00}, nil
	}
	return []byte{0x61, 0x02}, nil
}

// A Channel carries GET RESPONSE and a wrong Le by itself.
func ExampleChannel_Send() {
	ch := iso7816.Channel{T: cardOfTwoSteps{}}
	r, err := ch.Send(iso7816.Command{INS: iso7816.InsReadBinary, Ne: iso7816.MaxShortNe})
	fmt.Printf("%X %04X %d %v\n", r.Data, uint16(r.Status), ch.Count, err)
	// Output: CAFE 9000 2 <nil>
}
