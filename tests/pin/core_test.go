// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tscns/module/ck"
)

// dump has a debugger write a core of a running host, as a crash would.
func (h *host) dump() []byte {
	h.t.Helper()
	if _, err := exec.LookPath("gdb"); err != nil {
		h.t.Skip("SKIPPED: gdb is not installed")
	}
	path := filepath.Join(h.t.TempDir(), "core")
	out, err := exec.Command("gdb", "-nx", "-batch", "-ex", "gcore "+path, "-p", fmt.Sprint(h.PID())).CombinedOutput()
	if err != nil && bytes.Contains(out, []byte("ptrace: Operation not permitted")) {
		h.t.Skip("SKIPPED: this system lets no debugger attach")
	}
	require.NoError(h.t, err, "%s", out)
	defer os.Remove(path)
	return readSparse(h.t, path)
}

// crash ends a host as a fault in it would, whatever it is doing, and returns
// the core that the kernel wrote; one that a debugger wrote where cores of this
// system go elsewhere.
func (h *host) crash() []byte {
	h.t.Helper()
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil || strings.ContainsAny(string(pattern), "|/") {
		h.t.Logf("cores of this system go elsewhere (core_pattern %q): a debugger writes one", strings.TrimSpace(string(pattern)))
		return h.dump()
	}
	status := h.Kill(syscall.SIGABRT).Sys().(syscall.WaitStatus)
	require.Equal(h.t, syscall.SIGABRT, status.Signal())
	if !status.CoreDump() {
		h.t.Skip("SKIPPED: the kernel wrote no core (limits of this system)")
	}
	paths, err := filepath.Glob(filepath.Join(h.dir, "*"))
	require.NoError(h.t, err)
	require.Len(h.t, paths, 1)
	defer os.Remove(paths[0])
	return readSparse(h.t, paths[0])
}

// readSparse reads what of a core is not hole: memory that was never used. A
// few zeros stand for each hole.
func readSparse(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var all []byte
	for at := int64(0); ; {
		from, err := f.Seek(at, unix.SEEK_DATA)
		if err != nil {
			break // ENXIO: nothing but hole up to the end
		}
		to, err := f.Seek(from, unix.SEEK_HOLE)
		require.NoError(t, err)
		part := make([]byte, to-from)
		_, err = f.ReadAt(part, from)
		require.NoError(t, err)
		all = append(append(all, part...), make([]byte, 16)...)
		at = to
	}
	require.True(t, bytes.HasPrefix(all, []byte("\x7fELF")))
	return all
}

// places finds a PIN in a core: its digits, of which the block that a card gets
// is the beginning, also as UTF-16.
func places(core []byte, pin string) (found []int) {
	wide := make([]byte, 0, 2*len(pin))
	for i := range len(pin) {
		wide = append(wide, pin[i], 0)
	}
	for _, form := range [][]byte{[]byte(pin), wide} {
		for at := 0; ; {
			i := bytes.Index(core[at:], form)
			if i < 0 {
				break
			}
			found = append(found, at+i)
			at += i + 1
		}
	}
	return found
}

// around shows what lies where a PIN was found.
func around(core []byte, places []int) string {
	var text strings.Builder
	for _, at := range places {
		fmt.Fprintf(&text, "%x: %q\n", at, core[max(0, at-48):min(len(core), at+48)])
	}
	return text.String()
}

// requireNone checks that a core holds something that the host kept, which
// shows that the search finds what is there, and not the PIN.
func requireNone(t *testing.T, core []byte, pin, kept string) {
	t.Helper()
	require.NotEmpty(t, places(core, kept), "what the host kept is in a core of %d bytes", len(core))
	found := places(core, pin)
	require.Empty(t, found, "a core of %d bytes holds the PIN:\n%s", len(core), around(core, found))
	t.Logf("none in a core of %d bytes", len(core))
}

