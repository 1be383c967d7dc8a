// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// ChromiumOptions says how a Chromium starts.
type ChromiumOptions struct {
	Module  string  // path of the PKCS#11 module
	Loading Loading // NotLoaded or ByModutil
	CA      string  // PEM file of the authority that web servers come from
	// AutoSelect are URL patterns of sites that get a certificate without the
	// chooser (the policy AutoSelectCertificateForUrls), Issuer the common
	// name of its issuer.
	AutoSelect []string
	Issuer     string
	// Preferences puts AutoSelect into the profile even where a policy can be had.
	Preferences bool
	// Prepare runs before the start, when the database is there.
	Prepare func()
	// Installed leaves the person's database to what is installed, and
	// Chromium its sandbox: for an ordinary user.
	Installed bool
}

// Chromium is a running Chromium with a throw-away profile.
type Chromium struct {
	*CDP
	home    *Home
	process *Process
	profile string
	Started time.Duration // from the start of the process to the first answer
}

// StartChromium starts Chromium on the display of h and returns when it answers.
func StartChromium(h *Home, o ChromiumOptions) (*Chromium, error) {
	if _, err := lookPath("chromium"); err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp(h.dir, "chromium")
	if err != nil {
		return nil, err
	}
	// The database is the user's, not the profile's: one for each start here.
	if !o.Installed {
		database := h.Path("home/.pki/nssdb")
		if err := os.RemoveAll(database); err != nil {
			return nil, err
		}
		if err := nssDatabase(h, database, o.Module, o.Loading, o.CA); err != nil {
			return nil, err
		}
	}
	if o.Prepare != nil {
		o.Prepare()
	}
	argv, err := chromiumCommand(h, profile, o)
	if err != nil {
		return nil, err
	}
	c := &Chromium{home: h, profile: profile}
	begin := time.Now()
	if c.process, err = h.start("chromium", nil, argv...); err != nil {
		return nil, err
	}
	if err := c.connect(); err != nil {
		c.Stop()
		return nil, fmt.Errorf("%w; Chromium printed:\n%s", err, c.process.Log())
	}
	c.Started = time.Since(begin)
	return c, nil
}

// chromiumCommand returns the command line. Policies are read only from
// /etc/chromium, which belongs to the machine: a mount namespace of the
// process's own puts a private folder over it. Where the system does not
// let us have one (a user namespace is needed unless we are root), the
// setting that the policy would make goes into the profile.
func chromiumCommand(h *Home, profile string, o ChromiumOptions) ([]string, error) {
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
	if len(o.AutoSelect) == 0 {
		return browser, nil
	}
	if prefix := privateMounts(h); prefix != nil && !o.Preferences {
		policies, err := autoSelectPolicy(o)
		if err != nil {
			return nil, err
		}
		if err := h.write("etc-chromium/policies/managed/tscns.json", policies); err != nil {
			return nil, err
		}
		// $0 is put over $1, then the rest is run.
		script := `mount --bind "$0" "$1" && shift && exec "$@"`
		return append(append(prefix, "sh", "-c", script, h.Path("etc-chromium"), "/etc/chromium"), browser...), nil
	}
	preferences, err := autoSelectPreferences(o)
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(profile, h.dir+"/") + "/Default/Preferences"
	return browser, h.write(name, preferences)
}

// privateMounts returns the command that gives a process mounts of its own, or
// nil where the system refuses.
func privateMounts(h *Home) []string {
	if _, err := os.Stat("/etc/chromium"); err != nil {
		return nil
	}
	prefix := []string{"unshare", "--mount"}
	if os.Geteuid() != 0 {
		prefix = []string{"unshare", "--mount", "--user", "--map-root-user"}
	}
	try := append(append([]string{}, prefix[1:]...), "mount", "--bind", h.dir, "/etc/chromium")
	if _, err := h.run(prefix[0], try...); err != nil {
		return nil
	}
	return prefix
}

func (o ChromiumOptions) filter() map[string]any {
	return map[string]any{"ISSUER": map[string]string{"CN": o.Issuer}}
}

func autoSelectPolicy(o ChromiumOptions) (string, error) {
	var entries []string
	for _, pattern := range o.AutoSelect {
		entry, err := json.Marshal(map[string]any{"pattern": pattern, "filter": o.filter()})
		if err != nil {
			return "", err
		}
		entries = append(entries, string(entry))
	}
	policies, err := json.Marshal(map[string]any{"AutoSelectCertificateForUrls": entries, "TranslateEnabled": false})
	return string(policies), err
}

