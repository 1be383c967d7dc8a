// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"bytes"
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/packaging/windows/calais"
	"tscns/tests/kit"
)

// installerDatabase is an installer as msiinfo shows it.
type installerDatabase struct {
	t    *testing.T
	file string
}

func (d installerDatabase) msiinfo(args ...string) string {
	d.t.Helper()
	args = slices.Insert(args, 1, d.file)
	out, err := exec.Command(kit.Need(d.t, "msitools", "msiinfo"), args...).Output()
	require.NoError(d.t, err, "%s", args)
	return strings.ReplaceAll(string(out), "\r\n", "\n")
}

// table returns the rows of a table, each by the names of its columns. None has
// a byte that is not ASCII.
func (d installerDatabase) table(name string) (rows []map[string]string) {
	d.t.Helper()
	lines := strings.Split(strings.TrimSuffix(d.msiinfo("export", name), "\n"), "\n")
	require.GreaterOrEqual(d.t, len(lines), 3, "%s: columns, types, keys", name)
	columns := strings.Split(lines[0], "\t")
	for _, line := range lines[3:] {
		assert.NotRegexp(d.t, `[^ -~\t]`, line, "%s: ASCII", name)
		row := map[string]string{}
		for i, field := range strings.Split(line, "\t") {
			row[columns[i]] = field
		}
		rows = append(rows, row)
	}
	return rows
}

// by returns the rows of a table by what stands in its first column.
func (d installerDatabase) by(name, column string) map[string]map[string]string {
	rows := map[string]map[string]string{}
	for _, row := range d.table(name) {
		rows[row[column]] = row
	}
	return rows
}

// TestInstallerDatabase reads the tables of the installers, as a checker of
// packages does: what wixl leaves out without a word or writes in its own way is
// there as Windows wants it. The files inside are those beside it.
func TestInstallerDatabase(t *testing.T) {
	needWixl(t)
	r := release{currentVersion(t), filepath.Dir(built(t, "tscns.exe"))}
	codes := map[string]string{}
	for language, lcid := range map[string]string{"en": "1033", "it": "1040"} {
		d := installerDatabase{t, r.file(language)}
		d.checkSummary(lcid)
		d.checkProduct(r.version, lcid, productNames[language])
		d.checkFiles(r.version)
		d.checkComponents()
		d.checkRegistry()
		d.checkSequence()
		d.checkIdentifiers()
		codes[d.by("Property", "Property")["ProductCode"]["Value"]] = language
	}
	require.Len(t, codes, 2, "one language replaces the other as another product")
	for _, file := range r.unpacked(t, "it") {
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		want, err := os.ReadFile(filepath.Join(r.folder, filepath.Base(file)))
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got), file)
	}
}

// currentVersion is the version of what is built.
func currentVersion(t *testing.T) string {
	t.Helper()
	changelog, err := os.ReadFile(filepath.Join(kit.Top(), "CHANGELOG.md"))
	require.NoError(t, err)
	_, version, _ := strings.Cut(string(changelog), "\n## [")
	version, _, _ = strings.Cut(version, "]")
	return version
}

// unpacked returns the paths of the programs that are in an installer.
func (r release) unpacked(t *testing.T, language string) (files []string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, kit.Run(nil, kit.Need(t, "msitools", "msiextract"), "-C", dir, r.file(language)))
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if slices.Contains(installedPrograms, filepath.Base(path)) {
			files = append(files, path)
		}
		return err
	}))
	require.Len(t, files, len(installedPrograms))
	return files
}

var guidText = regexp.MustCompile(`^\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}$`)

// The platform and the language of the package are in its summary alone; wixl
// writes 1033 always.
func (d installerDatabase) checkSummary(lcid string) {
	summary := d.msiinfo("suminfo")
	for _, line := range []string{"Template: x64;" + lcid, "Author: tscns developers", "Version: 500 (1f4)", "Source: 2 (2)", "Security: 2 (2)"} {
		assert.Contains(d.t, summary, line+"\n")
	}
	_, id, _ := strings.Cut(summary, "Revision number (UUID): ")
	id, _, _ = strings.Cut(id, "\n")
	assert.Regexp(d.t, guidText, id)
}

