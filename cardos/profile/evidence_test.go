// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
)

// Columns of the table of generations in docs/cards.md.
const (
	columnLot = iota
	columnFamily
	columnProfile
	columnRecognised
	columnCertificate
	columnPIN
	columnSigning
	columnSignature
	columnPSS
	columnNFC
	columns
)

// section returns the rows of the table under a heading, without its head.
func section(t *testing.T, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "cards.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "\n## "+heading+"\n")
	require.True(t, found, heading)
	rest, _, _ = strings.Cut(rest, "\n## ")
	var rows [][]string
	for _, line := range strings.Split(rest, "\n") {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		var cells []string
		for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		rows = append(rows, cells)
	}
	require.Greater(t, len(rows), 2)
	return rows[2:]
}

// claim is the end of a cell: its grade, and its sources but where it is U.
var claim = regexp.MustCompile(`\(([PDIU])(?:: ([^()]+))?\)$`)

var grades = map[string]cardos.Grade{"U": cardos.Unknown, "I": cardos.Inferred, "D": cardos.DriverKnown, "P": cardos.Proven}

// graded returns what a cell claims.
func graded(t *testing.T, cell string) (cardos.Grade, []string) {
	t.Helper()
	m := claim.FindStringSubmatch(cell)
	require.NotNil(t, m, "%q has no grade", cell)
	if m[2] == "" {
		return grades[m[1]], nil
	}
	return grades[m[1]], strings.Split(m[2], ", ")
}

// evidence is the highest grade that the public facts give each cell of the
// table, in the order of its columns: recognised, certificate, PIN, signing,
// qualified signature, PSS, NFC. A cell may claim less. Raise one only with a
// source: a recording or a named report (P), or a released driver whose users
// report success (D).
var evidence = map[string]string{
	"CardOS M4":                                            "DDDD" + "I" + "D" + "U",
	"STIncard 1.0":                                         "DDDD" + "I" + "D" + "U", // nobody reports a signature with the key in 1400/8110
	"STIncard 1.1 (ST 2021/2022)":                          "DDDD" + "U" + "D" + "P",
	"STIncard 1.1 (ST 2022) contactless":                   "PDDD" + "U" + "D" + "P",
	"Athena IDProtect":                                     "DDDD" + "U" + "D" + "U",
	"Oberthur ID-One":                                      "DDDD" + "U" + "D" + "U",
	"IDEMIA ID-One CNS v2 (2021)":                          "PDDD" + "U" + "D" + "D",
	"IDEMIA ID-One CNS v2 (2021) contactless":              "DDDD" + "U" + "D" + "D", // its author's own card
	"IDEMIA ID-One CNS v2 (2021) contactless, application": "IIII" + "U" + "I" + "I",
	"Oberthur Cosmo V7 TokenME":                            "PPPP" + "U" + "I" + "U", // a padded block was signed, PSS was not
	"Oberthur Cosmo, layout of TokenME":                    "IIII" + "U" + "I" + "U", // another chip may count a query of the tries
	"ACTALIS 2025 (ACe/ACx/ACj)":                           "PPUU" + "U" + "U" + "U", // reads and the size of the key; no login is reported
	"generic CNS":                                          "IIIU" + "U" + "U" + "U",
}

// atMost returns the highest grade of a cell.
func atMost(profile string, column int) cardos.Grade {
	return grades[evidence[profile][column-columnRecognised:][:1]]
}

// TestEvidence: every profile has its row in docs/cards.md, every cell its
// grade and sources that exist, and the driver claims what the row says.
func TestEvidence(t *testing.T) {
	sources := map[string]bool{}
	for _, row := range section(t, "Sources") {
		require.Len(t, row, 2)
		sources[row[0]] = true
		if strings.HasSuffix(row[0], ".apdu") {
			assert.FileExists(t, filepath.Join("..", "..", "tests", "transcripts", row[0]))
		}
	}
	rows := map[string][]string{}
	for _, row := range section(t, "Generations") {
		require.Len(t, row, columns, row[0])
		assert.NotContains(t, rows, row[columnProfile])
		rows[row[columnProfile]] = row
		require.Len(t, evidence[row[columnProfile]], columns-columnRecognised, row[columnProfile])
		for i, cell := range row[columnRecognised:] {
			grade, from := graded(t, cell)
			assert.LessOrEqual(t, grade, atMost(row[columnProfile], columnRecognised+i), "%s: %q claims more than is known", row[columnProfile], cell)
			assert.Equal(t, grade != cardos.Unknown, len(from) > 0, "%s: %q: a grade above U has a source, U has none", row[columnProfile], cell)
			for _, name := range from {
				assert.True(t, sources[name], "%s: source %q is not listed", row[columnProfile], name)
			}
		}
	}
	for _, p := range All() {
		row := rows[p.Name]
		require.NotNil(t, row, "profile %q has no row in docs/cards.md", p.Name)
		delete(rows, p.Name)
		assert.Equal(t, p.Family, row[columnFamily], p.Name)
		signing, _ := graded(t, row[columnSigning])
		assert.Equal(t, p.Grade, signing, "%s: signing", p.Name)
		pss, _ := graded(t, row[columnPSS])
		offered := p.RawRSA >= cardos.DriverKnown
		assert.Equal(t, offered, strings.HasPrefix(row[columnPSS], "yes"), "%s: PSS", p.Name)
		assert.LessOrEqual(t, pss, max(p.RawRSA, cardos.Inferred), "%s: PSS needs raw RSA", p.Name)
		assert.LessOrEqual(t, p.RawRSA, max(signing, cardos.Inferred), "%s: raw RSA", p.Name)
		signature, _ := graded(t, row[columnSignature])
		assert.Equal(t, slices.ContainsFunc(pins(t, p), func(s cardos.PIN) bool { return s.Purpose == cardos.DigitalSignature }),
			signature > cardos.Unknown, "%s: signature key", p.Name)
		pin, from := graded(t, row[columnPIN])
		for _, spec := range pins(t, p) {
			assert.LessOrEqual(t, spec.Spec.TriesQuery, pin, "%s: asking for the tries left", p.Name)
		}
		// Proven means bytes, and bytes are a transcript, for what a PIN or a
		// signature hangs on.
		if p.Grade == cardos.Proven || slices.ContainsFunc(pins(t, p), func(s cardos.PIN) bool { return s.Spec.TriesQuery == cardos.Proven }) {
			assert.True(t, slices.ContainsFunc(from, func(s string) bool { return strings.HasSuffix(s, ".apdu") }), p.Name)
		}
	}
	assert.Empty(t, rows, "rows without a profile")
}

// Every transcript is a listed source, and every listed one is replayed.
func TestEveryTranscriptIsReplayed(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "tests", "transcripts", "*.apdu"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	tests, err := filepath.Glob("../replay*_test.go")
	require.NoError(t, err)
	var code strings.Builder
	for _, name := range tests {
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		code.Write(b)
	}
	var listed []string
	for _, row := range section(t, "Sources") {
		listed = append(listed, row[0])
	}
	for _, f := range files {
		assert.Contains(t, listed, filepath.Base(f))
		assert.Contains(t, code.String(), `"`+filepath.Base(f)+`"`)
	}
}
