// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/simreader"
)

// typing runs a command for a person who types these secrets, unseen, and this
// line. It checks that none of them is shown, and that all were wiped.
func typing(t *testing.T, l message.Language, s *simreader.Service, secrets []string, line string, args ...string) (code int, out string) {
	t.Helper()
	r := newRun(l, s)
	var given [][]byte
	r.In = bufio.NewReader(strings.NewReader(line))
	r.Secret = func() ([]byte, error) {
		require.NotEmpty(t, secrets, "asked once more than there are answers: %s", r.text())
		b := []byte(secrets[0])
		secrets, given = secrets[1:], append(given, b)
		return b, nil
	}
	all := append([]string(nil), secrets...)
	code = r.run(args)
	out = r.text() + r.errors()
	for _, b := range given {
		assert.Equal(t, make([]byte, len(b)), b, "wiped")
	}
	for _, secret := range all {
		if len(secret) > 4 {
			assert.NotContains(t, out, secret)
		}
	}
	return code, out
}

// pinCommands counts the commands with a PIN that a card got, and those that
// only ask.
func pinCommands(c *simcard.Card) (with, without int) {
	for _, e := range c.Log() {
		switch e.Header[1] {
		case 0x20, 0x24, 0x2C:
			if e.Lc > 0 {
				with++
			} else {
				without++
			}
		}
	}
	return with, without
}

const (
	rightPIN = "12345678"
	rightPUK = "87654321"
)

func TestPINChange(t *testing.T) {
	for _, f := range []simcard.Family{simcard.FamilyA, simcard.FamilyB1, simcard.FamilyB2, simcard.FamilyC, simcard.FamilyD, simcard.FamilyE, simcard.FamilyT} {
		t.Run(string(f), func(t *testing.T) {
			s, card, _ := reader(t, f, nil)
			code, out := typing(t, message.English, s, []string{rightPIN, "246810", "246810"}, "", "pin", "change")
			require.Equal(t, exit.OK, code, out)
			assert.Contains(t, out, "The PIN is changed")
			with, _ := pinCommands(card)
			assert.Equal(t, 1, with, "one command")
			// The new PIN is the PIN: with it the PIN changes back.
			code, out = typing(t, message.Italian, s, []string{"246810", rightPIN, rightPIN}, "", "pin", "change")
			require.Equal(t, exit.OK, code, out)
			assert.Contains(t, out, "Il PIN è cambiato")
		})
	}
}

// What the card would refuse, or a person cannot mean, never reaches it.
func TestPINIsCheckedBeforeTheCard(t *testing.T) {
	for _, c := range []struct {
		name    string
		args    string
		secrets []string
		code    int
		want    [2]string
	}{
		{"nothing typed", "change", []string{""}, exit.NotGood, [2]string{"nothing typed", "niente digitato"}},
		{"too long", "change", []string{"123456789"}, exit.Usage, [2]string{"5 to 8 digits", "da 5 a 8 cifre"}},
		{"half of it", "change", []string{"1234"}, exit.Usage, [2]string{"two halves, one at the counter and one by mail", "due metà, una allo sportello e una per posta"}},
		{"letters", "change", []string{"12345a78"}, exit.Usage, [2]string{"digits only", "solo cifre"}},
		{"new one too short", "change", []string{rightPIN, "12"}, exit.Usage, [2]string{"5 to 8 digits", "da 5 a 8 cifre"}},
		{"new ones differ", "change", []string{rightPIN, "246810", "246811"}, exit.Usage, [2]string{"not the same", "non sono uguali"}},
		{"the same as before", "change", []string{rightPIN, rightPIN, rightPIN}, exit.Usage, [2]string{"the new PIN is the same as the present PIN", "il nuovo PIN è uguale al PIN attuale"}},
		{"half of the PUK", "unblock", []string{"8765"}, exit.Usage, [2]string{"two halves", "due metà"}},
		{"PUK too short", "unblock", []string{"8765432"}, exit.Usage, [2]string{"it has 8 digits", "ha 8 cifre"}},
		{"new one differs after a PUK", "unblock", []string{rightPUK, "246810", "246811"}, exit.Usage, [2]string{"not the same", "non sono uguali"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for l, want := range c.want {
				s, card, _ := reader(t, simcard.FamilyB2, nil)
				code, out := typing(t, message.Language(l), s, append([]string(nil), c.secrets...), "", "pin", c.args)
				assert.Equal(t, c.code, code, out)
				assert.Contains(t, out, want)
				with, without := pinCommands(card)
				assert.Zero(t, with+without, "nothing of a PIN reached the card")
			}
		})
	}
}

