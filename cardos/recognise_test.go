// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos/iso7816"
)

// knownATRs are the contact ATRs that say CNS in the public list of pcsc-tools
// (smartcard_list.txt, June 2026) and in published drivers, with the family
// that their historical bytes name. No list of ATRs is in the driver: these
// test its rules. "D" may turn out to be layout T when probed.
var knownATRs = []struct{ atr, family string }{
	{"3BDF18008131FE7D006B020C0182011101434E53103180FC", "C"},
	{"3BDF18008131FE7D006B040C0184011101434E53103180FC", "C"},
	{"3BDF18008131FE7D006B150C0180011101434E53103180E9", "C"},
	{"3BDF18008131FE7D006B150C0181011101434E53103180E8", "C"},
	{"3BFF1800008131FE45006B04050100011101434E5310318069", "D"},
	{"3BFF1800008131FE45006B04050100012101434E5310318059", "D"},
	{"3BFF1800008131FE45006B05051017012101434E531031805E", "D"},
	{"3BFF1800008131FE45006B05052000012101434E5310318079", "E"},
	{"3BFF1800008131FE45006B0505200001F101434E53103180A9", "E"},
	{"3BFF1800008131FE45006B0505912001F101434E5310318038", "E"},
	{"3BFF1800008131FE45006B11050700011101434E531131807B", "D"},
	{"3BFF1800008131FE45006B11050700012101434E531031804A", "D"},
	{"3BFF1800008131FE45006B150C0302010101434E5310318061", "F"},
	{"3BFF1800008131FE55006B02090403010101434E5310318065", "B1"},
	{"3BFF1800008131FE55006B02090503010101434E5310318064", "B1"},
	{"3BFF1800008131FE55006B02090603010101434E5310318067", "B1"},
	{"3BFF1800008131FE55006B02090703010101434E5310318066", "B1"},
	{"3BFF1800008131FE55006B02091403010101434E5310318075", "B1"},
	{"3BFF1800008131FE55006B02091613010101434E5310318067", "B1"},
	{"3BFF1800008131FE55006B02091717010101434E5310318062", "B1"},
	{"3BFF1800FF8131FE4D006B0404B85B01F101434E531031809D", "F"},
	{"3BFF1800FF8131FE55006B02090200010101434E531031809F", "B1"},
	{"3BFF1800FF8131FE55006B02090200011101434E531031808F", "B1"},
	{"3BFF1800FF8131FE55006B02090200011101434E531131808E", "B2"},
	{"3BFF1800FF8131FE55006B02090300011101434E531131808F", "B2"},
	{"3BFF1800FF8131FE55006B02090303010101434E531031809D", "B1"},
	{"3BFF1800FF8131FE55006B02090303011101434E531131808C", "B2"},
	{"3BFF1800FF8131FE55006B02090403010101434E531031809A", "B1"},
	{"3BFF1800FF8131FE55006B02091301011101434E531131809E", "B2"},
	{"3BFF1800FF8131FE55006B02091303010101434E531031808D", "B1"},
	{"3BFF1800FF8131FE55006B02091303011101434E531131809C", "B2"},
	{"3BFF1800FF8131FE55006B02091617011101434E531131808D", "B2"},
	{"3BFF1800FF8131FE55006B02091717011101434E531131808C", "B2"},
	{"3BFF1800FFC10A31FE55006B0508C805011101434E531031800C", "A"},
	{"3BFF1800FFC10A31FE55006B0508C809011101434E5310318000", "A"},
	{"3BFF1800FFC10A31FE55006B0508C80A011101434E5310318003", "A"},
	{"3BFF1800FFC10A31FE55006B0508C80C011101434E5310318005", "A"},
	{"3BFF9600008131FE55006B02090403010101434E53103180EB", "B1"},
	{"3BFF9600FF8131FE55006B02090403010101434E5310318014", "B1"},
	{"3BFF1800FFC10A31FE55006B0508C805010101434E531031801C", "A"},
	{"3BDF18008131FE7D006B150C0181010101434E53103180F8", "C"},
	{"3BDF18008131FE7D006B150C0180010101434E53103180F9", "C"},
	{"3BFF1800FFC10A31FE55006B0508C806012101434E531031803F", "A"},
	{"3BFF1800FFC10A31FE55006B0508C806011101434E531031800F", "A"},
	{"3BFF180002C10A31FE55006B0508C807012101434E53103180C3", "A"},
	{"3BFF180002C10A31FE55006B0508C807011101434E53103180F3", "A"},
	{"3BFF180002C10A31FE58006B0508C808011101434E53103180F1", "A"},
	{"3BDB18FF81B1FE451FC38073C8211065434E53107339", "F"},
}

func atrOf(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func TestKnownATRs(t *testing.T) {
	assert.GreaterOrEqual(t, len(knownATRs), 39)
	seen := map[string]bool{}
	for _, k := range knownATRs {
		assert.False(t, seen[k.atr], "twice: %s", k.atr)
		seen[k.atr] = true
		raw := atrOf(t, k.atr)
		atr, err := iso7816.ParseATR(raw)
		require.NoError(t, err, k.atr)
		assert.True(t, atr.TCKValid, k.atr)
		assert.False(t, atr.Contactless, k.atr)
		facts := readATR(raw)
		assert.True(t, facts.cns, k.atr)
		var families []string
		for _, p := range profiles {
			if p.match(facts) {
				families = append(families, p.family)
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
		"3B8B80010031C1640860321200900046":             {"E", "E"},
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
		"3B04000400" + "00":                            {"H"},
		"":                                             nil,
	} {
		facts := readATR(atrOf(t, atr))
		var families []string
		for _, p := range profiles {
			if p.match(facts) {
				families = append(families, p.family)
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
		facts := readATR(atrOf(t, atr))
		for _, p := range profiles {
			assert.False(t, p.match(facts) && p.apps == nil, "%s is taken for %s", atr, p.name)
		}
	}
}

// Every profile says all that the driver needs.
func TestProfilesAreComplete(t *testing.T) {
	names := map[string]bool{}
	for _, p := range profiles {
		assert.False(t, names[p.name], p.name)
		names[p.name] = true
		assert.NotEmpty(t, p.family, p.name)
		assert.NotNil(t, p.match, p.name)
		assert.NotEmpty(t, p.forms, p.name)
		require.NotEmpty(t, p.pins, p.name)
		if p.apps != nil {
			continue // the ladders have their own test
		}
		assert.NotEmpty(t, p.keys, p.name)
		assert.Equal(t, Authentication, p.pins[0].purpose, p.name)
		purposes := map[Purpose]bool{}
		for _, pin := range p.pins {
			purposes[pin.purpose] = true
			assert.NotZero(t, pin.pin, p.name)
			assert.NotZero(t, pin.puk, p.name)
			assert.LessOrEqual(t, pin.spec.MaxLength, pinLength, p.name)
			assert.True(t, pin.spec.TriesQuery != Proven || p.family == "T", "%s: nothing proves that asking costs no try", p.name)
		}
		for _, k := range p.keys {
			assert.True(t, purposes[k.purpose], "%s has a key without PIN", p.name)
			assert.NotZero(t, k.ref, p.name)
		}
		assert.LessOrEqual(t, p.rawRSA, p.grade+1, "%s: raw RSA better known than signing", p.name)
	}
}
