// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// probe is one question to a card: bytes, and what they ask.
type probe struct {
	command string // hexadecimal
	asks    string
}

// name returns the name of the application that a probe selects by it.
func (p probe) name() []byte {
	b, err := hex.DecodeString(p.command)
	if c := parseCommand(b); err == nil && c.ins == iso7816.InsSelect && c.p1 == 0x04 {
		return c.data
	}
	return nil
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
	{"00A4040010A000000077010800070000FE0000010000", "IAS-ECC application"},
	{"00A404000CA000000030800000000981600100", "IAS application of Italian identity cards"},
	{"00A404000BF0496173456363526F6F7400", "root of another IAS-ECC card"},
	{"00A4040009E828BD080F014E58503000", "generic application of the same chip's other cards"},
	{"00A40000", "master file, by a command without data"},
	{"00A404000AA000000530455349474E00", "qualified signature (ESIGN)"},
	{"00A4040008A00000009501004D00", "ST 2022 over NFC"},
	{"00A4040010A000000077010300061000000000000200", "root of layout T"},
}

// harmlessProbes send no PIN and write nothing. Those with "nn" are sent for
// each number of an object or record, until the card says that it has no such
// command or record.
var harmlessProbes = []probe{
	{"00CA018000", "name of the chip's program"},
	{"00CA011400", "number of the chip (not written)"},
	{"00CB3FFF045C027F4900", "public keys"},
	{"00CB3FFF0B4D097007BF81nn037F418000", "PIN nn of IAS-ECC: tries, maximum, rules"},
	{"00CB3FFF0A4D087006BF81nn02A08000", "the same in another form"},
	{"00CB3FFF0B4D097007BF90nn037F488000", "private key nn of IAS-ECC: size, permitted operations"},
	{"00CB3FFF0A4D087006BF90nn02A08000", "the same in another form"},
	{"00CB3FFF0A4D087006BFFBnn027B8000", "environment nn of IAS-ECC: PIN reference, algorithms"},
	{"00B09C0000", "number by short identifier (EF.SN; its digits are not written)"},
	{"00A4020C022F00", "list of applications (EF.DIR)"},
	{"00B0000000", "its bytes"},
	{"00B2nn0400", "its record nn"},
	{"00A4020C022F01", "card capabilities (EF.ATR)"},
	{"00B0000000", "its bytes"},
	{"00B2nn0400", "its record nn"},
	{"00A4090004DA01C00100", "certificate of ACe 2025"},
	{"00B00000000001", "one byte of it, in an extended command"},
	{"00A40800041100110100", "certificate of other generations"},
	{"00B00000000001", "one byte of it, in an extended command"},
	{"00A4090002D00300", "number of ACe 2025"},
}

// maxObject is the highest number of a PIN, key or environment that is asked
// for; OpenSC looks as far.
const maxObject = 0x0F

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
	send := func(p probe) (*exchange, error) { return r.send(conn, p) }
	asked := map[string]bool{}
	applications := slices.Clone(applicationProbes)
	for i := 0; i < len(applications); i++ {
		application := applications[i]
		before := len(r.exchanges)
		r.part("Probe: " + application.asks)
		e, err := send(application)
		if err != nil {
			return err
		}
		if e.status() != 0x9000 {
			continue
		}
		for _, p := range harmlessProbes {
			if err := r.sendEach(conn, p); err != nil {
				return err
			}
		}
		applications = addListed(applications, r.exchanges[before:])
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

// maxListed bounds the applications that are asked because EF.DIR lists them.
const maxListed = 8

// addListed adds the applications that answers list to those to be asked.
func addListed(applications []probe, exchanges []*exchange) []probe {
	for _, e := range exchanges {
		for _, name := range iso7816.ApplicationNames(e.data()) {
			command := fmt.Sprintf("00A40400%02X%X00", len(name), name)
			known := slices.ContainsFunc(applications, func(p probe) bool { return p.command == command })
			if !known && len(applications) < len(applicationProbes)+maxListed {
				applications = append(applications, probe{command, "application that EF.DIR lists"})
			}
		}
	}
	return applications
}

// noMore are the answers after which the next number would be answered alike.
var noMore = []iso7816.Status{iso7816.InsNotSupported, iso7816.ClaNotSupported, iso7816.FunctionNotSupported,
	iso7816.IncorrectP1P2, iso7816.RecordNotFound, iso7816.NoCurrentEF, iso7816.IncompatibleFile}

// sendEach sends a question, or one for each number of an object.
func (r *recording) sendEach(conn cardos.Conn, p probe) error {
	if !strings.Contains(p.command, "nn") {
		_, err := r.send(conn, p)
		return err
	}
	for n := 1; n <= maxObject; n++ {
		number := fmt.Sprintf("%02X", n)
		e, err := r.send(conn, probe{strings.Replace(p.command, "nn", number, 1), strings.Replace(p.asks, "nn", number, 1)})
		if err != nil {
			return err
		}
		if slices.Contains(noMore, iso7816.Status(e.status())) {
			return nil
		}
	}
	return nil
}

// maxParts bounds the parts in which a card gives one answer.
const maxParts = 16

// send sends one question and fetches an answer that waits (61xx) or wants
// another length (6Cxx). It returns the exchange of the question itself.
func (r *recording) send(conn cardos.Conn, p probe) (*exchange, error) {
	command, err := hex.DecodeString(p.command)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Transmit(command); err != nil {
		return nil, err
	}
	first := r.exchanges[len(r.exchanges)-1]
	first.note = p.asks
	for e, n := first, 0; n < maxParts; n++ {
		switch e.status() >> 8 {
		case 0x61:
			command = []byte{0x00, 0xC0, 0x00, 0x00, byte(e.status())}
		case 0x6C:
			command = append(bytes.Clone(e.command[:len(e.command)-1]), byte(e.status()))
		default:
			return first, nil
		}
		if _, err := conn.Transmit(command); err != nil {
			return nil, err
		}
		e = r.exchanges[len(r.exchanges)-1]
	}
	return first, nil
}

// known63: the card knows this PIN, so it is not asked about it again.
func known63(sw uint16) bool { return sw>>8 == 0x63 || sw == 0x6983 || sw == 0x9000 }

var _ cardos.Conn = (*recordedConn)(nil)
