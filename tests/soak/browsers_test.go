// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e/browser"
	"tscns/tests/faults"
	"tscns/tests/tlsserver"
)

const (
	siteHost = "cns.test.localhost"
	pageIn   = "Logged in" // title of the page of package tlsserver
	// loginLimit is how long one login may take before it counts as lost to
	// the faults; the browser must then still be there and answer.
	loginLimit = 90 * time.Second
	answers    = 90 * time.Second
)

// outcome is how a login ended.
type outcome string

const (
	let     outcome = "let in"
	refused outcome = "error page"
	lost    outcome = "neither page nor error"
)

// browserUser is a person at a browser of one kind, with a screen of her own.
type browserUser struct {
	w      *fixture
	kind   browser.Kind
	home   *browser.Home
	server *tlsserver.Server
	visits int
}

// browsers makes the users of a long run, of the browsers that are installed.
func (w *fixture) browsers() (users []*browserUser) {
	if !w.long {
		return nil
	}
	server, err := tlsserver.Start(tlsserver.Options{
		Certificate: tls.Certificate{Certificate: [][]byte{w.set.Server.Certificate}, PrivateKey: w.set.Server.Key},
		ClientCAs:   w.set.Authority.Pool(),
	})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = server.Close() })
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.set.Authority.Certificate.Raw})
	require.NoError(w.t, os.WriteFile(filepath.Join(w.dir, "ca.pem"), authority, 0o600))
	for _, k := range browser.Kinds {
		if !k.Installed() {
			w.t.Logf("SKIPPED: %s is not installed", k.Name)
			continue
		}
		b := &browserUser{w: w, kind: k, home: browser.NewHome(w.t, w.service.Env()...), server: server}
		browser.StartDisplay(b.home)
		users = append(users, b)
	}
	return users
}

func (b *browserUser) start() browser.Browser {
	return b.kind.Start(b.home, browser.Options{Module: b.w.module, Loading: browser.ByModutil, CA: filepath.Join(b.w.dir, "ca.pem"),
		AutoSelect: "https://" + siteHost, Issuer: b.certificate().Issuer.CommonName})
}

// run starts the browser, logs in a few times and closes it, again and again.
func (b *browserUser) run(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		program := b.start()
		for i := 0; i < 2+r.Intn(6) && ctx.Err() == nil; i++ {
			if !b.visit(program) {
				break
			}
		}
		b.close(program)
	}
}

// visit logs in once; false means that the browser is gone.
func (b *browserUser) visit(program browser.Browser) bool {
	o, err := b.login(program)
	if o == let {
		b.w.tally.ok(b.kind.Name)
		return true
	}
	b.w.tally.fail(fmt.Sprintf("%s: %s", b.kind.Name, o))
	var dead error
	for end := time.Now().Add(answers); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var n int
		if dead = program.Page(&n, "1"); dead == nil {
			return true
		}
	}
	b.w.tally.problem(kindHang, "%s does not answer: %v (login: %v)\n%s", b.kind.Name, dead, err, program.Log())
	return false
}

// login opens a page and types the PIN where it is asked for.
func (b *browserUser) login(program browser.Browser) (outcome, error) {
	b.visits++
	url := fmt.Sprintf("%s?visit=%d", b.server.URL(siteHost), b.visits)
	if err := program.Navigate(url); err != nil {
		return lost, err
	}
	var err error
	for end := time.Now().Add(loginLimit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var v browser.View
		v, err = program.View()
		switch {
		case err != nil:
		case v.Asks:
			err = b.typing(func(before func()) error { return program.EnterPIN(faults.FirstPIN, before) })
		case v.Refused:
			return refused, nil
		case v.Address == url && strings.Contains(v.Title, pageIn):
			return let, nil
		}
	}
	return lost, err
}

func (b *browserUser) close(program browser.Browser) {
	defer program.Stop()
	took, err := program.Quit()
	if err != nil {
		b.w.tally.problem(kindHang, "%s does not end: %v", b.kind.Name, err)
		return
	}
	b.w.tally.ok(b.kind.Name + " closed")
	b.w.tally.end(b.kind.Name, took)
}

// end logs in once more with nothing going wrong, and looks at whom the server
// saw.
func (b *browserUser) end() {
	program, o := b.start(), refused
	var err error
	for tries := 0; tries < 3 && o != let; tries++ { // NSS believes for a second what it last heard of a reader
		o, err = b.login(program)
	}
	if o != let {
		b.w.tally.problem(kindCalm, "%s: %s: %v", b.kind.Name, o, err)
	}
	b.close(program)
	for _, login := range b.server.Logins() {
		if !login.Certificate.Equal(b.certificate()) {
			b.w.tally.problem(kindWrong, "the server saw %v", login.Certificate.Subject)
		}
	}
}

func (b *browserUser) certificate() *x509.Certificate {
	certificate, err := x509.ParseCertificate(b.w.certificate)
	if err != nil {
		b.w.t.Error(err)
	}
	return certificate
}

// type locks everything else while digits are typed, up to the last key, so that no
// prompt goes away under the fingers and another gets the rest.
func (b *browserUser) typing(enter func(before func()) error) error {
	b.w.typing.RLock()
	locked := true
	unlock := func() {
		if locked {
			locked = false
			b.w.typing.RUnlock()
		}
	}
	defer unlock()
	return enter(unlock)
}
