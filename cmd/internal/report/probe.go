// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/hex"

	"tscns/cardos"
)

// probe is one question to a card: bytes, and what they ask.
type probe struct {
	command string // hexadecimal
	asks    string
}

// applicationProbes select the applications that a card of the year 2025 may
// have. Selecting changes nothing on a card.
var applicationProbes = []probe{
	{"00A404000CA000000530000B104001021A00", "application of the holder's data (ACe 2025)"},
	{"00A404000CA000000530000B104001011B00", "CNS application of another card of the same maker"},
	{"00A4040007A000000247100100", "IAS application"},
	{"00A4000C023F00", "master file"},
	{"00A4040000", "application selected by default"},
	{"00A4040005A00000053000", "provider of the ACe 2025 applications"},
	{"00A404000CA000000063504B43532D313500", "PKCS #15 application"},
	{"00A404000AA000000530455349474E00", "qualified signature (ESIGN)"},
	{"00A4040008A00000009501004D00", "ST 2022 over NFC"},
	{"00A4040010A000000077010300061000000000000200", "root of layout T"},
}

// harmlessProbes send no PIN and write nothing.
var harmlessProbes = []probe{
	{"00CA018000", "name of the chip's program"},
	{"00CA011400", "number of the chip (not written down)"},
	{"00CB3FFF045C027F4900", "public keys"},
	{"00A4020C022F00", "list of applications (EF.DIR)"},
	{"00A4020C022F01", "card capabilities (EF.ATR)"},
	{"00A4090004DA01C00100", "certificate of ACe 2025"},
	{"00B00000000001", "one byte of it, in an extended command"},
	{"00A40800041100110100", "certificate of other generations"},
	{"00B00000000001", "one byte of it, in an extended command"},
	{"00A4090002D00300", "number of ACe 2025"},
}

// triesProbes ask how many tries a PIN has left. On some cards that counts as
// a wrong PIN: they are sent only with a consent that says so.
var triesProbes = []probe{
	{"00200010", "PIN 10"}, {"00200090", "PIN 90"}, {"00200081", "PIN 81"}, {"00200083", "PIN 83"},
}

// runProbes asks a card everything, in one transaction, in every application
// that it has. With tries also what may cost a try: each PIN once, in the
// first application that knows it.
func runProbes(r *recording, reader string, tries bool) error {
	conn, err := r.Connect(reader)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Begin(); err != nil {
		return err
	}
	defer func() { _ = conn.End() }()
	send := func(p probe) (*exchange, error) {
		command, err := hex.DecodeString(p.command)
		if err != nil {
			return nil, err
		}
		if _, err := conn.Transmit(command); err != nil {
			return nil, err
		}
		e := r.exchanges[len(r.exchanges)-1]
		e.note = p.asks
		return e, nil
	}
	asked := map[string]bool{}
	for _, application := range applicationProbes {
		r.part("Probe: " + application.asks)
		e, err := send(application)
		if err != nil {
			return err
		}
		if e.status() != 0x9000 {
			continue
		}
		for _, p := range harmlessProbes {
			if _, err := send(p); err != nil {
				return err
			}
		}
		for _, p := range triesProbes {
			if !tries || asked[p.command] {
				continue
			}
			if e, err = send(p); err != nil {
				return err
			}
			asked[p.command] = known63(e.status())
		}
	}
	return nil
}

// known63: the card knows this PIN, so it is not asked about it again.
func known63(sw uint16) bool { return sw>>8 == 0x63 || sw == 0x6983 || sw == 0x9000 }

var _ cardos.Conn = (*recordedConn)(nil)
