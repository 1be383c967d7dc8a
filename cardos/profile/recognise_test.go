// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/cardos/layout/apps"
	"tscns/cardos/layout/classic"
	"tscns/cardos/layout/cns"
	"tscns/cardos/layout/iasecc"
	"tscns/cardos/layout/objects"
	"tscns/cardos/store"
)

// knownATRs returns the answers to reset of testdata/atrs.txt.
func knownATRs(t *testing.T) (known []knownATR) {
	t.Helper()
	text, err := os.ReadFile("testdata/atrs.txt")
	require.NoError(t, err)
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if atr, family, ok := strings.Cut(line, " "); ok && atr != "#" {
			known = append(known, knownATR{atr, family})
		}
	}
	return known
}

type knownATR struct{ atr, family string }

func atrOf(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func TestKnownATRs(t *testing.T) {
	known := knownATRs(t)
	assert.GreaterOrEqual(t, len(known), 49)
	seen := map[string]bool{}
	for _, k := range known {
		assert.False(t, seen[k.atr], "twice: %s", k.atr)
		seen[k.atr] = true
		raw := atrOf(t, k.atr)
		atr, err := iso7816.ParseATR(raw)
		require.NoError(t, err, k.atr)
		assert.True(t, atr.TCKValid, k.atr)
		assert.False(t, atr.Contactless, k.atr)
		facts := cardos.ParseATR(raw)
		assert.True(t, facts.CNS, k.atr)
		var families []string
		for _, p := range All() {
			if p.Match(facts) {
				families = append(families, p.Family)
			}
		}
		// Layout T is asked for wherever D may be, and decided by its probe.
		if k.family == "D" {
			assert.Equal(t, []string{"T", "D", "H", "F"}, families, k.atr)
			continue
		}
		require.NotEmpty(t, families, k.atr)
		// Family H has no mask of its own: whatever nobody else knows is asked
		// whether it is that, before it is taken for a CNS of an unknown lot.
		if k.family == "F" {
			assert.Equal(t, []string{"H", "F"}, families, k.atr)
			continue
		}
		assert.Equal(t, k.family, families[0], k.atr)
		assert.Equal(t, "F", families[len(families)-1], "the generic profile is there for every card that says CNS")
	}
}

func TestContactlessATRs(t *testing.T) {
	for atr, want := range map[string][]string{
		"3B80800101":                                   {"B2", "H"},
		"3B8B80010031C1640860321200900046":             nil, // a bank card with the mark of IDEMIA's
		"3B8B80010031C164096441360090" + "0014":        nil, // another one
		"3B8B80010031C16408923354009000F3":             {"E", "E"},
		"3B8B80010031C164092914540090006E":             {"E", "E"},
		"3B88800100000000338191001A":                   {"B2", "F"},
		"3B88800100000000338191002A":                   {"B2", "F"},
		"3B88800100000000F781C100BE":                   {"B2", "F"},
		"3B88800130ABAB017781B70079":                   {"B2", "F"},
		"3B88800130ABAB017781B71069":                   {"B2", "F"},
		"3B8C8001501122334400000000338191" + "00":      {"B2", "F"},
		"3B8C80015011223344" + "30ABAB017781B7" + "00": {"B2", "F"},
		"3B8C80015011223344" + "00000000F781C1" + "00": {"B2", "F"},
		"3B8F800180318065B0850300EF120FFF82900074":     {"H"}, // somebody else's card: one question
		"3B8F8001804F0CA000000306030001000000006A":     nil,   // a memory card
		"3B04000400" + "00":                            nil,   // a contact card that does not say CNS
		"":                                             nil,
	} {
		facts := cardos.ParseATR(atrOf(t, atr))
		var families []string
		for _, p := range All() {
			if p.Match(facts) {
				families = append(families, p.Family)
			}
		}
		assert.Equal(t, want, families, atr)
	}
}

// Sister cards and CIE say other words in the same place.
func TestOtherWordsAreNotCNS(t *testing.T) {
	for _, atr := range []string{
		"3BFF1800FFC10A31FE55006B0508C80A0102495449442020318000",
		"3BF41800FF8131805500318000C7",
		"3BE900FFC11031FE5500640500C80231800047",
	} {
		facts := cardos.ParseATR(atrOf(t, atr))
		for _, p := range All() {
			assert.False(t, p.Match(facts) && p != &actalis2025, "%s is taken for %s", atr, p.Name)
		}
	}
}

// placeOf is a place that the records of a profile may have.
func placeOf(p *cardos.Profile) []byte {
	var w store.Writer
	if _, several := p.Layout.(*iasecc.Layout); several {
		w.Bytes(nil) // nothing reported
		w.Bytes([]byte{0})
		return w.Encoded()
	}
	w.Bytes([]byte(cns.CCarta))
	w.Number(0)
	return w.Encoded()
}

// pins returns the PINs of a card of a profile.
func pins(t *testing.T, p *cardos.Profile) []cardos.PIN {
	t.Helper()
	instance, err := p.Layout.Restore(placeOf(p))
	require.NoError(t, err, p.Name)
	return instance.PINs()
}

// configOf returns the file system of a profile that has the one of the CNS.
func configOf(p *cardos.Profile) *cns.Config {
	switch l := p.Layout.(type) {
	case classic.Layout:
		return (*cns.Config)(&l)
	case *objects.Layout:
		return &l.Config
	}
	return nil
}

// Every profile has all that the driver needs.
func TestProfilesAreComplete(t *testing.T) {
	names := map[string]bool{}
	for _, p := range All() {
		assert.False(t, names[p.Name], p.Name)
		names[p.Name] = true
		assert.NotEmpty(t, p.Family, p.Name)
		require.NotNil(t, p.Match, p.Name)
		assert.LessOrEqual(t, p.RawRSA, p.Grade+1, "%s: raw RSA better known than signing", p.Name)
		list := pins(t, p)
		require.NotEmpty(t, list, p.Name)
		assert.Equal(t, cardos.Authentication, list[0].Purpose, p.Name)
		for _, pin := range list {
			assert.NotEqual(t, pin.Reference == nil, pin.Search == nil, "%s: one way to present the PIN", p.Name)
			assert.LessOrEqual(t, pin.Spec.MaxLength, cardos.PINBlock, p.Name)
			assert.Equal(t, pin.Spec.TriesQuery == cardos.Proven, pin.Tries != nil, p.Name)
			assert.True(t, pin.Tries == nil || p == &tokenME, "%s: nothing proves that asking costs no try", p.Name)
			if pin.Reference != nil {
				assert.NotZero(t, pin.Reference.PIN, p.Name)
				assert.NotZero(t, pin.Reference.PUK, p.Name)
			}
		}
		if c := configOf(p); c != nil {
			assert.NotEmpty(t, c.Forms, p.Name)
			assert.NotEmpty(t, c.Keys, p.Name)
			for _, k := range c.Keys {
				assert.True(t, slices.ContainsFunc(list, func(pin cardos.PIN) bool { return pin.Purpose == k.Purpose }), "%s has a key without PIN", p.Name)
				assert.NotZero(t, k.Ref, p.Name)
			}
		}
	}
}

// Every candidate form has its source, and none is there twice.
func TestCandidateForms(t *testing.T) {
	for _, p := range All() {
		l, several := p.Layout.(*iasecc.Layout)
		if !several {
			continue
		}
		assert.NotEmpty(t, l.Forms, p.Name)
		assert.LessOrEqual(t, len(l.PINForms), 64, "forms are remembered in 64 bits")
		assert.LessOrEqual(t, len(l.Candidates), 256, "a record has one byte for them")
		pinForms := map[apps.PINForm]bool{}
		for _, f := range l.PINForms {
			assert.NotEmpty(t, f.Source)
			f.Source = ""
			assert.False(t, pinForms[f], "%+v twice", f)
			pinForms[f] = true
		}
		signForms := map[apps.SignForm]bool{}
		for _, f := range l.SignForms {
			assert.NotEmpty(t, f.Source)
			f.Source, f.Restore = "", false
			assert.False(t, signForms[f], "%+v twice", f)
			signForms[f] = true
		}
	}
}