// moments are those at which a host that logs in is looked at. It wiped its own
// copy, or keeps it out of cores.
var moments = []struct {
	when string
	// upTo brings the host to that moment.
	upTo func(d *fixture, h *host, pin string)
}{
	{"during C_Login", func(d *fixture, h *host, pin string) {
		reached, release := d.card.holdVerify()
		d.t.Cleanup(release)
		go func() { _ = h.login(pin) }()
		<-reached
	}},
	{"after C_Login", func(_ *fixture, h *host, pin string) { h.must(h.login(pin)) }},
	{"after a signature", func(_ *fixture, h *host, pin string) {
		h.must(h.login(pin))
		h.must(h.sign())
	}},
	{"after a wrong PIN", func(d *fixture, h *host, pin string) {
		d.card.change(d.t, "88888888")
		require.Equal(d.t, ck.CKR_PIN_INCORRECT, h.login(pin))
	}},
	{"after C_SetPIN, the old one", func(d *fixture, h *host, pin string) { h.must(h.setPIN(pin, "88888888")) }},
	{"after C_SetPIN, the new one", func(d *fixture, h *host, pin string) {
		d.card.change(d.t, "88888888")
		h.must(h.setPIN("88888888", pin))
	}},
	{"with the PUK kept for C_InitPIN", func(d *fixture, h *host, pin string) { h.must(h.loginAs(ck.CKU_SO, "8"+pin)) }},
	{"after C_InitPIN", func(d *fixture, h *host, pin string) {
		h.must(h.loginAs(ck.CKU_SO, "87654321"))
		h.must(h.initPIN(pin))
	}},
	{"after C_Finalize", func(_ *fixture, h *host, pin string) {
		h.must(h.login(pin))
		h.must(h.finalize())
	}},
}

func TestNoPINInACore(t *testing.T) {
	for _, m := range moments {
		t.Run(m.when, func(t *testing.T) {
			pin, kept := randomPIN(t), randomPIN(t)
			d := newFixture(t, pin)
			h := d.host(kept)
			m.upTo(d, h, pin)
			requireNone(t, h.crash(), pin, kept)
		})
	}
}

// The same with a core that a debugger writes of a host that lives on.
func TestNoPINInADebuggersCore(t *testing.T) {
	pin, kept := randomPIN(t), randomPIN(t)
	d := newFixture(t, pin)
	// A debugger writes out what is only reserved, too: gigabytes of zeros. The
	// heaps that the C library reserves for each thread are most of it.
	d.env = append(d.env, "MALLOC_ARENA_MAX=1")
	h := d.host(kept)
	h.must(h.login(pin))
	requireNone(t, h.dump(), pin, kept)
	h.must(h.sign())
}

// The control: a host that keeps a copy of the PIN, which the same search finds.
func TestAPINThatIsThereIsFound(t *testing.T) {
	pin := randomPIN(t)
	h := newFixture(t, pin).host(pin)
	h.must(h.login(pin))
	require.NotEmpty(t, places(h.crash(), pin))
}

// A process that the host forks in the middle of a login does not get the PIN:
// the library's copy, which the host can see, reads as zeros there.
func TestAForkedProcessGetsNoPIN(t *testing.T) {
	pin := randomPIN(t)
	d := newFixture(t, pin)
	h := d.host()
	reached, release := d.card.holdVerify()
	defer release()
	count := func(pid int) int {
		n, err := h.Count(pid, pin)
		require.NoError(t, err)
		return n
	}
	done := make(chan ck.RV)
	go func() { done <- h.login(pin) }()
	<-reached
	require.NotZero(t, count(h.PID()), "the library has it while the card is asked")
	require.True(t, h.Line().Fork(func() {
		children, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", h.PID()))
		require.NoError(t, err)
		forked := 0
		for _, path := range children {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			for _, word := range strings.Fields(string(text)) {
				pid, err := strconv.Atoi(word)
				require.NoError(t, err)
				require.Zero(t, count(pid))
				forked++
			}
		}
		require.Equal(t, 1, forked)
	}))
	release()
	h.must(<-done)
	require.Zero(t, count(h.PID()), "it is wiped")
	h.must(h.sign())
}
