// SPDX-License-Identifier: Apache-2.0

package iso7816_test

import (
	"testing"

	"tscns/cardos/iso7816"
)

// chopped answers each command with the next part of a byte string, cut at the
// lengths that the string itself names.
type chopped struct {
	b    []byte
	sent int
}

func (c *chopped) Transmit([]byte) ([]byte, error) {
	c.sent++
	if len(c.b) == 0 {
		return []byte{0x61, 0x00}, nil
	}
	n := min(1+int(c.b[0]), len(c.b))
	part := c.b[1:n]
	c.b = c.b[n:]
	return part, nil
}

func FuzzResponse(f *testing.F) {
	for _, seed := range []string{"", "02 9000", "03 01 6102 04 0203 9000", "02 6C05 07 0102030405 9000", "02 61FF", "01 90", "02 6C00 02 6C00"} {
		f.Add(unhex(seed), 256)
	}
	f.Fuzz(func(t *testing.T, b []byte, ne int) {
		ne &= 0xFFFF
		c := &chopped{b: b}
		ch := iso7816.Channel{T: c}
		r, err := ch.Send(iso7816.Command{INS: iso7816.InsReadBinary, Ne: ne})
		if err == nil && len(r.Data) > ne {
			t.Fatalf("%d bytes, %d asked for", len(r.Data), ne)
		}
		if c.sent > 600 || ch.Count != c.sent {
			t.Fatalf("%d commands sent, %d counted", c.sent, ch.Count)
		}
	})
}

func FuzzTLV(f *testing.F) {
	for _, seed := range []string{"", "6F038001FF", "7F49820001AA", "1FFFFFFF", "6F84FFFFFFFF"} {
		f.Add(unhex(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := iso7816.ParseTLV(b)
		if err != nil {
			return
		}
		total := 0
		for _, v := range list {
			total += len(v.Value)
		}
		if total > len(b) {
			t.Fatalf("%d bytes of values in %d", total, len(b))
		}
	})
}

func FuzzFCI(f *testing.F) {
	for _, seed := range []string{"", "6F0480020525", "62078103010203820101", "6F09820138810200FF8000"} {
		f.Add(unhex(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fci, err := iso7816.ParseFCI(b)
		if err == nil && (fci.Size < 0 || fci.HasSize && fci.IsDF) {
			t.Fatalf("%+v", fci)
		}
	})
}

func FuzzATR(f *testing.F) {
	for _, seed := range []string{"3BFF1800008131FE45006B11050700012101434E531031804A", "3B80800101", "3B0400040000", "3BDB18FF81B1FE451FC38073C8211065434E53107339"} {
		f.Add(unhex(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := iso7816.ParseATR(b)
		if err == nil && (len(a.Historical) > 15 || len(a.Protocols) == 0) {
			t.Fatalf("%+v", a)
		}
	})
}
