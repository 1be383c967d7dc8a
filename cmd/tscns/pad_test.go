// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// typist is somebody who types these at a keypad, one entry each.
func typist(t *testing.T, entries ...string) func() (string, uint16) {
	return func() (string, uint16) {
		require.NotEmpty(t, entries, "asked once more than there are answers")
		next := entries[0]
		entries = entries[1:]
		switch next {
		case "cancel":
			return "", 0x6401
		case "nobody":
			return "", 0x6400
		}
		return next, 0
	}
}

func TestPINChangeOnTheReadersKeypad(t *testing.T) {
	for _, c := range []struct {
		name    string
		entries []string
		err     error
		code    int
		want    [2]string
		sent    int
	}{
		{"changed", []string{rightPIN, "246810", "246810"}, nil, exit.OK, [2]string{"The PIN is changed.", "Il PIN è cambiato."}, 1},
		{"wrong", []string{"999999", "246810", "246810"}, nil, exit.PIN, [2]string{"wrong PIN; tries left: 2", "PIN sbagliato; prove rimaste: 2"}, 1},
		{"cancelled", []string{rightPIN, "cancel"}, nil, exit.NotGood, [2]string{"cancelled at the reader", "annullato al lettore"}, 0},
		{"nobody", []string{"nobody"}, nil, exit.NotGood, [2]string{"nothing was typed", "non è stato digitato niente"}, 0},
		{"differs", []string{rightPIN, "246810", "246811"}, nil, exit.Usage, [2]string{"not the same both times", "non era uguale le due volte"}, 0},
		{"too short", []string{rightPIN, "12"}, nil, exit.Usage, [2]string{"too short or too long", "troppo corto o troppo lungo"}, 0},
		{"fails", nil, cardos.ErrPadFailed, exit.NotGood, [2]string{"--keyboard", "--keyboard"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			for l, want := range c.want {
				s, card, _ := reader(t, simcard.FamilyB2, nil)
				pad := &simreader.Pad{Verify: true, Modify: true, Type: typist(t, c.entries...), Err: c.err}
				s.SetPad(readerName, pad)
				code, out := typing(t, message.Language(l), s, nil, "", "pin", "change")
				assert.Equal(t, c.code, code, out)
				assert.Contains(t, out, want)
				assert.Contains(t, out, [2]string{"Use the keypad of the reader", "Usa il tastierino del lettore"}[l])
				assert.Equal(t, len(c.entries), pad.Entries)
				with, without := pinCommands(card)
				assert.Equal(t, []int{c.sent, 0}, []int{with, without})
			}
		})
	}
}

// The terminal, where the person wants it, where the keypad only verifies, and
// for the PUK, for which no reader has words.
func TestPINAtTheTerminalInSpiteOfAKeypad(t *testing.T) {
	for name, c := range map[string]struct {
		pad   simreader.Pad
		args  []string
		first string
	}{
		"--keyboard":    {simreader.Pad{Verify: true, Modify: true}, []string{"pin", "change", "--keyboard"}, rightPIN},
		"verifies only": {simreader.Pad{Verify: true}, []string{"pin", "change"}, rightPIN},
		"unblock":       {simreader.Pad{Verify: true, Modify: true}, []string{"pin", "unblock"}, rightPUK},
	} {
		t.Run(name, func(t *testing.T) {
			s, card, _ := reader(t, simcard.FamilyB2, nil)
			s.SetPad(readerName, &c.pad)
			code, out := typing(t, message.English, s, []string{c.first, "246810", "246810"}, "", c.args...)
			assert.Equal(t, exit.OK, code, out)
			assert.Zero(t, c.pad.Entries)
			with, _ := pinCommands(card)
			assert.Equal(t, 1, with)
		})
	}
}

func TestStatusTellsOfAKeypad(t *testing.T) {
	s, _, _ := reader(t, simcard.FamilyB2, nil)
	for l, want := range []string{"PIN pad", "Tastierino"} {
		_, out, _ := tscns(message.Language(l), s, "status")
		assert.NotContains(t, out, want)
	}
	s.SetPad(readerName, &simreader.Pad{Verify: true})
	for l, want := range []string{"PIN pad", "Tastierino"} {
		_, out, _ := tscns(message.Language(l), s, "status")
		assert.Contains(t, out, want)
	}
	_, out, _ := tscns(message.English, s, "status", "--json")
	assert.Contains(t, out, `"pinPad": true`)
	require.NoError(t, validate(t, schema(t), out))
}
