// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/packaging/windows/calais"
	"tscns/simcard"
	"tscns/tests/crosshost"
	"tscns/tests/kit"
)

// found is a line of tscns doctor --json.
type found struct{ Check, Code, State, Text, Cure string }

// doctor runs tscns doctor and returns its lines by check. What is wrong makes
// it end with exit code 1, what is well with 0.
func (d *fixture) doctor(t *testing.T) map[string]found {
	t.Helper()
	out, code := d.run(t, d.env, "tscns.exe", "doctor", "--json")
	var list []found
	require.NoError(t, json.Unmarshal([]byte(out), &list), out)
	lines := map[string]found{}
	failed := false
	for _, f := range list {
		lines[f.Check] = f
		failed = failed || f.State == "failure"
	}
	require.Equal(t, failed, code == crosshost.ExitNotGood, out)
	return lines
}

// registry has Windows' own program import a file of registry entries.
func (d *fixture) registry(t *testing.T, lines ...string) {
	t.Helper()
	file := d.path("import.reg")
	require.NoError(t, os.WriteFile(file, []byte("Windows Registry Editor Version 5.00\r\n\r\n"+strings.Join(lines, "\r\n")+"\r\n"), 0o600))
	out, code := d.run(t, d.env, "reg", "import", inWindows(file))
	require.Zero(t, code, out)
}

