// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/tlsserver"
)

// quitLimit is how long a browser may take to end, far above what it takes
// (0.6 s here) and far below what a module that hangs would make of it.
const quitLimit = 15 * time.Second

// firefox is a Firefox on a desk.
type firefox struct {
	*desk
	*Firefox
	seen *Observer
}

func (d *desk) firefox(o FirefoxOptions) *firefox {
	d.Helper()
	o.Module, o.CA = d.Module, d.CAFile
	f, err := StartFirefox(d.home, o)
	return d.watched(f, err)
}

// watched is a Firefox that was started, watched and stopped with the test.
func (d *desk) watched(f *Firefox, err error) *firefox {
	d.Helper()
	skipMissing(d.T, err)
	d.Cleanup(f.Stop)
	d.Cleanup(func() {
		if d.Failed() {
			d.screenshot("failed-" + strings.ReplaceAll(d.Name(), "/", "-") + ".png")()
			d.Logf("Firefox printed:\n%s", f.Log())
		}
	})
	seen, err := f.Observe()
	require.NoError(d, err)
	return &firefox{desk: d, Firefox: f, seen: seen}
}

// open starts to load a page and returns the mark from which to look.
func (f *firefox) open(url string) int {
	f.Helper()
	mark, err := f.seen.Mark()
	require.NoError(f, err)
	require.NoError(f, f.Navigate(url))
	return mark
}

// enterPIN answers a PIN prompt and returns it.
func (f *firefox) enterPIN(mark int, pin string, before func()) Dialog {
	f.Helper()
	prompt, err := f.seen.EnterPIN(f.display, mark, pin, before)
	require.NoError(f, err)
	require.Contains(f, prompt.Text, f.Token, "the prompt says which PIN it wants")
	return prompt
}

// page waits for the page of a server and checks what it says.
func (f *firefox) page(mark int, server *tlsserver.Server, version uint16) {
	f.Helper()
	require.NoError(f, f.seen.Wait("the page of who is logged in", mark, patience, func(s *Scene) bool {
		return strings.HasPrefix(s.Page.Document, server.URL(host)) && strings.Contains(s.Page.Title, pageTitle) && !s.Page.Busy
	}))
	var page []string
	require.NoError(f, f.Script(&page, "return "+readPage))
	f.checkPage(page, server, version)
}

// dialogs returns the kinds of the dialogs since mark, in order of appearance.
func (f *firefox) dialogs(mark int) []string {
	f.Helper()
	scenes, err := f.seen.Scenes()
	require.NoError(f, err)
	var kinds []string
	var known []int
	for _, s := range scenes[mark:] {
		for _, dialog := range s.Dialogs {
			if !slices.Contains(known, dialog.ID) {
				known = append(known, dialog.ID)
				kinds = append(kinds, dialog.Kind)
			}
		}
	}
	return kinds
}

// quit closes Firefox and checks that it ends by itself and well.
func (f *firefox) quit() {
	f.Helper()
	took, err := f.Quit()
	require.NoError(f, err)
	require.Less(f, took, quitLimit)
	f.Logf("Firefox started in %v, ended in %v", f.Started.Round(time.Millisecond), took.Round(time.Millisecond))
}

func TestFirefoxLogin(t *testing.T) {
	for _, loading := range []Loading{ByPolicy, ByModutil} {
		t.Run(string(loading), func(t *testing.T) {
			d := newDesk(t, e2e.Options{})
			f := d.firefox(FirefoxOptions{Loading: loading})
			picture := "firefox-" + string(loading)

			server := d.Server(tls.VersionTLS13)
			mark := f.open(server.URL(host))
			prompt := f.enterPIN(mark, d.PIN, func() {
				d.screenshot(picture + "-pin.png")()
				_, err := d.display.WaitWindow("Password Required", patience)
				require.NoError(t, err, "the prompt is a window that a person sees")
			})
			t.Logf("prompt: %q", prompt.Text)
			f.page(mark, server, tls.VersionTLS13)
			d.stillPicture(picture + "-logged-in.png")
			require.Equal(t, []string{KindPIN}, f.dialogs(mark))

			// Another server, the older protocol: the card is unlocked by now.
			server = d.Server(tls.VersionTLS12)
			mark = f.open(server.URL(host))
			f.page(mark, server, tls.VersionTLS12)
			require.Empty(t, f.dialogs(mark))
			require.GreaterOrEqual(t, d.Signatures(), 2)
			d.WrongPINs(0)
			f.quit()
		})
	}
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
	d := newDesk(t, e2e.Options{})
	f := d.firefox(FirefoxOptions{Loading: ByModutil, Choose: true})
	server := d.Server(tls.VersionTLS13)
	mark := f.open(server.URL(host))
	chooser, err := f.seen.Choose(d.display, mark, func() {
		d.screenshot("firefox-chooser.png")()
		require.Equal(t, []string{KindChooser}, f.dialogs(mark), "nothing was asked before")
		require.Zero(t, d.PINCommands(), "the card has seen no PIN so far")
	})
	require.NoError(t, err)
	require.Len(t, chooser.Items, 1)
	require.Contains(t, chooser.Items[0], d.CommonName)
	require.Contains(t, chooser.Text, d.CommonName)
	require.Contains(t, chooser.Text, d.Token)
	f.enterPIN(mark, d.PIN, nil)
	f.page(mark, server, tls.VersionTLS13)
	require.Equal(t, []string{KindChooser, KindPIN}, f.dialogs(mark))
	d.WrongPINs(0)
	f.quit()
}

