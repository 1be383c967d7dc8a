// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pcscd"
	"tscns/tests/e2e"
	"tscns/tests/kit"
	"tscns/tests/tlsserver"
)

func TestMain(m *testing.M) {
	e2e.Reader = pcscd.Options{Readers: 1, USB: true}
	os.Exit(kit.Main(m))
}

const (
	wrongPIN = "00000000"
	host     = "cns.test.localhost"
	// pageTitle is what the page of package tlsserver is called in its second language.
	pageTitle = "Logged in"
	// quitLimit is how long a browser may take to end, far above what it takes
	// (0.6 s here) and far below what a module that hangs would make of it.
	quitLimit = 15 * time.Second
)

var firefox, chromium = Kinds[0], Kinds[1]

// withEach runs a test with each browser.
func withEach(t *testing.T, test func(*testing.T, Kind)) {
	for _, k := range Kinds {
		t.Run(k.Name, func(t *testing.T) { test(t, k) })
	}
}

// fixture is a card in a reader and a screen.
type fixture struct {
	*testing.T
	*e2e.Rig
	home *Home
}

func newFixture(t *testing.T, o e2e.Options) *fixture {
	t.Helper()
	rig := e2e.Start(t, o)
	d := &fixture{T: t, Rig: rig, home: NewHome(t, rig.ServiceEnv()...)}
	StartDisplay(d.home)
	return d
}

// take puts a picture of the screen where a person may look for it.
func (d *fixture) take(name string) {
	d.Helper()
	picture, err := d.home.display.capture(wholeScreen, "png")
	require.NoError(d, err)
	path := filepath.Join("..", "..", "artifacts", name)
	require.NoError(d, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(d, os.WriteFile(path, picture, 0o644))
}

// takeStill takes it when nothing moves any more.
func (d *fixture) takeStill(name string) {
	d.Helper()
	_, err := d.home.display.still(wholeScreen)
	require.NoError(d, err)
	d.take(name)
}

// tscns runs the command for the person of this fixture and returns what it
// printed, and its exit code.
func (d *fixture) tscns(args ...string) (string, int) {
	d.Helper()
	command := exec.Command(kit.Command(d.T, "tscns"), args...)
	command.Env = d.home.env
	out, _ := command.CombinedOutput()
	require.NotNil(d, command.ProcessState)
	d.Logf("tscns %q: %s", args, out)
	return string(out), command.ProcessState.ExitCode()
}

// until waits for what a person sees.
func (d *fixture) until(what string, condition func() (bool, error)) {
	d.Helper()
	require.NoError(d, until(what, condition))
}

// user is a person at a browser.
type user struct {
	*fixture
	Browser
}

// user starts a browser with the library. Firefox gets it by [Options.Loading].
func (d *fixture) user(k Kind, o Options) *user {
	d.Helper()
	certificate, err := x509.ParseCertificate(d.CertDER)
	require.NoError(d, err)
	o.Module, o.CA = d.Module, d.CAFile
	o.AutoSelect, o.Issuer = "https://"+host, certificate.Issuer.CommonName
	return d.at(k.Start(d.home, o))
}

// at is a person at a browser that was started. A failed test leaves a picture.
func (d *fixture) at(b Browser) *user {
	d.Cleanup(func() {
		if d.Failed() {
			d.take("failed-" + strings.ReplaceAll(d.Name(), "/", "-") + ".png")
			d.Logf("the browser printed:\n%s", b.Log())
		}
	})
	return &user{d, b}
}

func (u *user) firefox() *Firefox { return u.Browser.(*Firefox) }

// open starts to load a page.
func (u *user) open(url string) {
	u.Helper()
	require.NoError(u, u.Navigate(url))
}

// enterPIN answers a PIN prompt.
func (u *user) enterPIN(pin string, before func()) {
	u.Helper()
	require.NoError(u, u.EnterPIN(pin, before))
	if f, ok := u.Browser.(*Firefox); ok {
		require.Contains(u, f.Prompt.Text, u.Token, "the prompt says which PIN it wants")
	}
}

// sees waits for a view.
func (u *user) sees(what string, condition func(View) bool) {
	u.Helper()
	u.until(what, func() (bool, error) {
		v, err := u.View()
		return condition(v), err
	})
}

// page waits for the page of a server and compares it with what the server saw
// and the card did.
func (u *user) page(server *tlsserver.Server, version uint16) {
	u.Helper()
	u.sees("the page of who is logged in", func(v View) bool {
		return strings.HasPrefix(v.Address, server.URL(host)) && strings.Contains(v.Title, pageTitle)
	})
	var shown [3]string
	require.NoError(u, u.Page(&shown, `["cn", "proto", "signature"].map(id => document.getElementById(id)?.textContent ?? "")`))
	login := u.OneLogin(server, version)
	require.Equal(u, u.CommonName, shown[0], "the subject on the page")
	require.Contains(u, shown[1], tls.VersionName(version))
	require.Equal(u, login.SignatureName(), shown[2])
	if version == tls.VersionTLS13 {
		require.Contains(u, shown[2], "rsa_pss_rsae_", "TLS 1.3 knows no other RSA signature")
	}
}

// login logs in to a new server.
func (u *user) login(version uint16) {
	u.Helper()
	server := u.Server(version)
	u.open(server.URL(host))
	u.enterPIN(u.PIN, nil)
	u.page(server, version)
}

// isRefused reports whether an error page stands in a page's place.
func (v View) isRefused(url string) bool {
	return v.Refused && (v.Address == url || strings.HasPrefix(v.Address, errorPage))
}

// refused waits for an error page, without a question.
func (u *user) refused(server *tlsserver.Server) {
	u.Helper()
	u.sees("an error page", func(v View) bool { return v.isRefused(server.URL(host)) })
	u.asked()
	require.Empty(u, server.Logins())
}

// asked checks which dialogs there were since the page was opened, by kind.
// Those of Chromium cannot be told apart: none is open.
func (u *user) asked(want ...string) {
	u.Helper()
	v, err := u.View()
	require.NoError(u, err)
	require.False(u, v.Asks)
	f, ok := u.Browser.(*Firefox)
	if !ok {
		return
	}
	var kinds []string
	known := map[int]bool{}
	for _, d := range slices.Concat(dialogs(f.scenes[f.since:])...) {
		if !known[d.ID] {
			known[d.ID] = true
			kinds = append(kinds, d.Kind)
		}
	}
	require.Equal(u, want, kinds)
}

func dialogs(scenes []Scene) (all [][]Dialog) {
	for _, s := range scenes {
		all = append(all, s.Dialogs)
	}
	return all
}

// openUntilPIN opens a page, again and again as a person would, until the PIN
// prompt comes: NSS believes for a second what it last heard of a reader.
func (u *user) openUntilPIN(server *tlsserver.Server) {
	u.Helper()
	for end := time.Now().Add(patience); ; {
		url, asks := server.URL(host)+"?at="+time.Now().Format("05.000"), false
		u.open(url)
		u.sees("a PIN prompt or an error page", func(v View) bool {
			asks = v.Asks
			return asks || v.isRefused(url)
		})
		if asks {
			return
		}
		require.True(u, time.Now().Before(end), "the card is found again")
	}
}

// quit closes the browser and checks that it ends by itself, well and soon.
func (u *user) quit() {
	u.Helper()
	took, err := u.Quit()
	require.NoError(u, err)
	require.Less(u, took, quitLimit)
	u.Logf("started in %v, ended in %v", u.Started().Round(time.Millisecond), took.Round(time.Millisecond))
}