// entry is a driver of cards as a file of registry entries has it.
func entry(name, library string, c calais.Card) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	binary := func(b []byte) string { return "hex:" + strings.ReplaceAll(fmt.Sprintf("% x", b), " ", ",") }
	return strings.Join([]string{
		`[HKEY_LOCAL_MACHINE\` + calais.Key + `\` + name + `]`,
		`"` + calais.ValueDLL + `"="` + quoted.Replace(library) + `"`,
		`"` + calais.ValueATR + `"=` + binary(c.ATR),
		`"` + calais.ValueMask + `"=` + binary(c.Mask),
		`"` + calais.ValueCSP + `"="` + calais.CSP + `"`,
		`"` + calais.ValueKSP + `"="` + calais.KSP + `"`,
		``,
	}, "\r\n")
}

func entries(library string) (list []string) {
	for _, c := range calais.Cards() {
		list = append(list, entry(c.Name, library, c))
	}
	return list
}

// withMinidriver puts a library with the entry point of a minidriver beside the
// other files. What the test wrote into the registry is gone after it.
func (d *fixture) withMinidriver(t *testing.T) (library string) {
	t.Helper()
	crosshost.Compile(t, mingw, d.path(calais.DLL), "-shared", "tests/windows/entry/entry.c")
	t.Cleanup(func() {
		require.NoError(t, os.Remove(d.path(calais.DLL)))
		d.registry(t, `[-HKEY_LOCAL_MACHINE\`+calais.Key+`]`, `[-HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Mozilla]`)
	})
	return inWindows(d.path(calais.DLL))
}

// ok runs a program of Windows, which ends well.
func (d *fixture) ok(t *testing.T, program string, args ...string) (out string) {
	t.Helper()
	out, code := d.run(t, d.env, program, args...)
	require.Zero(t, code, "%s %v: %s", program, args, out)
	return out
}

// withStore makes the program that fills the person's store, and the file with
// the certificate of the card that is inserted.
func (d *fixture) withStore(t *testing.T) {
	t.Helper()
	crosshost.Compile(t, mingw, d.path("store.exe"), "-municode", "tests/windows/store/store.c", "-lcrypt32")
	block, _ := pem.Decode([]byte(d.ok(t, "tscns.exe", "cert", "export")))
	require.NotNil(t, block)
	require.NoError(t, os.WriteFile(d.path("card.der"), block.Bytes, 0o600))
}

// service is the key of the service Certificate Propagation, which wine lacks.
const service = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\CertPropSvc`

// TestDoctorKnowsWindows: what doctor finds in the registry, among the services
// and in the person's store, from a computer without anything to one where all
// is well, and with another maker's driver. A run of doctor takes long: each
// step changes one thing of each kind.
func TestDoctorKnowsWindows(t *testing.T) {
	d := newFixture(t)
	d.reader.Insert(d.card.Card)
	library := d.withMinidriver(t)
	d.withStore(t)
	t.Cleanup(func() {
		d.ok(t, "store.exe")
		d.registry(t, `[-`+service+`]`)
	})
	module := `"TS-CNS"="` + strings.ReplaceAll(inWindows(d.path("tscns-pkcs11.dll")), `\`, `\\`) + `"`
	policy := `[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Mozilla\Firefox\SecurityDevices\Add]`
	whole, err := os.ReadFile(d.path(calais.DLL))
	require.NoError(t, err)
	exchanged := func(old, with string) {
		t.Helper()
		require.Contains(t, string(whole), old)
		require.NoError(t, os.WriteFile(d.path(calais.DLL), bytes.ReplaceAll(whole, []byte(old), []byte(with)), 0o600))
	}
	start := func(kind string) string {
		return `[` + service + `]` + "\r\n" + `"Start"=dword:0000000` + kind + "\r\n"
	}
	card, ok := calais.Match(simcard.ATR(d.card.Card.Family()))
	require.True(t, ok)

	for _, step := range []struct {
		name   string
		change func()
		want   map[string]string // codes by check
	}{
		{"nothing", func() {}, map[string]string{"minidriver": "minidriver-not-registered", "card-driver": "check-not-done",
			"propagation": "propagation-missing", "store": "store-lacks-certificate", "firefox": "firefox-nothing"}},
		{"no file, a policy, a service that does not run", func() {
			d.registry(t, append(entries(inWindows(d.path("missing/"+calais.DLL))), policy, module+"\r\n", start("3"))...)
			d.ok(t, "store.exe", "card.der")
		}, map[string]string{"minidriver": "minidriver-unusable", "propagation": "propagation-stopped", "store": "store-without-key", "firefox": "firefox-twice"}},
		{"another processor, another driver first", func() {
			d.registry(t, append(entries(library), entry("A Maker", `C:\windows\system32\crypt32.dll`, card), start("4"))...)
			exchanged("PE\x00\x00\x64\x86", "PE\x00\x00\x4C\x01") // IMAGE_FILE_MACHINE_I386
			d.ok(t, "store.exe", "card.der", "Maker Provider", "x")
		}, map[string]string{"minidriver": "minidriver-unusable", "card-driver": "card-driver-other", "propagation": "propagation-disabled", "store": "store-other-provider"}},
		{"no entry point, another driver behind", func() {
			d.registry(t, `[-HKEY_LOCAL_MACHINE\`+calais.Key+`\A Maker]`, entry("Z Maker", `C:\windows\system32\crypt32.dll`, card),
				`[-HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Mozilla]`)
			exchanged("CardAcquireContext\x00", "CardAcquireNothing\x00")
			d.ok(t, "store.exe", "card.der", calais.CSP, "0a1b2c3d-0000-0000-0000-000000000000")
		}, map[string]string{"minidriver": "minidriver-does-not-load", "card-driver": "card-driver-ours", "store": "store-has-certificate", "firefox": "firefox-by-windows"}},
		{"whole; no card, another driver first", func() {
			exchanged("PE", "PE")
			d.registry(t, entry("A Maker", `C:\windows\system32\crypt32.dll`, card))
			d.reader.Remove()
		}, map[string]string{"minidriver": "minidriver-registered", "card-driver": "card-driver-other-first"}},
	} {
		step.change()
		lines := d.doctor(t)
		for check, code := range step.want {
			require.Equal(t, code, lines[check].Code, "%s: %v", step.name, lines[check])
		}
		if f := lines["card-driver"]; strings.HasPrefix(f.Code, "card-driver-other") {
			require.Contains(t, f.Text, "A Maker (crypt32.dll, of Microsoft Corporation)", "the maker stands in the library")
		}
	}
}

// TestRegister: tscns register refuses a library that others than administrators
// can change, as wine says of each file of a person. The tests of package
// register, without that question, write into the registry and take back, and
// leave it as it was.
func TestRegister(t *testing.T) {
	d := newFixture(t)
	library := d.withMinidriver(t)
	out, code := d.run(t, d.env, "tscns.exe", "register", "--yes")
	require.Equal(t, crosshost.ExitNotGood, code, out)
	require.Contains(t, out, library+": refused: ")
	require.Contains(t, out, `C:\Program Files\tscns`)

	cmd := exec.Command("go", "test", "-c", "-o", d.path("register.test.exe"), "./cmd/internal/register")
	cmd.Dir = kit.Top()
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	text, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", text)
	before := d.look(t, `HKLM\SOFTWARE`)
	out, code = d.run(t, d.env, "register.test.exe", "-test.v", "-test.run", "^TestWindows")
	require.Zero(t, code, out)
	require.Contains(t, out, "--- PASS: TestWindowsRegister")
	changed := d.look(t, `HKLM\SOFTWARE`).since(before)
	require.Empty(t, slices.DeleteFunc(changed, func(name string) bool { return !strings.Contains(name, `hklm\`) }))
}
