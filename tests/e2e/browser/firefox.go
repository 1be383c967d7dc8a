// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
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

// FirefoxOptions says how a Firefox starts.
type FirefoxOptions struct {
	Module  string  // path of the PKCS#11 module
	Loading Loading // how it gets there
	CA      string  // PEM file of the authority that web servers come from
	Choose  bool    // ask the user which certificate to send, every time
	Locale  string  // of what Firefox says, such as "it"; "" for its own
}

// Firefox is a running Firefox with a throw-away profile.
type Firefox struct {
	*Marionette
	home    *Home
	process *Process
	program string
	profile string
	Started time.Duration // from the start of the process to the first answer
}

const moduleName = "TS-CNS"

// StartFirefox starts Firefox on the display of h and returns when it answers.
func StartFirefox(h *Home, o FirefoxOptions) (*Firefox, error) {
	program, err := firefoxProgram(h, o)
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp(h.dir, "profile")
	if err != nil {
		return nil, err
	}
	if err := firefoxProfile(h, profile, o); err != nil {
		return nil, err
	}
	return launch(&Firefox{home: h, program: program, profile: profile})
}

// Again starts a Firefox that has ended once more, with the same profile.
func (f *Firefox) Again() (*Firefox, error) {
	if err := os.Remove(filepath.Join(f.profile, "MarionetteActivePort")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return launch(&Firefox{home: f.home, program: f.program, profile: f.profile})
}

func launch(f *Firefox) (_ *Firefox, err error) {
	begin := time.Now()
	f.process, err = f.home.start("firefox", nil, f.program, "--profile", f.profile, "--no-remote", "--new-instance",
		"--marionette", "--remote-allow-system-access")
	if err != nil {
		return nil, err
	}
	if err := f.connect(); err != nil {
		f.Stop()
		return nil, fmt.Errorf("%w; Firefox printed:\n%s", err, f.process.Log())
	}
	f.Started = time.Since(begin)
	return f, nil
}

// connect waits for the file in which Firefox names its port.
func (f *Firefox) connect() error {
	return until("Firefox's remote control", patience, func() (bool, error) {
		if !f.process.Running() {
			return false, fmt.Errorf("browser: Firefox ended at start: %w", f.process.err)
		}
		text, err := os.ReadFile(filepath.Join(f.profile, "MarionetteActivePort"))
		if err != nil {
			return false, nil
		}
		port, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			return false, nil // not yet written to the end
		}
		f.Marionette, err = dialMarionette(port)
		return err == nil, err
	})
}

// Running tells whether Firefox has not ended.
func (f *Firefox) Running() bool { return f.process.Running() }

// Maps tells whether the main process has a file mapped.
func (f *Firefox) Maps(path string) (bool, error) { return f.process.Maps(path) }

// Quit closes Firefox as a user would and returns how long that took.
func (f *Firefox) Quit() (time.Duration, error) {
	begin := time.Now()
	err := f.Marionette.Quit()
	f.Marionette.Close()
	if err != nil {
		return 0, err
	}
	if err := f.process.Wait(patience); err != nil {
		return 0, fmt.Errorf("firefox: end: %w; it printed:\n%s", err, f.process.Log())
	}
	return time.Since(begin), nil
}

// Stop ends Firefox, whatever it does.
func (f *Firefox) Stop() {
	if f.Marionette != nil {
		f.Marionette.Close()
	}
	f.process.Stop()
}

// Log returns what Firefox printed.
func (f *Firefox) Log() string { return f.process.Log() }

// firefoxPlaces are the installations tried, besides the one in PATH. A snap
// is not among them: it cannot see the module.
var firefoxPlaces = []string{"/usr/lib/firefox-esr/firefox-esr", "/usr/lib/firefox/firefox", "/opt/firefox/firefox"}

func installedFirefox() (string, error) {
	var candidates []string
	for _, name := range []string{"firefox-esr", "firefox"} {
		if path, err := exec.LookPath(name); err == nil {
			candidates = append(candidates, path)
		}
	}
	for _, path := range append(candidates, firefoxPlaces...) {
		path, err := filepath.EvalSymlinks(path)
		if err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "libxul.so")); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: firefox-esr or firefox (not as a snap)", ErrMissing)
}

