// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/simreader"
)

// announcing is an answer to reset of a CNS of an unknown lot that announces
// extended commands (ISO 7816-4, 8.1.1.2.7), with a number of its own in it.
const announcing = "3B8E0080" + "73000040" + "63434E53" + "5480380001"

// otherManners are ways in which a card may answer that are not those of the
// recordings: what the driver makes of them, a report has to make of them too.
var otherManners = map[string]func(*simcard.Card, *simcard.Options) simreader.Card{
	"plain":    func(c *simcard.Card, _ *simcard.Options) simreader.Card { return c },
	"61xx":     func(c *simcard.Card, _ *simcard.Options) simreader.Card { return &waiting{Card: c} },
	"extended": func(c *simcard.Card, _ *simcard.Options) simreader.Card { return announcer{c} },
	"with an error": func(c *simcard.Card, o *simcard.Options) simreader.Card {
		return &adding{Card: c, text: string(o.Personal)}
	},
}

// waiting has every answer wait for GET RESPONSE, 100 bytes at a time.
type waiting struct {
	*simcard.Card
	rest []byte
}

func (c *waiting) Transmit(command []byte) []byte {
	const part = 100
	if command[1] != 0xC0 {
		b := c.Card.Transmit(command)
		c.rest = nil
		if n := len(b); n > 2 && b[n-2] == 0x90 {
			c.rest = b[:n-2]
			return []byte{0x61, byte(min(len(c.rest), part))}
		}
		return b
	}
	n := min(len(c.rest), part, (int(command[4])+255)%256+1)
	b := bytes.Clone(c.rest[:n])
	if c.rest = c.rest[n:]; len(c.rest) > 0 {
		return append(b, 0x61, byte(min(len(c.rest), part)))
	}
	return append(b, 0x90, 0x00)
}

func (c *waiting) Power(on bool) { c.rest = nil; c.Card.Power(on) }

// announcer announces extended commands, and takes them.
type announcer struct{ *simcard.Card }

func (announcer) ATR() []byte {
	b, _ := hex.DecodeString(announcing)
	x := byte(0)
	for _, v := range b[1:] {
		x ^= v
	}
	return append(b, x)
}

// adding sends the holder's data with every error.
type adding struct {
	*simcard.Card
	text string
}

func (c *adding) Transmit(command []byte) []byte {
	b := c.Card.Transmit(command)
	if n := len(b); n == 2 && b[0] != 0x90 && b[0] != 0x61 && b[0] != 0x6C {
		return append([]byte(c.text), b...)
	}
	return b
}

// requireNothing wants none of a card's personal data in a file.
func requireNothing(t *testing.T, o simcard.Options, file string) {
	t.Helper()
	lines := wire(file)
	for what, value := range cardtest.Personal(t, o) {
		if what == "subject" || len(value) < 3 {
			continue
		}
		for form, b := range forms(value) {
			if len(b) < 3 || form == "hex in text" && len(b) < 8 {
				continue
			}
			assert.NotContains(t, file, fmt.Sprintf("% X", b), "%s, %s, spelled in bytes", what, form)
			for _, line := range lines {
				assert.False(t, bytes.Contains(line, b), "%s, %s, on the wire", what, form)
			}
		}
	}
	for _, line := range lines {
		assert.False(t, bytes.Contains(line, o.Authentication.Key.N.Bytes()[:16]), "public key")
	}
}

func TestReportOfAnyManner(t *testing.T) {
	distinct := map[int]func(*simcard.Options){1024: cardtest.Distinct(t), 2048: cardtest.Distinct(t)}
	for manner, of := range otherManners {
		families := cardtest.Families()
		if testing.Short() {
			families = []simcard.Family{simcard.FamilyC, simcard.FamilyE, simcard.FamilyH}
		}
		for _, f := range families {
			t.Run(manner+"/"+string(f), func(t *testing.T) {
				card, o := cardtest.New(t, f, distinct[simcard.KeyBits(f)], func(o *simcard.Options) {
					b := simcard.DefaultBehaviour(f)
					b.Extended = b.Extended || manner == "extended"
					o.Behaviour = &b
				})
				s := simreader.NewService(cardtest.ReaderName)
				s.Insert(cardtest.ReaderName, of(card, &o))
				_, _, file := record(t, message.English, s, cardtest.DistinctPIN, "y\nno\ny\n", Options{Login: true, Probe: true})
				require.NotEmpty(t, file)
				if manner == "extended" {
					assert.Regexp(t, `(?m)^> 00 B0 .. .. 00 .. ..`, file, "an extended read")
				}
				if manner == "61xx" {
					assert.Contains(t, file, "\n> 00 C0 00 00 64\n")
				}
				requireNothing(t, o, file)
			})
		}
	}
}

// A card that spoils its answers, as another driver of ours may see one: cut, of
// other lengths, with a bit that is wrong.
func TestReportOfASpoiledCard(t *testing.T) {
	distinct := cardtest.Distinct(t)
	for seed := range int64(60) {
		f := []simcard.Family{simcard.FamilyC, simcard.FamilyB11204, simcard.FamilyD}[seed%3]
		card, o := cardtest.New(t, f, distinct)
		s := simreader.NewService(cardtest.ReaderName)
		s.Insert(cardtest.ReaderName, simcard.NewHostile(card, seed))
		_, _, file := record(t, message.English, s, cardtest.DistinctPIN, "y\nno\ny\n", Options{Probe: true})
		requireNothing(t, o, file)
	}
}
