// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tscns/tests/kit"

	"github.com/stretchr/testify/require"
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
	return needFile(t, "p11-kit-client.so", "p11-kit-modules", "/usr/lib/*/pkcs11/p11-kit-client.so",
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
