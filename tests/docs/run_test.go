// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
)

// The ways in which a row runs its command.

// runs returns a function that runs the command as it stands, expects it to
// succeed and to print the texts.
func runs(says ...string) func(*fixture, string) { return ends(0, says...) }

// ends runs a command that ends with a code.
func ends(code int, says ...string) func(*fixture, string) {
	return func(w *fixture, command string) { w.ended(w.shell(w.site(command), ""), command, code, says) }
}

// after runs the command when others were run before.
func after(before string, says ...string) func(*fixture, string) {
	return func(w *fixture, command string) {
		w.ended(w.shell(before, ""), before, 0, nil)
		w.ended(w.shell(w.site(command), ""), command, 0, says)
	}
}

// typed runs the command at a terminal, with the lines that a person types.
func typed(lines []string, says ...string) func(*fixture, string) {
	return func(w *fixture, command string) { w.ended(w.terminal(w.site(command), lines...), command, 0, says) }
}

// by names the test that runs the command, and what is not done here.
func by(pkg, test string) func(*fixture, string) {
	return func(w *fixture, _ string) { require.Contains(w, testsOf(w.T, pkg), test, pkg) }
}

// adviceOf names the script that has the command come out of the product, as
// advice that is not followed there.
func adviceOf(script string) func(*fixture, string) {
	return func(w *fixture, command string) {
		text, err := os.ReadFile(filepath.Join(top, script))
		require.NoError(w, err)
		require.Contains(w, string(text), "'"+command+"'", script)
	}
}

// nobodyDid is for steps that nobody could run, on a page that says so.
func nobodyDid(page string) func(*fixture, string) {
	return func(w *fixture, _ string) {
		text, err := os.ReadFile(filepath.Join(top, page))
		require.NoError(w, err)
		require.Contains(w, string(text), "none of which has been run")
	}
}

// buildsh is a word of build.sh that takes long: its help has to know it in
// both languages, and a test elsewhere or the run that this is part of does it.
func buildsh(w *fixture, command string) {
	t := w.T
	for _, locale := range []string{"C.UTF-8", "it_IT.UTF-8"} {
		help := exec.Command("bash", "build.sh", "help")
		help.Dir = top
		help.Env = append(os.Environ(), "LC_ALL="+locale)
		out, err := help.Output()
		require.NoError(t, err)
		word, _, _ := strings.Cut(command, " #") // what follows is for the reader
		require.Contains(t, string(out), word+" ", "%s", locale)
	}
}

// packaged checks that the packages that a command installs are known to apt,
// and could be installed. Nothing is.
func packaged(w *fixture, command string) {
	t := w.T
	apt := e2e.Need(t, "apt-get", "apt")
	words := strings.Fields(strings.TrimPrefix(command, "sudo apt "))
	require.Equal(t, "install", words[0])
	for _, name := range words[1:] {
		if out, err := exec.Command("apt-cache", "policy", name).Output(); err != nil || len(out) == 0 {
			t.Skipf("SKIPPED: apt has no lists of packages here, so that nobody knows of %s", name)
		}
	}
	out, err := exec.Command(apt, append([]string{"--simulate", "--no-download"}, words...)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// unit runs a systemctl command on units alone, in a root of its own: there is
// no service manager where the tests run.
func unit(w *fixture, command string) {
	t := w.T
	systemctl := e2e.Need(t, "systemctl", "systemd")
	words := strings.Fields(command)
	name := words[len(words)-1]
	var text []byte
	for _, dir := range []string{"/usr/lib/systemd/system", "/lib/systemd/system"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			text = b
		}
	}
	if text == nil {
		t.Skipf("SKIPPED: no unit %s here (package pcscd)", name)
	}
	root := t.TempDir()
	dir := filepath.Join(root, "usr/lib/systemd/system")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	out, err := exec.Command(systemctl, "--root="+root, "enable", name).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(text), "[Install]", "%s can be enabled", name)
}

// advised: doctor gives the same advice word for word, and its tests check it.
func advised(w *fixture, command string) {
	t := w.T
	files, err := filepath.Glob(filepath.Join(top, "cmd/internal/message/*.go"))
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all.Write(text)
	}
	require.Contains(t, all.String(), command)
}

// gotest checks a go test command: below each folder that it names there are
// tests, of the name that it gives.
func gotest(w *fixture, command string) {
	words := strings.Fields(command)
	require.Equal(w, []string{"go", "test"}, words[:2])
	name, found := ".", 0
	if i := slices.Index(words, "-run"); i > 0 {
		name = strings.Trim(words[i+1], "'")
	}
	for _, word := range words {
		dir, ok := strings.CutPrefix(word, "./")
		if !ok {
			continue
		}
		dir, deep := strings.CutSuffix(dir, "/...")
		matching := 0
		require.NoError(w, filepath.WalkDir(filepath.Join(top, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() || !deep && path != filepath.Join(top, dir) {
				return err
			}
			rel, err := filepath.Rel(top, path)
			for _, test := range testsOf(w.T, rel) {
				if regexp.MustCompile(name).MatchString(test) {
					matching++
				}
			}
			return err
		}))
		require.Positive(w, matching, "%s: no test %s in %s", command, name, word)
		found++
	}
	require.Positive(w, found, "%s names no folder", command)
}

// ended compares how a command ended with how it should.
func (w *fixture) ended(r e2e.Result, command string, code int, says []string) {
	w.Helper()
	require.Equal(w, code, r.Code, "%s printed:\n%s", command, r.Text())
	r.Has(w.T, says...)
}

// The cards that commands about a PIN need for themselves.
var (
	fresh     = &e2e.Options{}
	countable = &e2e.Options{Family: simcard.FamilyT} // tells its tries without harm
	lastTry   = &e2e.Options{Family: simcard.FamilyT, Tries: 2}
	blocked   = &e2e.Options{Family: simcard.FamilyT, Tries: 3}
)
