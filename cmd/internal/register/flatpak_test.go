// SPDX-License-Identifier: Apache-2.0

package register

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cmd/internal/message"
	"tscns/packaging/systemd"
)

// flatpakWorld is a person with a real flatpak, whose user manager is played by
// a script: tests/e2e has a real one. It returns what systemctl was asked.
func flatpakWorld(t *testing.T) (w *World, asked func() string) {
	t.Helper()
	for _, program := range []string{"flatpak", "p11-kit", "modutil"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %s not installed", program)
		}
	}
	w = world(t)
	w.Home.Runtime = t.TempDir()
	t.Setenv("HOME", w.Home.Dir) // flatpak itself reads it
	for _, name := range []string{"XDG_DATA_HOME", "FLATPAK_USER_DIR"} {
		t.Setenv(name, "")
		require.NoError(t, os.Unsetenv(name))
	}
	dir := t.TempDir()
	log, on := filepath.Join(dir, "log"), filepath.Join(dir, "on")
	systemctl := filepath.Join(dir, "systemctl")
	require.NoError(t, os.WriteFile(systemctl, []byte(fmt.Sprintf("#!/bin/sh\necho \"$*\" >>%s\ncase $2 in\n"+
		"is-enabled) test -e %s ;;\nenable) : >%[2]s ;;\ndisable) rm -f %[2]s ;;\nesac\n", log, on)), 0o755))
	w.LookPath = func(name string) (string, error) {
		if name == "systemctl" {
			return systemctl, nil
		}
		return exec.LookPath(name)
	}
	// The first use makes flatpak's own folders.
	run(t, tool(t, "flatpak"), "ps")
	flatpakOverride(t, "--env=MOZ_TEST=1", "org.mozilla.firefox")
	return w, func() string {
		b, _ := os.ReadFile(log)
		return string(b)
	}
}

func flatpakOverride(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, append([]string{tool(t, "flatpak"), "override", "--user"}, args...)...)
}

func planned(plan []Change) (list []Outcome) {
	for _, c := range plan {
		list = append(list, c.Outcome)
	}
	return list
}

func TestFlatpakLeavesNoTrace(t *testing.T) {
	w, asked := flatpakWorld(t)
	firefox := profile(t, filepath.Join(w.Home.Dir, ".var/app/org.mozilla.firefox/.mozilla/firefox"), "a.default")
	chrome := filepath.Join(w.Home.Dir, ".var/app/com.google.Chrome")
	require.NoError(t, os.MkdirAll(chrome, 0o700))
	before := tree(t, w.Home.Dir, w.Root)

	plan := w.PlanFlatpak()
	assert.Equal(t, []Outcome{Planned, Planned, Planned, Planned, Planned}, planned(plan), "%v", plan)
	assert.Equal(t, before, tree(t, w.Home.Dir, w.Root), "a plan changes nothing")
	assert.NotContains(t, asked(), "enable --now")
	var texts strings.Builder
	for _, c := range plan {
		fmt.Fprintln(&texts, c.Place, c.Text.In(message.English), c.Text.In(message.Italian))
	}
	for _, want := range []string{"systemctl --user enable --now tscns-p11-kit.socket", "flatpak override --user --filesystem=xdg-run/p11-kit/pkcs11 org.mozilla.firefox",
		"flatpak override --user --filesystem=xdg-run/p11-kit/pkcs11 com.google.Chrome", clientInSandbox(), firefox, filepath.Join(chrome, ".pki/nssdb")} {
		assert.Contains(t, texts.String(), want)
	}

	assert.Equal(t, []Outcome{Done, Done, Done, Done, Done}, outcomes(w.ApplyFlatpak(plan)))
	shown := flatpakOverride(t, "--show", "org.mozilla.firefox")
	assert.Contains(t, shown, "xdg-run/p11-kit/pkcs11")
	assert.Contains(t, shown, "MOZ_TEST=1")
	assert.Contains(t, flatpakOverride(t, "--show", "com.google.Chrome"), "xdg-run/p11-kit/pkcs11")
	for _, dir := range []string{firefox, filepath.Join(chrome, ".pki/nssdb")} {
		out := listed(t, dir)
		assert.Contains(t, out, "TS-CNS")
		assert.Contains(t, out, "library name: "+clientInSandbox())
	}
	assert.True(t, w.FlatpakRegistered("org.mozilla.firefox"))
	assert.Empty(t, w.Sandboxed())
	assert.Equal(t, []string{"Firefox (Flatpak)", "Chrome (Flatpak)"}, w.SandboxedServed())
	unit := string(readFile(t, filepath.Join(w.Home.Config, "systemd/user", systemd.Service)))
	assert.Contains(t, unit, "ExecStart=/usr/bin/p11-kit remote "+w.Module+"\n")
	assert.Contains(t, asked(), "--user daemon-reload\n--user enable --now tscns-p11-kit.socket\n")

	registered := tree(t, w.Home.Dir)
	again := w.PlanFlatpak()
	assert.Equal(t, []Outcome{Nothing, Nothing, Nothing, Nothing, Nothing}, planned(again))
	w.ApplyFlatpak(again)
	assert.Equal(t, registered, tree(t, w.Home.Dir), "twice is once")

	steps := w.Unregister(All)
	for _, s := range steps {
		assert.NotEqual(t, Failed, s.Outcome, "%v", s)
	}
	assert.Equal(t, before, tree(t, w.Home.Dir, w.Root))
	assert.Contains(t, asked(), "--user disable --now tscns-p11-kit.socket\n")
	assert.Equal(t, []Outcome{Nothing}, outcomes(w.Unregister(Flatpak)))
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}

