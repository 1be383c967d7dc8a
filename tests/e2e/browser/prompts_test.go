// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
	"tscns/tests/padreader"
)

// At a reader with a keypad Firefox asks for no PIN: it sends the person to the
// reader, and goes on by itself when that is done. A wrong PIN there costs one
// try; the reader then asks again, which Firefox does not announce once more.
func TestFirefoxAtAPINPad(t *testing.T) {
	ready := make(chan struct{})
	reader := &padreader.Reader{Name: "Reader with keypad", Features: padreader.Verify | padreader.Modify,
		Before: func() { <-ready }}
	d := newFixture(t, e2e.Options{Service: func(r *e2e.Rig) string { return reader.Start(t, r.Card).Socket() }})
	t.Cleanup(func() { close(ready) })
	u := d.user(firefox, Options{Loading: ByModutil})
	reader.Person(wrongPIN, d.PIN)
	server := d.Server(tls.VersionTLS13)
	u.open(server.URL(host))
	dialog, err := u.firefox().await("the dialog that sends a person to the reader", func(d Dialog) bool { return strings.Contains(d.At, "protectedAuth") })
	require.NoError(t, err)
	d.takeStill("firefox-keypad.png")
	for range 2 {
		select {
		case ready <- struct{}{}:
		case <-time.After(patience):
			t.Fatal("the reader was not asked")
		}
	}
	u.page(server, tls.VersionTLS13)
	u.asked(dialog.Kind) // nobody types a PIN into this computer
	require.NotEqual(t, KindPIN, dialog.Kind)
	asked, left := reader.Entries()
	require.Equal(t, []int{2, 0}, []int{asked, left}, "entries at the keypad")
	require.Equal(t, 2, d.PINCommands())
	require.Empty(t, reader.Complaints())
	d.WrongPINs(1)
	u.quit()
}

// A person types the right PIN whenever a browser asks, on ten pages, with a card
// of which nothing states the form. One try is gone in all. No browser asks again
// because of the answer to a PIN, as after an incorrect one; Firefox may ask once
// more because it sometimes connects once more by itself after a handshake without
// a certificate. After the person decided how to go on, the same browser logs in.
func TestUnprovenForm(t *testing.T) {
	withEach(t, func(t *testing.T, k Kind) {
		d := newFixture(t, e2e.Options{Family: simcard.FamilyH, Change: e2e.OtherForm})
		d.PIN = e2e.OtherFormPIN
		u := d.user(k, Options{Loading: ByModutil})
		for range 10 {
			server := d.Server(tls.VersionTLS12)
			prompts := u.failedLogin(server.URL(host))
			t.Logf("%d prompts", prompts)
			require.NotZero(t, prompts)
			require.LessOrEqual(t, prompts, 2)
			require.Empty(t, server.Logins())
			d.WrongPINs(1)
		}
		require.Equal(t, 2, d.PINTries())
		require.Equal(t, 1, d.PINCommands())
		d.TakeOtherForm("XDG_RUNTIME_DIR=" + d.home.Path("run"))
		u.login(tls.VersionTLS12)
		d.WrongPINs(1)
		u.quit()
	})
}

// failedLogin opens a page, types the PIN whenever it is asked for, until an
// error page is there, and returns how often it was asked.
func (u *user) failedLogin(url string) (prompts int) {
	u.Helper()
	u.open("about:blank") // the error page before would be taken for the next one
	u.sees("an empty page", func(v View) bool { return v.Address == "about:blank" })
	for u.open(url); prompts < 5; prompts++ {
		asks := false
		u.sees("a prompt, or the page of an error", func(v View) bool {
			asks = v.Asks
			return asks || v.isRefused(url)
		})
		if !asks {
			return prompts
		}
		u.enterPIN(u.PIN, nil)
	}
	return prompts
}
