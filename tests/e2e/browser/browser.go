// SPDX-License-Identifier: Apache-2.0

// Package browser has real Firefox and Chromium log in to a web server with
// the built library and a simulated card behind a real PC/SC service. The PIN
// is typed into the browser's own prompt, on a screen in memory.
//
// What runs, and how to run it by hand:
//
//	go test -v -run TestLogin/firefox-policy ./tests/e2e/browser
//	go test -v -run TestWrongPIN/Chromium -count=10 ./tests/e2e/browser
//
// The library is built first, unless TSCNS_MODULE names one. Pictures of the
// screen are left in tests/artifacts, of a failed test too.
// TSCNS_UPDATE_SCREENSHOTS=1 with -run TestPictures takes those of the
// documents anew, below docs/images. To watch, give Xvfb's screen to a viewer:
// the number is in the DISPLAY of the browser's /proc/<pid>/environ.
//
// Programs needed (Debian packages): firefox-esr, chromium, libnss3-tools,
// xvfb, openbox, xdotool, imagemagick, fonts-dejavu-core, util-linux, and those
// of package e2e (pcscd, vsmartcard-vpcd). A test whose program is missing is
// skipped by name. A browser that comes as a snap does not count: it cannot
// load the library.
//
// Each browser gets a home and a profile of its own below the test's directory;
// nothing is written elsewhere, /etc included. Nothing but loopback is reached.
package browser

import (
	"errors"
	"os/exec"
	"time"
)

// Loading is a way in which a module comes into a browser.
type Loading string

// The ways. ByPolicy is Firefox's alone.
const (
	NotLoaded Loading = ""
	ByPolicy  Loading = "policy"  // policies.json: SecurityDevices
	ByModutil Loading = "modutil" // NSS's own command, into the profile
)

const moduleName = "TS-CNS"

// Options say how a browser starts.
type Options struct {
	Module  string  // path of the PKCS#11 module
	Loading Loading // how it gets there
	CA      string  // PEM file of the authority that web servers come from
	Prepare func()  // runs before Chromium starts, when its database is there

	// Of Firefox.
	Choose bool   // ask the user which certificate to send, every time
	Locale string // of what Firefox says, such as "it"; "" for its own

	// Of Chromium. AutoSelect is the URL pattern of a site that gets a certificate
	// without the chooser (the policy AutoSelectCertificateForUrls), Issuer the
	// common name of its issuer; Preferences puts AutoSelect into the profile even
	// where a policy can be had. Installed leaves the person's database to what is
	// installed, and Chromium its sandbox: for an ordinary user.
	AutoSelect, Issuer     string
	Preferences, Installed bool
	Arguments              []string // further ones of its command line
}

// View is what a person sees in a browser at a moment.
type View struct {
	Asks    bool   // a prompt for a PIN that was not given yet
	Address string // of the page, once it is loaded
	Title   string
	Refused bool // an error page is in its place
}

// Browser is a running browser with a throw-away profile, on the display of its
// [Home]. It ends with the test at the latest.
type Browser interface {
	// Navigate tells it to load a page. It does not wait: the page may make a
	// prompt appear, during which a browser answers nothing.
	Navigate(url string) error
	View() (View, error)
	// EnterPIN waits for a PIN prompt that was not answered yet, types into it as a
	// person would and presses Return. before, if not nil, is called when the PIN is
	// typed and Return is not yet pressed.
	EnterPIN(pin string, before func()) error
	// Page evaluates an expression of JavaScript in the page.
	Page(result any, expression string) error
	Maps(path string) bool
	Alive() error
	Log() string
	// Started is the time from the start of the process to the first answer.
	Started() time.Duration
	// Quit closes it as a user would and returns how long that took.
	Quit() (time.Duration, error)
	// Stop ends it, whatever it does.
	Stop()
}

// Kind is a kind of browser.
type Kind struct {
	Name  string
	Start func(*Home, Options) Browser
}

// Kinds are the browsers that log in by a PKCS#11 module.
var Kinds = []Kind{
	{"Firefox", func(h *Home, o Options) Browser { return StartFirefox(h, o) }},
	{"Chromium", func(h *Home, o Options) Browser { return StartChromium(h, o) }},
}

// Installed reports whether this system has such a browser.
func (k Kind) Installed() bool {
	if k.Name == "Firefox" {
		return installedFirefox() != ""
	}
	_, err := exec.LookPath("chromium")
	return err == nil
}

// running is what the two have in common.
type running struct {
	*Process
	home    *Home
	profile string
	started time.Duration
}

// Started implements [Browser].
func (r *running) Started() time.Duration { return r.started }

// quit asks a browser to end and waits until it has.
func (r *running) quit(ask func() error) (time.Duration, error) {
	begin := time.Now()
	asked := ask() // it may end before it answers
	if err := r.wait(); err != nil {
		return 0, errors.Join(err, asked)
	}
	return time.Since(begin), nil
}

// nssDatabase makes an NSS database that trusts a CA for web servers, with the
// module in it if that is wanted.
func nssDatabase(h *Home, dir string, o Options) {
	h.Helper()
	h.need("certutil", "modutil")
	h.run("mkdir", "-p", dir)
	h.run("certutil", "-N", "-d", "sql:"+dir, "--empty-password")
	h.run("certutil", "-A", "-d", "sql:"+dir, "-n", "CA of the tests", "-t", "C,,", "-i", o.CA)
	if o.Loading != NotLoaded {
		h.run("modutil", "-dbdir", "sql:"+dir, "-add", moduleName, "-libfile", o.Module, "-force")
	}
}
