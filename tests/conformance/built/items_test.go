// SPDX-License-Identifier: Apache-2.0

package built

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos/pcsc"
	"tscns/module/ck"
	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/simcard/vpcd"
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

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

var reader = pcscd.ReaderName(0, 0)

// environment is the virtual reader of the PC/SC service.
type environment struct {
	t       *testing.T
	service *pcscd.Service
	slot    *vpcd.Reader
}

// Insert implements conformance.Reader.
func (w *environment) Insert(c *simcard.Card) {
	w.t.Helper()
	w.slot.Insert(c)
	require.NoError(w.t, w.service.WaitCard(reader, true, kit.Patience))
}

// Remove implements conformance.Reader.
func (w *environment) Remove() {
	w.t.Helper()
	w.slot.Remove()
	require.NoError(w.t, w.service.WaitCard(reader, false, kit.Patience))
}

// ResetByOther implements conformance.Reader: this process is the other.
func (w *environment) ResetByOther() {
	w.t.Helper()
	other := pcsc.New()
	conn, err := other.Connect(reader)
	require.NoError(w.t, err)
	require.NoError(w.t, conn.Reset())
	require.NoError(w.t, conn.Close())
	require.NoError(w.t, other.Close())
}

// AddReader implements conformance.Reader: the driver has the readers that it
// was configured with.
func (w *environment) AddReader() bool { return false }

// threads is how many threads a host has.
const threads = 8

// runBuilt runs an item on a built library.
func runBuilt(t *testing.T, it conformance.Item, f simcard.Family, module string) {
	tools := hostproc.Client(t)
	f = conformance.FamilyFor(it, f)
	card, err := conformance.NewCard(f, it.Card)
	require.NoError(t, err)
	w := &environment{t: t, service: kit.SharedService(t, pcscd.Options{Readers: 1, Poll: 10 * time.Millisecond})}
	w.slot = vpcd.New(w.service.Slot(0, 0))
	t.Cleanup(w.slot.Close)
	t.Setenv("PCSCLITE_CSOCK_NAME", w.service.Socket()) // for ResetByOther
	require.NoError(t, w.service.WaitCard(reader, false, kit.Patience), "the card of the item before")
	w.Insert(card)
	h, err := tools.Start(hostproc.Options{Library: module, Threads: threads, Env: w.service.Env()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Stop()) })
	it.Run(&conformance.X{T: t, D: h.Line(), Reader: w, Card: card, Family: f})
}

const walker = "tests/conformance/c/walker.c"

// walkLimit is how long it may run before it counts as hanging.
const walkLimit = 2 * time.Minute

// walk runs c/walker.c on a library with a simulated card inside.
func walk(t *testing.T, program, lib string, args ...string) {
	t.Helper()
	last := filepath.Join(t.TempDir(), "last")
	require.NoError(t, os.WriteFile(last, make([]byte, 4096), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), walkLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{lib, last}, args...)...)
	cmd.Env = append(os.Environ(), "TSCNS_SIMCARD=c", "ASAN_OPTIONS=detect_leaks=0")
	out, err := cmd.CombinedOutput()
	text, _ := os.ReadFile(last)
	text, _, _ = bytes.Cut(text, []byte{0})
	require.NoError(t, ctx.Err(), "hangs in %s", text)
	require.NoError(t, err, "in %s\n%s", text, out)
	lines := strings.Fields(string(out))
	require.Equal(t, "ok", lines[len(lines)-1], "%s", out)
	t.Logf("%s", out)
}

// Every function with every kind of bad argument, wild addresses included.
func TestWalker(t *testing.T) {
	walk(t, kit.Program(t, walker), kit.SimModule(t), "wild")
}

// The same under AddressSanitizer, in C and in Go: nothing is read or written
// beyond what the host gave. Checks of Go's own pointers are off: a host's bad
// pointers are the point.
func TestWalkerUnderAddressSanitizer(t *testing.T) {
	walk(t, kit.Program(t, walker, "-fsanitize=address"),
		kit.GoModule(t, kit.Simulated, "-asan", "-gcflags=all=-d=checkptr=0"))
}
