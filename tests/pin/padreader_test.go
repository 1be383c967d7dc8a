// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/pcscd"
)

// padReader is the reader of c/ifdpad.c: the card in it, and the person at its
// keypad.
type padReader struct {
	t        *testing.T
	features byte
	usb      [2]uint16

	mu      sync.Mutex
	card    *slowCard
	typed   []string // what the person types next; cancel or nobody too
	entries int      // how often the reader asked
	wrong   []string // what the reader found wrong with a structure
}

// What a reader has, in the words of c/ifdpad.c.
const (
	hasVerify     = 1
	hasModify     = 2
	hasProperties = 4
	isBroken      = 8
)

// What a person may do at a keypad but type digits.
const (
	cancel = "cancel"
	nobody = "nobody" // until the reader's time is over
)

// newPadDesk starts a PC/SC service with one reader that has a keypad, or
// pretends to, and a card in it.
func newPadDesk(t *testing.T, name string, r *padReader) *desk {
	t.Helper()
	dir, err := os.MkdirTemp("", "pad") // sun_path is short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "reader")
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	flags, err := exec.Command("pkg-config", "--cflags", "libpcsclite").Output()
	if err != nil {
		t.Skip("SKIPPED: no headers of pcsc-lite (libpcsclite-dev)")
	}
	driver := compile(t, "c/ifdpad.c", "ifdpad.so", append(strings.Fields(string(flags)), "-shared", "-fPIC")...)
	conf := filepath.Join(dir, "reader.conf.d")
	require.NoError(t, os.Mkdir(conf, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(conf, "pad"), fmt.Appendf(nil,
		"FRIENDLYNAME \"%s\"\nDEVICENAME %s\nLIBPATH %s\nCHANNELID 0\n", name, socket, driver), 0o600))

	r.t, r.card = t, newCard(t, "12345678")
	go r.serve(listener)
	d := &desk{t: t, module: e2e.Module(t), service: startService(t, dir, 0), card: r.card}
	d.env = environment(t, d.service)
	t.Cleanup(func() { require.Empty(t, r.complaints(), "what the reader was asked") })
	require.NoError(t, d.service.Wait(patience, func(states []pcscd.State) bool {
		return len(states) == 1 && states[0].Present && len(states[0].ATR) > 0
	}))
	return d
}

func (r *padReader) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
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
		}()
	}
}

func (r *padReader) answer(what byte, body []byte) []byte {
	switch what {
	case 'P':
		return []byte{1}
	case 'U':
		r.card.Power(true)
		return r.card.ATR()
	case 'D':
		r.card.Power(false)
	case 'X':
		return r.card.Transmit(body)
	case 'F':
		return []byte{r.features, byte(r.usb[0]), byte(r.usb[0] >> 8), byte(r.usb[1]), byte(r.usb[1] >> 8)}
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
func (r *padReader) entry() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries++
	if len(r.typed) == 0 {
		r.wrong = append(r.wrong, "asked once more than there is somebody to type")
		return []byte{2}
	}
	next := r.typed[0]
	r.typed = r.typed[1:]
	switch next {
	case cancel:
		return []byte{1}
	case nobody:
		return []byte{2}
	}
	return append([]byte{0}, next...)
}

func (r *padReader) complaints() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wrong
}

// person makes somebody type at the keypad from now on.
func (r *padReader) person(typed ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.typed, r.entries = typed, 0
}

// left is what the person did not get to type, and how often was asked.
func (r *padReader) asked(entries int) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Empty(r.t, r.typed, "not typed")
	require.Equal(r.t, entries, r.entries, "how often the reader asked")
}
