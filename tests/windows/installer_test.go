// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/packaging/windows/calais"
	"tscns/tests/crosshost"
	"tscns/tests/kit"
)

// release is a version of the product: the files and their installers, in one
// folder.
type release struct{ version, folder string }

// installedPrograms are the files of ./build.sh windows that an installer holds.
var installedPrograms = []string{"tscns-minidriver.dll", "tscns-pkcs11.dll", "tscns.exe"}

// standIn makes a release of files that say their version and are no programs,
// with installers in some languages. Two builds of one version differ.
func standIn(t *testing.T, version string, build int, languages ...string) release {
	t.Helper()
	needWixl(t)
	kit.Need(t, "gcc-mingw-w64-x86-64", mingw)
	windres := kit.Need(t, "binutils-mingw-w64-x86-64", "x86_64-w64-mingw32-windres")
	r := release{version, t.TempDir()}
	for _, name := range installedPrograms {
		resource := filepath.Join(t.TempDir(), "version.o")
		require.NoError(t, kit.Run(nil, windres, `-DVERSION_TEXT=\"`+version+`\"`, "-DVERSION_NUMBERS="+strings.ReplaceAll(version, ".", ",")+",0",
			`-DFILE_NAME=\"`+name+`\"`, `-DDESCRIPTION=\"`+"stand-in"+`\"`, "-DFILE_TYPE=VFT_DLL", "packaging/windows/version.rc", "-O", "coff", "-o", resource))
		crosshost.Compile(t, mingw, filepath.Join(r.folder, name), "-shared", fmt.Sprintf("-DBUILD=%d", build), "tests/windows/standin/standin.c", resource)
	}
	r.pack(t, nil, languages...)
	return r
}

// needWixl skips the test where no installer can be made.
func needWixl(t *testing.T) {
	t.Helper()
	kit.Need(t, "wixl", "wixl")
	kit.Need(t, "msitools", "msibuild")
}

// pack makes the installers.
func (r release) pack(t *testing.T, env []string, languages ...string) {
	t.Helper()
	require.NoError(t, kit.Run(env, append([]string{"packaging/windows/msi.sh", r.folder, r.version, r.folder}, languages...)...))
}

// installer is the path of an installer, as Windows sees it.
func (r release) installer(language string) string {
	return inWindows(r.file(language))
}

func (r release) file(language string) string {
	return filepath.Join(r.folder, "tscns-"+r.version+"-x64-"+language+".msi")
}

