// SPDX-License-Identifier: Apache-2.0

package winscard

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
)

// fake is a service with one card behind each handle, which answers with the
// number of its handle and 9000.
type fake struct {
	protocol map[uintptr]uint32
	code     uint32 // of the next transmit
	asked    int    // states
	short    int    // bytes that an answer claims more than the buffer has
}

func (f *fake) status(card uintptr) (protocol, code uint32) {
	f.asked++
	if f.protocol[card] == 0 {
		return 0, 0x80100069
	}
	return f.protocol[card], 0
}

func (f *fake) transmit(card uintptr, protocol uint32, _, answer []byte) (n int, code uint32) {
	if f.code != 0 {
		return 0, f.code
	}
	if protocol != f.protocol[card] {
		return 0, 0x8010000F // SCARD_E_PROTO_MISMATCH
	}
	if f.short > 0 {
		return len(answer) + f.short, 0
	}
	return copy(answer, []byte{byte(card), 0x90, 0x00}), 0
}

func TestHandlesOfEachCall(t *testing.T) {
	f := &fake{protocol: map[uintptr]uint32{1: 1, 2: 2}}
	l := newLink([]byte{0x3B, 0x00}, f)
	assert.Equal(t, []byte{0x3B, 0x00}, l.ATR())
	for _, card := range []uintptr{1, 2, 1} {
		l.Use(99, card)
		for range 2 {
			answer, err := l.Transmit([]byte{0, 0xA4, 0, 0})
			require.NoError(t, err)
			assert.Equal(t, []byte{byte(card), 0x90, 0x00}, answer)
		}
	}
	assert.Equal(t, 3, f.asked, "the protocol is asked once a call")
	// The owner connects anew behind the same handle.
	f.protocol[1] = 2
	_, err := l.Transmit([]byte{0, 0xA4, 0, 0})
	require.ErrorIs(t, err, cardos.ErrCardMute)
	_, err = l.Transmit([]byte{0, 0xA4, 0, 0})
	require.NoError(t, err)
}

func TestErrors(t *testing.T) {
	f := &fake{protocol: map[uintptr]uint32{1: 1}}
	l := newLink(nil, f)
	l.Use(99, 1)
	for code, want := range map[uint32]error{
		0x80100068: cardos.ErrCardReset,
		0x80100069: cardos.ErrCardRemoved,
		0x8010000C: cardos.ErrCardRemoved,
		0x80100017: cardos.ErrNoReader,
		0x80100003: cardos.ErrNoService,
		0x8010002F: cardos.ErrCardMute,
		0xFFFFFFFF: cardos.ErrCardMute,
	} {
		f.code = code
		_, err := l.Transmit([]byte{0, 0xA4, 0, 0})
		assert.ErrorIs(t, err, want, "%08X", code)
	}
	f.code, f.short = 0, 1
	_, err := l.Transmit([]byte{0, 0xA4, 0, 0})
	assert.ErrorIs(t, err, cardos.ErrProtocol)
	_, err = l.Transmit(nil)
	assert.ErrorIs(t, err, cardos.ErrProtocol)
	l.Use(99, 2)
	_, err = l.Transmit([]byte{0, 0xA4, 0, 0})
	assert.ErrorIs(t, err, cardos.ErrCardRemoved, "the state of the connection")
	f.protocol[3] = 0x10000 // SCARD_PROTOCOL_RAW
	l.Use(99, 3)
	_, err = l.Transmit([]byte{0, 0xA4, 0, 0})
	assert.ErrorIs(t, err, cardos.ErrCardMute)
}
