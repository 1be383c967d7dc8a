// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/doctor"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/register"
	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/simreader"
)

// set is one computer for doctor: a home, a system and readers.
type set struct {
	t    *testing.T
	s    *simreader.Service
	home string
	root string
	args []string
	env  map[string]string

	roots *x509.CertPool // that this computer trusts
}

// healthy is a computer on which nothing is wrong but what a test breaks.
func healthy(t *testing.T, family simcard.Family, change func(*simcard.Options)) *set {
	t.Helper()
	x := &set{t: t, home: t.TempDir(), root: t.TempDir(), env: map[string]string{}}
	x.s, _, _ = reader(t, family, change)
	x.file("/usr/sbin/pcscd", "")
	x.file("/proc/modules", "usbhid 65536 0 - Live 0x0\n")
	x.profile("library=" + module(t) + "\nname=TS-CNS\n\n")
	x.args = []string{"--module", module(t), "--root", x.root}
	return x
}

func (x *set) file(path, text string) {
	x.t.Helper()
	path = filepath.Join(x.root, path)
	require.NoError(x.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(x.t, os.WriteFile(path, []byte(text), 0o600))
}

// profile makes a profile of Firefox with these modules.
func (x *set) profile(modules string) {
	x.t.Helper()
	dir := filepath.Join(x.home, ".mozilla/firefox/a.default")
	require.NoError(x.t, os.MkdirAll(dir, 0o700))
	require.NoError(x.t, os.WriteFile(filepath.Join(dir, "../profiles.ini"), []byte("[Profile0]\nPath=a.default\n"), 0o600))
	require.NoError(x.t, os.WriteFile(filepath.Join(dir, "pkcs11.txt"), []byte("library=\nname=NSS Internal PKCS #11 Module\n\n"+modules), 0o600))
}

func (x *set) run(l message.Language, args ...string) (int, string) {
	x.t.Helper()
	r := newRun(l, x.s)
	r.env["HOME"], r.roots = x.home, x.roots
	for k, v := range x.env {
		r.env[k] = v
	}
	code := r.run(append(append([]string{"doctor"}, x.args...), args...))
	assert.Empty(x.t, r.errors())
	return code, r.text()
}

var library = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("TSCNS_MODULE"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "tscns-doctor")
	if err != nil {
		return "", err
	}
	libraryDir = dir
	path := filepath.Join(dir, register.LibraryFile())
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-o", path, "./pkcs11export")
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

var libraryDir string // removed by TestMain

// module is the built library: TSCNS_MODULE, or one built for these tests.
func module(t *testing.T) string {
	t.Helper()
	path, err := library()
	require.NoError(t, err)
	return path
}

// turnsAway is a service that runs and ends every connection at once, as pcscd
// does with a client that polkit refuses.
func turnsAway(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sock") // a short path
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	return path
}

// library puts another file in the library's place.
func (x *set) library(content string) *set {
	x.t.Helper()
	path := filepath.Join(x.t.TempDir(), filepath.Base(x.args[1]))
	require.NoError(x.t, os.WriteFile(path, []byte(content), 0o700))
	x.args[1] = path
	return x
}

// findings runs doctor and returns its lines by check.
func (x *set) findings(l message.Language) (code int, byCheck map[string][]map[string]string) {
	x.t.Helper()
	code, out := x.run(l, "--json")
	var list []map[string]string
	require.NoError(x.t, json.Unmarshal([]byte(out), &list), out)
	byCheck = map[string][]map[string]string{}
	for _, f := range list {
		byCheck[f["check"]] = append(byCheck[f["check"]], f)
	}
	return code, byCheck
}

func TestDoctorOfAHealthyComputer(t *testing.T) {
	for _, f := range []simcard.Family{simcard.FamilyB2, simcard.FamilyC, simcard.FamilyE, simcard.FamilyT} {
		x := healthy(t, f, nil)
		for l, want := range []string{"Nothing is wrong", "non c'è niente che non vada"} {
			code, out := x.run(message.Language(l))
			assert.Equal(t, exit.OK, code, out)
			assert.Contains(t, out, want)
			assert.NotContains(t, out, "✗")
			assert.NotContains(t, out, "!", out)
			_, found := x.findings(message.Language(l))
			for _, name := range doctor.Names() {
				assert.NotEmpty(t, found[name], "a line for each check: %s", name)
			}
		}
	}
}

func TestDoctorOfBrokenSetups(t *testing.T) {
	check := func(t *testing.T, x *set, name, state string, line, cure [2]string) {
		for l := range 2 {
			code, found := x.findings(message.Language(l))
			want := map[string]int{"failure": exit.NotGood, "warning": exit.OK}[state]
			assert.Equal(t, want, code)
			require.NotEmpty(t, found[name])
			hit := false
			for _, f := range found[name] {
				if f["state"] == state && strings.Contains(f["text"], line[l]) {
					hit = true
					assert.Contains(t, f["cure"], cure[l])
				}
			}
			assert.True(t, hit, "%s: %v", line[l], found[name])
			for other, list := range found {
				for _, f := range list {
					if other != name && f["state"] == state {
						// One cause, one line: only what rests on the first may follow.
						assert.Contains(t, []string{"reader", "pcscd-running", "card"}, other, "%v", f)
					}
					if f["state"] == "failure" || f["state"] == "warning" {
						assert.NotEmpty(t, f["cure"], "a next step: %v", f)
					}
				}
			}
			_, out := x.run(message.Language(l))
			assert.Contains(t, out, line[l])
			assert.Contains(t, out, "    → ")
		}
	}
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) { check(t, b.make(t), b.check, "failure", b.line, b.cure) })
	}
	for _, b := range warned {
		t.Run(b.name, func(t *testing.T) { check(t, b.make(t), b.check, "warning", b.line, b.cure) })
	}
}

