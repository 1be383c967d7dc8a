// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

// TestLogin: each browser, with the library loaded in each way.
func TestLogin(t *testing.T) {
	for name, c := range map[string]struct {
		kind Kind
		o    Options
	}{
		"firefox-policy":  {firefox, Options{Loading: ByPolicy}},
		"firefox-modutil": {firefox, Options{Loading: ByModutil}},
		"chromium-policy": {chromium, Options{Loading: ByModutil}},
		"chromium-prefs":  {chromium, Options{Loading: ByModutil, Preferences: true}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFixture(t, e2e.Options{})
			u := d.user(c.kind, c.o)
			server := d.Server(tls.VersionTLS13)
			u.open(server.URL(host))
			u.enterPIN(d.PIN, func() {
				d.take(name + "-pin.png")
				_, err := d.home.display.waitWindow(map[string]string{"Firefox": "Password Required", "Chromium": pinWindow}[c.kind.Name])
				require.NoError(t, err, "the prompt is a window that a person sees")
			})
			u.page(server, tls.VersionTLS13)
			d.takeStill(name + "-logged-in.png")
			u.asked(KindPIN)

			// Another server, the older protocol: the card is unlocked by now, whoever
			// else has logged in and left.
			d.othersLogIn()
			server = d.Server(tls.VersionTLS12)
			u.open(server.URL(host))
			u.page(server, tls.VersionTLS12)
			u.asked()
			require.GreaterOrEqual(t, d.Signatures(), 2)
			d.WrongPINs(0)
			u.quit()
		})
	}
}

// othersLogIn has two other programs of the person log in to the card, use it and
// end.
func (d *fixture) othersLogIn() {
	d.Helper()
	if strings.HasPrefix(filepath.Base(d.Module), "p11-kit-") {
		return // the browser's connection to p11-kit's server lies in its runtime directory
	}
	run := "XDG_RUNTIME_DIR=" + d.home.Path("run")
	d.Tool("pkcs11-tool", "opensc", "--module", d.Module, "--token-label", d.Token, "--login", "--pin", d.PIN, "--sign", "--mechanism", "SHA256-RSA-PKCS",
		"--input-file", d.File("data", []byte("data")), "--output-file", d.home.Path("signature")).With(run).OK()
	server := d.Server(tls.VersionTLS13)
	d.Tool("curl", "curl", "-sS", "--max-time", "45", "--noproxy", "*", "--cacert", d.CAFile, "--engine", "pkcs11", "--cert-type", "ENG", "--cert", d.URI("cert"),
		"--key-type", "ENG", "--key", d.URI("private")+";pin-value="+d.PIN, server.URL("localhost")).With(run, "PKCS11_MODULE_PATH="+d.Module).OK()
	d.OneLogin(server, tls.VersionTLS13)
}

// A wrong PIN costs one try, the browser asks again, and the right one gives the
// tries back.
func TestWrongPIN(t *testing.T) { withEach(t, wrongThenRight) }

func wrongThenRight(t *testing.T, k Kind) {
	d := newFixture(t, e2e.Options{})
	u := d.user(k, Options{Loading: ByModutil})
	tries := d.PINTries()
	server := d.Server(tls.VersionTLS13)
	u.open(server.URL(host))
	u.enterPIN(wrongPIN, nil)
	u.sees("a second prompt", func(v View) bool { return v.Asks })
	require.Equal(t, tries-1, d.PINTries(), "exactly one try is gone")
	d.WrongPINs(1)
	require.Empty(t, server.Logins())
	u.enterPIN(d.PIN, func() { d.take(k.Name + "-second-prompt.png") })
	u.page(server, tls.VersionTLS13)
	require.Equal(t, tries, d.PINTries(), "the right PIN gives the tries back")
	d.WrongPINs(1)
	u.quit()
}

// In a Firefox that is logged in, each further handshake with the certificate
// costs the card its signature and nothing else.
func TestFirefoxPageCostsOneCommand(t *testing.T) {
	d := newFixture(t, e2e.Options{})
	u := d.user(firefox, Options{Loading: ByModutil})
	u.login(tls.VersionTLS13)
	for range 3 {
		server := d.Server(tls.VersionTLS13) // another port: no session to resume
		d.Card.ClearLog()
		u.open(server.URL(host))
		u.page(server, tls.VersionTLS13)
		require.Len(t, d.Card.Log(), 1, d.Card.LogText())
	}
	u.quit()
}

