// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
	columnPSS
	columnNFC
	columns
)

// section returns the rows of the table under a heading, without its head.
func section(t *testing.T, heading string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "cards.md"))
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

var grades = map[string]Grade{"U": Unknown, "I": Inferred, "D": DriverKnown, "P": Proven}

// graded returns what a cell claims.
func graded(t *testing.T, cell string) (Grade, []string) {
	t.Helper()
	m := claim.FindStringSubmatch(cell)
	require.NotNil(t, m, "%q has no grade", cell)
	if m[2] == "" {
		return grades[m[1]], nil
	}
	return grades[m[1]], strings.Split(m[2], ", ")
}

// TestEvidence: every profile has its row in docs/cards.md, every cell its
// grade and sources that exist, and the driver claims what the row says.
func TestEvidence(t *testing.T) {
	sources := map[string]bool{}
	for _, row := range section(t, "Sources") {
		require.Len(t, row, 2)
		sources[row[0]] = true
		if strings.HasSuffix(row[0], ".apdu") {
			assert.FileExists(t, filepath.Join("..", "tests", "transcripts", row[0]))
		}
	}
	rows := map[string][]string{}
	for _, row := range section(t, "Generations") {
		require.Len(t, row, columns, row[0])
		assert.NotContains(t, rows, row[columnProfile])
		rows[row[columnProfile]] = row
		for _, cell := range row[columnRecognised:] {
			grade, from := graded(t, cell)
			assert.Equal(t, grade != Unknown, len(from) > 0, "%s: %q: a grade above U has a source, U has none", row[columnProfile], cell)
			for _, name := range from {
				assert.True(t, sources[name], "%s: source %q is not listed", row[columnProfile], name)
			}
		}
	}
	for _, p := range profiles {
		row := rows[p.name]
		require.NotNil(t, row, "profile %q has no row in docs/cards.md", p.name)
		delete(rows, p.name)
		assert.Equal(t, p.family, row[columnFamily], p.name)
		signing, _ := graded(t, row[columnSigning])
		assert.Equal(t, p.grade, signing, "%s: signing", p.name)
		pss, _ := graded(t, row[columnPSS])
		offered := p.rawRSA >= DriverKnown
		assert.Equal(t, offered, strings.HasPrefix(row[columnPSS], "yes"), "%s: PSS", p.name)
		assert.LessOrEqual(t, p.rawRSA, max(pss, Inferred), "%s: raw RSA", p.name)
		pin, from := graded(t, row[columnPIN])
		for _, spec := range p.pins {
			assert.LessOrEqual(t, spec.spec.TriesQuery, pin, "%s: asking for the tries left", p.name)
		}
		// Proven means bytes, and bytes are a transcript, for what a PIN or a
		// signature hangs on.
		if p.grade == Proven || slices.ContainsFunc(p.pins, func(s pinSpec) bool { return s.spec.TriesQuery == Proven }) {
			assert.True(t, slices.ContainsFunc(from, func(s string) bool { return strings.HasSuffix(s, ".apdu") }), p.name)
		}
	}
	assert.Empty(t, rows, "rows without a profile")
}

// Every transcript is a listed source, and every listed one is replayed.
func TestEveryTranscriptIsReplayed(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "tests", "transcripts", "*.apdu"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	tests, err := filepath.Glob("replay*_test.go")
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

// Every rung of the ladders says where it comes from, and none is there twice.
func TestLadders(t *testing.T) {
	for _, p := range profiles {
		if p.apps == nil {
			continue
		}
		assert.LessOrEqual(t, len(p.apps.pins), 64, "rungs are remembered in 64 bits")
		type pinKey struct {
			w      where
			ref    byte
			filled bool
		}
		pins := map[pinKey]bool{}
		for _, f := range p.apps.pins {
			assert.NotEmpty(t, f.source)
			k := pinKey{f.where, f.ref, f.filled}
			assert.False(t, pins[k], "%+v twice", k)
			pins[k] = true
		}
		type signKey struct {
			p1, p2 byte
			crt    string
			op     operation
			input  inputForm
		}
		signs := map[signKey]bool{}
		for _, f := range p.apps.signs {
			assert.NotEmpty(t, f.source)
			k := signKey{f.p1, f.p2, f.crt, f.op, f.input}
			assert.False(t, signs[k], "%+v twice", k)
			signs[k] = true
		}
	}
}
