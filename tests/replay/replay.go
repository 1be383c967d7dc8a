// SPDX-License-Identifier: Apache-2.0

// Package replay is a card made of a recorded exchange (tests/transcripts).
// It answers what was recorded and nothing else: a command that the recording
// does not cover is reported by Unknown and answered 6F00.
//
// Recordings are tables of what a card answers, so order is kept only where it
// matters: a command that was recorded with several answers gives them in
// turn. READ BINARY is answered out of the bytes that the recording shows of
// the selected file, at whatever offset and length they are asked for.
package replay

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"tscns/cardos"
	"tscns/tests/simreader"
)

// Reader is the name of the one reader.
const Reader = "Replay 00 00"

// Exchange is one recorded command with its answer.
type Exchange struct {
	Command []byte
	// Open: the recording shows only how the command begins.
	Open   bool
	Answer []byte // with the status word; nil where only the status is known
	Status uint16
}

// Recording is a parsed transcript.
type Recording struct {
	ATR       []byte
	Exchanges []Exchange
}

// Parse reads a transcript.
func Parse(r io.Reader) (*Recording, error) {
	rec := &Recording{}
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, 1<<20)
	for n := 1; scan.Scan(); n++ {
		line := strings.TrimSpace(scan.Text())
		if after, ok := strings.CutPrefix(line, "# atr:"); ok {
			b, err := unhex(after)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			rec.ATR = b
			continue
		}
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if err := rec.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	// A command whose answer was not recorded says nothing.
	rec.Exchanges = slices.DeleteFunc(rec.Exchanges, func(e Exchange) bool { return e.Status == 0 })
	rec.join()
	return rec, scan.Err()
}

// join puts what GET RESPONSE fetched (61xx) behind the answer that it is of, where
// all of it is known, so that it is found whatever the caller asks for.
func (rec *Recording) join() {
	var joined []Exchange
	for _, e := range rec.Exchanges {
		n := len(joined)
		if len(e.Command) == 5 && e.Command[1] == 0xC0 && n > 0 && joined[n-1].Status>>8 == 0x61 && joined[n-1].Answer != nil && e.Answer != nil {
			before := &joined[n-1]
			before.Answer = slices.Concat(before.Answer[:len(before.Answer)-2], e.Answer)
			before.Status = e.Status
			continue
		}
		joined = append(joined, e)
	}
	rec.Exchanges = joined
}

func (rec *Recording) line(line string) error {
	known, _, open := strings.Cut(line[1:], "?")
	b, err := unhex(known)
	if err != nil {
		return err
	}
	switch line[0] {
	case '>':
		rec.Exchanges = append(rec.Exchanges, Exchange{Command: b, Open: open})
	case '<':
		if len(rec.Exchanges) == 0 {
			return fmt.Errorf("answer without command")
		}
		e := &rec.Exchanges[len(rec.Exchanges)-1]
		if open {
			// Bytes unknown, the status word at the end of the line.
			fields := strings.Fields(line)
			if b, err = unhex(strings.Join(fields[len(fields)-2:], "")); err != nil {
				return err
			}
		} else {
			e.Answer = b
		}
		if len(b) < 2 {
			return fmt.Errorf("answer without status word")
		}
		e.Status = uint16(b[len(b)-2])<<8 | uint16(b[len(b)-1])
	default:
		return fmt.Errorf("neither command nor answer")
	}
	return nil
}

func unhex(s string) ([]byte, error) {
	return hex.DecodeString(strings.Join(strings.Fields(s), ""))
}

// file is what a recording shows of one file.
type file struct {
	bytes map[int]byte
	end   int // where a read past the last known byte is past the end
}

// Card plays a recording, in the one reader of a transport.
type Card struct {
	cardos.Transport

	mu       sync.Mutex
	rec      *Recording
	used     map[string]int // answers given, by command
	files    map[string]*file
	selected string
	unknown  []string
	sent     [][]byte
}

// New makes a card of a recording.
func New(rec *Recording) *Card {
	c := &Card{rec: rec, used: map[string]int{}, files: map[string]*file{}}
	selected := ""
	for _, e := range rec.Exchanges {
		if key, ok := selection(e.Command); ok && e.Status == 0x9000 {
			selected = key
		}
		if isRead(e.Command) && e.Status == 0x9000 && e.Answer != nil {
			c.Fill(selected, offset(e.Command), e.Answer[:len(e.Answer)-2])
		}
	}
	service := simreader.NewService(Reader)
	service.Insert(Reader, inserted{c})
	c.Transport = service.Transport()
	return c
}

