// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
	d := newDesk(t, e2e.Options{Service: func(r *e2e.Rig) string { return reader.Start(t, r.Card).Socket() }})
	t.Cleanup(func() { close(ready) })
	f := d.firefox(FirefoxOptions{Loading: ByModutil})
	reader.Person(wrongPIN, d.PIN)
	server := d.Server(tls.VersionTLS13)
	mark := f.open(server.URL(host))
	require.NoError(t, f.seen.Wait("the dialog that sends a person to the reader", mark, patience, func(s *Scene) bool {
		return len(s.Dialogs) == 1 && strings.Contains(s.Dialogs[0].At, "protectedAuth")
	}))
	d.stillPicture("firefox-keypad.png")
	for range 2 {
		select {
		case ready <- struct{}{}:
		case <-time.After(patience):
			t.Fatal("the reader was not asked")
		}
	}
	f.page(mark, server, tls.VersionTLS13)
	require.NotContains(t, f.dialogs(mark), KindPIN, "nobody types a PIN into this computer")
	asked, left := reader.Entries()
	require.Equal(t, []int{2, 0}, []int{asked, left}, "entries at the keypad")
	require.Equal(t, 2, d.PINCommands())
	require.Empty(t, reader.Complaints())
	d.WrongPINs(1)
	f.quit()
}
