// SPDX-License-Identifier: Apache-2.0

package iso7816_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos/iso7816"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func TestEncode(t *testing.T) {
	long := bytes.Repeat([]byte{0xAB}, 257)
	for _, test := range []struct {
		name string
		c    iso7816.Command
		want string
	}{
		{"case 1", iso7816.Command{INS: 0x22, P1: 0xF3, P2: 3}, "0022F303"},
		{"case 2", iso7816.Command{INS: 0xB0, P1: 1, P2: 2, Ne: 255}, "00B00102FF"},
		{"case 2, all", iso7816.Command{INS: 0xB0, Ne: 256}, "00B0000000"},
		{"case 3", iso7816.Command{INS: 0xA4, P1: 8, Data: []byte{0x14, 0}}, "00A40800021400"},
		{"case 4", iso7816.Command{INS: 0xA4, P1: 8, Data: []byte{0x14, 0}, Ne: 256}, "00A4080002140000"},
		{"case 2 extended", iso7816.Command{INS: 0xB0, Ne: 257}, "00B00000000101"},
		{"case 2 extended, all", iso7816.Command{INS: 0xB0, Ne: 65536}, "00B00000000000"},
		{"case 3 extended", iso7816.Command{INS: 0xD6, Data: long}, "00D60000000101" + strings.Repeat("AB", 257)},
		{"case 4 extended", iso7816.Command{INS: 0x2A, P1: 0x80, P2: 0x86, Data: long, Ne: 256},
			"002A8086000101" + strings.Repeat("AB", 257) + "0100"},
		{"extended asked for", iso7816.Command{INS: 0xB0, Ne: 1, Extended: true}, "00B00000000001"},
	} {
		b, err := test.c.Encode()
		require.NoError(t, err, test.name)
		assert.Equal(t, unhex(test.want), b, test.name)
	}
	for _, bad := range []iso7816.Command{{Ne: -1}, {Ne: 65537}, {Data: make([]byte, 65536)}} {
		_, err := bad.Encode()
		assert.ErrorIs(t, err, iso7816.ErrCommand)
	}
}

func TestParseResponse(t *testing.T) {
	r, err := iso7816.ParseResponse(unhex("010263C3"))
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 2}, r.Data)
	left, ok := r.Status.Tries()
	assert.True(t, ok)
	assert.Equal(t, 3, left)
	_, ok = iso7816.NoInformation.Tries()
	assert.False(t, ok, "6300 tells no counter")
	for _, bad := range []string{"", "90", "0000", "6000", "5A82", "A000"} {
		_, err := iso7816.ParseResponse(unhex(bad))
		assert.ErrorIs(t, err, iso7816.ErrProtocol, bad)
	}
	_, err = iso7816.ParseResponse(make([]byte, iso7816.MaxResponse+1))
	assert.ErrorIs(t, err, iso7816.ErrProtocol)
}

func TestStatusIsAnError(t *testing.T) {
	assert.NoError(t, iso7816.OK.Err())
	err := iso7816.FileNotFound.Err()
	assert.ErrorIs(t, err, iso7816.FileNotFound)
	assert.NotErrorIs(t, err, iso7816.WrongLength)
	assert.Equal(t, "status word 6A82", err.Error())
}

// script answers commands in turn and keeps what was sent.
type script struct {
	answers []string
	sent    []string
	kept    [][]byte // the very slices that were handed over
}

func (s *script) Transmit(command []byte) ([]byte, error) {
	s.sent = append(s.sent, strings.ToUpper(hex.EncodeToString(command)))
	s.kept = append(s.kept, command)
	i := min(len(s.sent), len(s.answers)) - 1
	if i < 0 {
		return nil, errors.New("no answer left")
	}
	return unhex(s.answers[i]), nil
}

func TestGetResponse(t *testing.T) {
	s := &script{answers: []string{"6103", "0102036102", "04059000"}}
	ch := iso7816.Channel{T: s}
	r, err := ch.Send(iso7816.Command{INS: 0xA4, Data: []byte{1, 2}, Ne: 256})
	require.NoError(t, err)
	assert.Equal(t, iso7816.OK, r.Status)
	assert.Equal(t, []byte{1, 2, 3, 4, 5}, r.Data)
	assert.Equal(t, []string{"00A4000002010200", "00C0000003", "00C0000002"}, s.sent)
	assert.Equal(t, 3, ch.Count)
}

