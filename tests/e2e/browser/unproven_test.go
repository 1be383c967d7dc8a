// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	neturl "net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
)

// A person types the right PIN into Firefox whenever it asks, on ten pages, with
// a card of which nothing states the form. One try is gone in all. Firefox does
// not ask again because of the answer to a PIN, as after an incorrect one; it may
// ask once more because it sometimes connects once more by itself after a
// handshake without a certificate. After the person decided how to go on, the
// same Firefox logs in.
func TestFirefoxWithAnUnprovenForm(t *testing.T) {
	d := newDesk(t, e2e.Options{Family: simcard.FamilyH, Change: e2e.OtherForm})
	d.PIN = e2e.OtherFormPIN
	f := d.firefox(FirefoxOptions{Loading: ByModutil})
	for range 10 {
		server := d.Server(tls.VersionTLS12)
		prompts := f.failedLogin(server.URL(host))
		t.Logf("%d prompts", prompts)
		require.LessOrEqual(t, prompts, 2)
		require.Empty(t, server.Logins())
		d.WrongPINs(1)
	}
	require.Equal(t, 2, d.PINTries())
	require.Equal(t, 1, d.PINCommands())
	d.TakeOtherForm("XDG_RUNTIME_DIR=" + d.home.Path("run"))
	server := d.Server(tls.VersionTLS12)
	mark := f.open(server.URL(host))
	f.enterPIN(mark, d.PIN, nil)
	f.page(mark, server, tls.VersionTLS12)
	d.WrongPINs(1)
	f.quit()
}

// failedLogin opens a page, types the PIN whenever it is asked for, until an
// error page is there, and returns how often it was asked.
func (f *firefox) failedLogin(url string) (prompts int) {
	f.Helper()
	address := neturl.QueryEscape(strings.TrimPrefix(strings.TrimSuffix(url, "/"), "https://"))
	mark := f.open(url)
	for prompts < 5 {
		var asked bool
		require.NoError(f, f.seen.Wait("a prompt, or the page of an error", mark, patience, func(s *Scene) bool {
			asked = s.Dialog(KindPIN) != nil
			failed := strings.HasPrefix(s.Page.Document, "about:neterror") && strings.Contains(s.Page.Document, address) && !s.Page.Busy
			return asked || failed && len(s.Dialogs) == 0
		}))
		if !asked {
			return prompts
		}
		prompts++
		f.enterPIN(mark, f.PIN, nil)
		var err error
		mark, err = f.seen.Mark()
		require.NoError(f, err)
	}
	return prompts
}
