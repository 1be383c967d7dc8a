// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/kit"
)

// fixture is a computer with tscns installed, for whom only the recipe's own
// program looks: p11-kit's module file is there, seen by no other program.
type fixture struct {
	*Rig
	dir    string      // where the recipe runs, empty at first
	places [][2]string // what the page says, what it is here
	mounts string      // shell commands that put files over others, for the recipe alone
	env    []string    // added to the recipe's environment

	noP11Kit bool   // p11-kit does not know the library
	limit    string // why the program cannot do it with this card
	remark   string // what the program wants with this card
}

func newFixture(r *Rig) *fixture {
	me, err := user.Current()
	require.NoError(r.t, err)
	return &fixture{Rig: r, dir: r.t.TempDir(), places: [][2]string{
		{installedModule, r.Module},
		{installedOpenSSL, r.opensslFiles() + "/"},
		{"mario@", me.Username + "@"},
	}}
}

// opensslFiles installs the configuration files that a package brings, with the
// path of the library under test.
func (r *Rig) opensslFiles() string {
	r.t.Helper()
	target := filepath.Join(r.Dir, "openssl")
	require.NoError(r.t, os.MkdirAll(target, 0o755))
	for _, name := range []string{"engine.cnf", "provider.cnf"} {
		text := string(r.Read(filepath.Join(kit.Top(), "packaging", "openssl", name)))
		require.Equal(r.t, 1, strings.Count(text, "= "+installedModule+"\n"), name)
		text = strings.ReplaceAll(text, installedModule, r.Module)
		require.NoError(r.t, os.WriteFile(filepath.Join(target, name), []byte(text), 0o644))
	}
	return target
}

// put says what a place of the page is here.
func (f *fixture) put(page, here string) { f.places = append(f.places, [2]string{page, here}) }

// placed returns a block with its places as they are here.
func (f *fixture) placed(text string) string {
	f.t.Helper()
	for _, p := range f.places {
		text = strings.ReplaceAll(text, p[0], p[1])
	}
	require.NotContains(f.t, text, "example.it", "a place that the runner does not know")
	return text
}

// script writes the recipe, with its places, and returns the file.
func (f *fixture) script(command string) string {
	f.t.Helper()
	command = f.placed(command)
	path := filepath.Join(f.t.TempDir(), "recipe")
	require.NoError(f.t, os.WriteFile(path, []byte(command+"\n"), 0o600))
	return path
}

// moduleFile is what p11-kit has for the library.
func (f *fixture) moduleFile() string {
	if f.noP11Kit {
		return ""
	}
	return f.packaged()
}

// shell prepares the recipe in bash, without a terminal.
func (f *fixture) shell(command string) *Command {
	f.t.Helper()
	return f.privateModules(f.moduleFile(), f.mounts+"exec bash -eu '"+f.script(command)+"'").At(f.dir)
}

// tscns puts the command beside the library, as a package does, and on the
// PATH of the recipe. It returns its path.
func (f *fixture) tscns() string {
	f.t.Helper()
	bin := filepath.Join(f.t.TempDir(), "a 100% place")
	require.NoError(f.t, os.Mkdir(bin, 0o755))
	for name, from := range map[string]string{"tscns": kit.Command(f.t, "tscns"), "tscns-pkcs11.so": f.Module} {
		require.NoError(f.t, os.WriteFile(filepath.Join(bin, name), f.Read(from), 0o755))
	}
	f.Env = append(append([]string{}, f.Env...), "PATH="+bin+":"+os.Getenv("PATH"))
	return filepath.Join(bin, "tscns")
}

// recipeCards are the cards and readers that every recipe runs with. old: a
// card with a key of 1024 bits, which one recipe is about.
var recipeCards = []struct {
	name    string
	options func(t *testing.T) Options
	old     bool
}{
	{name: "one token", options: func(*testing.T) Options { return Options{} }},
	{name: "two tokens", options: TwoTokens},
	{name: "second reader", options: func(*testing.T) Options { return Options{Reading: SecondReader} }},
	{name: "old card", options: func(*testing.T) Options { return Options{Family: simcard.FamilyC} }, old: true},
}

