// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/kit"
)

// command returns a function that runs tscns for the person of
// this desk: what it printed, and its exit code.
func (d *desk) command() func(args ...string) (string, int) {
	d.Helper()
	path := kit.Command(d.T, "tscns")
	return func(args ...string) (string, int) {
		d.Helper()
		command := exec.Command(path, args...)
		command.Env = d.home.env
		out, err := command.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			require.NoError(d, err)
		}
		d.Logf("tscns %q: %s", args, out)
		return string(out), command.ProcessState.ExitCode()
	}
}

// A profile of a real Firefox: left alone while it runs, registered after it,
// used to log in, and then as it was before.
func TestFirefoxRegistered(t *testing.T) {
	d := newDesk(t, e2e.Options{})
	tscns := d.command()
	f := d.firefox(FirefoxOptions{Loading: NotLoaded})
	require.NoError(t, d.home.write("home/.mozilla/firefox/profiles.ini", "[Profile0]\nName=test\nIsRelative=0\nPath="+f.profile+"\n"))
	list := filepath.Join(f.profile, "pkcs11.txt")
	before, err := os.ReadFile(list)
	require.NoError(t, err)

	out, code := tscns("register", "firefox", "--module", d.Module)
	require.Equal(t, 4, code, "refused while Firefox runs")
	require.Contains(t, out, "Firefox is running")
	f.quit()

	out, code = tscns("register", "firefox", "--module", d.Module)
	require.Zero(t, code, out)
	require.Contains(t, out, "registered")
	again, err := f.Again()
	f = d.watched(again, err)
	server := d.Server(tls.VersionTLS13)
	mark := f.open(server.URL(host))
	f.enterPIN(mark, d.PIN, nil)
	f.page(mark, server, tls.VersionTLS13)
	d.WrongPINs(0)
	f.quit()

	out, code = tscns("register", "firefox", "--module", d.Module)
	require.Zero(t, code)
	require.Contains(t, out, "registered already", "Firefox kept it")
	_, code = tscns("unregister", "firefox", "--module", d.Module)
	require.Zero(t, code)
	after, err := os.ReadFile(list)
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}

// The database that Chromium-like browsers share, used by a real Chromium.
func TestChromiumRegistered(t *testing.T) {
	d := newDesk(t, e2e.Options{})
	tscns := d.command()
	list := d.home.Path("home/.pki/nssdb/pkcs11.txt")
	var before []byte
	c := d.chromium(ChromiumOptions{Prepare: func() {
		var err error
		before, err = os.ReadFile(list)
		require.NoError(t, err)
		out, code := tscns("register", "chrome", "--module", d.Module)
		require.Zero(t, code, out)
		require.Contains(t, out, "registered")
	}})
	server := d.Server(tls.VersionTLS13)
	require.NoError(t, c.Navigate(server.URL(host)))
	require.NoError(t, c.EnterPIN(d.display, d.PIN, nil))
	c.page(server, tls.VersionTLS13)
	d.WrongPINs(0)
	c.quit()
	out, code := tscns("unregister", "chrome", "--module", d.Module)
	require.Zero(t, code, out)
	after, err := os.ReadFile(list)
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
}
