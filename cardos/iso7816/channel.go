// SPDX-License-Identifier: Apache-2.0

package iso7816

import (
	"fmt"
	"slices"

	"tscns/cardos/secmem"
)

// Transmitter transmits one encoded command and returns the response with its
// status word.
type Transmitter interface {
	Transmit(command []byte) ([]byte, error)
}

// maxGetResponse bounds the GET RESPONSE commands that follow one command: enough
// for an extended response in parts of 256 bytes.
const maxGetResponse = MaxExtendedNe / MaxShortNe

// Channel applies the exchange rules of ISO 7816-4, 5.1.3 and 11.7.1 over a
// [Transmitter]: 61xx is followed by GET RESPONSE, 6Cxx by the same command with
// the length that the card asks for.
type Channel struct {
	T Transmitter
	// Count is the number of commands sent.
	Count int
}

// Send sends a command and returns the complete response. A status word other
// than 9000 is no error. The data are a copy of at most Ne bytes.
func (ch *Channel) Send(c Command) (Response, error) {
	r, err := ch.exchange(&c)
	if err != nil {
		return Response{}, err
	}
	if r.Status.SW1() == 0x6C && c.Ne > 0 && !c.Sensitive {
		again := c
		again.Ne = shortNe(r.Status.SW2())
		if r, err = ch.exchange(&again); err != nil {
			return Response{}, err
		}
		if r.Status.SW1() == 0x6C {
			return Response{}, fmt.Errorf("%w: 6Cxx twice", ErrProtocol)
		}
		// The card may only return all it has, which is more than was asked for.
		r.Data = r.Data[:min(len(r.Data), c.Ne)]
	}
	if r.Status.SW1() == 0x61 {
		return ch.collect(&c, r)
	}
	return r, nil
}

// collect reads the rest of a response by GET RESPONSE (ISO 7816-4, 11.7.1).
func (ch *Channel) collect(c *Command, r Response) (Response, error) {
	if c.Ne == 0 {
		return Response{Status: OK}, nil // nobody asked for the data that wait
	}
	data := r.Data
	for i := 0; i < maxGetResponse && r.Status.SW1() == 0x61; i++ {
		more := Command{CLA: c.CLA &^ ClassChaining, INS: InsGetResponse, Ne: shortNe(r.Status.SW2())}
		next, err := ch.exchange(&more)
		if err != nil {
			return Response{}, err
		}
		if next.Status.SW1() == 0x6C {
			more.Ne = shortNe(next.Status.SW2())
			if next, err = ch.exchange(&more); err != nil {
				return Response{}, err
			}
		}
		if len(next.Data) == 0 && next.Status.SW1() == 0x61 {
			return Response{}, fmt.Errorf("%w: 61xx without data", ErrProtocol)
		}
		if len(data)+len(next.Data) > c.Ne {
			return Response{}, fmt.Errorf("%w: more data than asked for", ErrProtocol)
		}
		data = append(slices.Clip(data), next.Data...)
		r = next
	}
	if sw1 := r.Status.SW1(); sw1 == 0x61 || sw1 == 0x6C {
		return Response{}, fmt.Errorf("%w: endless %02Xxx", ErrProtocol, sw1)
	}
	return Response{Data: data, Status: r.Status}, nil
}

// SendChained sends one command in parts of at most size bytes of data, with the
// chaining bit set in all but the last (ISO 7816-4, 5.1.1.1). With lePerPart
// every part has the Le of the command, otherwise only the last one. It stops at
// the first part that is not answered 9000 and returns that response.
func (ch *Channel) SendChained(c Command, size int, lePerPart bool) (Response, error) {
	if size < 1 || size > MaxShortData || c.Ne > MaxShortNe {
		return Response{}, fmt.Errorf("%w: chaining in parts of %d", ErrCommand, size)
	}
	rest := c.Data
	for len(rest) > size {
		part := c
		part.CLA |= ClassChaining
		part.Data, rest = rest[:size], rest[size:]
		if !lePerPart {
			part.Ne = 0
		}
		r, err := ch.exchange(&part)
		if err != nil || r.Status != OK {
			return r, err
		}
	}
	last := c
	last.Data = rest
	return ch.Send(last)
}

// exchange transmits one command and parses the response.
func (ch *Channel) exchange(c *Command) (Response, error) {
	var memory []byte
	if c.Sensitive {
		buffer := secmem.New(c.encodedSize())
		defer buffer.Free()
		memory = buffer.Bytes()[:0]
	} else {
		memory = make([]byte, 0, c.encodedSize())
	}
	command, err := c.appendTo(memory)
	if err != nil {
		return Response{}, err
	}
	ch.Count++
	b, err := ch.T.Transmit(command)
	if err != nil {
		return Response{}, err
	}
	r, err := ParseResponse(b)
	if err != nil {
		return Response{}, err
	}
	if c.Ne == 0 {
		r.Data = nil // some cards tell the FCI unasked
	} else if len(r.Data) > c.Ne {
		return Response{}, fmt.Errorf("%w: %d bytes of data, %d asked for", ErrProtocol, len(r.Data), c.Ne)
	}
	// A copy lets the large receive buffer of the response be collected.
	r.Data = append([]byte(nil), r.Data...)
	return r, nil
}

func shortNe(sw2 byte) int {
	if sw2 == 0 {
		return MaxShortNe
	}
	return int(sw2)
}
