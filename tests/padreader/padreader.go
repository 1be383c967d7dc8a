// SPDX-License-Identifier: Apache-2.0

// Package padreader is a card reader with a keypad of its own, for tests: a
// driver that a real pcscd loads (driver/driver.c), with the card in it and the person
// at its keypad.
package padreader

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// ErrMissing is wrapped by Plug where a program is not installed (Debian: gcc,
// pkg-config, libpcsclite-dev).
var ErrMissing = errors.New("padreader: program not installed")

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

//go:embed driver/driver.c
var driver []byte

// Plug makes the reader one of those that package pcscd starts with in a
// directory. The path of the directory is at most 90 bytes long.
func (r *Reader) Plug(dir string) error {
	library, err := compile(dir)
	if err != nil {
		return err
	}
	socket := filepath.Join(dir, "pad")
	if r.listener, err = net.Listen("unix", socket); err != nil {
		return err
	}
	conf := filepath.Join(dir, "reader.conf.d")
	if err := os.MkdirAll(conf, 0o755); err != nil {
		return err
	}
	go r.serve()
	return os.WriteFile(filepath.Join(conf, "pad"), fmt.Appendf(nil,
		"FRIENDLYNAME \"%s\"\nDEVICENAME %s\nLIBPATH %s\nCHANNELID 0\n", r.Name, socket, library), 0o644)
}

// Close unplugs the reader.
func (r *Reader) Close() { _ = r.listener.Close() }

func compile(dir string) (string, error) {
	flags, err := exec.Command("pkg-config", "--cflags", "libpcsclite").Output()
	if err != nil {
		return "", fmt.Errorf("%w: pkg-config libpcsclite", ErrMissing)
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		return "", fmt.Errorf("%w: cc", ErrMissing)
	}
	source, library := filepath.Join(dir, "pad.c"), filepath.Join(dir, "pad.so")
	if err := os.WriteFile(source, driver, 0o644); err != nil {
		return "", err
	}
	args := append(strings.Fields(string(flags)), "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-O1",
		"-shared", "-fPIC", source, "-o", library)
	if text, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("padreader: %w: %s", err, text)
	}
	return library, nil
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