// What the person changed since is kept, and so is what is not ours.
func TestFlatpakKeepsWhatOthersDid(t *testing.T) {
	w, _ := flatpakWorld(t)
	firefox := profile(t, filepath.Join(w.Home.Dir, ".var/app/org.mozilla.firefox/.mozilla/firefox"), "a.default")
	w.ApplyFlatpak(w.PlanFlatpak())
	flatpakOverride(t, "--filesystem=xdg-music", "org.mozilla.firefox")
	list := filepath.Join(firefox, moduleList)
	write(t, list, string(readFile(t, list))+"library=/app/lib/other.so\nname=other\n\n")
	w.Unregister(Flatpak)
	assert.Equal(t, "[Context]\nfilesystems=xdg-music;\n\n[Environment]\nMOZ_TEST=1\n", flatpakOverride(t, "--show", "org.mozilla.firefox"))
	entries, err := Modules(Database{Dir: firefox})
	require.NoError(t, err)
	assert.Equal(t, []Entry{{"/app/lib/other.so", "other"}}, entries)

	// A client that somebody registered by hand is taken as it is, and stays.
	write(t, list, string(readFile(t, list))+"library="+clientInSandbox()+"\nname=mine\n\n")
	w.ApplyFlatpak(w.PlanFlatpak())
	w.Unregister(Flatpak)
	entries, err = Modules(Database{Dir: firefox})
	require.NoError(t, err)
	assert.Contains(t, entries, Entry{clientInSandbox(), "mine"})
}

