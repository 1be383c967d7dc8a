// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"bytes"
	"debug/pe"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/conformance"
	"tscns/tests/crosshost"
	"tscns/tests/kit"
)

// TestModule has the DLL do everything that a browser wants of it: listed,
// logged in to, signed with, its card pulled out and put back, its only reader
// unplugged, with which Windows stops the service, and plugged in, unloaded.
func TestModule(t *testing.T) {
	d := newFixture(t)
	d.reader.Insert(d.card.Card)
	host := crosshost.Host{
		Command: []string{d.wine, d.path("host.exe"), "tscns-pkcs11.dll"}, Dir: d.programs, Env: d.env,
		Faults: map[string]func(){
			"pull":     d.reader.Remove,
			"put back": func() { d.reader.Insert(d.card.Card) },
			"stop":     func() { require.NoError(t, os.WriteFile(d.off, nil, 0o600)) },
			"start":    func() { require.NoError(t, os.Remove(d.off)) },
		},
	}
	printed := host.Run(t)
	require.Equal(t, []string{"Wine Test Reader 0"}, printed.All("slot"))
	printed.Check(t, d.card, true)
	d.card.CheckPINs(t, true)
}

// TestExitAfterLogin: Windows ends the threads of a program before it tells its
// libraries, which then must not wait for one.
func TestExitAfterLogin(t *testing.T) {
	d := newFixture(t)
	d.reader.Insert(d.card.Card)
	var best time.Duration
	for range 3 { // the fastest: other programs run beside this one
		printed := crosshost.Host{Command: []string{d.wine, d.path("host.exe"), "tscns-pkcs11.dll"}, Dir: d.programs, Env: d.env,
			Leave: func(took time.Duration) {
				if best == 0 || took < best {
					best = took
				}
			},
		}.Run(t)
		require.Equal(t, "leaving", printed[len(printed)-1])
	}
	t.Logf("ended %v after its last words", best.Round(time.Millisecond))
	require.Less(t, best, 800*time.Millisecond)
}

// TestCallsAtTheVeryEnd: a library of the host calls the module when Windows
// takes the process down, while threads of the host were in the module. Every
// call is refused and none hangs.
func TestCallsAtTheVeryEnd(t *testing.T) {
	d := newFixture(t)
	crosshost.Compile(t, mingw, d.path("late.dll"), "-shared", "tests/windows/late/late.c")
	crosshost.Compile(t, mingw, d.path("latehost.exe"), "tests/windows/late/host.c")
	for range 5 {
		out, code := d.run(t, with(d.env, "TSCNS_WINSCARD_WAIT=0"), "latehost.exe")
		require.Zero(t, code, out)
		// CKR_CRYPTOKI_NOT_INITIALIZED, and CKR_FUNCTION_FAILED of C_Initialize.
		require.Equal(t, []string{"leaving", "late 190 190 190 6"}, strings.FieldsFunc(out, func(r rune) bool { return r == '\r' || r == '\n' }))
	}
}

// TestReaderLayer runs the tests of package pcsc, one of which needs a reader.
func TestReaderLayer(t *testing.T) {
	d := newFixture(t)
	d.reader.Insert(d.card.Card)
	cmd := exec.Command("go", "test", "-c", "-o", d.path("pcsc.test.exe"), "./cardos/pcsc")
	cmd.Dir = kit.Top()
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", text)
	out, code := d.run(t, d.env, "pcsc.test.exe", "-test.v")
	require.Zero(t, code, out)
	require.Contains(t, out, "--- PASS: TestNamesOutliveTheCall")
}

