// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
)

const askingTitle = "No card needed"

// asking starts a web server that asks for a certificate and does without. It
// counts the certificates that came.
func (d *fixture) asking() (url string, peers *atomic.Int64) {
	d.Helper()
	certificate, err := tls.LoadX509KeyPair(d.ServerFile, d.ServerFile)
	require.NoError(d, err)
	peers = new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		peers.Add(int64(len(r.TLS.PeerCertificates)))
		fmt.Fprintf(w, "<!doctype html><link rel=icon href='data:,'><title>%s</title><p>%[1]s</p>", askingTitle)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // browsers drop connections unused
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequestClientCert, ClientCAs: d.Authorities(),
		SessionTicketsDisabled: true, NextProtos: []string{"http/1.1"}}
	s.StartTLS()
	d.Cleanup(s.Close)
	return fmt.Sprintf("https://%s:%d/", host, s.Listener.Addr().(*net.TCPAddr).Port), peers
}

// Where there is no card of ours, a browser starts as if the library were not
// there: it loads the page of a server that takes no certificate as an answer,
// and a person sees nothing but that page.
func TestStartsWithoutACard(t *testing.T) {
	withEach(t, func(t *testing.T, k Kind) {
		nobody := e2e.Start(t, e2e.Options{Reading: e2e.NoService})
		bare := e2e.Start(t, e2e.Options{Reading: e2e.NoReader})
		d := newFixture(t, e2e.Options{Family: simcard.FamilyForeign})
		home := d.home
		url, peers := d.asking()
		for _, s := range []struct {
			name    string
			loading Loading
			service string // environment setting
			prepare func()
		}{
			{"no module", NotLoaded, nobody.ServiceEnv()[0], func() {}},
			{"no service", ByModutil, nobody.ServiceEnv()[0], func() {}},
			{"no reader", ByModutil, bare.ServiceEnv()[0], func() {}},
			{"empty reader", ByModutil, d.ServiceEnv()[0], d.Remove},
			{"foreign card", ByModutil, d.ServiceEnv()[0], d.Insert},
		} {
			s.prepare()
			trace := filepath.Join(t.TempDir(), "trace")
			d.home = home.With(s.service, "TSCNS_TRACE="+trace)
			u := d.at(k.Start(d.home, Options{Module: d.Module, Loading: s.loading, CA: d.CAFile}))
			u.open(url)
			u.sees("the page", func(v View) bool { return v.Address == url && v.Title == askingTitle })
			_, err := d.home.display.waitWindow(askingTitle)
			require.NoError(t, err)
			require.Len(t, d.home.display.windows(), 1, "windows on the screen")
			u.asked()
			require.Equal(t, s.loading != NotLoaded, u.Maps(d.Module), "the module is in the browser")
			u.quit()
			if s.loading != NotLoaded {
				total, calls := e2e.Inside(t, trace)
				require.NotZero(t, calls, "the browser called the module")
				require.Less(t, total, e2e.AWait, s.name)
				t.Logf("%-12s %v in %d calls of the module", s.name, total, calls)
			}
		}
		require.Zero(t, peers.Load(), "certificates that came from nowhere")
		require.Zero(t, d.PINCommands(), "a foreign card sees no PIN")
	})
}
