// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// Route is a way between a program and the library: a program in a sandbox
// loads p11-kit's client, which passes its calls on to the library outside. The
// program has neither the library nor the PC/SC service then.
type Route string

// The routes of p11-kit. The zero Route is none: a program loads the library.
const (
	// BySocketUnit is what packaging/systemd installs: for each connection the
	// service manager starts "p11-kit remote".
	BySocketUnit Route = "socket unit"
	// ByServer is "p11-kit server", with the library itself or with a token.
	ByServer      Route = "p11-kit server, library"
	ByTokenServer Route = "p11-kit server, token"
)

// through is the route of every rig that is started; see On.
var through Route

// On starts the rigs of a test by a route.
func (route Route) On(t *testing.T, test func(t *testing.T)) {
	through = route
	t.Cleanup(func() { through = "" })
	test(t)
}

// NeedClient returns p11-kit's client module, or skips the test by name.
func NeedClient(t *testing.T) string {
	t.Helper()
	return kit.NeedFile(t, "p11-kit-client.so", "p11-kit-modules", "/usr/lib/*/pkcs11/p11-kit-client.so",
		"/usr/lib64/pkcs11/p11-kit-client.so", "/usr/lib/pkcs11/p11-kit-client.so")
}

// units are the files that a package installs for systemd's user manager.
func (r *Rig) units() (socket, service string) {
	r.t.Helper()
	dir := filepath.Join(kit.Top(), "packaging", "systemd")
	return filepath.Join(dir, "tscns-p11-kit.socket"), filepath.Join(dir, "tscns-p11-kit@.service")
}

// execStart returns the command of the service, with the path of the library
// under test for its name in p11-kit's folder.
func (r *Rig) execStart() []string {
	r.t.Helper()
	_, service := r.units()
	for _, line := range strings.Split(string(r.Read(service)), "\n") {
		if command, ok := strings.CutPrefix(line, "ExecStart="); ok {
			words := strings.Fields(command)
			require.Equal(r.t, "tscns-pkcs11.so", words[len(words)-1])
			return append(words[:len(words)-1], r.Module)
		}
	}
	r.t.Fatalf("%s has no ExecStart", service)
	return nil
}

// take leads the programs of a rig to the library by a route.
func (r *Rig) take(route Route) {
	r.t.Helper()
	client := NeedClient(r.t)
	p11kit := Need(r.t, "p11-kit", "p11-kit")
	require.NoError(r.t, os.MkdirAll(filepath.Join(r.Dir, "run", "p11-kit"), 0o700))
	socket := filepath.Join(r.Dir, "run", "p11-kit", "pkcs11")
	r.Socket = socket
	var server *Service
	switch route {
	case BySocketUnit:
		activate := []string{"--accept", "--inetd", "-E", "PCSCLITE_CSOCK_NAME", "-l", socket}
		server = r.Tool("systemd-socket-activate", "systemd", append(activate, r.execStart()...)...).Start()
		server.WaitLog(r.t, "Listening on ")
	case ByServer:
		script := fromPage(r.t, "by-hand", installedModule, r.Module)
		server = r.Tool("sh", "dash", "-ec", script).With("XDG_RUNTIME_DIR=" + filepath.Join(r.Dir, "run")).Start()
	case ByTokenServer:
		server = r.Tool(p11kit, "", "server", "--foreground", "--provider", r.Module, "-n", socket, r.TokenURI()).Start()
	}
	if route != BySocketUnit {
		server.WaitLog(r.t, "P11_KIT_SERVER_ADDRESS")
	}
	r.Module = client
	// The address is where the client looks by itself.
	r.Env = append(r.Env, "PCSCLITE_CSOCK_NAME="+filepath.Join(r.Dir, "nobody"), "XDG_RUNTIME_DIR="+filepath.Join(r.Dir, "run"))
}

// What a page says of where a package puts its files.
const (
	installedModule  = "/usr/lib/x86_64-linux-gnu/pkcs11/tscns-pkcs11.so"
	installedOpenSSL = "/usr/share/tscns/openssl/"
)

// block is a block of a page of docs/: commands ("sh") or a file ("text"). Its
// name follows its language; what shows a page ignores it.
type block struct{ language, name, text string }

var fence = regexp.MustCompile("(?s)(?:^|\n)```([^\n]*)\n(.*?)\n```")

// blocksOf returns every block of a page, none left out.
func blocksOf(t *testing.T, page string) (list []block) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(kit.Top(), page))
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, found := range fence.FindAllStringSubmatch(string(text), -1) {
		words := strings.Fields(found[1])
		require.Len(t, words, 2, "%s: a block that says neither its language nor its name:\n%s", page, found[2])
		require.Contains(t, []string{"sh", "text"}, words[0], page)
		require.False(t, seen[words[1]], "%s: two blocks named %s", page, words[1])
		seen[words[1]] = true
		list = append(list, block{words[0], words[1], found[2]})
	}
	require.Equal(t, 2*len(list), strings.Count(string(text), "```"), "%s: every block was found", page)
	return list
}

// sandboxPage is the page whose blocks the tests of routes, of Flatpak and of
// other machines run.
const sandboxPage = "docs/sandboxes.md"

// italianSandboxPage has the same blocks.
const italianSandboxPage = "docs/it/sandbox.md"

// sandboxBlocks are the names of its blocks; each is taken by fromPage.
var sandboxBlocks = []string{"register", "own-database", "by-hand", "other-machine"}

// fromPage returns a block of the page on sandboxes with its places replaced,
// in pairs.
func fromPage(t *testing.T, name string, places ...string) string {
	t.Helper()
	require.Contains(t, sandboxBlocks, name)
	for _, b := range blocksOf(t, sandboxPage) {
		if b.name == name {
			for i := 0; i < len(places); i += 2 {
				require.Contains(t, b.text, places[i], "%s, block %s", sandboxPage, name)
			}
			return strings.NewReplacer(places...).Replace(b.text)
		}
	}
	t.Fatalf("%s has no block %s", sandboxPage, name)
	return ""
}