// Firefox lists the certificates of a token without a login when NSS takes it
// for friendly, and offers those of them that NSS takes for the user's. Read in
// NSS 3.12x: PK11_IsFriendly (lib/pk11wrap/pk11slot.c) is satisfied by a profile
// object, found by {CKA_TOKEN true, CKO_PROFILE}, with
// CKP_PUBLIC_CERTIFICATES_TOKEN; and before the login, when no private key can
// be seen, nssToken_IsPrivateKeyAvailable (lib/dev/devtoken.c) is satisfied by
// a public key object with the certificate's CKA_ID alone. So both objects
// must be there without a login, or the PIN comes first, or no certificate.
func TestFirefoxChoosesBeforeThePIN(t *testing.T) {
	d := newFixture(t, e2e.Options{})
	u := d.user(firefox, Options{Loading: ByModutil, Choose: true})
	server := d.Server(tls.VersionTLS13)
	u.open(server.URL(host))
	chooser, err := u.firefox().Choose(func() {
		d.take("firefox-chooser.png")
		u.asked(KindChooser)
		require.Zero(t, d.PINCommands(), "the card has seen no PIN so far")
	})
	require.NoError(t, err)
	require.Len(t, chooser.Items, 1)
	require.Contains(t, chooser.Items[0], d.CommonName)
	require.Contains(t, chooser.Text, d.CommonName)
	require.Contains(t, chooser.Text, d.Token)
	u.enterPIN(d.PIN, nil)
	u.page(server, tls.VersionTLS13)
	u.asked(KindChooser, KindPIN)
	d.WrongPINs(0)
	u.quit()
}

func TestFirefoxCardOutAndIn(t *testing.T) {
	d := newFixture(t, e2e.Options{})
	u := d.user(firefox, Options{Loading: ByModutil})
	u.login(tls.VersionTLS13)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		d.Remove()
		server := d.Server(version)
		u.open(server.URL(host))
		u.refused(server)
		d.Insert()
		server = d.Server(version)
		u.openUntilPIN(server)
		u.enterPIN(d.PIN, nil)
		u.page(server, version)
	}
	d.WrongPINs(0)
	u.quit()
}

// Browsers with p11-kit's client for a module, as they have it in a sandbox:
// the chooser before the PIN, a wrong PIN, the card out and in again. The names
// are short: Chromium makes a socket below the test's directory.
func TestP11Kit(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"Chooser": TestFirefoxChoosesBeforeThePIN, "OutAndIn": TestFirefoxCardOutAndIn,
		"WrongPIN": func(t *testing.T) { wrongThenRight(t, firefox) }, "Login": TestLogin,
	} {
		t.Run(name, func(t *testing.T) { e2e.BySocketUnit.On(t, test) })
	}
}

// rounds is how often the card is pulled out of a signature in one run of a
// browser.
const rounds = 10

// A browser is started without a reader. A reader comes, the card goes in, its
// holder logs in, and pulls it out while it signs; again and again. The browser
// lives, asks for the PIN after each insertion and never for a card that is not
// there, and ends at once.
func TestTenRounds(t *testing.T) {
	withEach(t, func(t *testing.T, k Kind) {
		d := newFixture(t, e2e.Options{Reading: e2e.EmptyReader})
		require.NoError(t, d.Service().Unplug())
		trace := filepath.Join(t.TempDir(), "trace")
		d.home = d.home.With("TSCNS_TRACE=" + trace)
		u := d.user(k, Options{Loading: ByModutil})
		require.NoError(t, d.Service().Plug())
		begin := time.Now()
		for round := range rounds {
			u.pullOut([]uint16{tls.VersionTLS13, tls.VersionTLS12}[round%2])
		}
		d.WrongPINs(0)
		require.Equal(t, 3, d.PINTries())
		took := time.Since(begin)
		before, _ := e2e.Inside(t, trace)
		traced := len(d.Read(trace))
		u.quit()
		after, calls := e2e.Inside(t, trace)
		t.Logf("%d rounds in %v; %v of the end inside the module; %d calls in all", rounds, took.Round(time.Second), after-before, calls)
		require.Less(t, after-before, e2e.AWait, "the module at the end:\n%s", d.Read(trace)[traced:])
	})
}

// pullOut is one round.
func (u *user) pullOut(version uint16) {
	u.Helper()
	u.Insert()
	server := u.Server(version)
	u.openUntilPIN(server)
	u.enterPIN(u.PIN, nil)
	u.page(server, version)
	server = u.Server(version)
	signed := u.Signatures()
	u.RemoveInSignature(func() { u.open(server.URL(host)) })
	if version == tls.VersionTLS12 {
		// NSS has the error of C_Sign by now, and says nothing of it to
		// whoever loads the page before the server hangs up.
		require.NoError(u, server.Close())
	}
	u.refused(server)
	require.LessOrEqual(u, u.Signatures(), signed+1, "the signature that was cut off")
	server = u.Server(version) // nobody has signed there, and no card is in the reader
	u.open(server.URL(host))
	u.refused(server)
}
