// SPDX-License-Identifier: Apache-2.0

// Package padreader is a card reader with a keypad of its own, for tests: a
// driver that a real pcscd loads (driver/driver.c), with the card in it and the person
// at its keypad.
package padreader

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pcscd"
	"tscns/tests/kit"
)

// Card is what is in the reader: simcard, or what a test puts around it.
type Card interface {
	ATR() []byte
	Power(on bool)
	Transmit(command []byte) []byte
}

// What a reader has, in the words of driver/driver.c.
const (
	Verify     = 1
	Modify     = 2
	Properties = 4 // tells its USB numbers
	Broken     = 8 // its keypad is there and fails
)

// What a person may do at a keypad but type digits.
const (
	Cancel = "cancel"
	Nobody = "nobody" // until the reader's time is over
)

// Reader is such a reader. Its methods may be called from any goroutine.
type Reader struct {
	Name     string
	Features byte
	USB      [2]uint16 // vendor and product
	Card     Card
	// Before is called before each entry and may block: a person takes time.
	Before func()

	listener net.Listener
	mu       sync.Mutex
	typed    []string
	entries  int
	wrong    []string
}

// Start starts a PC/SC service with the reader and a card in it, which ends with
// the test, or skips the test where a program is not installed.
func (r *Reader) Start(t testing.TB, card Card) *pcscd.Service {
	t.Helper()
	dir, err := os.MkdirTemp("", "pad") // the path of a socket is short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	library := kit.Program(t, "tests/padreader/driver/driver.c", append(kit.PCSCFlags(t), "-shared", "-fPIC")...)
	socket, conf := filepath.Join(dir, "pad"), filepath.Join(dir, "reader.conf.d")
	require.NoError(t, os.Mkdir(conf, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(conf, "pad"), fmt.Appendf(nil,
		"FRIENDLYNAME \"%s\"\nDEVICENAME %s\nLIBPATH %s\nCHANNELID 0\n", r.Name, socket, library), 0o644))
	r.Card = card
	r.listener, err = net.Listen("unix", socket)
	require.NoError(t, err)
	t.Cleanup(func() { _ = r.listener.Close() })
	go r.serve()
	s := kit.Service(t, dir, pcscd.Options{})
	require.NoError(t, s.Wait(kit.Patience, func(states []pcscd.State) bool {
		return len(states) == 1 && states[0].Present && len(states[0].ATR) > 0
	}))
	return s
}

func (r *Reader) serve() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		go r.question(conn)
	}
}

// question answers one question of the driver.
func (r *Reader) question(conn net.Conn) {
	defer conn.Close()
	var head [5]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return
	}
	body := make([]byte, binary.NativeEndian.Uint32(head[1:]))
	if _, err := io.ReadFull(conn, body); err != nil {
		return
	}
	answer := r.answer(head[0], body)
	_, _ = conn.Write(append(binary.NativeEndian.AppendUint32(nil, uint32(len(answer))), answer...))
}

func (r *Reader) answer(what byte, body []byte) []byte {
	switch what {
	case 'P':
		return []byte{1}
	case 'U':
		r.Card.Power(true)
		return r.Card.ATR()
	case 'D':
		r.Card.Power(false)
	case 'X':
		return r.Card.Transmit(body)
	case 'F':
		return []byte{r.Features, byte(r.USB[0]), byte(r.USB[0] >> 8), byte(r.USB[1]), byte(r.USB[1] >> 8)}
	case 'T':
		return r.entry()
	case 'E':
		r.mu.Lock()
		defer r.mu.Unlock()
		r.wrong = append(r.wrong, string(body))
	}
	return nil
}

// entry is one entry at the keypad.
func (r *Reader) entry() []byte {
	r.mu.Lock()
	r.entries++
	r.mu.Unlock()
	if r.Before != nil {
		r.Before()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.typed) == 0 {
		r.wrong = append(r.wrong, "asked once more than there is somebody to type")
		return []byte{2}
	}
	next := r.typed[0]
	r.typed = r.typed[1:]
	switch next {
	case Cancel:
		return []byte{1}
	case Nobody:
		return []byte{2}
	}
	return append([]byte{0}, next...)
}

// Person has somebody type these at the keypad from now on, one entry each.
func (r *Reader) Person(typed ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.typed, r.entries = typed, 0
}

// Entries returns how often the reader asked since Person, and how many of the
// answers are left.
func (r *Reader) Entries() (asked, left int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.entries, len(r.typed)
}

// Complaints returns what the reader found wrong with what it was asked.
func (r *Reader) Complaints() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.wrong...)
}