func TestFirefoxWrongPIN(t *testing.T) {
	d := newDesk(t, e2e.Options{})
	f := d.firefox(FirefoxOptions{Loading: ByModutil})
	tries := d.PINTries()
	server := d.Server(tls.VersionTLS13)
	mark := f.open(server.URL(host))
	first := f.enterPIN(mark, wrongPIN, nil)
	var second Dialog
	require.NoError(t, f.seen.Wait("a second prompt", mark, patience, func(s *Scene) bool {
		p := s.Dialog(KindPIN)
		if p == nil || p.ID == first.ID {
			return false
		}
		second = *p
		return true
	}))
	require.Equal(t, tries-1, d.PINTries(), "exactly one try is gone")
	d.WrongPINs(1)
	require.Empty(t, server.Logins())
	mark, err := f.seen.Mark()
	require.NoError(t, err)
	require.Equal(t, second.ID, f.enterPIN(mark, d.PIN, d.screenshot("firefox-second-prompt.png")).ID)
	f.page(mark, server, tls.VersionTLS13)
	require.Equal(t, tries, d.PINTries(), "the right PIN gives the tries back")
	d.WrongPINs(1)
	f.quit()
}

func TestFirefoxCardOutAndIn(t *testing.T) {
	d := newDesk(t, e2e.Options{})
	f := d.firefox(FirefoxOptions{Loading: ByModutil})
	server := d.Server(tls.VersionTLS13)
	mark := f.open(server.URL(host))
	f.enterPIN(mark, d.PIN, nil)
	f.page(mark, server, tls.VersionTLS13)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		d.Remove()
		server = d.Server(version)
		mark = f.open(server.URL(host))
		require.NoError(t, f.seen.Wait("an error page", mark, patience, f.refused(server.URL(host))))
		require.Empty(t, f.dialogs(mark))
		require.Empty(t, server.Logins())

		d.Insert()
		server = d.Server(version)
		mark = f.openUntilPIN(server)
		f.enterPIN(mark, d.PIN, nil)
		f.page(mark, server, version)
	}
	d.WrongPINs(0)
	f.quit()
}

// refused holds when Firefox shows an error page for an address.
func (f *firefox) refused(url string) func(*Scene) bool {
	return func(s *Scene) bool {
		return s.Page.At == url && strings.HasPrefix(s.Page.Document, "about:neterror") && !s.Page.Busy
	}
}

// openUntilPIN opens a page, again and again as a person would, until the PIN
// prompt comes: NSS believes for a second what it last heard of a reader.
func (f *firefox) openUntilPIN(server *tlsserver.Server) int {
	f.Helper()
	limit := time.Now().Add(patience)
	for attempt := 1; ; attempt++ {
		url := fmt.Sprintf("%s?attempt=%d", server.URL(host), attempt)
		mark := f.open(url)
		prompted := false
		require.NoError(f, f.seen.Wait("a PIN prompt or an error page", mark, patience, func(s *Scene) bool {
			prompted = s.Dialog(KindPIN) != nil
			return prompted || f.refused(url)(s)
		}))
		if prompted {
			f.Logf("the card was found at attempt %d", attempt)
			return mark
		}
		require.True(f, time.Now().Before(limit), "the card is found again")
	}
}
