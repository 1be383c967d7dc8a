// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"tscns/simcard/vpcd"
	"tscns/tests/crosshost"
	"tscns/tests/kit"
)

const (
	mingw = "x86_64-w64-mingw32-gcc"
	limit = 3 * time.Minute // an idle machine needs 6 s for the longest, which makes the prefix
)

// fixture is a Windows computer with a reader: a wine prefix, a directory with the
// built files, the host and winscard.dll, and a card that may be inserted.
type fixture struct {
	wine     string
	programs string
	env      []string
	card     crosshost.Card
	reader   *vpcd.Reader
	off      string // while this file exists the service is stopped
}

var shared struct {
	prefix, programs string
	wine             string
	env              []string
	idle             io.Closer // the input of a program that waits
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.prefix != "" {
		leave()
	}
	os.Exit(code)
}

// leave ends wine's server, which is this prefix's alone, and removes all.
func leave() {
	if shared.idle != nil {
		_ = shared.idle.Close()
	}
	for _, server := range []string{"wineserver", "/usr/lib/wine/wineserver", "/usr/lib/wine/wineserver64"} {
		cmd := exec.Command(server, "-k")
		cmd.Env = shared.env
		if cmd.Run() == nil {
			break
		}
	}
	_ = os.RemoveAll(filepath.Dir(shared.prefix))
}

// findWine returns the loader for 64-bit programs, or skips the test.
func findWine(t *testing.T) string {
	t.Helper()
	return kit.Need(t, "wine64", "/usr/lib/wine/wine64", "wine64", "wine")
}

// built is a file of ./build.sh windows.
func built(t *testing.T, name string) string {
	t.Helper()
	kit.Need(t, "gcc-mingw-w64-x86-64", mingw)
	return crosshost.Built(t, "windows", name)
}

// newFixture makes a fixture; the prefix is made once.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	module := built(t, "tscns-pkcs11.dll")
	shared.wine = findWine(t)
	if shared.prefix == "" {
		makePrefix(t, filepath.Dir(module))
	}
	d := &fixture{wine: shared.wine, programs: shared.programs}
	d.card = crosshost.NewCard(t)
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	d.off = filepath.Join(t.TempDir(), "off")
	d.env = with(shared.env, "TSCNS_WINSCARD_PORT="+port, "TSCNS_WINSCARD_WAIT=5000", "TSCNS_WINSCARD_OFF="+d.off)
	d.reader = vpcd.New(address)
	t.Cleanup(d.reader.Close)
	return d
}

func makePrefix(t *testing.T, files string) {
	t.Helper()
	base, err := os.MkdirTemp("", "tscns-wine-")
	require.NoError(t, err)
	shared.prefix, shared.programs = filepath.Join(base, "prefix"), filepath.Join(base, "programs")
	require.NoError(t, os.Mkdir(shared.programs, 0o700))
	shared.env = crosshost.Environment("HOME="+base, "WINEPREFIX="+shared.prefix, "WINEDEBUG=-all", "WINEARCH=win64",
		"WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe=;winscard=n", "LC_ALL=C.UTF-8")
	// No desktop, no fonts, no devices: what is wanted of the prefix is its
	// system32 and its registry.
	out, code := (&fixture{wine: shared.wine, programs: base}).run(t, shared.env, "wineboot", "-i")
	require.Zero(t, code, out)
	// With a program that stays, wine does not start its own anew for each.
	idle := exec.Command(shared.wine, "cmd")
	idle.Env, idle.Dir = shared.env, base
	shared.idle, err = idle.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, idle.Start())
	go func() { _ = idle.Wait() }()
	system32 := filepath.Join(shared.prefix, "drive_c/windows/system32")
	for _, name := range []string{"tscns-pkcs11.dll", "tscns.exe"} {
		data, err := os.ReadFile(filepath.Join(files, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(shared.programs, name), data, 0o700))
	}
	crosshost.BuildHost(t, mingw, filepath.Join(shared.programs, "host.exe"))
	require.NoError(t, os.Remove(filepath.Join(system32, "winscard.dll"))) // wine's, where nothing works
	crosshost.Compile(t, mingw, filepath.Join(system32, "winscard.dll"), "-shared",
		"tests/windows/winscard/line.c", "tests/windows/winscard/service.c", "tests/windows/winscard/connection.c",
		"tests/windows/winscard/watch.c", "-lws2_32")
	if _, err := os.Stat(filepath.Join(system32, "bcryptprimitives.dll")); errors.Is(err, os.ErrNotExist) {
		crosshost.Compile(t, mingw, filepath.Join(system32, "bcryptprimitives.dll"), "-shared",
			"tests/windows/prng/bcryptprimitives.c", "-ladvapi32")
	}
}

// with is an environment with more in it; the last of a name counts.
func with(env []string, more ...string) []string { return append(slices.Clip(env), more...) }

func (d *fixture) path(name string) string { return filepath.Join(d.programs, name) }

// inWindows is a path as programs of Windows see it.
func inWindows(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

// run runs a program of Windows and returns its output and exit code.
func (d *fixture) run(t *testing.T, env []string, program string, args ...string) (out string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if strings.HasSuffix(program, ".exe") {
		program = d.path(program)
	}
	cmd := exec.CommandContext(ctx, d.wine, append([]string{program}, args...)...)
	cmd.Dir, cmd.Env = d.programs, env
	cmd.WaitDelay = time.Second
	text, err := cmd.CombinedOutput()
	if err != nil {
		require.NotEqual(t, -1, cmd.ProcessState.ExitCode(), "%s: %v", program, err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// freeAddress is a port of this computer that nobody has just now.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// wide is a text as resources hold it: UTF-16, ended by a zero.
func wide(s string) (b []byte) {
	for _, u := range append(utf16.Encode([]rune(s)), 0) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// key is a text with what fills its entry up to a multiple of four bytes; six
// stand before it.
func key(s string) []byte {
	b := wide(s)
	for (6+len(b))%4 != 0 {
		b = append(b, 0)
	}
	return b
}
