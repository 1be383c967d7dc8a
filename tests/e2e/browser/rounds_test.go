// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/tlsserver"
)

// rounds is how often the card is pulled out of a signature in one run of a
// browser.
const rounds = 10

// exitInside is how long a browser may be inside the module when it ends after
// that. How long it takes to end depends on the other work of the machine.
const exitInside = 100 * time.Millisecond

// browser is what a Firefox and a Chromium have in common here.
type browser struct {
	*desk
	login   func(server *tlsserver.Server, version uint16) // finds the card, asks for the PIN and shows the page
	open    func(server *tlsserver.Server)                 // starts to load a page
	refused func(server *tlsserver.Server)                 // waits for an error page, without a prompt
	quit    func() (time.Duration, error)
}

// lateReader is a desk without a reader, whose programs trace the module.
func lateReader(t *testing.T) (d *desk, trace string) {
	d = newDesk(t, e2e.Options{Reading: e2e.EmptyReader})
	require.NoError(t, d.Service().Unplug())
	trace = filepath.Join(t.TempDir(), "trace")
	d.home = d.home.With("TSCNS_TRACE=" + trace)
	return d, trace
}

// pullTenTimes: the browser was started without a reader. A reader comes, the
// card goes in, its holder logs in, and pulls it out while it signs; again and
// again. The browser lives, asks for the PIN after each insertion and never for
// a card that is not there, and ends at once.
func (b *browser) pullTenTimes(trace string) {
	b.Helper()
	require.NoError(b, b.Service().Plug())
	begin := time.Now()
	for round := range rounds {
		version := []uint16{tls.VersionTLS13, tls.VersionTLS12}[round%2]
		b.Insert()
		server := b.Server(version)
		b.login(server, version)
		server = b.Server(version)
		signed := b.Signatures()
		b.RemoveInSignature(func() { b.open(server) })
		if version == tls.VersionTLS12 {
			// NSS has the error of C_Sign by now, and says nothing of it to
			// whoever loads the page before the server hangs up.
			require.NoError(b, server.Close())
		}
		b.refused(server)
		require.Empty(b, server.Logins())
		require.LessOrEqual(b, b.Signatures(), signed+1, "the signature that was cut off")
		server = b.Server(version) // nobody has signed there, and no card is in the reader
		b.open(server)
		b.refused(server)
		require.Empty(b, server.Logins())
	}
	b.WrongPINs(0)
	require.Equal(b, 3, b.PINTries())
	took := time.Since(begin)
	before, _, err := Inside(trace)
	require.NoError(b, err)
	traced := len(b.Read(trace))
	exit, err := b.quit()
	require.NoError(b, err)
	after, calls, err := Inside(trace)
	require.NoError(b, err)
	defer func() {
		if b.Failed() {
			b.Logf("the module at the end:\n%s", b.Read(trace)[traced:])
		}
	}()
	b.Logf("%d rounds in %v; end after %v, %v of it inside the module; %d calls in all", rounds, took.Round(time.Second),
		exit.Round(time.Millisecond), after-before, calls)
	require.Less(b, after-before, exitInside)
	require.Less(b, exit, quitLimit)
}

func TestFirefoxTenRounds(t *testing.T) {
	d, trace := lateReader(t)
	f := d.firefox(FirefoxOptions{Loading: ByModutil})
	mark := 0
	b := &browser{desk: d, quit: f.Quit,
		login: func(server *tlsserver.Server, version uint16) {
			mark := f.openUntilPIN(server)
			f.enterPIN(mark, d.PIN, nil)
			f.page(mark, server, version)
		},
		open: func(server *tlsserver.Server) { mark = f.open(server.URL(host)) },
		refused: func(server *tlsserver.Server) {
			require.NoError(t, f.seen.Wait("an error page", mark, patience, f.refused(server.URL(host))))
			require.Empty(t, f.dialogs(mark))
		},
	}
	b.pullTenTimes(trace)
}

func TestChromiumTenRounds(t *testing.T) {
	d, trace := lateReader(t)
	c := d.chromium(ChromiumOptions{})
	b := &browser{desk: d, quit: c.Quit,
		login: func(server *tlsserver.Server, version uint16) {
			c.openUntilPIN(server)
			require.NoError(t, c.EnterPIN(d.display, d.PIN, nil))
			c.page(server, version)
		},
		open: func(server *tlsserver.Server) {
			c.blank()
			require.NoError(t, c.Navigate(server.URL(host)))
		},
		refused: func(*tlsserver.Server) {
			c.refused()
			require.Zero(t, c.prompts())
		},
	}
	b.pullTenTimes(trace)
}
