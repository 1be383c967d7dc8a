// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
)

// TestFirefoxPageCostsOneCommand: in a Firefox that is logged in, each further
// handshake with the certificate costs the card its signature and nothing else.
func TestFirefoxPageCostsOneCommand(t *testing.T) {
	d := newDesk(t, e2e.Options{})
	f := d.firefox(FirefoxOptions{Loading: ByModutil})
	first := d.Server(tls.VersionTLS13)
	mark := f.open(first.URL(host))
	f.enterPIN(mark, d.PIN, nil)
	f.page(mark, first, tls.VersionTLS13)
	for range 3 {
		server := d.Server(tls.VersionTLS13) // another port: no session to resume
		d.Card.ClearLog()
		mark := f.open(server.URL(host))
		f.page(mark, server, tls.VersionTLS13)
		require.Len(t, d.Card.Log(), 1, d.Card.LogText())
	}
	f.quit()
}
