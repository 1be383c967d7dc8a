// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const flatpakFirefox = "org.mozilla.firefox"

// flatpakScript runs a script of the folder flatpak.
func (r *Rig) flatpakScript(name string, args ...string) *Command {
	r.t.Helper()
	path, err := filepath.Abs(filepath.Join("flatpak", name))
	require.NoError(r.t, err)
	return r.Tool("bash", "bash", append([]string{path}, args...)...)
}

// needFlatpak installs an application of Flatpak for the person of the rig, or
// skips the test by name.
func (r *Rig) needFlatpak() {
	r.t.Helper()
	for program, pkg := range map[string]string{"flatpak": "flatpak", "bwrap": "bubblewrap", "p11-kit": "p11-kit", "tstclnt": "libnss3-tools",
		"pkcs11-tool": "opensc", "systemd-socket-activate": "systemd"} {
		Need(r.t, program, pkg)
	}
	NeedClient(r.t)
	if r.Tool("bwrap", "bubblewrap", "--ro-bind", "/", "/", "true").Run().Code != 0 {
		r.t.Skip("SKIPPED: this system lets nobody make a sandbox (bwrap)")
	}
	r.flatpakScript("make.sh", filepath.Join(r.t.TempDir(), "flatpak")).OK()
}

// session starts systemd's user manager, and has the programs of the rig run in
// its session; or skips the test by name.
func (r *Rig) session() {
	r.t.Helper()
	const why = "SKIPPED: no user manager of systemd can be started here (it takes root and cgroup v2)"
	nsenter := Need(r.t, "nsenter", "util-linux")
	Need(r.t, "systemctl", "systemd")
	if os.Geteuid() != 0 {
		r.t.Skip(why)
	}
	script := r.flatpakScript("manager.sh", fmt.Sprintf("tscns-test-%d", os.Getpid()))
	s := r.Tool("unshare", "util-linux", append([]string{"-m"}, script.line()...)...).Start()
	r.t.Cleanup(func() { s.Interrupt(r.t) })
	r.Env = append(r.Env, "XDG_RUNTIME_DIR=/run/user/0")
	r.wrap = []string{nsenter, "--target", fmt.Sprint(s.cmd.Process.Pid), "--mount", "--"}
	for end := time.Now().Add(patience / 2); ; time.Sleep(50 * time.Millisecond) {
		if r.Tool("systemctl", "systemd", "--user", "is-active", "sockets.target").Run().Out == "active\n" {
			return
		}
		select {
		case <-s.done:
			r.t.Logf("%s", s.log)
			r.t.Skip(why)
		default:
			require.True(r.t, time.Now().Before(end), "the user manager does not come up:\n%s", s.log)
		}
	}
}

// TestFlatpak: a program in a real sandbox of Flatpak logs in with the card
// after tscns register flatpak, by the socket of a real user manager, and can
// not before and after.
func TestFlatpak(t *testing.T) {
	r := Start(t, Options{})
	r.session()
	r.needFlatpak()
	f := newFixture(r)
	tscns := f.tscns()
	profile := f.mozillaProfile(filepath.Join(".var/app", flatpakFirefox, ".mozilla/firefox"))
	list := filepath.Join(profile, "pkcs11.txt")
	before := string(r.Read(list))
	inside := func(args ...string) *Command {
		return r.Tool("flatpak", "flatpak", append([]string{"run", flatpakFirefox}, args...)...)
	}
	seen := "sql:" + filepath.Join(r.Home, ".mozilla/firefox", filepath.Base(profile)) // by the application
	look := func() Result { return inside("certutil", "-L", "-d", seen, "-h", "all").OK() }
	// Flatpak takes an application for running up to three seconds after its start.
	quiet := func() {
		for r.Tool("flatpak", "flatpak", "ps").OK().Out != "" {
			time.Sleep(100 * time.Millisecond)
		}
	}

	register := strings.Fields(fromPage(t, "register"))
	require.Equal(t, "tscns", register[0])
	r.Tool(tscns, "", register[1:]...).In("n\n").OK().
		Has(t, "systemctl --user enable --now tscns-p11-kit.socket", "flatpak override --user --filesystem=xdg-run/p11-kit/pkcs11 "+flatpakFirefox,
			"add the module", "[y/N]", "Nothing was changed")
	require.NotContains(t, look().Text(), r.nssName())

	quiet()
	r.Tool(tscns, "", register[1:]...).In("y\n").OK().Has(t, "done: flatpak override", "done: systemctl")
	r.Tool("systemctl", "systemd", "--user", "is-active", "tscns-p11-kit.socket").OK()
	look().Has(t, r.nssName())
	require.Zero(t, r.PINCommands())
	if helper := r.Tool("systemctl", "systemd", "--user", "is-active", "flatpak-session-helper.service").Run(); helper.Code != 0 {
		t.Log("without Flatpak's session helper (package dbus-user-session), which brings a p11-kit server of its own")
	}

	s := r.Server(tls.VersionTLS13)
	home := filepath.Join(r.Home, ".var/app", flatpakFirefox, ".mozilla")
	require.NoError(t, os.WriteFile(filepath.Join(home, "pins"), []byte(r.Token+":"+r.PIN+"\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(home, "request"), []byte("GET / HTTP/1.0\r\n\r\n"), 0o600))
	inside("tstclnt", "-h", "127.0.0.1", "-a", "localhost", "-p", fmt.Sprint(s.Port()), "-4", "-d", seen, "-n", r.nssName(),
		"-W", filepath.Join(r.Home, ".mozilla/pins"), "-V", "tls1.3:tls1.3", "-A", filepath.Join(r.Home, ".mozilla/request")).OK().Has(t, r.Holder)
	r.OneLogin(s, tls.VersionTLS13)

	quiet()
	r.Tool(tscns, "", "unregister", "flatpak").OK()
	require.NotContains(t, look().Text(), r.nssName())
	require.Equal(t, before, string(r.Read(list)))
	require.Empty(t, r.Tool("flatpak", "flatpak", "override", "--user", "--show", flatpakFirefox).OK().Out)
	require.NotZero(t, r.Tool("systemctl", "systemd", "--user", "is-active", "tscns-p11-kit.socket").Run().Code)
	require.NoDirExists(t, filepath.Join(r.Home, ".config/systemd"))
}

// TestFlatpakOwnDatabase: the override that gives Chromium a database of its own.
func TestFlatpakOwnDatabase(t *testing.T) {
	r := Start(t, Options{Reading: NoService})
	Need(t, "flatpak", "flatpak")
	const chromium = "org.chromium.Chromium"
	r.Tool("sh", "dash", "-ec", fromPage(t, "own-database")).OK()
	r.Tool("flatpak", "flatpak", "override", "--user", "--show", chromium).OK().Has(t, "filesystems=!home;", "persistent=.pki;")
	require.NoError(t, os.MkdirAll(filepath.Join(r.Home, ".var/app", chromium), 0o700))
	f := newFixture(r)
	r.Tool(f.tscns(), "", "register", "flatpak").In("n\n").Run().Has(t, filepath.Join(r.Home, ".var/app", chromium, ".pki/nssdb"))
}
