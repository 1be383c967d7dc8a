// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"time"

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

// tab is a running browser.
type tab interface {
	// login opens a page and types the PIN where it is asked for.
	login(url string) (outcome, error)
	// answers says whether the browser still does what it is told.
	answers() error
	quit() (time.Duration, error)
	stop()
	log() string
}

// browserUser is a person at a browser of one kind, with a screen of her own.
type browserUser struct {
	w       *world
	name    string
	home    *browser.Home
	display *browser.Display
	server  *tlsserver.Server
	open    func(b *browserUser) (tab, error)
	visits  int
}

// browsers makes the users of a long run, of the browsers that are installed.
func (w *world) browsers() []*browserUser {
	if !w.long {
		return nil
	}
	server, err := tlsserver.Start(tlsserver.Options{
		Certificate: tls.Certificate{Certificate: [][]byte{w.set.Server.Certificate}, PrivateKey: w.set.Server.Key},
		ClientCAs:   w.set.Authority.Pool(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = server.Close() })
	var users []*browserUser
	for name, open := range map[string]func(*browserUser) (tab, error){"Firefox": openFirefox, "Chromium": openChromium} {
		b := &browserUser{w: w, name: name, open: open, server: server}
		err := b.sitDown()
		if errors.Is(err, browser.ErrMissing) {
			w.t.Logf("SKIPPED: %s: %v", name, err)
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		users = append(users, b)
	}
	return users
}

func (b *browserUser) sitDown() (err error) {
	if b.home, err = browser.NewHome(b.w.t.TempDir(), b.w.lane.Env()...); err != nil {
		return err
	}
	if b.display, err = browser.StartDisplay(b.home); err == nil {
		b.w.t.Cleanup(b.display.Stop)
	}
	return err
}

// authority writes the certificate of the server's authority to a file.
func (b *browserUser) authority() string {
	path := filepath.Join(b.w.dir, "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.w.set.Authority.Certificate.Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		b.w.t.Error(err)
	}
	return path
}

// run starts the browser, logs in a few times and closes it, again and again.
func (b *browserUser) run(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		t, err := b.open(b)
		if err != nil {
			b.w.tally.problem(kindCrash, "%s does not start: %v", b.name, err)
			if !pause(ctx, 5*time.Second) {
				return
			}
			continue
		}
		for i := 0; i < 2+r.Intn(6) && ctx.Err() == nil; i++ {
			if !b.visit(t) {
				break
			}
		}
		b.close(t)
	}
}

// visit logs in once; false means that the browser is gone.
func (b *browserUser) visit(t tab) bool {
	b.visits++
	o, err := t.login(fmt.Sprintf("%s?visit=%d", b.server.URL(siteHost), b.visits))
	if o == let {
		b.w.tally.ok(b.name)
		return true
	}
	b.w.tally.fail(fmt.Sprintf("%s: %s", b.name, o))
	if alive := t.answers(); alive != nil {
		b.w.tally.problem(kindHang, "%s does not answer: %v (login: %v)\n%s", b.name, alive, err, t.log())
		return false
	}
	return true
}

func (b *browserUser) close(t tab) {
	defer t.stop()
	took, err := t.quit()
	if err != nil {
		b.w.tally.problem(kindHang, "%s does not end: %v", b.name, err)
		return
	}
	b.w.tally.ok(b.name + " closed")
	b.w.tally.end(b.name, took)
}

// end logs in once more with nothing going wrong, and looks at whom the server
// saw.
func (b *browserUser) end() {
	t, err := b.open(b)
	if err != nil {
		b.w.tally.problem(kindCalm, "%s does not start: %v", b.name, err)
		return
	}
	o := refused
	for tries := 0; tries < 3 && o != let; tries++ { // NSS believes for a second what it last heard of a reader
		b.visits++
		o, err = t.login(fmt.Sprintf("%s?visit=%d", b.server.URL(siteHost), b.visits))
	}
	if o != let {
		b.w.tally.problem(kindCalm, "%s: %s: %v", b.name, o, err)
	}
	b.close(t)
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

// type locks the world while digits are typed, up to the last key, so that no
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

// await asks a browser again and again how a login stands.
func await(look func() (outcome, error)) (outcome, error) {
	var err error
	for end := time.Now().Add(loginLimit); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var o outcome
		if o, err = look(); o == let || o == refused {
			return o, err
		}
	}
	return lost, err
}

// The two browsers.

type firefoxTab struct {
	*browser.Firefox
	b    *browserUser
	seen *browser.Observer
	last int // prompt answered
}

func openFirefox(b *browserUser) (tab, error) {
	f, err := browser.StartFirefox(b.home, browser.FirefoxOptions{Module: b.w.module, Loading: browser.ByModutil, CA: b.authority()})
	if err != nil {
		return nil, err
	}
	seen, err := f.Observe()
	if err != nil {
		f.Stop()
		return nil, err
	}
	return &firefoxTab{Firefox: f, b: b, seen: seen}, nil
}

func (f *firefoxTab) login(url string) (outcome, error) {
	if err := f.Navigate(url); err != nil {
		return lost, err
	}
	return await(func() (outcome, error) {
		s, err := f.seen.Now()
		if err != nil {
			return "", err
		}
		if p := s.Dialog(browser.KindPIN); p != nil && p.Ready && p.Typed == 0 && p.ID != f.last {
			mark, err := f.seen.Mark()
			if err != nil {
				return "", err
			}
			f.last = p.ID
			return "", f.b.typing(func(before func()) error {
				_, err := f.seen.EnterPIN(f.b.display, mark, faults.FirstPIN, before)
				return err
			})
		}
		switch {
		case s.Page.Busy || s.Page.At != url:
		case strings.HasPrefix(s.Page.Document, "about:neterror"):
			return refused, nil
		case strings.Contains(s.Page.Title, pageIn):
			return let, nil
		}
		return "", nil
	})
}

func (f *firefoxTab) answers() error {
	var n int
	if err := f.Chrome(&n, "return 1"); err != nil || n != 1 {
		return fmt.Errorf("the main thread: %w", err)
	}
	return nil
}

func (f *firefoxTab) quit() (time.Duration, error) { return f.Quit() }
func (f *firefoxTab) stop()                        { f.Stop() }
func (f *firefoxTab) log() string                  { return f.Log() }

type chromiumTab struct {
	*browser.Chromium
	b *browserUser
}

func openChromium(b *browserUser) (tab, error) {
	c, err := browser.StartChromium(b.home, browser.ChromiumOptions{Module: b.w.module, Loading: browser.ByModutil, CA: b.authority(),
		AutoSelect: []string{"https://" + siteHost}, Issuer: b.certificate().Issuer.CommonName})
	if err != nil {
		return nil, err
	}
	return &chromiumTab{Chromium: c, b: b}, nil
}

func (c *chromiumTab) login(url string) (outcome, error) {
	if err := c.Navigate(url); err != nil {
		return lost, err
	}
	return await(func() (outcome, error) {
		if !c.Running() {
			return "", errors.New("it ended")
		}
		if c.PINPrompts(c.b.display) > 0 {
			return "", c.b.typing(func(before func()) error {
				return c.EnterPIN(c.b.display, faults.FirstPIN, before)
			})
		}
		address, title := c.Shows(500 * time.Millisecond)
		switch {
		case strings.HasPrefix(address, "chrome-error://"):
			return refused, nil
		case address == url && strings.Contains(title, pageIn):
			return let, nil
		}
		return "", nil
	})
}

// answers leaves the page, so that what comes next is seen to be new.
func (c *chromiumTab) answers() error {
	if !c.Running() {
		return errors.New("it ended")
	}
	end := time.Now().Add(answers)
	for time.Now().Before(end) {
		if err := c.Navigate("about:blank"); err == nil {
			if address, _ := c.Shows(time.Second); address == "about:blank" {
				return nil
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("no empty page within %v", answers)
}

func (c *chromiumTab) quit() (time.Duration, error) { return c.Quit() }
func (c *chromiumTab) stop()                        { c.Stop() }
func (c *chromiumTab) log() string                  { return c.Log() }