func (d installerDatabase) checkProduct(version, lcid, name string) {
	properties := map[string]string{}
	for property, row := range d.by("Property", "Property") {
		properties[property] = row["Value"]
	}
	assert.Regexp(d.t, guidText, properties["ProductCode"])
	delete(properties, "ProductCode")
	delete(properties, "ARPCOMMENTS")
	const upgrade = "{6E4A3C57-0C0D-4E0B-9A1B-5B8D3C2F7A10}" // of every release
	assert.Equal(d.t, map[string]string{
		"ProductName": name, "ProductVersion": version, "ProductLanguage": lcid, "Manufacturer": "tscns developers", "UpgradeCode": upgrade,
		"ALLUSERS": "1", "ARPNOMODIFY": "1", "MSIRESTARTMANAGERCONTROL": "DisableShutdown",
		"SecureCustomProperties": "WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED",
	}, properties)

	// What is older or the same is replaced, its features taken over (1 and 512);
	// what is newer is only found (2), and ends it.
	related := d.by("Upgrade", "ActionProperty")
	require.Len(d.t, related, 2)
	assert.Equal(d.t, map[string]string{"UpgradeCode": upgrade, "VersionMin": "", "VersionMax": version, "Language": "", "Attributes": "513",
		"Remove": "", "ActionProperty": "WIX_UPGRADE_DETECTED"}, related["WIX_UPGRADE_DETECTED"])
	assert.Equal(d.t, map[string]string{"UpgradeCode": upgrade, "VersionMin": version, "VersionMax": "", "Language": "", "Attributes": "2",
		"Remove": "", "ActionProperty": "WIX_DOWNGRADE_DETECTED"}, related["WIX_DOWNGRADE_DETECTED"])
	conditions := d.by("LaunchCondition", "Condition")
	require.Len(d.t, conditions, 2)
	assert.Contains(d.t, conditions, "NOT WIX_DOWNGRADE_DETECTED")
	assert.Contains(d.t, conditions, "Installed OR VersionNT >= 603")
}

// shortName is the name of a file of eight characters and three, with which a
// longer one has to begin.
var shortName = regexp.MustCompile(`^[A-Za-z0-9_]{1,8}(\.[A-Za-z0-9]{1,3})?(\|[A-Za-z0-9._ -]+)?$`)

// A program without a version in the table is not replaced by Windows Installer
// where the old one has a version, and a file with one has no hash.
func (d installerDatabase) checkFiles(version string) {
	hashes := d.by("MsiFileHash", "File_")
	var files []string
	for _, f := range d.table("File") {
		assert.Regexp(d.t, shortName, f["FileName"])
		_, name, long := strings.Cut(f["FileName"], "|")
		if !long {
			name = f["FileName"]
		}
		files = append(files, name)
		if slices.Contains(installedPrograms, name) {
			assert.Equal(d.t, version+".0", f["Version"], name)
			assert.Equal(d.t, "1033", f["Language"], name)
			assert.NotContains(d.t, hashes, f["File"])
		} else {
			assert.Empty(d.t, f["Version"], name)
			assert.Contains(d.t, hashes, f["File"])
		}
	}
	slices.Sort(files)
	assert.Equal(d.t, []string{"LICENSE.txt", "NOTICES.txt", "tscns-minidriver.dll", "tscns-pkcs11.dll", "tscns.exe"}, files)
	for _, s := range d.table("Shortcut") {
		assert.Regexp(d.t, shortName, s["Name"])
		assert.Equal(d.t, `/k ""[INSTALLDIR]tscns.exe" status"`, s["Arguments"])
	}
}

// componentBits: a component for 64-bit Windows, whose key may be a value of the
// registry; not one that stays (16), is counted (8) or is never written over (128).
const componentBits = 256 | 4

