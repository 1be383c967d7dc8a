// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/simcard/pcscd"
	"tscns/tests/e2e"
	"tscns/tests/kit"
	"tscns/tests/tlsserver"
)

func TestMain(m *testing.M) {
	e2e.Reader = pcscd.Options{Readers: 1, USB: true}
	os.Exit(kit.Main(m))
}

const (
	wrongPIN = "00000000"
	host     = "cns.test.localhost"
	// pageTitle is what the page of package tlsserver is called in its second language.
	pageTitle = "Logged in"
)

// desk is a person's desk: a card in a reader and a screen.
type desk struct {
	*testing.T
	*e2e.Rig
	home    *Home
	display *Display
}

func newDesk(t *testing.T, o e2e.Options) *desk {
	t.Helper()
	rig := e2e.Start(t, o)
	home, err := NewHome(t.TempDir(), rig.ServiceEnv()...)
	require.NoError(t, err)
	display, err := StartDisplay(home)
	skipMissing(t, err)
	t.Cleanup(display.Stop)
	return &desk{T: t, Rig: rig, home: home, display: display}
}

// skipMissing skips the test by name where a program is not installed.
func skipMissing(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, ErrMissing) {
		t.Skipf("SKIPPED: %v", err)
	}
	require.NoError(t, err)
}

// artifact returns the path for a picture that a person may want to see.
func artifact(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "artifacts")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	return filepath.Join(dir, name)
}

func (d *desk) screenshot(name string) func() {
	return func() {
		d.Helper()
		require.NoError(d, d.display.Screenshot(artifact(d.T, name)))
	}
}

// stillPicture takes the picture when nothing moves any more.
func (d *desk) stillPicture(name string) {
	d.Helper()
	_, err := d.display.Still(wholeScreen)
	require.NoError(d, err)
	d.screenshot(name)()
}

// issuer returns the common name of the authority of the card's certificate.
func (d *desk) issuer() string {
	certificate, err := x509.ParseCertificate(d.CertDER)
	require.NoError(d, err)
	return certificate.Issuer.CommonName
}

// loggedIn is what the page says to who was let in.
type loggedIn struct{ CN, Proto, Signature string }

const readPage = `["cn", "proto", "signature"].map(id => document.getElementById(id)?.textContent ?? "")`

// checkPage compares the page with what the server saw and the card did.
func (d *desk) checkPage(page []string, server *tlsserver.Server, version uint16) {
	d.Helper()
	require.Len(d, page, 3)
	shown := loggedIn{page[0], page[1], page[2]}
	login := d.OneLogin(server, version)
	require.Equal(d, d.CommonName, shown.CN, "the subject on the page")
	require.Contains(d, shown.Proto, tls.VersionName(version))
	require.Equal(d, login.SignatureName(), shown.Signature)
	if version == tls.VersionTLS13 {
		require.Contains(d, shown.Signature, "rsa_pss_rsae_", "TLS 1.3 knows no other RSA signature")
	}
}

// asking is a web server that asks for a certificate and does without.
type asking struct {
	server *httptest.Server
	peers  atomic.Int64 // certificates that came
}

const askingTitle = "No card needed"

func newAsking(t *testing.T, rig *e2e.Rig) *asking {
	t.Helper()
	certificate, err := tls.LoadX509KeyPair(rig.ServerFile, rig.ServerFile)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(rig.Read(rig.CAFile)))
	a := &asking{}
	a.server = httptest.NewUnstartedServer(a)
	a.server.Config.ErrorLog = log.New(io.Discard, "", 0) // browsers drop connections unused
	a.server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequestClientCert, ClientCAs: pool,
		SessionTicketsDisabled: true, NextProtos: []string{"http/1.1"}}
	a.server.StartTLS()
	t.Cleanup(a.server.Close)
	return a
}

func (a *asking) url() string {
	return fmt.Sprintf("https://%s:%d/", host, a.server.Listener.Addr().(*net.TCPAddr).Port)
}

func (a *asking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	a.peers.Add(int64(len(r.TLS.PeerCertificates)))
	fmt.Fprintf(w, "<!doctype html><link rel=icon href='data:,'><title>%s</title><p>%[1]s</p>", askingTitle)
}
