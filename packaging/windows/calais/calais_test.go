// SPDX-License-Identifier: Apache-2.0

package calais

import (
	"bufio"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/kit"
)

// matching returns the names of the entries that take an answer to reset.
func matching(atr []byte) (names []string) {
	for _, c := range Cards() {
		if c.Matches(atr) {
			names = append(names, c.Name)
		}
	}
	return names
}

// What Windows wants of an entry: an answer to reset, a mask as long, and no bit
// outside it, with which no card would ever match. Windows takes the first entry
// that matches, so that no two may overlap.
func TestEntriesAreWellFormed(t *testing.T) {
	list := Cards()
	for i, c := range list {
		require.Len(t, c.Mask, len(c.ATR), c.Name)
		require.True(t, len(c.ATR) >= 2 && len(c.ATR) <= 33, c.Name)
		for j := range c.ATR {
			assert.Zero(t, c.ATR[j]&^c.Mask[j], "%s: byte %d has bits outside the mask", c.Name, j)
		}
		assert.True(t, c.Matches(c.ATR), c.Name)
		assert.False(t, c.Matches(c.ATR[1:]), c.Name)
		assert.NotContains(t, c.Name, `\`)
		for _, other := range list[i+1:] {
			assert.NotEqual(t, c.Name, other.Name)
			assert.False(t, overlap(c, other), "%s and %s", c.Name, other.Name)
		}
	}
}

// overlap reports whether some answer to reset matches both.
func overlap(a, b Card) bool {
	if len(a.ATR) != len(b.ATR) {
		return false
	}
	for i := range a.ATR {
		if both := a.Mask[i] & b.Mask[i]; a.ATR[i]&both != b.ATR[i]&both {
			return false
		}
	}
	return true
}

// notEntered are the known answers to reset with "CNS" in them that no entry
// takes, each with the reason.
var notEntered = map[string]string{
	simcard.ATRFirmaQUI: "a token for signatures; 11 historical bytes, as no card for logins has them",
}

// Every known card with contacts matches one entry.
func TestKnownCardsMatchOneEntry(t *testing.T) {
	text, err := os.ReadFile(kit.Top() + "/cardos/profile/testdata/atrs.txt")
	require.NoError(t, err)
	taken := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		atr, _, _ := strings.Cut(line, " ")
		names := matching(octets(atr))
		if _, left := notEntered[atr]; left {
			assert.Empty(t, names, atr)
			continue
		}
		if assert.Len(t, names, 1, atr) {
			taken[names[0]]++
		}
	}
	require.Equal(t, map[string]int{"TS-CNS tscns 24": 7, "TS-CNS tscns 25": 31, "TS-CNS tscns 26": 10}, taken)
}

// The simulated cards: each CNS with contacts, and no other card.
func TestSimulatedCards(t *testing.T) {
	for _, family := range simcard.Families() {
		want := 1
		switch family {
		case simcard.FamilyForeign, simcard.FamilyB2NFC:
			want = 0
		}
		assert.Len(t, matching(simcard.ATR(family)), want, "%s", family)
	}
}

// Windows cuts the texts for PINs at semicolons, and behind the locale at a comma.
func TestPINTexts(t *testing.T) {
	for _, p := range PINTexts() {
		locales := strings.Split(p.Text, ";")
		assert.Len(t, locales, 6, p.Name)
		for _, text := range locales {
			assert.Regexp(t, `^[a-z]{2}-[A-Z]{2},[ -+\--:<-~]+$`, text)
			assert.NotContains(t, text, `"`)
		}
	}
}

// atrList is the list of answers to reset of Debian's package pcsc-tools.
const atrList = "/usr/share/pcsc/smartcard_list.txt"

// line is one of the list: an answer to reset, where "." is any digit, and what
// people called the card.
type line struct{ pattern, label string }

