// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ocsp"

	"tscns/cmd/internal/exit"
	"tscns/simcard"
	"tscns/tests/cardtest"
)

// responder plays the hosts that the certificate of a card names.
type responder struct {
	status ocsp.Response
	silent bool
	asked  []string // hosts
}

// onlineFixture is a card, and its authority's responder where the certificate
// says that it is.
func onlineFixture(t *testing.T, family simcard.Family) (*fixture, *responder) {
	t.Helper()
	set, err := simcard.NewSet(family)
	require.NoError(t, err)
	x := newFixture(t, t.TempDir(), family, func(o *simcard.Options) { *o = simcard.ForIdentity(family, set.Identity) })
	leaf, err := x509.ParseCertificate(set.Identity.Certificate)
	require.NoError(t, err)
	r := &responder{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.asked = append(r.asked, q.Host)
		switch {
		case r.silent:
			w.WriteHeader(http.StatusServiceUnavailable)
		case q.Method == http.MethodGet:
			_, _ = w.Write(set.Authority.Certificate.Raw)
		default:
			_, _ = io.Copy(io.Discard, q.Body)
			answer := r.status
			answer.SerialNumber, answer.ThisUpdate, answer.NextUpdate = leaf.SerialNumber, time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
			b, err := ocsp.CreateResponse(set.Authority.Certificate, set.Authority.Certificate, answer, set.Authority.Key)
			assert.NoError(t, err)
			_, _ = w.Write(b)
		}
	}))
	t.Cleanup(server.Close)
	x.app = func(a *app) {
		a.online = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		}}}
	}
	return x, r
}

// Nobody is asked whether the certificate is revoked but with --online, and with
// a card.
func TestNobodyIsAskedByItself(t *testing.T) {
	x, r := onlineFixture(t, simcard.FamilyB2)
	for _, args := range [][]string{{"status"}, {"status", "--json"}, {"doctor"}, {"doctor", "--json"}, {"cert", "list"}} {
		_, out, errs := x.run(args...)
		assert.NotContains(t, out+errs, "prova.invalid", args)
		assert.NotContains(t, out, `"revocation":`, args)
	}
	x.service.Remove(cardtest.ReaderName)
	for _, args := range [][]string{{"status", "--online"}, {"doctor", "--online"}} {
		_, _, errs := x.run(args...)
		assert.NotContains(t, errs, "prova.invalid", "without a card")
	}
	assert.Empty(t, r.asked)
}

// What the responder says is known by status and doctor alike.
func TestRevocation(t *testing.T) {
	x, r := onlineFixture(t, simcard.FamilyT)
	when := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	for name, c := range map[string]struct {
		responder
		code                      int
		status, state, doctor     string
		finding, obstacle, active string
	}{
		"good":      {responder{}, exit.OK, "✓ the certificate is not revoked, says ocsp.prova.invalid (", "good", "ok", "revocation-good", "", "Active      yes"},
		"revoked":   {responder{status: ocsp.Response{Status: ocsp.Revoked, RevokedAt: when}}, exit.NotGood, "✗ the certificate was revoked on 4 March 2026, says ocsp.prova.invalid", "revoked", "failure", "revocation-revoked", "revoked", "Active      no: the certificate is revoked"},
		"suspended": {responder{status: ocsp.Response{Status: ocsp.Revoked, RevokedAt: when, RevocationReason: ocsp.CertificateHold}}, exit.NotGood, "✗ the certificate has been suspended since 4 March 2026", "suspended", "failure", "revocation-suspended", "suspended", "Active      no: the certificate is suspended"},
		"silent":    {responder{silent: true}, exit.OK, "! whether the certificate is revoked is not known: portale.prova.invalid: it refuses to answer", "unknown", "warning", "revocation-unknown", "", "Active      yes"},
	} {
		t.Run(name, func(t *testing.T) {
			r.status, r.silent = c.responder.status, c.silent
			code, out, errs := x.run("status", "--online")
			assert.Equal(t, c.code, code)
			assert.Equal(t, 1, strings.Count(out, c.status), "%s", out)
			assert.Contains(t, out, c.active)
			assert.Regexp(t, `(?s)^Asking whether .*portale\.prova\.invalid.*\n  ocsp\.prova\.invalid, which is told the serial number`, errs)
			code, out, _ = x.run("status", "--online", "--json")
			assert.Equal(t, c.code, code)
			require.NoError(t, followsSchema(t, "status", out))
			var st struct {
				Readers []struct {
					Card struct {
						Obstacles    []string
						Certificates []struct{ Revocation struct{ State string } }
					}
				}
			}
			require.NoError(t, json.Unmarshal([]byte(out), &st))
			assert.Equal(t, c.state, st.Readers[0].Card.Certificates[0].Revocation.State)
			assert.Equal(t, c.obstacle, strings.Join(st.Readers[0].Card.Obstacles, " "))
			code, out, errs = x.run("doctor", "--online", "--json")
			assert.Equal(t, c.code, code)
			assert.Contains(t, errs, "ocsp.prova.invalid, which is told the serial number")
			for _, f := range findings(t, out) {
				if f.Check == "revocation" {
					assert.Equal(t, []string{c.finding, c.doctor}, []string{f.Code, f.State})
				}
			}
		})
	}
	x.env["LC_ALL"] = "it_IT.UTF-8"
	_, out, errs := x.run("doctor", "--online")
	assert.Contains(t, out, "certificato è ")
	assert.Contains(t, errs, "a cui viene detto il numero di serie del tuo certificato")
	for _, host := range r.asked {
		assert.Contains(t, []string{"ocsp.prova.invalid", "portale.prova.invalid"}, host)
	}
}