// A browser that is running, one without a profile, a runtime without the
// client, a socket that is taken: each is said, and changes nothing.
func TestFlatpakThatCannotBe(t *testing.T) {
	w, _ := flatpakWorld(t)
	install := func(id, metadata string) {
		write(t, filepath.Join(w.Home.Flatpak, "app", id, "current/active/metadata"), metadata)
	}
	install("org.mozilla.firefox", "[Application]\nname=org.mozilla.firefox\nruntime=org.freedesktop.Platform/x86_64/24.08\n\n[Context]\npersistent=.mozilla;\n")
	install("com.brave.Browser", "[Application]\nruntime=org.old.Platform/x86_64/1\n\n[Context]\npersistent=.pki;\n")
	require.NoError(t, os.MkdirAll(filepath.Join(w.Home.Flatpak, "runtime/org.old.Platform/x86_64/1/active/files"), 0o755))
	install("org.chromium.Chromium", "[Application]\nruntime=org.freedesktop.Platform/x86_64/24.08\n\n[Context]\nfilesystems=home;\n")
	require.NoError(t, os.MkdirAll(filepath.Join(w.Home.Config, "google-chrome"), 0o700)) // a browser of the system
	install("com.microsoft.Edge", "[Context]\nfilesystems=xdg-download;\n")
	write(t, filepath.Join(w.Home.Runtime, flatpakSocket), "")
	before := tree(t, w.Home.Dir)

	byPlace := map[string]Step{}
	for _, c := range w.PlanFlatpak() {
		byPlace[c.Place] = c.Step
	}
	for place, want := range map[string]struct {
		outcome Outcome
		text    string
	}{
		"Firefox (Flatpak) org.mozilla.firefox":                                                                        {Nothing, "no profile yet"},
		"Brave (Flatpak) com.brave.Browser":                                                                            {Failed, "org.old.Platform/x86_64/1 has no p11-kit-client.so"},
		"Chromium (Flatpak) org.chromium.Chromium " + filepath.Join(w.Home.Dir, ".pki/nssdb"):                          {Failed, "twice"},
		"Edge (Flatpak) com.microsoft.Edge " + filepath.Join(w.Home.Dir, ".var/app/com.microsoft.Edge/data/pki/nssdb"): {Planned, "add the module"},
		"p11-kit " + filepath.Join(w.Home.Runtime, flatpakSocket):                                                      {Failed, "does not know the library"},
	} {
		assert.Equal(t, want.outcome, byPlace[place].Outcome, "%s: %v", place, byPlace)
		assert.Contains(t, byPlace[place].Text.In(message.English), want.text)
	}
	assert.Equal(t, before, tree(t, w.Home.Dir))

	// With a database of its own there is no other browser to show it twice.
	flatpakOverride(t, "--nofilesystem=home", "--persist=.pki", "org.chromium.Chromium")
	own := filepath.Join(w.Home.Dir, ".var/app/org.chromium.Chromium/.pki/nssdb")
	assert.True(t, slices.ContainsFunc(w.PlanFlatpak(), func(c Change) bool {
		return c.Outcome == Planned && c.Place == "Chromium (Flatpak) org.chromium.Chromium "+own
	}))

	none := world(t)
	assert.Equal(t, []Outcome{Nothing}, planned(none.PlanFlatpak()))
	w.LookPath = without("flatpak")
	assert.Equal(t, []Outcome{Failed}, planned(w.PlanFlatpak()))
	w.LookPath = without("p11-kit")
	assert.Equal(t, []Outcome{Failed}, planned(w.PlanFlatpak()))
}

// A browser that cannot be registered gets no permission, and the socket is
// not turned on for it alone.
func TestFlatpakGivesNothingInVain(t *testing.T) {
	w, asked := flatpakWorld(t)
	metadata := filepath.Join(w.Home.Flatpak, "app/org.chromium.Chromium/current/active/metadata")
	write(t, metadata, "[Context]\nfilesystems=home;\n")
	require.NoError(t, os.MkdirAll(filepath.Join(w.Home.Config, "google-chrome"), 0o700)) // a browser of the system
	var shared []string
	for _, dir := range []string{filepath.Join(w.Home.Dir, ".pki/nssdb"), filepath.Join(w.Home.Data, "pki/nssdb")} {
		require.NoError(t, os.MkdirAll(dir, 0o700))
		shared = append(shared, "Chromium (Flatpak) org.chromium.Chromium "+dir)
	}
	before := tree(t, w.Home.Dir)

	places := func(plan []Change) (list []string) {
		for _, c := range plan {
			list = append(list, c.Place)
		}
		return list
	}
	plan := w.PlanFlatpak()
	assert.Equal(t, shared, places(plan))
	assert.Equal(t, []Outcome{Failed, Failed}, outcomes(w.ApplyFlatpak(plan)))
	assert.Equal(t, before, tree(t, w.Home.Dir))
	assert.NotContains(t, asked(), "enable --now")

	// Beside one that can be registered nothing else changes for it.
	profile(t, filepath.Join(w.Home.Dir, ".var/app/org.mozilla.firefox/.mozilla/firefox"), "a.default")
	assert.Equal(t, []Outcome{Done, Done, Done, Failed, Failed}, outcomes(w.ApplyFlatpak(w.PlanFlatpak())))
	assert.Empty(t, flatpakOverride(t, "--show", "org.chromium.Chromium"))

	// The socket is turned on again for one that was registered before.
	w.LookPath = without("systemctl")
	again := w.PlanFlatpak()
	assert.Equal(t, []Outcome{Planned, Nothing, Nothing, Failed, Failed}, planned(again))
}