func (d installerDatabase) checkComponents() {
	features := map[string][]string{}
	for _, row := range d.table("FeatureComponents") {
		features[row["Feature_"]] = append(features[row["Feature_"]], row["Component_"])
	}
	assert.Equal(d.t, []string{"FirefoxPolicy"}, features["Firefox"])
	levels := d.by("Feature", "Feature")
	require.Len(d.t, levels, 2)
	assert.Equal(d.t, "1", levels["Driver"]["Level"])
	assert.Equal(d.t, "1000", levels["Firefox"]["Level"], "not installed unless it is asked for")

	ids := map[string]bool{}
	components := d.by("Component", "Component")
	require.Len(d.t, components, len(features["Driver"])+1)
	for name, c := range components {
		assert.Regexp(d.t, guidText, c["ComponentId"])
		assert.False(d.t, ids[c["ComponentId"]], "twice")
		ids[c["ComponentId"]] = true
		bits, err := strconv.Atoi(c["Attributes"])
		require.NoError(d.t, err)
		assert.Zero(d.t, bits&^componentBits, name)
		assert.NotZero(d.t, bits&256, name)
	}
	// A service that an administrator has turned off (4) would fail the
	// installation; it is started, and neither stopped nor removed.
	assert.Equal(d.t, `CERTPROPSVC AND CERTPROPSVC <> "#4"`, components["CertificatePropagation"]["Condition"])
	services := d.table("ServiceControl")
	require.Len(d.t, services, 1)
	assert.Equal(d.t, "CertPropSvc", services[0]["Name"])
	assert.Equal(d.t, "1", services[0]["Event"])
	assert.Equal(d.t, "CertificatePropagation", services[0]["Component_"])
	for _, table := range []string{"ServiceInstall", "CreateFolder", "RemoveFile"} {
		assert.Empty(d.t, d.table(table), table)
	}
}

func (d installerDatabase) checkRegistry() {
	type value struct{ key, name string }
	want := map[value]string{
		{`SOFTWARE\Policies\Mozilla\Firefox\SecurityDevices\Add`, "TS-CNS"}:   "[#tscns_pkcs11.dll]",
		{`SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\tscns.exe`, ""}: "[#tscns.exe]",
		{`SOFTWARE\tscns`, "CertificatePropagation"}:                          "#1",
		{`SOFTWARE\tscns`, "StartMenu"}:                                       "#1",
	}
	for _, c := range calais.Cards() {
		key := calais.Key + `\` + c.Name
		want[value{key, calais.ValueDLL}] = "[#tscns_minidriver.dll]"
		want[value{key, calais.ValueATR}] = "#x" + strings.ToUpper(hex.EncodeToString(c.ATR))
		want[value{key, calais.ValueMask}] = "#x" + strings.ToUpper(hex.EncodeToString(c.Mask))
		want[value{key, calais.ValueCSP}] = calais.CSP
		want[value{key, calais.ValueKSP}] = calais.KSP
		want[value{key, calais.ValueInstalledBy}] = calais.InstalledBy
	}
	for _, row := range d.table("Registry") {
		assert.Equal(d.t, "2", row["Root"], "HKEY_LOCAL_MACHINE")
		at := value{row["Key"], row["Name"]}
		if strings.HasPrefix(at.name, "800001") { // the texts for PINs
			for _, text := range strings.Split(row["Value"], ";") {
				assert.Regexp(d.t, `^(it-IT|it-CH|de-DE|de-AT|en-US|en-GB),[^,]+$`, text)
			}
			continue
		}
		data, ok := want[at]
		assert.True(d.t, ok, "%v", at)
		assert.Equal(d.t, data, row["Value"], "%v", at)
		delete(want, at)
	}
	assert.Empty(d.t, want)
}

// The old product is taken away between the check of what there is and the
// beginning of what can be undone; nothing runs that is not Windows'.
func (d installerDatabase) checkSequence() {
	assert.Empty(d.t, d.table("CustomAction"))
	sequence := d.by("InstallExecuteSequence", "Action")
	at := func(action string) int {
		n, err := strconv.Atoi(sequence[action]["Sequence"])
		require.NoError(d.t, err, action)
		return n
	}
	order := []string{"FindRelatedProducts", "AppSearch", "LaunchConditions", "CostInitialize", "CostFinalize", "MigrateFeatureStates", "InstallValidate",
		"RemoveExistingProducts", "InstallInitialize", "RemoveRegistryValues", "RemoveShortcuts", "RemoveFiles", "InstallFiles", "CreateShortcuts",
		"WriteRegistryValues", "StartServices", "RegisterProduct", "PublishProduct", "InstallFinalize"}
	for i := range order[1:] {
		assert.Less(d.t, at(order[i]), at(order[i+1]), "%s before %s", order[i], order[i+1])
	}
}

// identifier is what a row may be called.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]{0,71}$`)

func (d installerDatabase) checkIdentifiers() {
	for _, table := range []string{"File", "Component", "Directory", "Feature", "Registry", "Shortcut", "Property", "ServiceControl"} {
		for _, row := range d.table(table) {
			assert.Regexp(d.t, identifier, row[table], table)
		}
	}
}
