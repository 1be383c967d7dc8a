// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/console"
	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// types has a person type one secret after the other. It returns a check that
// they were wiped.
func (r *testRun) types(secrets ...string) (wiped func(*testing.T)) {
	var given [][]byte
	r.Secret = func() ([]byte, error) {
		if len(secrets) == 0 {
			return nil, console.ErrNoTerminal
		}
		next := []byte(secrets[0])
		secrets, given = secrets[1:], append(given, next)
		return next, nil
	}
	return func(t *testing.T) {
		t.Helper()
		for _, b := range given {
			assert.Equal(t, make([]byte, len(b)), b, "wiped")
		}
	}
}

// login runs doctor --login on a card, for a person who types secrets, and
// returns the line about the login.
func login(t *testing.T, l message.Language, f simcard.Family, change func(*simcard.Options), secrets []string, args ...string) (code int, line map[string]string, card *simcard.Card, errs string) {
	t.Helper()
	x := healthy(t, f, nil)
	s, card, _ := reader(t, f, change)
	x.s = s
	r := newRun(l, s)
	r.env["HOME"] = x.home
	wiped := r.types(secrets...)
	code = r.run(append(append([]string{"doctor", "--login", "--json"}, x.args...), args...))
	wiped(t)
	for _, f := range decoded(t, r.text()) {
		if f["check"] == "login" {
			line = f
		}
	}
	require.NotNil(t, line, r.text())
	return code, line, card, r.errors()
}

func decoded(t *testing.T, out string) (list []map[string]string) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(out), &list), out)
	return list
}

// Every card that is known to sign logs in to the server of doctor: with both
// versions of TLS where it makes PSS signatures, else with TLS 1.2. The PIN is
// sent once, and its state on the card is dropped afterwards.
func TestDoctorLogin(t *testing.T) {
	for _, f := range simcard.Families() {
		if f == simcard.FamilyForeign {
			continue
		}
		t.Run(string(f), func(t *testing.T) {
			for l, want := range []string{"TLS 1.3, TLS 1.2): where a site refuses it, it is the site", "TLS 1.3, TLS 1.2): se un sito la rifiuta, è il sito"} {
				state := "ok"
				if f == simcard.FamilyF || f == simcard.FamilyH {
					state, want = "warning", []string{"with TLS 1.2, and not with TLS 1.3", "con TLS 1.2, e non con TLS 1.3"}[l]
				}
				code, line, card, errs := login(t, message.Language(l), f, nil, []string{rightPIN})
				assert.Equal(t, exit.OK, code, errs)
				assert.Equal(t, state, line["state"], "%v", line)
				assert.Contains(t, line["text"], want)
				assert.NotContains(t, errs+line["text"], rightPIN)
				with, _ := pinCommands(card)
				if f != simcard.FamilyH {
					assert.Equal(t, 1, with)
				}
				assert.Positive(t, card.Stats().Resets, "the PIN state is dropped")
				left, _ := card.Tries()
				assert.Equal(t, 3, left)
			}
		})
	}
}