func TestWrongPIN(t *testing.T) {
	for _, c := range []struct {
		family simcard.Family
		want   [2]string
	}{
		{simcard.FamilyB2, [2]string{"wrong PIN; tries left: 2", "PIN sbagliato; prove rimaste: 2"}},
		{simcard.FamilyA, [2]string{"wrong PIN; that was one try", "PIN sbagliato; era una prova"}}, // 6300, no counter
	} {
		for l, want := range c.want {
			s, card, _ := reader(t, c.family, nil)
			code, out := typing(t, message.Language(l), s, []string{"999999", "246810", "246810"}, "", "pin", "change")
			assert.Equal(t, exit.PIN, code)
			assert.Contains(t, out, want)
			with, without := pinCommands(card)
			assert.Equal(t, []int{1, 0}, []int{with, without}, "once, and no question after it")
			tries, _ := card.Tries()
			assert.Equal(t, 2, tries)
		}
	}
}

func TestLastTryOfThePIN(t *testing.T) {
	last := func(o *simcard.Options) { o.PINTriesUsed = 2 }
	for l, want := range []string{"ONE try left", "resta UNA prova"} {
		s, card, _ := reader(t, simcard.FamilyT, last)
		code, out := typing(t, message.Language(l), s, nil, "", "pin", "change")
		assert.Equal(t, exit.Unsafe, code)
		assert.Contains(t, out, want)
		assert.Contains(t, out, "--last-try")
		with, _ := pinCommands(card)
		assert.Zero(t, with, "not even asked for")
	}
	s, _, _ := reader(t, simcard.FamilyT, last)
	code, out := typing(t, message.English, s, []string{rightPIN, "246810", "246810"}, "", "pin", "change", "--last-try")
	assert.Equal(t, exit.OK, code, out)
	assert.Contains(t, out, "LAST try")
	// Two tries left are no reason to stop.
	s, _, _ = reader(t, simcard.FamilyT, func(o *simcard.Options) { o.PINTriesUsed = 1 })
	code, out = typing(t, message.English, s, []string{rightPIN, "246810", "246810"}, "", "pin", "change")
	assert.Equal(t, exit.OK, code, out)
	assert.Contains(t, out, "2 tries left")
	// Where the tries are not known it says so.
	s, _, _ = reader(t, simcard.FamilyB2, last)
	code, out = typing(t, message.Italian, s, []string{rightPIN, "246810", "246810"}, "", "pin", "change")
	assert.Equal(t, exit.OK, code, out)
	assert.Contains(t, out, "non è noto per questa tessera")
	// The same for the PUK.
	s, card, _ := reader(t, simcard.FamilyT, func(o *simcard.Options) { o.PINTriesUsed, o.PUKTriesUsed = 3, 7 })
	code, out = typing(t, message.English, s, nil, "", "pin", "unblock")
	assert.Equal(t, exit.Unsafe, code)
	assert.Contains(t, out, "the PUK has ONE try left")
	with, _ := pinCommands(card)
	assert.Zero(t, with)
	code, _ = typing(t, message.English, s, []string{rightPUK, "246810", "246810"}, "", "pin", "unblock", "--last-try")
	assert.Equal(t, exit.OK, code)
}

