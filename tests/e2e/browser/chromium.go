// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// Chromium is a running Chromium.
type Chromium struct {
	running
	*CDP
}

// StartChromium starts Chromium and returns when it answers.
func StartChromium(h *Home, o Options) *Chromium {
	h.Helper()
	h.need("chromium")
	// The database is the user's, not the profile's: one for each start here.
	if !o.Installed {
		database := h.Path("home/.pki/nssdb")
		require.NoError(h, os.RemoveAll(database))
		nssDatabase(h, database, o)
	}
	if o.Prepare != nil {
		o.Prepare()
	}
	c := &Chromium{running: running{home: h, profile: h.tempDir("chromium")}}
	command := chromiumCommand(h, c.profile, o)
	begin := time.Now()
	c.Process = h.start("chromium", nil, command...)
	c.connect()
	c.started = time.Since(begin)
	return c
}

// chromiumCommand returns the command line. Policies are read only from
// /etc/chromium, which belongs to the machine: a mount namespace of the
// process's own puts a private folder over it. Where the system does not
// let us have one (a user namespace is needed unless we are root), the
// setting that the policy would make goes into the profile.
func chromiumCommand(h *Home, profile string, o Options) []string {
	h.Helper()
	browser := []string{"chromium", "--user-data-dir=" + profile, "--remote-debugging-port=0",
		"--no-first-run", "--no-default-browser-check", "--password-store=basic", "--disable-gpu", "--disable-quic",
		"--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--test-type",
		"--proxy-server=127.0.0.1:9", "--proxy-bypass-list=*.localhost;localhost;127.0.0.1",
		"--window-position=0,0", fmt.Sprintf("--window-size=%d,%d", screenWidth, screenHeight-40), "about:blank"}
	if !o.Installed {
		// Chromium's own sandbox refuses root and needs namespaces; modules run outside of it either way.
		browser = append(browser, "--no-sandbox")
	}
	browser = append(browser, o.Arguments...)
	if o.AutoSelect == "" {
		return browser
	}
	text := func(value any) string {
		b, err := json.Marshal(value)
		require.NoError(h, err)
		return string(b)
	}
	filter := map[string]any{"ISSUER": map[string]string{"CN": o.Issuer}}
	if prefix := privateMounts(h); prefix != nil && !o.Preferences {
		entry := text(map[string]any{"pattern": o.AutoSelect, "filter": filter})
		h.write("etc-chromium/policies/managed/tscns.json",
			text(map[string]any{"AutoSelectCertificateForUrls": []string{entry}, "TranslateEnabled": false}))
		// $0 is put over $1, then the rest is run.
		script := `mount --bind "$0" "$1" && shift && exec "$@"`
		return append(append(prefix, "sh", "-c", script, h.Path("etc-chromium"), "/etc/chromium"), browser...)
	}
	h.write(filepath.Base(profile)+"/Default/Preferences", text(map[string]any{"translate": map[string]any{"enabled": false},
		"profile": map[string]any{"content_settings": map[string]any{"exceptions": map[string]any{"auto_select_certificate": map[string]any{
			o.AutoSelect + ",*": map[string]any{"setting": map[string]any{"filters": []any{filter}}}}}}}}))
	return browser
}

// privateMounts returns the command that gives a process mounts of its own, or
// nil where the system refuses.
func privateMounts(h *Home) []string {
	prefix := []string{"unshare", "--mount"}
	if os.Geteuid() != 0 {
		prefix = append(prefix, "--user", "--map-root-user")
	}
	if _, err := h.try(prefix[0], append(prefix[1:], "mount", "--bind", h.dir, "/etc/chromium")...); err != nil {
		return nil
	}
	return prefix
}

