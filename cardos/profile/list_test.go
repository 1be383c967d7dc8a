// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
)

// atrList is the list of answers to reset of Debian's package pcsc-tools.
const atrList = "/usr/share/pcsc/smartcard_list.txt"

// sameAnswer is a reader with a card that answers every command alike.
type sameAnswer struct {
	cardos.Conn
	atr      []byte
	answer   []byte
	commands int
}

func (s *sameAnswer) Readers() ([]cardos.ReaderState, error) { return nil, nil }
func (s *sameAnswer) Wait([]cardos.ReaderState, time.Duration) ([]cardos.ReaderState, error) {
	return nil, nil
}
func (s *sameAnswer) Connect(string) (cardos.Conn, error) { return s, nil }
func (s *sameAnswer) Close() error                        { return nil }
func (s *sameAnswer) ATR() []byte                         { return s.atr }
func (s *sameAnswer) Begin() error                        { return nil }
func (s *sameAnswer) End() error                          { return nil }
func (s *sameAnswer) Transmit(command []byte) ([]byte, error) {
	s.commands++
	// Of the data as much as was asked for.
	data := s.answer[:len(s.answer)-2]
	if le := int(command[len(command)-1]); le > 0 {
		data = data[:min(le, len(data))]
	}
	return append(slices.Clone(data), s.answer[len(s.answer)-2:]...), nil
}

// answers are what the cards of the list are played by: one that has nothing
// of ours, and some that say yes to everything, with nothing or without sense.
var answers = map[string][]byte{
	"6A82":               {0x6A, 0x82},
	"6D00":               {0x6D, 0x00},
	"9000":               {0x90, 0x00},
	"9000 behind zeros":  append(make([]byte, 256), 0x90, 0x00),
	"9000 behind an FCI": {0x6F, 0x07, 0x80, 0x02, 0x01, 0x00, 0x82, 0x01, 0x01, 0x90, 0x00},
}

// limits are how many commands a card may get that shows nothing of ours, by
// kind of its answer to reset: where it refuses them, and where it says 9000.
var limits = map[string]struct{ refused, accepted int }{
	"contact, no CNS": {0, 0},
	"contactless":     {2, 5},
	"contact, CNS":    {4, 7},
	"none":            {0, 0},
}

func kindOf(a cardos.ATR) string {
	switch {
	case !a.Valid:
		return "none"
	case a.CNS:
		return "contact, CNS"
	case a.Contactless:
		return "contactless"
	}
	return "contact, no CNS"
}

// Every card of the public list, most of them other people's: none is taken
// for one of ours by its answer to reset or by a bare 9000, and those with
// contacts whose answer to reset does not say CNS are not asked at all.
func TestListOfCards(t *testing.T) {
	atrs := listedATRs(t)
	require.Greater(t, len(atrs), 3000)
	most := map[string]map[string]int{}
	lines := map[string]int{}
	for _, atr := range atrs {
		kind := kindOf(cardos.ParseATR(atr))
		lines[kind]++
		for name, answer := range answers {
			card := &sameAnswer{atr: atr, answer: answer}
			_, err := Open(card, "", cardos.Options{})
			assert.ErrorIs(t, err, cardos.ErrNotRecognized, "%X, %s", atr, name)
			limit := limits[kind].accepted
			if answer[0] != 0x90 && len(answer) == 2 {
				limit = limits[kind].refused
			}
			assert.LessOrEqual(t, card.commands, limit, "%X, %s", atr, name)
			if most[kind] == nil {
				most[kind] = map[string]int{}
			}
			most[kind][name] = max(most[kind][name], card.commands)
		}
	}
	t.Logf("%-16s %6s  %s", "answer to reset", "lines", "most commands, by what the card answers to all")
	for kind, n := range lines {
		t.Logf("%-16s %6d  %s", kind, n, strings.TrimPrefix(fmt.Sprint(most[kind]), "map"))
	}
}

// listedATRs returns the list, a regular expression of it as the answers with 0
// and with F where it leaves a digit open.
func listedATRs(t *testing.T) [][]byte {
	t.Helper()
	file, err := os.Open(atrList)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s (package pcsc-tools) is not installed", atrList)
	}
	require.NoError(t, err)
	defer file.Close()
	set := regexp.MustCompile(`\[(.)[^\]]*\]`)
	var list [][]byte
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text()
		if !strings.HasPrefix(line, "3") {
			continue
		}
		line = strings.ReplaceAll(set.ReplaceAllString(line, "$1"), " ", "")
		for _, digit := range []string{"0", "F"} {
			if atr, err := hex.DecodeString(strings.ReplaceAll(line, ".", digit)); err == nil {
				list = append(list, atr)
			}
			if !strings.Contains(line, ".") {
				break
			}
		}
	}
	return list
}