// TestRecipes runs every recipe of the pages, as it stands there, with each
// card. A recipe must cost no try of a PIN; a program that gives its PIN to
// every token may cost one, of the other token.
func TestRecipes(t *testing.T) {
	recipes := blocksOf(t, recipePages[0])
	table := newProgramTable(t)
	if !strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		go func() { _, _ = nodeModules() }() // a compiler is at work while the first recipes wait for their card
	}
	for _, card := range recipeCards {
		t.Run(card.name, func(t *testing.T) {
			r := Start(t, card.options(t))
			for _, recipe := range recipes {
				runner, known := recipeRunners[recipe.name]
				require.True(t, known, "a recipe that no test runs: %s", recipe.name)
				if runner.old != card.old || runner.signature && card.name != "two tokens" {
					continue
				}
				r.Run(recipe.name, func(t *testing.T, r *Rig) {
					if runner.everyToken && r.twoTokens() {
						r.Remove() // another card takes its place, whose tries this recipe may spend
						t.Cleanup(r.putBack)
						r = Start(t, card.options(t))
					}
					r.Session()
					f := newFixture(r)
					defer table.enter(t, f, recipe.name, card.name, runner.everyToken)()
					before := r.Signatures()
					runner.run(f, recipe.text)
					if !t.Skipped() && runner.signs {
						require.Greater(t, r.Signatures(), before, "the card signed")
					}
				})
			}
		})
	}
}

// putBack inserts the card once another one is out of its reader.
func (r *Rig) putBack() {
	r.t.Helper()
	require.NoError(r.t, shared.service.WaitCard(r.readerName, false, patience))
	r.Insert()
}

// pinAt answers the question of the PIN.
func (f *fixture) pinAt(prompt string) [2]string { return [2]string{prompt, f.PIN} }

// enginePrompt is what OpenSSL's engine asks.
func (f *fixture) enginePrompt() [2]string {
	return f.pinAt(fmt.Sprintf("PIN for %s:", f.Token))
}

// recipePages are the same recipes in both languages.
var recipePages = []string{"docs/recipes.md", "docs/it/ricette.md"}

// TestRecipePages: both pages have the same recipes, each has a runner, and
// each runner a recipe.
func TestRecipePages(t *testing.T) {
	english := blocksOf(t, recipePages[0])
	require.Equal(t, english, blocksOf(t, recipePages[1]), "the pages differ")
	seen := map[string]bool{}
	for _, r := range english {
		seen[r.name] = true
		require.Contains(t, []string{"sh", "text"}, r.language, "text: settings of a program")
		require.Contains(t, recipeRunners, r.name, "a recipe that no test runs")
	}
	for name := range recipeRunners {
		require.True(t, seen[name], "%s: a runner without a recipe", name)
	}
}

// TestSandboxPage: what the page says is what the tests take from it.
func TestSandboxPage(t *testing.T) {
	var names []string
	for _, b := range blocksOf(t, sandboxPage) {
		names = append(names, b.name)
	}
	require.ElementsMatch(t, sandboxBlocks, names, "a block that no test runs")
	require.Equal(t, blocksOf(t, sandboxPage), blocksOf(t, italianSandboxPage), "the pages differ")
}

// sshd starts a server that lets in who has one of the public keys, and returns
// its port.
func (r *Rig) sshd(keys string) int {
	r.t.Helper()
	sshd := Need(r.t, "sshd", "openssh-server")
	if os.Geteuid() == 0 {
		// Debian's sshd wants its directory for the separation of privileges.
		require.NoError(r.t, os.MkdirAll("/run/sshd", 0o755))
	}
	host := filepath.Join(r.Dir, "host")
	if _, err := os.Stat(host); err != nil {
		r.Tool("ssh-keygen", "openssh-client", "-q", "-t", "ed25519", "-N", "", "-f", host).OK()
	}
	authorized := r.File("authorized_keys", []byte(keys))
	port := freePort(r.t)
	// A home without the files that a person's shell reads first, which may take seconds.
	config := r.File("sshd_config", []byte(fmt.Sprintf("Port %d\nListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s\nSetEnv HOME=%s\n"+
		"StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nPermitRootLogin yes\n"+
		"PidFile none\nLogLevel VERBOSE\n", port, host, authorized, r.Home)))
	s := r.Tool(sshd, "openssh-server", "-D", "-e", "-f", config).Start()
	s.WaitLog(r.t, "Server listening on 127.0.0.1")
	return port
}

// freePort returns a port of 127.0.0.1 that nobody listens on, for programs
// that cannot choose one themselves. It is below the range from which Linux
// gives ports to connections (32768 on), so that none takes it in between.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.IntN(12000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			require.NoError(t, l.Close())
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// askpass makes a program that answers every question with the PIN and notes
// that it was asked. It returns the environment that has ssh call it.
func (r *Rig) askpass() (env []string, asked func() int) {
	r.t.Helper()
	log := filepath.Join(r.Dir, "askpass.log")
	script := r.File("askpass", []byte(fmt.Sprintf("#!/bin/sh\necho \"$*\" >>'%s'\necho %s\n", log, r.PIN)))
	require.NoError(r.t, os.Chmod(script, 0o700))
	return []string{"SSH_ASKPASS=" + script, "SSH_ASKPASS_REQUIRE=force"}, func() int {
		text, err := os.ReadFile(log)
		if os.IsNotExist(err) {
			return 0
		}
		require.NoError(r.t, err)
		return strings.Count(string(text), "\n")
	}
}