func TestBlockedPIN(t *testing.T) {
	for _, f := range []simcard.Family{simcard.FamilyB2, simcard.FamilyT} {
		s, card, _ := reader(t, f, func(o *simcard.Options) { o.PINTriesUsed = 3 })
		code, out := typing(t, message.English, s, []string{rightPIN, "246810", "246810"}, "", "pin", "change")
		assert.Equal(t, exit.PIN, code)
		assert.Contains(t, out, "tscns pin unblock")
		code, out = typing(t, message.English, s, []string{"11111111", "246810", "246810"}, "", "pin", "unblock")
		assert.Equal(t, exit.PIN, code)
		assert.Contains(t, out, "wrong PUK; tries left: 7")
		code, out = typing(t, message.Italian, s, []string{rightPUK, "246810", "246810"}, "", "pin", "unblock")
		assert.Equal(t, exit.OK, code, out)
		assert.Contains(t, out, "impostato, e sbloccato")
		tries, _ := card.Tries()
		assert.Equal(t, 3, tries)
	}
	s, _, _ := reader(t, simcard.FamilyT, func(o *simcard.Options) { o.PUKTriesUsed = 8 })
	code, out := typing(t, message.English, s, nil, "", "pin", "unblock")
	assert.Equal(t, exit.PIN, code)
	assert.Contains(t, out, "card has to be replaced")
}

func TestPINNeverActivated(t *testing.T) {
	s, _, _ := reader(t, simcard.FamilyB2, func(o *simcard.Options) { o.NeverActivated = true })
	code, out := typing(t, message.English, s, []string{rightPIN, "246810", "246810"}, "", "pin", "change")
	assert.Equal(t, exit.PIN, code)
	assert.Contains(t, out, "never activated is set with the PUK")
	code, out = typing(t, message.English, s, []string{rightPUK, "246810", "246810"}, "", "pin", "unblock")
	assert.Equal(t, exit.OK, code, out)
}

// A kind of card whose commands nobody knows is told from, without asking for
// a PIN.
func TestPINOfACardThatNobodyKnows(t *testing.T) {
	for _, args := range []string{"change", "unblock"} {
		s, card, _ := reader(t, simcard.FamilyH, nil)
		code, out := typing(t, message.Italian, s, nil, "", "pin", args)
		assert.Equal(t, exit.NotGood, code)
		assert.Contains(t, out, "nessuno ha ancora mostrato")
		with, without := pinCommands(card)
		assert.Zero(t, with+without)
	}
}

