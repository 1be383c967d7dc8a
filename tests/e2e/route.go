// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"testing"

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

// take leads the programs of a rig to the library by a route.
func (r *Rig) take(route Route) {
	r.t.Helper()
	client := NeedClient(r.t)
	p11kit := Need(r.t, "p11-kit", "p11-kit")
	require.NoError(r.t, os.MkdirAll(filepath.Join(r.Dir, "run", "p11-kit"), 0o700))
	socket := filepath.Join(r.Dir, "run", "p11-kit", "pkcs11")
	var server *Service
	switch route {
	case BySocketUnit:
		server = r.Tool("systemd-socket-activate", "systemd", "--accept", "--inetd", "-E", "PCSCLITE_CSOCK_NAME", "-l", socket,
			p11kit, "remote", r.Module).Start()
		server.WaitLog(r.t, "Listening on ")
	case ByServer:
		server = r.Tool(p11kit, "", "server", "--foreground", "-n", socket, r.Module).Start()
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