// What is typed wrong costs what it has to, and no more.
func TestDoctorLoginRefused(t *testing.T) {
	used := func(n int) func(*simcard.Options) { return func(o *simcard.Options) { o.PINTriesUsed = n } }
	for _, c := range []struct {
		name    string
		family  simcard.Family
		used    int
		secrets []string
		args    []string
		code    int
		state   string
		text    [2]string
		errs    [2]string
		sent    int
	}{
		{"wrong PIN", simcard.FamilyB2, 0, []string{"00000"}, nil, exit.NotGood, "failure", [2]string{"the card refused the PIN", "la tessera ha rifiutato il PIN"}, [2]string{"A wrong entry costs one", "ne costa una"}, 1},
		{"blocked, not known before", simcard.FamilyB2, 3, []string{rightPIN}, nil, exit.NotGood, "failure", [2]string{"says that the PIN is blocked", "dice che il PIN è bloccato"}, [2]string{"is not known", "non è noto"}, 1},
		{"blocked", simcard.FamilyT, 3, []string{rightPIN}, nil, exit.NotGood, "note", [2]string{"no PIN was sent", "non è stato inviato nessun PIN"}, [2]string{}, 0},
		{"last try", simcard.FamilyT, 2, []string{rightPIN}, nil, exit.Unsafe, "note", [2]string{"no PIN was sent", "non è stato inviato nessun PIN"}, [2]string{"--last-try", "--last-try"}, 0},
		{"last try, accepted", simcard.FamilyT, 2, []string{rightPIN}, []string{"--last-try"}, exit.OK, "ok", [2]string{"logs in to a server", "entra in un server"}, [2]string{"LAST try", "ULTIMA prova"}, 1},
		{"half a PIN", simcard.FamilyB2, 0, []string{"1234"}, nil, exit.Usage, "note", [2]string{"no PIN was sent", "non è stato inviato nessun PIN"}, [2]string{"half of it", "la metà"}, 0},
		{"nothing", simcard.FamilyB2, 0, []string{""}, nil, exit.NotGood, "note", [2]string{"no PIN was sent", "non è stato inviato nessun PIN"}, [2]string{"nothing typed", "niente digitato"}, 0},
		{"no terminal", simcard.FamilyB2, 0, nil, nil, exit.NotGood, "note", [2]string{"no PIN was sent", "non è stato inviato nessun PIN"}, [2]string{"at a terminal only", "solo a un terminale"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			for l := range 2 {
				code, line, card, errs := login(t, message.Language(l), c.family, used(c.used), c.secrets, c.args...)
				assert.Equal(t, c.code, code, errs)
				assert.Equal(t, c.state, line["state"], "%v", line)
				assert.Contains(t, line["text"], c.text[l])
				assert.Contains(t, errs, c.errs[l])
				with, _ := pinCommands(card)
				assert.Equal(t, c.sent, with)
			}
		})
	}
}

// A reader with a keypad asks by itself; nothing is typed at the terminal.
func TestDoctorLoginAtAKeypad(t *testing.T) {
	for l, want := range []string{"Use the keypad of the reader", "Usa il tastierino del lettore"} {
		x := healthy(t, simcard.FamilyB2, nil)
		s, card, _ := reader(t, simcard.FamilyB2, nil)
		x.s = s
		digits, sw := rightPIN, uint16(0)
		pad := &simreader.Pad{Verify: true, Type: func() (string, uint16) { return digits, sw }}
		s.SetPad(readerName, pad)
		run := func() (line map[string]string, errs string) {
			r := newRun(message.Language(l), s)
			r.env["HOME"] = x.home
			r.run(append([]string{"doctor", "--login", "--json"}, x.args...))
			for _, f := range decoded(t, r.text()) {
				if f["check"] == "login" {
					line = f
				}
			}
			return line, r.errors()
		}
		line, errs := run()
		assert.Equal(t, "ok", line["state"], "%v", line)
		assert.Contains(t, errs, want)
		assert.Equal(t, 1, pad.Entries)
		digits, sw = "", 0x6401 // cancelled
		line, _ = run()
		assert.Equal(t, "note", line["state"], "%v", line)
		assert.Equal(t, 2, pad.Entries)
		with, _ := pinCommands(card)
		assert.Equal(t, 1, with, "the first alone reached the card")
	}
}

// Without a card, and without --login, there is a line and no question.
func TestDoctorLoginWhereThereIsNone(t *testing.T) {
	x := healthy(t, simcard.FamilyB2, nil)
	x.s.Remove(readerName)
	_, found := x.findings(message.English)
	assert.Contains(t, found["login"][0]["text"], "no login tried (--login)")
	_, out := x.run(message.English, "--login", "--json")
	for _, f := range decoded(t, out) {
		if f["check"] == "login" {
			assert.Contains(t, f["text"], "not checked, see above")
		}
	}
	assert.Contains(t, doctor.Names(), "login")
}