// TestCommand has tscns.exe tell of the card, of an empty reader, and of a
// system without the smart card service.
func TestCommand(t *testing.T) {
	d := newFixture(t)
	status := func(env []string, want int) crosshost.Status {
		t.Helper()
		out, code := d.run(t, env, "tscns.exe", "status", "--json")
		require.Equal(t, want, code, out)
		return crosshost.ReadStatus(t, out)
	}
	d.reader.Insert(d.card.Card)
	s := status(d.env, 0)
	require.True(t, s.Service)
	require.Len(t, s.Readers, 1)
	require.Equal(t, "Wine Test Reader 0", s.Readers[0].Name)
	require.Equal(t, "B2", s.Readers[0].Card.Family)
	d.reader.Remove()
	s = status(with(d.env, "TSCNS_WINSCARD_WAIT=0"), crosshost.ExitNotGood)
	require.True(t, s.Service)
	require.Len(t, s.Readers, 1)
	require.Nil(t, s.Readers[0].Card)
	s = status(with(d.env, "TSCNS_WINSCARD_PORT="), crosshost.ExitNotGood)
	require.False(t, s.Service)
	tries, _ := d.card.Tries()
	require.Equal(t, 3, tries)
}

// TestAnotherClient loads the DLL as doctor does, in a process of its own and
// through miekg/pkcs11, whose packed structures are not of our making.
func TestAnotherClient(t *testing.T) {
	d := newFixture(t)
	d.reader.Insert(d.card.Card)
	out, code := d.run(t, d.env, "tscns.exe", "doctor-load-library", inWindows(d.path("tscns-pkcs11.dll")))
	require.Zero(t, code, out)
	var found struct {
		Description                 string
		Slots, Tokens, Certificates int
		Error                       string
	}
	require.NoError(t, json.Unmarshal([]byte(out), &found), out)
	require.Empty(t, found.Error)
	require.Equal(t, "tscns: TS-CNS health card", found.Description)
	require.Equal(t, []int{2, 1, 1}, []int{found.Slots, found.Tokens, found.Certificates}, "a reader has two slots")
	tries, _ := d.card.Tries()
	require.Equal(t, 3, tries)
}

// TestPlantedLibrary: a winscard.dll beside tscns.exe, as in a downloads folder,
// is left alone. That it would do something shows with a program that takes it.
func TestPlantedLibrary(t *testing.T) {
	d := newFixture(t)
	d.reader.Insert(d.card.Card)
	planted := d.path("winscard.dll")
	crosshost.Compile(t, mingw, planted, "-shared", "tests/windows/planted/planted.c")
	defer func() { require.NoError(t, os.Remove(planted)) }()
	_, code := d.run(t, d.env, "host.exe", "tscns-pkcs11.dll", crosshost.PIN, crosshost.WrongPIN)
	require.Equal(t, 77, code)
	out, code := d.run(t, d.env, "tscns.exe", "status", "--json")
	require.Zero(t, code, out)
	require.Len(t, crosshost.ReadStatus(t, out).Readers, 1)
}

// TestCommandKnowsWindows: what it says to do can be done there, and nothing is
// written that no program of Windows reads.
func TestCommandKnowsWindows(t *testing.T) {
	d := newFixture(t)
	none := with(d.env, "TSCNS_WINSCARD_PORT=", "LC_ALL=it_IT.UTF-8")
	for _, c := range []struct{ command, says string }{
		{"status", "Windows avvia allora il servizio"},
		{"doctor", "net start SCardSvr"},
		{"card", "il servizio smart card non è in esecuzione"},
	} {
		out, code := d.run(t, none, "tscns.exe", c.command)
		require.Equal(t, crosshost.ExitNotGood, code, out)
		require.Contains(t, out, c.says)
		require.NotContains(t, out, "systemctl")
		require.NotContains(t, out, "pcscd")
	}
	// Windows has a language and no locale variables.
	out, _ := d.run(t, none, "cmd", "/c", `set LC_ALL=&& set LANG=&& .\tscns.exe status`)
	require.Contains(t, out, "Windows avvia allora il servizio")
	written, err := filepath.Glob(filepath.Join(shared.prefix, "drive_c/users/*/.config"))
	require.NoError(t, err)
	require.Empty(t, written)
}

