// SPDX-License-Identifier: Apache-2.0

package built

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/conformance"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

// tableVariable names the file that the table is written to.
const tableVariable = "TSCNS_CONFORMANCE"

// TestItems runs every item on both drivers and writes the table.
func TestItems(t *testing.T) {
	var table strings.Builder
	fmt.Fprintf(&table, "%-4s %-16s %-10s %-8s %s\n", "item", "section", "in process", "library", "behaviour")
	passed := 0
	for _, it := range conformance.Items() {
		inProcess, library := "-", ""
		t.Run(it.Name(), func(t *testing.T) {
			if !it.Host {
				inProcess = result(t, "in process", func(t *testing.T) { conformance.RunInProcess(t, it, simcard.FamilyB2) })
			}
			library = result(t, "library", func(t *testing.T) { runBuilt(t, it, simcard.FamilyB2, kit.Module(t)) })
		})
		if inProcess != "FAIL" && library == "pass" {
			passed++
		}
		fmt.Fprintf(&table, "%4d %-16s %-10s %-8s %s\n", it.Number, it.Section, inProcess, library, it.Title)
	}
	fmt.Fprintf(&table, "%d of %d items pass (-: the item is about C alone)\n", passed, len(conformance.Items()))
	t.Log("\n" + table.String())
	if path := os.Getenv(tableVariable); path != "" {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(table.String()), 0o644))
	}
}

func TestEllipticCurve(t *testing.T) {
	runBuilt(t, conformance.EllipticCurve, simcard.FamilyB2, kit.Module(t))
}

// The items about function lists, symbols, C_Initialize and forks, with the build
// without the linker script.
func TestItemsOfThePlainBuild(t *testing.T) {
	for _, it := range conformance.Items()[:27] {
		t.Run(it.Name(), func(t *testing.T) { runBuilt(t, it, simcard.FamilyB2, kit.GoModule(t, kit.Shipped)) })
	}
}

// The library as it is shipped, without a PC/SC service: bad arguments are refused
// as with a card.
func TestBadArgumentsWithoutAService(t *testing.T) {
	h, err := hostproc.Client(t).Start(hostproc.Options{Library: kit.Module(t), Env: []string{"PCSCLITE_CSOCK_NAME=/nonexistent"}})
	require.NoError(t, err)
	x := &conformance.X{T: t, D: h.Line()}
	x.RefusesBeforeInitialize()
	require.Equal(t, ck.CKR_OK, hostproc.Initialize(x.D))
	x.RefusesJunk()
	require.Equal(t, ck.CKR_OK, hostproc.Finalize(x.D))
	x.RefusesBeforeInitialize()
	require.NoError(t, h.Stop())
}

// result runs a test and names how it ended.
func result(t *testing.T, name string, run func(*testing.T)) string {
	end := "FAIL"
	t.Run(name, func(t *testing.T) {
		t.Cleanup(func() {
			switch {
			case t.Skipped():
				end = "skip"
			case !t.Failed():
				end = "pass"
			}
		})
		run(t)
	})
	return end
}