func TestGetResponseNotWanted(t *testing.T) {
	s := &script{answers: []string{"6137"}}
	ch := iso7816.Channel{T: s}
	r, err := ch.Send(iso7816.Command{INS: 0xA4, Data: []byte{1, 2}})
	require.NoError(t, err)
	assert.Equal(t, iso7816.OK, r.Status)
	assert.Len(t, s.sent, 1)
}

func TestWrongLe(t *testing.T) {
	s := &script{answers: []string{"6C02", "01029000"}}
	ch := iso7816.Channel{T: s}
	r, err := ch.Send(iso7816.Command{INS: 0xB0, Ne: 256})
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 2}, r.Data)
	assert.Equal(t, []string{"00B0000000", "00B0000002"}, s.sent)

	s = &script{answers: []string{"6C04", "010203049000"}}
	ch = iso7816.Channel{T: s}
	r, err = ch.Send(iso7816.Command{INS: 0xB0, Ne: 3})
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 2, 3}, r.Data, "no more than asked for")

	s = &script{answers: []string{"6C02", "6C02"}}
	ch = iso7816.Channel{T: s}
	_, err = ch.Send(iso7816.Command{INS: 0xB0, Ne: 256})
	assert.ErrorIs(t, err, iso7816.ErrProtocol)
	assert.Len(t, s.sent, 2)
}

func TestEndlessGetResponse(t *testing.T) {
	for _, answer := range []string{"6100", "016101", strings.Repeat("00", 255) + "61FF"} {
		s := &script{answers: []string{answer}}
		ch := iso7816.Channel{T: s}
		_, err := ch.Send(iso7816.Command{INS: 0xB0, Ne: 65536})
		assert.ErrorIs(t, err, iso7816.ErrProtocol, answer[len(answer)-4:])
		assert.LessOrEqual(t, len(s.sent), 300)
	}
}

func TestMoreThanAskedFor(t *testing.T) {
	ch := iso7816.Channel{T: &script{answers: []string{"0102039000"}}}
	_, err := ch.Send(iso7816.Command{INS: 0xB0, Ne: 2})
	assert.ErrorIs(t, err, iso7816.ErrProtocol)
}

// A PIN must reach the card once, whatever it answers, and not stay in memory.
func TestSensitive(t *testing.T) {
	for _, answer := range []string{"6C08", "6C00", "6700", "6108", "63C2"} {
		for _, ne := range []int{0, 256} {
			s := &script{answers: []string{answer, "9000"}}
			ch := iso7816.Channel{T: s}
			_, err := ch.Send(iso7816.Command{INS: 0x20, P2: 0x10, Data: []byte("12345678"), Ne: ne, Sensitive: true})
			_ = err // 61 and 6C are answers a card may be refused for
			verify := 0
			for _, c := range s.sent {
				if strings.HasPrefix(c, "0020") {
					verify++
				}
			}
			assert.Equal(t, 1, verify, answer)
			assert.Equal(t, make([]byte, len(s.kept[0])), s.kept[0], "wiped")
		}
	}
}

func TestChaining(t *testing.T) {
	data := bytes.Repeat([]byte{0xCC}, 257)
	s := &script{answers: []string{"9000"}}
	ch := iso7816.Channel{T: s}
	c := iso7816.Command{INS: 0x2A, P1: 0x80, P2: 0x86, Data: data, Ne: 256}
	_, err := ch.SendChained(c, 129, true)
	require.NoError(t, err)
	assert.Equal(t, []string{"102A808681" + strings.Repeat("CC", 129) + "00", "002A808680" + strings.Repeat("CC", 128) + "00"}, s.sent)

	s.sent = nil
	_, err = ch.SendChained(c, 255, false)
	require.NoError(t, err)
	assert.Equal(t, []string{"102A8086FF" + strings.Repeat("CC", 255), "002A808602CCCC00"}, s.sent)

	refused := &script{answers: []string{"6E00"}}
	ch = iso7816.Channel{T: refused}
	r, err := ch.SendChained(c, 255, false)
	require.NoError(t, err)
	assert.Equal(t, iso7816.ClaNotSupported, r.Status)
	assert.Len(t, refused.sent, 1, "stops at the first refusal")
}