// files are what ./build.sh windows makes for people.
var files = []string{"tscns-pkcs11.dll", "tscns-minidriver.dll", "tscns.exe"}

// TestVet has go vet look at the sources as Windows builds them, C included.
func TestVet(t *testing.T) {
	kit.Need(t, "gcc-mingw-w64-x86-64", mingw)
	cmd := exec.Command("go", "vet", "./module/...", "./cardos/...", "./cmd/tscns", "./cmd/internal/...", "./pkcs11export/...", "./minidriver/...")
	cmd.Dir = kit.Top()
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=1", "CC="+mingw)
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", text)
}

// TestExports: the functions of the standard and the one of a minidriver, and
// nothing of Go's.
func TestExports(t *testing.T) {
	objdump := kit.Need(t, "binutils-mingw-w64-x86-64", "x86_64-w64-mingw32-objdump")
	for name, want := range map[string][]string{"tscns-pkcs11.dll": conformance.Names(), "tscns-minidriver.dll": {"CardAcquireContext"}} {
		out, err := exec.Command(objdump, "-p", built(t, name)).Output()
		require.NoError(t, err)
		_, table, found := strings.Cut(string(out), "[Ordinal/Name Pointer] Table\n")
		require.True(t, found)
		table, _, _ = strings.Cut(table, "\n\n")
		var names []string
		for _, line := range strings.Split(table, "\n") {
			_, name, ok := strings.Cut(line, "] ")
			require.True(t, ok, line)
			names = append(names, name)
		}
		require.Equal(t, want, names, name)
	}
}

// TestImports: what every Windows has; winscard.dll is asked for by name.
func TestImports(t *testing.T) {
	objdump := kit.Need(t, "binutils-mingw-w64-x86-64", "x86_64-w64-mingw32-objdump")
	for _, name := range files {
		out, err := exec.Command(objdump, "-p", built(t, name)).Output()
		require.NoError(t, err)
		for _, line := range strings.Split(string(out), "\n") {
			if _, dll, ok := strings.Cut(line, "DLL Name: "); ok {
				require.Contains(t, []string{"KERNEL32.dll", "msvcrt.dll"}, dll, name)
			}
		}
	}
}

// TestHardening: addresses that the system chooses out of 64 bits, and no data
// that are executed.
func TestHardening(t *testing.T) {
	for _, name := range files {
		f, err := pe.Open(built(t, name))
		require.NoError(t, err)
		header, ok := f.OptionalHeader.(*pe.OptionalHeader64)
		require.True(t, ok, name)
		const want = pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE | pe.IMAGE_DLLCHARACTERISTICS_NX_COMPAT | pe.IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA
		require.EqualValues(t, want, header.DllCharacteristics&want, "%s: %x", name, header.DllCharacteristics)
		require.NotZero(t, header.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_BASERELOC].Size, "%s: can be moved", name)
		for _, s := range f.Sections {
			require.False(t, s.Characteristics&pe.IMAGE_SCN_MEM_WRITE != 0 && s.Characteristics&pe.IMAGE_SCN_MEM_EXECUTE != 0, "%s %s", name, s.Name)
		}
		require.NoError(t, f.Close())
	}
}

// TestVersionResource looks at what Windows shows of the files.
func TestVersionResource(t *testing.T) {
	changelog, err := os.ReadFile(filepath.Join(kit.Top(), "CHANGELOG.md"))
	require.NoError(t, err)
	_, version, _ := strings.Cut(string(changelog), "\n## [")
	version, _, _ = strings.Cut(version, "]")
	for _, name := range files {
		file, err := os.ReadFile(built(t, name))
		require.NoError(t, err)
		for field, value := range map[string]string{"ProductVersion": version, "OriginalFilename": name} {
			require.True(t, bytes.Contains(file, append(key(field), wide(value)...)), "%s: %s %s", name, field, value)
		}
	}
}
