// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// programTable is the table of recipe and card that TestRecipes prints.
type programTable struct {
	recipes []string
	cells   map[string]map[string]string // by recipe and card
	tries   int                          // PIN tries spent
	notes   []string
}

// unsupported ends a recipe that a program cannot do with the card, for a
// reason of its own, which the table gives.
func (f *fixture) unsupported(reason string) {
	f.t.Helper()
	f.limit = reason
	f.t.Skip("SKIPPED: " + reason)
}

// newProgramTable makes a table that is printed at the end of the test, and
// written to the file that TSCNS_PROGRAMS names.
func newProgramTable(t *testing.T) *programTable {
	p := &programTable{cells: map[string]map[string]string{}}
	t.Cleanup(func() {
		text := p.String()
		t.Log("\n" + text)
		if path := os.Getenv("TSCNS_PROGRAMS"); path != "" {
			require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		}
	})
	return p
}

// enter returns a function that enters what became of a recipe. It fails the
// test when a try of a PIN was spent; a program that gives its PIN to every
// token may spend one, of the other token, and once.
func (p *programTable) enter(t *testing.T, f *fixture, recipe, card string, everyToken bool) func() {
	r := f.Rig
	wrong := r.CountWrongPINs()
	return func() {
		spent := r.CountWrongPINs() - wrong
		r.record.expected += spent
		p.tries += spent
		allowed := 0
		if everyToken && r.twoTokens() {
			allowed = 1
		}
		if spent > allowed || r.PINTries() != 3 {
			t.Errorf("%d tries of PINs spent; the card has %d left of the first PIN", spent, r.PINTries())
		}
		cell := "works"
		if t.Failed() {
			cell = "FAILS"
		} else if f.limit != "" {
			cell = fmt.Sprintf("no (%d)", p.note(f.limit))
		} else if t.Skipped() {
			cell = "skipped"
		} else if f.remark != "" {
			cell += fmt.Sprintf(" (%d)", p.note(f.remark))
		}
		if spent > 0 {
			cell += fmt.Sprintf(", %d try", spent)
		}
		if p.cells[recipe] == nil {
			p.cells[recipe] = map[string]string{}
			p.recipes = append(p.recipes, recipe)
		}
		p.cells[recipe][card] = cell
	}
}

// note returns the number of a note, which it adds where it is new.
func (p *programTable) note(text string) int {
	i := slices.Index(p.notes, text)
	if i < 0 {
		i = len(p.notes)
		p.notes = append(p.notes, text)
	}
	return i + 1
}

func (p *programTable) String() string {
	var b strings.Builder
	row := func(first string, cell func(card string) string) {
		line := fmt.Sprintf("%-24s", first)
		for _, card := range recipeCards {
			line += fmt.Sprintf("%-16s", cell(card.name))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	row("program", func(card string) string { return card })
	for _, recipe := range p.recipes {
		row(recipe, func(card string) string { return p.cells[recipe][card] })
	}
	for i, note := range p.notes {
		fmt.Fprintf(&b, "(%d) %s\n", i+1, note)
	}
	fmt.Fprintf(&b, "PIN tries spent: %d\n", p.tries)
	return b.String()
}