// Fill gives content to the file that a SELECT command (in hexadecimal,
// without Le) selects, from an offset on.
func (c *Card) Fill(selection string, offset int, content []byte) {
	f := c.files[selection]
	if f == nil {
		f = &file{bytes: map[int]byte{}}
		c.files[selection] = f
	}
	for i, b := range content {
		f.bytes[offset+i] = b
	}
	f.end = max(f.end, offset+len(content))
}

// selection returns SELECT commands without Le, so that it matters neither
// whether the recording asked for the FCI nor whether the caller does.
func selection(command []byte) (string, bool) {
	if len(command) < 5 || command[1] != 0xA4 || len(command) < 5+int(command[4]) {
		return "", false
	}
	return fmt.Sprintf("%X", command[:5+int(command[4])]), true
}

func isRead(command []byte) bool {
	return (len(command) == 5 || len(command) == 7 && command[4] == 0) && command[1] == 0xB0 && command[2] < 0x80
}

// expected is how many bytes a READ BINARY asks for, short or extended.
func expected(command []byte) int {
	n, all := int(command[4]), 256
	if len(command) == 7 {
		n, all = int(command[5])<<8|int(command[6]), 65536
	}
	if n == 0 {
		return all
	}
	return n
}

func offset(command []byte) int { return int(command[2])<<8 | int(command[3]) }

// Unknown lists the commands that the recording did not cover.
func (c *Card) Unknown() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.unknown...)
}

// Sent lists every command received so far.
func (c *Card) Sent() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([][]byte(nil), c.sent...)
}

func (c *Card) answer(command []byte) []byte {
	if isRead(command) {
		return c.readBinary(command)
	}
	if key, ok := selection(command); ok {
		return c.answerSelect(command, key)
	}
	var found []Exchange
	for _, e := range c.rec.Exchanges {
		if bytes.Equal(e.Command, command) || e.Open && bytes.HasPrefix(command, e.Command) {
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		return c.notRecorded(fmt.Sprintf("%X", command))
	}
	e := found[min(c.used[string(command)], len(found)-1)]
	c.used[string(command)]++
	if e.Answer == nil {
		return statusOf(e)
	}
	return bytes.Clone(e.Answer)
}

// answerSelect gives the fullest answer that was recorded: with the FCI where
// one is asked for and known.
func (c *Card) answerSelect(command []byte, key string) []byte {
	withLe := len(command)*2 > len(key)
	var best []byte
	for _, e := range c.rec.Exchanges {
		if recorded, ok := selection(e.Command); !ok || recorded != key {
			continue
		}
		answer := statusOf(e)
		if withLe && e.Answer != nil {
			answer = e.Answer
		}
		if len(answer) > len(best) {
			best = answer
		}
		if e.Status == 0x9000 {
			c.selected = key
		}
	}
	if best == nil {
		return c.notRecorded(fmt.Sprintf("%X", command))
	}
	return bytes.Clone(best)
}

func statusOf(e Exchange) []byte { return []byte{byte(e.Status >> 8), byte(e.Status)} }

func (c *Card) notRecorded(what string) []byte {
	c.unknown = append(c.unknown, what)
	return []byte{0x6F, 0x00}
}

func (c *Card) readBinary(command []byte) []byte {
	f := c.files[c.selected]
	if f == nil {
		return c.notRecorded(fmt.Sprintf("%X in %s", command, c.selected))
	}
	n, start := expected(command), offset(command)
	if start >= f.end {
		return []byte{0x6B, 0x00}
	}
	var out []byte
	for i := start; i < min(start+n, f.end); i++ {
		b, ok := f.bytes[i]
		if !ok {
			return c.notRecorded(fmt.Sprintf("%X in %s, byte %d", command, c.selected, i))
		}
		out = append(out, b)
	}
	return append(out, 0x90, 0x00)
}

// inserted is the card as the reader has it. It keeps its state when it is reset.
type inserted struct{ *Card }

func (c inserted) ATR() []byte { return c.rec.ATR }
func (inserted) Power(bool)    {}
func (inserted) Reset()        {}

func (c inserted) Transmit(command []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, bytes.Clone(command))
	return c.answer(command)
}