// installed is where the files of the driver go.
const installed = `C:\Program Files\tscns\`

// Keys that the installer writes to.
const (
	smartCards = `HKLM\` + calais.Key
	policy     = `HKLM\Software\Policies\Mozilla\Firefox\SecurityDevices\Add`
	listing    = `HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall`
)

// everything is what the installer must leave as it was. The keys for users are
// there since wine has no menu for all of them.
var everything = []string{`HKLM\Software`, `HKLM\System\CurrentControlSet\Services`, `HKCU\Software`}

// installFailed is how msiexec ends when nothing was installed: ERROR_INSTALL_FAILURE,
// 1603, of which wine hands on eight bits.
const installFailed = 1603 % 256

// TestInstaller has an administrator of Windows install the driver, repair it,
// replace it, turn the policy for Firefox on and off, be refused an older
// version, and remove all: what is there after each, and that nothing is left in
// the end.
func TestInstaller(t *testing.T) {
	d := newFixture(t)
	old, next, again := standIn(t, "0.1.0", 1, "en"), standIn(t, "0.2.0", 1, "it"), standIn(t, "0.2.0", 2, "en")
	// A new prefix says that it is Windows 7, which is refused.
	d.msiexec(t, installFailed, "/i", old.installer("en"))
	d.reg(t, "add", `HKCU\Software\Wine\AppDefaults\msiexec.exe`, "/v", "Version", "/d", "win10", "/f")
	before := d.look(t, everything...)

	d.msiexec(t, 0, "/i", old.installer("en"))
	d.checkInstalled(t, old, "en", before)
	require.Empty(t, d.look(t, policy).registry)

	// What was damaged comes back: a file that is gone, one that was written over, a
	// key.
	require.NoError(t, os.Remove(d.drive("tscns-pkcs11.dll")))
	require.NoError(t, os.WriteFile(d.drive("tscns-minidriver.dll"), []byte("x"), 0o600))
	d.reg(t, "delete", smartCards+`\TS-CNS tscns 25`, "/f")
	d.msiexec(t, 0, "/i", old.installer("en"), "REINSTALL=ALL", "REINSTALLMODE=amus") // what /fa is short for, which wine does not know
	d.checkInstalled(t, old, "en", before)

	// A newer version, in the other language and with Firefox, which is taken away
	// again; then another build of that version.
	d.msiexec(t, 0, "/i", next.installer("it"), "ADDLOCAL=Driver,Firefox")
	d.checkInstalled(t, next, "it", before)
	firefox := map[string]string{`"TS-CNS"`: exportedText(installed + "tscns-pkcs11.dll")}
	require.Equal(t, firefox, d.look(t, policy).registry[registryKey(policy)])
	d.msiexec(t, 0, "/i", next.installer("it"), "REMOVE=Firefox")
	require.Empty(t, d.look(t, policy).registry)
	d.msiexec(t, installFailed, "/i", old.installer("en"))
	d.checkInstalled(t, next, "it", before)
	d.msiexec(t, 0, "/i", again.installer("en"), "ADDLOCAL=ALL")
	d.checkInstalled(t, again, "en", before)
	require.Equal(t, firefox, d.look(t, policy).registry[registryKey(policy)])

	d.msiexec(t, 0, "/x", again.installer("en"))
	require.Empty(t, d.look(t, everything...).since(before))
}

// msiexec runs Windows Installer without a window.
func (d *fixture) msiexec(t *testing.T, want int, args ...string) {
	t.Helper()
	out, code := d.run(t, shared.env, "msiexec", append(args, "/qn")...)
	require.Equal(t, want, code, "msiexec %s: %s", args, out)
}

func (d *fixture) reg(t *testing.T, args ...string) {
	t.Helper()
	out, code := d.run(t, shared.env, "reg", args...)
	require.Zero(t, code, "reg %s: %s", args, out)
}

// drive is the path of an installed file on this computer.
func (d *fixture) drive(name string) string {
	return filepath.Join(shared.prefix, "drive_c/Program Files/tscns", name)
}

// machineState is what there is of files and of the registry.
type machineState struct {
	files    map[string]int64 // sizes
	registry map[string]map[string]string
}

// look reads the state of the computer: all files, and the registry below some
// keys. A key that is not there is left out.
func (d *fixture) look(t *testing.T, roots ...string) machineState {
	t.Helper()
	s := machineState{files: map[string]int64{}, registry: map[string]map[string]string{}}
	root := filepath.Join(shared.prefix, "drive_c")
	require.NoError(t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		name, _ := filepath.Rel(root, path)
		s.files[name] = 0
		if err == nil && info.Mode().IsRegular() {
			s.files[name] = info.Size()
		}
		return err
	}))
	for _, key := range roots {
		if out, code := d.run(t, shared.env, "reg", "export", key, "exported.reg", "/y"); code != 0 {
			require.Contains(t, out, "nable to find")
			continue
		}
		data, err := os.ReadFile(d.path("exported.reg"))
		require.NoError(t, err)
		s.add(fromWide(data))
	}
	return s
}

// add reads an export of the registry: keys in brackets, each with its values.
func (s machineState) add(text string) {
	text = strings.NewReplacer("\\\r\n  ", "", "\r", "").Replace(text)
	var values map[string]string
	for _, line := range strings.Split(text, "\n") {
		if key, ok := strings.CutPrefix(line, "["); ok {
			values = map[string]string{}
			s.registry[registryKey(strings.TrimSuffix(key, "]"))] = values
		} else if name, value, ok := strings.Cut(line, "="); ok && values != nil {
			values[name] = value
		}
	}
}

// since lists what is not as it was. Windows Installer has a folder and keys of
// its own, which stay empty; wine lists network cards when it likes.
func (s machineState) since(before machineState) (changed []string) {
	for name, size := range s.files {
		if was, ok := before.files[name]; (!ok || was != size) && name != "windows/Installer" {
			changed = append(changed, name)
		}
	}
	for name := range before.files {
		if _, ok := s.files[name]; !ok {
			changed = append(changed, "gone: "+name)
		}
	}
	for key, values := range s.registry {
		if strings.Contains(key, "networkcards") {
			continue
		}
		was, ok := before.registry[key]
		if !ok && (len(values) > 0 || !strings.Contains(key, `\installer`)) {
			changed = append(changed, key)
		}
		for name, value := range values {
			if was[name] != value {
				changed = append(changed, key+" "+name)
			}
		}
	}
	for key, values := range before.registry {
		for name := range values {
			if _, ok := s.registry[key][name]; !ok {
				changed = append(changed, "gone: "+key+" "+name)
			}
		}
	}
	slices.Sort(changed)
	return changed
}

// shortcuts are the entries in the start menu, by language.
var shortcuts = map[string]string{"en": "TS-CNS card.lnk", "it": "Tessera TS-CNS.lnk"}

// productNames are how the list of installed programs calls the product.
var productNames = map[string]string{"en": "tscns - TS-CNS health card", "it": "tscns - Tessera sanitaria TS-CNS"}

// checkInstalled requires that one release is there and no other.
func (d *fixture) checkInstalled(t *testing.T, r release, language string, before machineState) {
	t.Helper()
	now := d.look(t, smartCards, listing)
	var files, links []string
	for name := range now.files {
		if _, old := before.files[name]; old {
			continue
		}
		if dir, name := filepath.Split(name); dir == "Program Files/tscns/" {
			files = append(files, name)
		} else if strings.HasSuffix(name, ".lnk") {
			links = append(links, name)
		}
	}
	slices.Sort(files)
	require.Equal(t, []string{"LICENSE.txt", "NOTICES.txt", "tscns-minidriver.dll", "tscns-pkcs11.dll", "tscns.exe"}, files)
	require.Equal(t, []string{shortcuts[language]}, links)
	for _, name := range installedPrograms {
		want, err := os.ReadFile(filepath.Join(r.folder, name))
		require.NoError(t, err)
		got, err := os.ReadFile(d.drive(name))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got), "%s is not that of %s", name, r.version)
	}
	for _, c := range calais.Cards() {
		values := now.registry[registryKey(smartCards+`\`+c.Name)]
		require.Len(t, values, 9, c.Name)
		assert.Equal(t, exportedText(installed+calais.DLL), values[exportedText(calais.ValueDLL)])
		assert.Equal(t, exportedBytes(c.ATR), values[exportedText(calais.ValueATR)])
		assert.Equal(t, exportedBytes(c.Mask), values[exportedText(calais.ValueMask)])
		assert.Equal(t, exportedText(calais.CSP), values[exportedText(calais.ValueCSP)])
		assert.Equal(t, exportedText(calais.KSP), values[exportedText(calais.ValueKSP)])
		assert.Contains(t, values[`"80000100"`], ";en-US,PIN of the TS-CNS card")
	}
	var listed []string
	for _, values := range now.registry {
		if strings.Contains(values[`"DisplayName"`], "tscns") {
			listed = append(listed, values[`"DisplayName"`]+" "+values[`"DisplayVersion"`])
		}
	}
	require.Equal(t, []string{exportedText(productNames[language]) + " " + exportedText(r.version)}, listed)
}

// registryKey is a key as the state has it: Windows does not tell capitals apart.
func registryKey(key string) string {
	return strings.ToLower(strings.NewReplacer("HKEY_LOCAL_MACHINE", "HKLM", "HKEY_CURRENT_USER", "HKCU").Replace(key))
}

// exportedText is a text as an export of the registry has it.
func exportedText(text string) string { return `"` + strings.ReplaceAll(text, `\`, `\\`) + `"` }

// exportedBytes is a value of bytes as an export has it.
func exportedBytes(b []byte) string {
	parts := make([]string, 0, len(b))
	for _, c := range b {
		parts = append(parts, fmt.Sprintf("%02x", c))
	}
	return "hex:" + strings.Join(parts, ",")
}

// fromWide decodes a file of UTF-16.
func fromWide(data []byte) string {
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i+1 < len(data); i += 2 {
		units = append(units, uint16(data[i])|uint16(data[i+1])<<8)
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\uFEFF")
}
