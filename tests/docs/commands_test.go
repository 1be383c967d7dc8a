// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
)

// row says how a command that documents show is run.
type row struct {
	command string // as package docs writes it: see normal
	run     func(w *fixture, command string)
	own     *e2e.Options // the card, where the one that others use too would not do
	// block: the command is the first line of a block that the row stands for.
	block bool
	// perhaps: about builds and packages of which a tree may show nothing.
	perhaps bool
}

// rowOf finds the row of a command: of its whole block, or of its line.
func rowOf(c Command) (row, bool) {
	first, _, _ := strings.Cut(c.Block, "\n")
	for _, r := range rows {
		switch {
		case r.command == c.Text && !r.block, r.command == c.Block && c.Block != "", r.block && r.command == first:
			return r, true
		}
	}
	for _, r := range rules {
		if strings.HasPrefix(c.Text, r.command) {
			return row{command: c.Text, run: r.run}, true
		}
	}
	return row{}, false
}

// shownRows returns the rows whose command a page shows, by command.
func shownRows(t *testing.T) map[string]row {
	shown := map[string]row{}
	for _, p := range pages(t) {
		for _, c := range p.Commands() {
			if r, ok := rowOf(c); ok {
				shown[r.command] = r
			}
		}
	}
	return shown
}

// Every command of every page has a row, and every row a command.
func TestEveryCommandHasARow(t *testing.T) {
	used := shownRows(t)
	total := 0
	for _, p := range pages(t) {
		for _, c := range p.Commands() {
			total++
			_, ok := rowOf(c)
			assert.True(t, ok, "%s:%d shows %q, which no row of tests/docs runs", c.Page, c.Line, c.Text)
		}
	}
	seen := map[string]bool{}
	for _, r := range rows {
		assert.False(t, seen[r.command], "two rows: %s", r.command)
		seen[r.command] = true
		_, isUsed := used[r.command]
		assert.True(t, isUsed || r.perhaps, "no page shows %q any more", r.command)
	}
	require.Greater(t, total, 40, "the commands were found")
	for page, by := range ownRunner {
		assert.Contains(t, testsOf(t, by.pkg), by.test, page)
	}
	t.Logf("%d commands on the pages, %d rows", total, len(rows))
	kinds := map[string]int{}
	for _, r := range rows {
		kinds[r.kind()]++
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		t.Logf("%3d by %s", kinds[kind], kind)
	}
}

// Each row is run: on one card in turn, which no row leaves in another state.
func TestCommands(t *testing.T) {
	rig := e2e.Start(t, e2e.Options{})
	shown := shownRows(t)
	for _, command := range slices.Sorted(maps.Keys(shown)) {
		if r := shown[command]; r.own == nil {
			rig.Run(r.name(), func(t *testing.T, rig *e2e.Rig) { r.run(newFixture(t, rig), r.command) })
		}
	}
}

// The rows that change a card, or need a certain one.
func TestCommandsForACard(t *testing.T) {
	for _, r := range rows {
		if r.own != nil {
			t.Run(r.name(), func(t *testing.T) { r.run(newFixture(t, e2e.Start(t, *r.own)), r.command) })
		}
	}
}

// kind is the name of the function of this file or rows_test.go that runs the
// command, or makes the function that does.
func (r row) kind() string {
	name := runtime.FuncForPC(reflect.ValueOf(r.run).Pointer()).Name() // ....docs.init.runs.func5
	for _, part := range strings.Split(name[strings.LastIndex(name, "/")+1:], ".")[1:] {
		if part != "init" && !strings.HasPrefix(part, "func") {
			return part
		}
	}
	return name
}

func (r row) name() string { return strings.ReplaceAll(r.command, "\n", "; ") }

// The finding of commands itself.
func TestCommandsAreFound(t *testing.T) {
	p := Page{Name: "x.md", Lines: strings.Split("Type `dist/tscns status` or `tscns`, see `docs/x.md`.\n"+
		"```\n# a comment\nmkdir -p a   # why\ncd a\n```\n```text\nnot a command\n```\nWith `./build.sh` and `ssh -I /percorso/tscns-pkcs11.so host`.", "\n")}
	var got []string
	for _, c := range p.Commands() {
		got = append(got, fmt.Sprintf("%d %s|%s", c.Line, c.Text, c.Block))
	}
	assert.Equal(t, []string{"1 tscns status|", "4 mkdir -p a|mkdir -p a\ncd a", "5 cd a|mkdir -p a\ncd a",
		"10 ./build.sh|", "10 ssh -I /path/to/tscns-pkcs11.so host|"}, got)
	_, ok := rowOf(Command{Text: "tscns frobnicate"})
	assert.False(t, ok)
}

// shown is what a page says that a command prints.
type shown struct {
	command Command
	lines   []string
}

// Shown lists the blocks of output: those marked text that directly follow a
// block with one command.
func (p Page) shown() (list []shown) {
	var last Command // of the block that just ended
	inside, text := false, false
	var block []string
	var ended int
	for i, line := range p.Lines {
		m := fence.FindStringSubmatch(line)
		switch {
		case m == nil:
			if inside {
				block = append(block, line)
			}
			continue
		case !inside:
			inside, text, block = true, m[1] == "text" && ended == i, nil
			continue
		case text:
			list = append(list, shown{last, block})
		case len(block) == 1:
			last = Command{Page: p.Name, Line: i, Text: normal(withoutComment(block[0]))}
		}
		inside, ended = false, i+1
	}
	return list
}

// changing is what differs from day to day, from home to home and from version
// to version.
var changing = regexp.MustCompile(`\d+ [A-Z][a-z]+ \d{4}|\d{2}/\d{2}/\d{4}|\b\d+ (days left|giorni)|restano \d+|\d+ ms|\(/[^)]*\)|version[ei]? [0-9.]+`)

// What the pages say that a command prints, it prints: these lines, in this
// order, on the card that the tests have, in the language of the page.
func TestShownOutput(t *testing.T) {
	rig := e2e.Start(t, e2e.Options{})
	total := 0
	for _, p := range pages(t) {
		for _, s := range p.shown() {
			total++
			rig.Run(s.command.Page+" "+s.command.Text, func(t *testing.T, rig *e2e.Rig) {
				w := newFixture(t, rig)
				if strings.HasPrefix(p.Name, "docs/it/") || strings.HasSuffix(p.Name, ".it.md") {
					w.Env = append(w.Env, "LC_ALL=it_IT.UTF-8")
				}
				// Somebody who has used Chromium, and no other of its kind.
				require.NoError(t, os.MkdirAll(filepath.Join(w.Home, ".config/chromium"), 0o700))
				r := w.shell(s.command.Text, "")
				printed := strings.Split(changing.ReplaceAllString(r.Out, "?"), "\n")
				for _, line := range s.lines {
					want := changing.ReplaceAllString(line, "?")
					i := 0
					for i < len(printed) && printed[i] != want {
						i++
					}
					require.Less(t, i, len(printed), "%s is not printed, or not at that place, of:\n%s", line, r.Out)
					printed = printed[i+1:]
				}
			})
		}
	}
	require.Positive(t, total, "the blocks were found")
}

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
	require.Contains(w, sources(w.T, "cmd/internal/message/*.go"), command)
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
