// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"tscns/cardos"
)

// exchange is one command with its answer. Of a command that carries a PIN
// only the header was ever kept. What was recorded is never written: shown and
// clean are, and they are made by the [cleaner].
type exchange struct {
	command []byte
	secret  bool   // a PIN followed the header
	answer  []byte // with the status word; empty where none came
	first   bool   // after a connection or a reset: nothing is selected by us
	note    string // printed behind the command

	shown []byte // as much of the command as is written
	open  bool   // something followed that is not
	clean []byte // what is written of the data of the answer: all or nothing
}

// recording collects what passes between the driver and a card.
type recording struct {
	cardos.Transport
	atr       []byte
	exchanges []*exchange
	titles    map[int]string // each before the exchange of that index
	fresh     bool           // nothing was sent since a connection or a reset
}

func (r *recording) part(title string) {
	if r.titles == nil {
		r.titles = map[int]string{}
	}
	r.titles[len(r.exchanges)] = title
}

// Connect implements cardos.Transport.
func (r *recording) Connect(reader string) (cardos.Conn, error) {
	c, err := r.Transport.Connect(reader)
	if err != nil {
		return nil, err
	}
	r.atr, r.fresh = bytes.Clone(c.ATR()), true
	return &recordedConn{c, r}, nil
}

type recordedConn struct {
	cardos.Conn
	recording *recording
}

// Transmit implements cardos.Conn.
func (c *recordedConn) Transmit(command []byte) ([]byte, error) {
	e := &exchange{first: c.recording.fresh}
	c.recording.fresh = false
	if carriesPIN(command) {
		// The PIN is dropped here, before anything can keep it.
		e.secret, e.note = true, "digits alone"
		if command[len(command)-1] == 0xFF {
			e.note = "filled with FF"
		}
		e.command = bytes.Clone(command[:4])
	} else {
		e.command = bytes.Clone(command)
	}
	answer, err := c.Conn.Transmit(command)
	e.answer = bytes.Clone(answer)
	c.recording.exchanges = append(c.recording.exchanges, e)
	return answer, err
}

// Reset implements cardos.Conn.
func (c *recordedConn) Reset() error {
	c.recording.fresh = true
	return c.Conn.Reset()
}

// carriesPIN: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER with data.
func carriesPIN(command []byte) bool {
	return len(command) > 5 && slices.Contains([]byte{0x20, 0x21, 0x24, 0x25, 0x2C, 0x2D}, command[1])
}

// status is the status word of an answer.
func (e *exchange) status() uint16 {
	if len(e.answer) < 2 {
		return 0
	}
	n := len(e.answer)
	return uint16(e.answer[n-2])<<8 | uint16(e.answer[n-1])
}

// data is the answer without status word, as it was recorded.
func (e *exchange) data() []byte {
	if len(e.answer) < 2 {
		return nil
	}
	return e.answer[:len(e.answer)-2]
}

// write prints the recording as a transcript that the tests replay. atr is what
// is written of the answer to reset.
func (r *recording) write(w io.Writer, head []string, atr []byte) {
	fmt.Fprintln(w, "# SPDX-License-Identifier: Apache-2.0")
	fmt.Fprintln(w, "#")
	for _, line := range head {
		fmt.Fprintln(w, strings.TrimRight("# "+line, " "))
	}
	fmt.Fprintf(w, "# atr: % X\n", atr)
	for i, e := range r.exchanges {
		if title, ok := r.titles[i]; ok {
			fmt.Fprintf(w, "\n# %s\n", title)
		}
		e.write(w)
	}
}

func (e *exchange) write(w io.Writer) {
	line := fmt.Sprintf("> % X", e.shown)
	if e.open {
		line += " ?"
	}
	if e.note != "" {
		line += "   # " + e.note
	}
	fmt.Fprintln(w, line)
	status := e.answer[max(0, len(e.answer)-2):]
	switch n := len(e.data()); {
	case len(e.answer) < 2:
		fmt.Fprintln(w, "# no answer")
	case n == 0:
		fmt.Fprintf(w, "< % X\n", status)
	case e.clean == nil:
		fmt.Fprintf(w, "< ? % X   # %d bytes\n", status, n)
	default:
		fmt.Fprintf(w, "< % X\n", slices.Concat(e.clean, status))
	}
}