// No check sends a PIN or costs a try, on any family, whatever its state.
func TestDoctorSendsNoPIN(t *testing.T) {
	for _, f := range simcard.Families() {
		for used := range 4 {
			x := healthy(t, f, nil)
			s, c, _ := reader(t, f, func(o *simcard.Options) { o.PINTriesUsed = used })
			x.s = s
			before, _ := c.Tries()
			_, _ = x.run(message.English)
			_, _ = x.run(message.English, "--report")
			after, _ := c.Tries()
			assert.Equal(t, before, after, "%s", f)
			with, without := pinCommands(c)
			assert.Zero(t, with, "%s", f)
			if f != simcard.FamilyT {
				assert.Zero(t, without, "%s", f)
			}
		}
	}
}

// The report has nothing of the holder, the card's number, the certificate's
// subject and serial number, the home and a reader's serial number.
func TestDoctorReportHasNoPersonalData(t *testing.T) {
	for _, f := range simcard.Families() {
		if f == simcard.FamilyForeign {
			continue
		}
		t.Run(string(f), func(t *testing.T) {
			x := healthy(t, f, nil)
			s, _, o := reader(t, f, cardtest.Distinct(t))
			s.AddReader("Maker Model [CCID Interface] (21121605412345) 00 00")
			x.s = s
			x.file("/etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n")
			_, out := x.run(message.Italian, "--report")
			assert.Contains(t, out, "read without trouble")
			assert.Contains(t, out, "letta senza problemi", "both languages")
			assert.Contains(t, out, "bookworm")
			assert.Contains(t, out, "Maker Model [CCID Interface] (…) 00 00")
			assert.NotContains(t, out, x.home)
			assert.Contains(t, out, "~/.mozilla")
			for what, value := range cardtest.Personal(t, o) {
				if len(value) >= 3 {
					assert.NotContains(t, strings.ToUpper(out), strings.ToUpper(value), what)
				}
			}
			c, err := x509.ParseCertificate(o.Authentication.Certificate)
			require.NoError(t, err)
			assert.NotContains(t, out, c.SerialNumber.String())
			assert.NotContains(t, strings.ToLower(out), fmt.Sprintf("%x", c.SerialNumber))
		})
	}
}

// The library is loaded as a browser does, in a process of its own: the real
// one answers, one that crashes or is none does not take the command along.
func TestLoadingTheLibrary(t *testing.T) {
	l, err := loadLibrary(module(t))
	require.NoError(t, err)
	assert.NotZero(t, l.Slots)
	assert.NotEmpty(t, l.Description)
	assert.Positive(t, l.Time)
	for name, code := range map[string]string{
		"no PKCS#11":   "int x;",
		"crashes":      "__attribute__((constructor)) static void f(void) { *(volatile int *)0 = 1; }",
		"ends at once": "#include <unistd.h>\n__attribute__((constructor)) static void f(void) { _exit(0); }",
	} {
		cc, err := exec.LookPath("cc")
		if err != nil {
			t.Skip("SKIPPED: cc not installed (package gcc)")
		}
		path := filepath.Join(t.TempDir(), "tscns-pkcs11.so")
		cmd := exec.Command(cc, "-shared", "-fPIC", "-x", "c", "-o", path, "-")
		cmd.Stdin = strings.NewReader(code)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		_, err = loadLibrary(path)
		require.Error(t, err, name)
	}
}
