// SPDX-License-Identifier: Apache-2.0

package iso7816

import "testing"

// echo answers every command with the same bytes, out of a buffer of its own.
type echo []byte

func (e echo) Transmit([]byte) ([]byte, error) { return e, nil }

func BenchmarkExchange(b *testing.B) {
	answer := append(make(echo, 256), 0x90, 0x00)
	for _, c := range []struct {
		name    string
		command Command
		answer  echo
	}{
		{"read", Command{INS: InsReadBinary, Ne: MaxShortNe}, answer},
		{"select", Command{INS: InsSelect, P1: 0x08, Data: []byte{0x11, 0x00, 0x11, 0x01}, Ne: MaxShortNe}, append(make(echo, 30), 0x90, 0x00)},
		{"sign", Command{INS: InsPerformSecurityOp, P1: 0x80, P2: 0x86, Data: make([]byte, 257), Ne: 256, Extended: true}, answer},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			ch := Channel{T: c.answer}
			for range b.N {
				if _, err := ch.Send(c.command); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	c := Command{INS: InsPerformSecurityOp, P1: 0x80, P2: 0x86, Data: make([]byte, 257), Ne: 256, Extended: true}
	b.ReportAllocs()
	for range b.N {
		if _, err := c.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseFCI(b *testing.B) {
	fci := []byte{0x6F, 0x12, 0x80, 0x02, 0x08, 0x00, 0x82, 0x01, 0x01, 0x83, 0x02, 0x11, 0x01, 0x8A, 0x01, 0x05, 0x86, 0x02, 0xFF, 0x00}
	b.ReportAllocs()
	for range b.N {
		if _, err := ParseFCI(fci); err != nil {
			b.Fatal(err)
		}
	}
}