// connect waits for the file in which Chromium names its port, then for a tab.
func (c *Chromium) connect() {
	c.home.Helper()
	client := http.Client{Timeout: patience / 4}
	require.NoError(c.home, until("Chromium's remote control", func() (bool, error) {
		text, _ := os.ReadFile(c.profile + "/DevToolsActivePort")
		port, _, complete := strings.Cut(string(text), "\n")
		if !complete {
			return false, c.Alive()
		}
		answer, err := client.Get("http://127.0.0.1:" + port + "/json")
		if err != nil {
			return false, c.Alive() // named before it listens
		}
		defer answer.Body.Close()
		var tabs []struct{ Type, WebSocketDebuggerURL string }
		if err := json.NewDecoder(answer.Body).Decode(&tabs); err != nil {
			return false, err
		}
		for _, tab := range tabs {
			if tab.Type == "page" {
				c.CDP, err = dialCDP(tab.WebSocketDebuggerURL)
				return err == nil, err
			}
		}
		return false, nil
	}))
}

// Quit implements [Browser].
func (c *Chromium) Quit() (time.Duration, error) {
	defer func() { _ = c.conn.CloseNow() }()
	return c.quit(func() error {
		_, err := c.call(patience, "Browser.close", nil)
		return err
	})
}

// glance is how long a look at the page may take; who looks, looks again.
const glance = 500 * time.Millisecond

// shows returns the address and the title of what the tab shows, once loaded,
// and nothing where it does not answer: while one page takes the place of
// another there is none to ask, and while a PIN prompt is open no answer.
func (c *Chromium) shows() (address, title string) {
	var at [2]string
	expression := `document.readyState == "complete" ? [location.href, document.title] : ["", ""]`
	if err := c.script(glance, &at, expression); err != nil {
		return "", ""
	}
	return at[0], at[1]
}

// errorPage is how the address of an error page begins.
const errorPage = "chrome-error://"

// Navigate implements [Browser]. It leaves an error page for an empty one first,
// so that the next one is seen to be new. An answer to Page.navigate comes only
// once the server has answered.
func (c *Chromium) Navigate(url string) error {
	if address, _ := c.shows(); strings.HasPrefix(address, errorPage) {
		if _, err := c.call(patience, "Page.navigate", map[string]any{"url": "about:blank"}); err != nil {
			return err
		}
		if err := until("an empty page", func() (bool, error) {
			address, _ := c.shows()
			return address == "about:blank", c.Alive()
		}); err != nil {
			return err
		}
	}
	return c.script(patience, nil, fmt.Sprintf("void setTimeout(() => { location.href = %q }, 0)", url))
}

// View implements [Browser].
func (c *Chromium) View() (View, error) {
	if c.home.display.window(pinWindow) != "" {
		return View{Asks: true}, c.Alive()
	}
	address, title := c.shows()
	return View{Address: address, Title: title, Refused: strings.HasPrefix(address, errorPage)}, c.Alive()
}

// Page implements [Browser].
func (c *Chromium) Page(result any, expression string) error {
	return c.script(patience, result, expression)
}

// pinWindow is the title of Chromium's PIN prompt.
const pinWindow = "Unlock Security Device"

// accident is longer than the time, that of a double click (500 ms), within
// which Chromium takes a key in a dialog that has just appeared, or that follows
// another key, for an accident and ignores it (ui/views/input_protection).
const accident = 700 * time.Millisecond

// EnterPIN implements [Browser]. The prompt is drawn by Chromium itself and tells
// nothing of its state, so the picture of its window does: it stands still before
// the first key, and changes with every key.
func (c *Chromium) EnterPIN(pin string, before func()) error {
	var window string
	d := c.home.display
	err := until("a PIN prompt with the focus", func() (bool, error) {
		window = d.window(pinWindow)
		return window != "" && d.active(window), c.Alive()
	})
	if err != nil {
		return err
	}
	picture, err := d.still(window)
	if err != nil {
		return err
	}
	for _, digit := range pin {
		if err := d.key(string(digit)); err != nil {
			return err
		}
		next := picture
		if err := until("a dot in the PIN prompt", func() (bool, error) {
			next, err = d.capture(window, "rgb")
			return !bytes.Equal(next, picture), err
		}); err != nil {
			return err
		}
		picture = next
	}
	if before != nil {
		before()
	}
	time.Sleep(accident)
	if err := d.key("Return"); err != nil {
		return err
	}
	return until("the end of the PIN prompt", func() (bool, error) {
		return !slices.Contains(d.search(regexp.QuoteMeta(pinWindow)), window), nil
	})
}