// listed reads the list.
func listed(t *testing.T) (lines []line) {
	t.Helper()
	file, err := os.Open(kit.NeedFile(t, "smartcard_list.txt", "pcsc-tools", atrList))
	require.NoError(t, err)
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		switch text := s.Text(); {
		case strings.HasPrefix(text, "3"):
			lines = append(lines, line{pattern: strings.ReplaceAll(text, " ", "")})
		case strings.HasPrefix(text, "\t") && len(lines) > 0:
			lines[len(lines)-1].label += strings.TrimSpace(text) + "; "
		}
	}
	return lines
}

// atrs returns the answers to reset that stand for a line, with each digit that
// it leaves open as 0 and as F.
func (l line) atrs() (list [][]byte) {
	text := regexp.MustCompile(`\[(.)[^\]]*\]`).ReplaceAllString(l.pattern, "$1")
	for _, digit := range []string{"0", "F"} {
		if atr, err := hex.DecodeString(strings.ReplaceAll(text, ".", digit)); err == nil {
			list = append(list, atr)
		}
	}
	return list
}

// isCNS finds the lines that people called a CNS, or the card of a region or of
// the health service that is one.
var isCNS = regexp.MustCompile(`\bCNS\b|Carta Nazionale dei Servizi|(?i:carta regionale dei servizi|tessera sanitaria|italian health)|Regional services for`)

// leftOut are lines of that name that no entry takes: their answers to reset, or
// how these begin, with the reason.
var leftOut = []struct{ atr, reason string }{
	{"3B80", "without contacts, no historical bytes: passports have the same"},
	{"3B88", "without contacts, the answer holds protocol data of the chip alone"},
	{"3B8C80", "without contacts, the answer holds a number that is another at each use"},
	{"3B0400040000", "no answer to reset of a card that works"},
	{"3B2400FFFCFCFC", "no answer to reset of a card that works"},
	{"3BE900FFC11031FE55", "the first electronic identity card"},
	{"3BFB9800FFC11031FE55", "the first electronic identity card"},
	{"3BFC9800FFC11031FE55", "a signature card of the chambers of commerce, before the CNS"},
	{"3BFF1800008131FE45006B04050100011202485043", "a card of health professionals: HPC and not CNS in its answer"},
	{simcard.ATRFirmaQUI, "a signature token"},
}

// notItalian are lines that an entry takes though they name a card of another
// country: the same answer to reset as that of Italian cards, so that the
// minidriver has to look for a CNS inside.
var notItalian = map[string]string{
	"3BFF1800008131FE45006B11050700012101434E531031804A": "Izenpe",
}

// TestListOfCards compares the entries with the public list: every Italian CNS
// of it is taken or left out for a reason, and nothing else is taken.
func TestListOfCards(t *testing.T) {
	lines := listed(t)
	require.Greater(t, len(lines), 3000)
	hits, foreign := 0, 0
	for _, l := range lines {
		var names []string
		for _, atr := range l.atrs() {
			names = append(names, matching(atr)...)
		}
		if len(names) == 0 {
			called := isCNS.MatchString(l.label) || strings.Contains(l.pattern, "434E53")
			assert.False(t, called && !isLeftOut(l.pattern), "a CNS that no entry takes: %s %s", l.pattern, l.label)
			continue
		}
		hits++
		if country, ok := notItalian[l.pattern]; ok {
			assert.Contains(t, l.label, country)
			foreign++
			continue
		}
		// The labels of some Italian cards name the maker alone: what they are
		// stands in their answer to reset.
		assert.True(t, strings.Contains(l.pattern, "434E53") || isCNS.MatchString(l.label), "%v takes %s %s", names, l.pattern, l.label)
	}
	t.Logf("%d lines, %d match, %d of them not Italian", len(lines), hits, foreign)
	require.GreaterOrEqual(t, hits, 34)
	require.Equal(t, len(notItalian), foreign)
}

func isLeftOut(pattern string) bool {
	for _, l := range leftOut {
		if strings.HasPrefix(pattern, l.atr) {
			return true
		}
	}
	return false
}