func autoSelectPreferences(o ChromiumOptions) (string, error) {
	exceptions := map[string]any{}
	for _, pattern := range o.AutoSelect {
		exceptions[pattern+",*"] = map[string]any{"setting": map[string]any{"filters": []any{o.filter()}}}
	}
	preferences, err := json.Marshal(map[string]any{"translate": map[string]any{"enabled": false}, "profile": map[string]any{"content_settings": map[string]any{
		"exceptions": map[string]any{"auto_select_certificate": exceptions}}}})
	return string(preferences), err
}

// connect waits for the file in which Chromium names its port, then for a tab.
func (c *Chromium) connect() error {
	client := http.Client{Timeout: patience / 4}
	return until("Chromium's remote control", patience, func() (bool, error) {
		if !c.process.Running() {
			return false, fmt.Errorf("browser: Chromium ended at start: %w", c.process.err)
		}
		text, err := os.ReadFile(c.profile + "/DevToolsActivePort")
		port, _, complete := strings.Cut(string(text), "\n")
		if err != nil || !complete {
			return false, nil
		}
		answer, err := client.Get("http://127.0.0.1:" + port + "/json")
		if err != nil {
			return false, nil // named before it listens
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
	})
}

// Running tells whether Chromium has not ended.
func (c *Chromium) Running() bool { return c.process.Running() }

// Maps tells whether the main process has a file mapped.
func (c *Chromium) Maps(path string) (bool, error) { return c.process.Maps(path) }

// Log returns what Chromium printed.
func (c *Chromium) Log() string { return c.process.Log() }

// Quit closes Chromium as a user would and returns how long that took.
func (c *Chromium) Quit() (time.Duration, error) {
	begin := time.Now()
	_, asked := c.Call("Browser.close", nil) // may end before it answers
	err := c.process.Wait(patience)
	c.CDP.Close()
	if err != nil {
		err = errors.Join(err, asked)
		return 0, fmt.Errorf("chromium: end: %w; it printed:\n%s", err, c.process.Log())
	}
	return time.Since(begin), nil
}

// Stop ends Chromium, whatever it does.
func (c *Chromium) Stop() {
	if c.CDP != nil {
		c.CDP.Close()
	}
	c.process.Stop()
}

// pinWindow is the title of Chromium's PIN prompt.
const pinWindow = "Unlock Security Device"

// accident is longer than the time, that of a double click (500 ms), within
// which Chromium takes a key in a dialog that has just appeared, or that follows
// another key, for an accident and ignores it (ui/views/input_protection).
const accident = 700 * time.Millisecond

// EnterPIN waits for the PIN prompt, types into it as a person would and
// presses Return. The prompt is drawn by Chromium itself and tells nothing of
// its state, so the picture of its window does: it stands still before the
// first key, and changes with every key. before, if not nil, is called when
// the PIN is typed and Return is not yet pressed.
func (c *Chromium) EnterPIN(d *Display, pin string, before func()) error {
	window, err := c.awaitWindow(d)
	if err != nil {
		return err
	}
	picture, err := d.Still(window)
	if err != nil {
		return err
	}
	for _, digit := range pin {
		if err := d.Key(string(digit)); err != nil {
			return err
		}
		next := picture
		err := until("a dot in the PIN prompt", patience, func() (bool, error) {
			next, err = d.pixels(window)
			return err == nil && !bytes.Equal(next, picture), err
		})
		if err != nil {
			return err
		}
		picture = next
	}
	if before != nil {
		before()
	}
	time.Sleep(accident)
	if err := d.Key("Return"); err != nil {
		return err
	}
	return until("the end of the PIN prompt", patience, func() (bool, error) {
		_, open := d.Windows()[window]
		return !open, nil
	})
}

func (c *Chromium) awaitWindow(d *Display) (string, error) {
	var window string
	err := until("a PIN prompt with the focus", patience, func() (bool, error) {
		if !c.Running() {
			return false, fmt.Errorf("browser: Chromium ended: %v\n%s", c.process.command.ProcessState, c.Log())
		}
		for id, title := range d.Windows() {
			if strings.Contains(title, pinWindow) && d.Active(id) {
				window = id
				return true, nil
			}
		}
		return false, nil
	})
	return window, err
}

// Shows returns the address and the title of what the tab shows, once loaded,
// and nothing where it does not answer within d: while one page takes the place
// of another there is none to ask, and while a PIN prompt is open no answer.
func (c *Chromium) Shows(d time.Duration) (address, title string) {
	var at []string
	expression := `document.readyState == "complete" ? [location.href, document.title] : ["", ""]`
	if err := c.script(d, &at, expression); err != nil || len(at) != 2 {
		return "", ""
	}
	return at[0], at[1]
}

// PINPrompts counts the PIN prompts on the screen.
func (c *Chromium) PINPrompts(d *Display) int {
	n := 0
	for _, title := range d.Windows() {
		if strings.Contains(title, pinWindow) {
			n++
		}
	}
	return n
}
