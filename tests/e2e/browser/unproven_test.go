// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
)

// A person types the right PIN into Firefox, ten times, for a card of which
// nothing states the form. Firefox is told of no incorrect PIN and does not ask
// again for the same page; one try is gone in all. After the person decided how
// to go on, the same Firefox logs in.
func TestFirefoxWithAnUnprovenForm(t *testing.T) {
	d := newDesk(t, e2e.Options{Family: simcard.FamilyH, Change: e2e.OtherForm})
	d.PIN = e2e.OtherFormPIN
	f := d.firefox(FirefoxOptions{Loading: ByModutil})
	for range 10 {
		server := d.Server(tls.VersionTLS12)
		mark := f.open(server.URL(host))
		f.enterPIN(mark, d.PIN, nil)
		require.NoError(t, f.seen.Wait("the end of the loading", mark, patience, func(s *Scene) bool {
			return len(s.Dialogs) == 0 && !s.Page.Busy && s.Page.Document != "" && s.Page.Title != ""
		}))
		require.Equal(t, []string{KindPIN}, f.dialogs(mark), "asked once")
		require.Empty(t, server.Logins())
	}
	d.WrongPINs(1)
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
