// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pcscd"
	"tscns/tests/e2e"
	"tscns/tests/padreader"
)

// withPad is a PC/SC service whose reader has a keypad, with the rig's card.
func withPad(t *testing.T, reader *padreader.Reader) func(*e2e.Rig) string {
	return func(r *e2e.Rig) string {
		dir, err := os.MkdirTemp("", "pad") // the path of a socket is short
		require.NoError(t, err)
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		reader.Card = r.Card
		err = reader.Plug(dir)
		if errors.Is(err, padreader.ErrMissing) {
			t.Skipf("SKIPPED: %v", err)
		}
		require.NoError(t, err)
		t.Cleanup(reader.Close)
		service, err := pcscd.Start(dir, 0)
		if errors.Is(err, pcscd.ErrMissing) {
			t.Skipf("SKIPPED: %v", err)
		}
		require.NoError(t, err)
		t.Cleanup(func() { _ = service.Stop() })
		require.NoError(t, service.WaitCard(reader.Name+" 00 00", true, patience))
		return service.Socket()
	}
}

// At a reader with a keypad Firefox asks for no PIN: it sends the person to the
// reader, and goes on by itself when that is done. A wrong PIN there costs one
// try; the reader then asks again, which Firefox does not announce once more.
func TestFirefoxAtAPINPad(t *testing.T) {
	ready := make(chan struct{})
	reader := &padreader.Reader{Name: "Reader with keypad", Features: padreader.Verify | padreader.Modify,
		Before: func() { <-ready }}
	d := newDesk(t, e2e.Options{Service: withPad(t, reader)})
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