// A package's units serve the package's library; another one gets its own,
// which systemd takes first.
func TestFlatpakUnitsOfAPackage(t *testing.T) {
	w, asked := flatpakWorld(t)
	require.NoError(t, os.MkdirAll(filepath.Join(w.Home.Dir, ".var/app/com.google.Chrome"), 0o700))
	write(t, filepath.Join(w.Root, "usr/lib/systemd/user", systemd.Socket), "[Socket]\n")
	own := filepath.Join(w.Home.Config, "systemd/user", systemd.Service)
	built := w.Module
	for _, c := range []struct {
		module string
		own    bool
	}{{"/usr/lib/x86_64-linux-gnu/pkcs11/tscns-pkcs11.so", false}, {built, true}, {"/usr/lib64/pkcs11/tscns-pkcs11.so", false}} {
		w.Module = c.module
		w.ApplyFlatpak(w.PlanFlatpak())
		_, err := os.Stat(own)
		assert.Equal(t, c.own, err == nil, c.module)
		assert.Contains(t, asked(), "enable --now tscns-p11-kit.socket")
		w.Unregister(Flatpak)
		assert.NoFileExists(t, own)
	}
}

// Without a user manager the rest is set, and the person told what is missing.
func TestFlatpakWithoutSystemd(t *testing.T) {
	w, _ := flatpakWorld(t)
	w.LookPath = without("systemctl")
	profile(t, filepath.Join(w.Home.Dir, ".var/app/org.mozilla.firefox/.mozilla/firefox"), "a.default")
	before := tree(t, w.Home.Dir)
	all := w.Register(All)
	assert.Contains(t, all[len(all)-1].Text.In(message.English), "tscns register flatpak", "all does not agree in the person's place")
	w.Unregister(All)
	require.Equal(t, before, tree(t, w.Home.Dir))
	steps := w.ApplyFlatpak(w.PlanFlatpak())
	assert.Equal(t, []Outcome{Failed, Done, Done}, outcomes(steps))
	assert.Contains(t, steps[0].Text.In(message.English), "docs/sandboxes.md")
	assert.Contains(t, steps[0].Text.In(message.Italian), "docs/it/sandbox.md")
	w.Unregister(Flatpak)
	assert.Equal(t, before, tree(t, w.Home.Dir))
}

// A path of any kind comes out of systemd's reading of a unit as it went in:
// TestFlatpak (tests/e2e) has one with a space and a percent sign.
func TestUnitWord(t *testing.T) {
	assert.Equal(t, "/opt/tscns/tscns-pkcs11.so", unitWord("/opt/tscns/tscns-pkcs11.so"))
	assert.Equal(t, `"/opt/100%% \"mine\" $$x/a.so"`, unitWord(`/opt/100% "mine" $x/a.so`))
}

// A browser that has to be closed first gets no permission, and no socket is
// turned on for it, until it is registered.
func TestFlatpakThatRunsIsLeftAlone(t *testing.T) {
	w, asked := flatpakWorld(t)
	profile(t, filepath.Join(w.Home.Dir, ".var/app/org.mozilla.firefox/.mozilla/firefox"), "a.default")
	script := filepath.Join(t.TempDir(), "flatpak")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\necho org.mozilla.firefox\n"), 0o755))
	others := w.LookPath
	w.LookPath = func(program string) (string, error) {
		if program == "flatpak" {
			return script, nil
		}
		return others(program)
	}
	before := tree(t, w.Home.Dir)
	plan := w.PlanFlatpak()
	assert.Equal(t, []Outcome{Refused}, planned(plan))
	w.ApplyFlatpak(plan)
	assert.Equal(t, before, tree(t, w.Home.Dir))
	assert.NotContains(t, asked(), "enable --now")
}
