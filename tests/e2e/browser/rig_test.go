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
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

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
	home, err := NewHome(t.TempDir(), serviceOf(rig)...)
	require.NoError(t, err)
	display, err := StartDisplay(home)
	skipMissing(t, err)
	t.Cleanup(display.Stop)
	return &desk{T: t, Rig: rig, home: home, display: display}
}

// serviceOf returns the settings by which programs find the PC/SC service, or
// p11-kit's socket instead of it.
func serviceOf(rig *e2e.Rig) []string {
	settings := []string{"PCSCLITE_CSOCK_NAME="}
	for _, setting := range rig.Env {
		if strings.HasPrefix(setting, "PCSCLITE_CSOCK_NAME=") {
			settings[0] = setting
		}
	}
	if rig.Socket != "" {
		settings = append(settings, "P11_KIT_SERVER_ADDRESS=unix:path="+rig.Socket)
	}
	return settings
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

// asking is a web server that asks for a certificate and does without. It
// tells when it served a page.
type asking struct {
	port   int
	mu     sync.Mutex
	served time.Time
	peers  int // certificates that came
}

const askingTitle = "No card needed"

func newAsking(t *testing.T, rig *e2e.Rig) *asking {
	t.Helper()
	certificate, err := tls.LoadX509KeyPair(rig.ServerFile, rig.ServerFile)
	require.NoError(t, err)
	authority, err := os.ReadFile(rig.CAFile)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(authority))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	a := &asking{port: listener.Addr().(*net.TCPAddr).Port}
	server := &http.Server{Handler: a, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0), TLSConfig: &tls.Config{
		Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequestClientCert, ClientCAs: pool,
		SessionTicketsDisabled: true, NextProtos: []string{"http/1.1"},
	}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.ServeTLS(listener, "", "")
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return a
}

func (a *asking) url() string { return fmt.Sprintf("https://%s:%d/", host, a.port) }

func (a *asking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Path == "/" {
		a.mu.Lock()
		a.served = time.Now()
		a.peers += len(r.TLS.PeerCertificates)
		a.mu.Unlock()
	}
	fmt.Fprintf(w, "<!doctype html><link rel=icon href='data:,'><title>%s</title><p>%[1]s</p>", askingTitle)
}

// await returns when the page was served since begin.
func (a *asking) await(t *testing.T, begin time.Time) time.Duration {
	t.Helper()
	var took time.Duration
	require.NoError(t, until("a request for the page", patience, func() (bool, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		took = a.served.Sub(begin)
		return took > 0, nil
	}))
	return took
}