// firefoxProgram returns the program to start. Policies are read from
// /etc/firefox/policies, which belongs to the machine, and from the folder
// "distribution" beside the program. So that a test needs no root and changes
// nothing, ByPolicy makes a folder that looks like the installation: a copy of
// the program (it finds its folder by its own path, links followed), links to
// everything else, and a "distribution" of its own.
func firefoxProgram(h *Home, o FirefoxOptions) (string, error) {
	program, err := installedFirefox()
	if err != nil || o.Loading != ByPolicy {
		return program, err
	}
	const machine = "/etc/firefox/policies/policies.json"
	if _, err := os.Stat(machine); err == nil {
		return "", fmt.Errorf("%w: Firefox without %s, which hides every other policy file", ErrMissing, machine)
	}
	from, to := filepath.Dir(program), h.Path("firefox")
	if err := os.MkdirAll(filepath.Join(to, "distribution"), 0o700); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return "", err
	}
	for _, entry := range entries {
		name := filepath.Join(to, entry.Name())
		switch _, err := os.Lstat(name); {
		case err == nil: // from an earlier start in this home, or "distribution"
		case filepath.Join(from, entry.Name()) == program:
			code, err := os.ReadFile(program)
			if err != nil {
				return "", err
			}
			if err := os.WriteFile(name, code, 0o700); err != nil {
				return "", err
			}
		default:
			if err := os.Symlink(filepath.Join(from, entry.Name()), name); err != nil {
				return "", err
			}
		}
	}
	policies, err := json.MarshalIndent(map[string]any{"policies": map[string]any{
		"SecurityDevices": map[string]any{"Add": map[string]string{moduleName: o.Module}},
		"Certificates":    map[string]any{"Install": []string{o.CA}},
	}}, "", "  ")
	if err != nil {
		return "", err
	}
	err = os.WriteFile(filepath.Join(to, "distribution", "policies.json"), policies, 0o600)
	return filepath.Join(to, filepath.Base(program)), err
}

// firefoxProfile writes the settings, and NSS's database for ByModutil.
func firefoxProfile(h *Home, profile string, o FirefoxOptions) error {
	choice := "Select Automatically"
	if o.Choose {
		choice = "Ask Every Time"
	}
	prefs := map[string]any{
		"marionette.port":                                             0, // a free one, named in MarionetteActivePort
		"security.default_personal_cert":                              choice,
		"browser.shell.checkDefaultBrowser":                           false,
		"browser.startup.page":                                        0,
		"browser.aboutwelcome.enabled":                                false,
		"browser.startup.homepage_override.mstone":                    "ignore",
		"browser.newtabpage.enabled":                                  false,
		"browser.tabs.inTitlebar":                                     0,
		"browser.toolbars.bookmarks.visibility":                       "never",
		"browser.uitour.enabled":                                      false,
		"startup.homepage_welcome_url":                                "",
		"datareporting.policy.dataSubmissionEnabled":                  false,
		"datareporting.policy.dataSubmissionPolicyBypassNotification": true,
		"toolkit.telemetry.reportingpolicy.firstRun":                  false,
		"termsofuse.acceptedVersion":                                  1000,
		"termsofuse.bypassNotification":                               true,
		"app.normandy.enabled":                                        false,
		"network.captive-portal-service.enabled":                      false,
		"network.connectivity-service.enabled":                        false,
		"extensions.getAddons.cache.enabled":                          false,
		"extensions.update.enabled":                                   false,
		"services.settings.server":                                    "data:,",
		"ui.caretBlinkTime":                                           0,
		// Nothing leaves the machine: all but this machine goes to a closed port.
		"network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 9,
		"network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9,
		"network.proxy.no_proxies_on": "localhost,.localhost,127.0.0.1",
	}
	if o.Locale != "" {
		prefs["intl.locale.requested"] = o.Locale
	}
	var lines []string
	for name, value := range prefs {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("user_pref(%q, %s);\n", name, text))
	}
	sort.Strings(lines)
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(strings.Join(lines, "")), 0o600); err != nil {
		return err
	}
	if err := firefoxWindow(profile); err != nil {
		return err
	}
	if o.Loading == ByPolicy {
		return nil
	}
	return nssDatabase(h, profile, o.Module, o.Loading, o.CA)
}

// firefoxWindow writes where Firefox remembers the place of its window.
func firefoxWindow(profile string) error {
	width, height := screenWidth, screenHeight-40
	text, err := json.Marshal(map[string]any{"chrome://browser/content/browser.xhtml": map[string]any{"main-window": map[string]string{
		"screenX": "0", "screenY": "0", "width": strconv.Itoa(width), "height": strconv.Itoa(height), "sizemode": "normal",
	}}})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(profile, "xulstore.json"), text, 0o600)
}

// nssDatabase makes an NSS database that trusts a CA for web servers, with the
// module in it if that is wanted.
func nssDatabase(h *Home, dir, module string, loading Loading, ca string) error {
	for _, name := range []string{"certutil", "modutil"} {
		if _, err := lookPath(name); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	_, err := h.run("certutil", "-N", "-d", "sql:"+dir, "--empty-password")
	if err != nil {
		return err
	}
	if _, err := h.run("certutil", "-A", "-d", "sql:"+dir, "-n", "CA of the tests", "-t", "C,,", "-i", ca); err != nil {
		return err
	}
	if loading == NotLoaded {
		return nil
	}
	out, err := h.run("modutil", "-dbdir", "sql:"+dir, "-add", moduleName, "-libfile", module, "-force")
	if err == nil && !strings.Contains(out, "added to database") {
		err = errors.New("modutil: " + out)
	}
	return err
}