func TestPINTries(t *testing.T) {
	tries := func(s *simreader.Service, line string, args ...string) (int, string, triesJSON) {
		code, out := typing(t, message.English, s, nil, line, append([]string{"pin", "tries", "--json"}, args...)...)
		var left triesJSON
		if i := strings.IndexByte(out, '{'); i >= 0 {
			require.NoError(t, json.NewDecoder(strings.NewReader(out[i:])).Decode(&left), out)
		}
		return code, out, left
	}
	// Proven: asked without a word.
	s, card, _ := reader(t, simcard.FamilyT, func(o *simcard.Options) { o.PINTriesUsed = 1 })
	code, out, left := tries(s, "")
	assert.Equal(t, exit.OK, code, out)
	assert.Equal(t, []int{2, 8}, []int{*left.PIN, *left.PUK})
	after, _ := card.Tries()
	assert.Equal(t, 2, after)
	// Not proven: not asked, unless a person wants it and accepts the risk.
	s, card, _ = reader(t, simcard.FamilyB2, nil)
	code, _, left = tries(s, "")
	assert.Equal(t, exit.OK, code)
	assert.Nil(t, left.PIN)
	for _, line := range []string{"", "no\n", "y\n"} {
		code, out, _ = tries(s, line, "--ask")
		assert.Equal(t, exit.Unsafe, code)
		assert.Contains(t, out, "ONE TRY")
	}
	_, without := pinCommands(card)
	assert.Zero(t, without)
	// Accepted: one question, of the PIN only. On this card it costs a try.
	code, _, left = tries(s, "RISK\n", "--ask")
	assert.Equal(t, exit.OK, code)
	require.NotNil(t, left.PIN)
	assert.Equal(t, 2, *left.PIN)
	assert.Nil(t, left.PUK)
	with, without := pinCommands(card)
	assert.Equal(t, []int{0, 1}, []int{with, without})
	pin, puk := card.Tries()
	assert.Equal(t, []int{2, 8}, []int{pin, puk})
	// The card that other drivers ask without harm.
	s, card, _ = reader(t, simcard.FamilyE, nil)
	code, _, left = tries(s, "risk\n", "--ask")
	assert.Equal(t, exit.OK, code)
	require.NotNil(t, left.PIN)
	assert.Equal(t, 3, *left.PIN)
	pin, _ = card.Tries()
	assert.Equal(t, 3, pin)
	// A family whose PIN nobody knows is not asked at all.
	s, card, _ = reader(t, simcard.FamilyH, nil)
	code, out, _ = tries(s, "RISK\n", "--ask")
	assert.Equal(t, exit.NotGood, code)
	assert.NotContains(t, out, "ONE TRY", "no consent is asked for nothing")
	_, without = pinCommands(card)
	assert.Zero(t, without)
	// In words.
	s, _, _ = reader(t, simcard.FamilyB2, nil)
	_, text := typing(t, message.Italian, s, nil, "", "pin", "tries")
	assert.Contains(t, text, "PIN: non note per questa tessera")
}

// The PIN that a person gave is not left in force for other programs.
func TestPINIsNotLeftInForce(t *testing.T) {
	s, _, _ := reader(t, simcard.FamilyB2, nil)
	_, _ = typing(t, message.English, s, []string{rightPIN, "246810", "246810"}, "", "pin", "change")
	assert.Equal(t, 1, s.Stats().Resets)
	// Reading resets nothing.
	_, _, _ = tscns(message.English, s, "status")
	_, _, _ = tscns(message.English, s, "pin", "tries")
	assert.Zero(t, s.Stats().Resets)
}

// A PIN is typed at a terminal: there is no option for it, and a pipe is none.
func TestPINOnlyFromATerminal(t *testing.T) {
	s, card, _ := reader(t, simcard.FamilyB2, nil)
	code, _, errs := tscns(message.English, s, "pin", "change")
	assert.Equal(t, exit.NotGood, code)
	assert.Contains(t, errs, "typed at a terminal only")
	with, _ := pinCommands(card)
	assert.Zero(t, with)
	code, _, _ = tscns(message.English, s, "pin", "change", rightPIN)
	assert.Equal(t, exit.Usage, code)
}

func TestSignaturePIN(t *testing.T) {
	authority, err := pki.NewAuthority(false)
	require.NoError(t, err)
	id, err := authority.IssueIdentity(pki.IdentityOptions{Signature: true, Bits: 1024})
	require.NoError(t, err)
	change := func(o *simcard.Options) {
		o.Signature = &simcard.Credential{Key: id.Key, Certificate: id.Certificate, PIN: "11223344", PUK: "44332211"}
	}
	s, card, _ := reader(t, simcard.FamilyB1, change)
	code, out := typing(t, message.English, s, []string{"11223344", "246810", "246810"}, "", "pin", "change", "--signature")
	assert.Equal(t, exit.OK, code, out)
	pin, _ := card.Tries()
	assert.Equal(t, 3, pin)
	s, _, _ = reader(t, simcard.FamilyC, nil)
	code, out = typing(t, message.English, s, nil, "", "pin", "change", "--signature")
	assert.Equal(t, exit.NotGood, code)
	assert.Contains(t, out, "no such PIN")
}
