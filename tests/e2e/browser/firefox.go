// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// Firefox is a running Firefox.
type Firefox struct {
	running
	*Marionette
	program string

	path   string // of the file with the scenes
	read   int    // bytes of it that are in scenes
	scenes []Scene
	since  int    // the scene that was there at the last Navigate
	Prompt Dialog // the PIN prompt that was answered last
}

// StartFirefox starts Firefox and returns when it answers.
func StartFirefox(h *Home, o Options) *Firefox {
	h.Helper()
	f := &Firefox{running: running{home: h, profile: h.tempDir("profile")}, program: firefoxProgram(h, o)}
	if o.Loading != ByPolicy {
		used, err := usedProfile(h, f.program)
		require.NoError(h, err)
		h.run("cp", "-a", used+"/.", f.profile)
	}
	firefoxProfile(h, f.profile, o)
	return f.launch().observe()
}

// usedProfile returns a profile in which Firefox has run once, without a module
// and without an NSS database: a first start takes half as long again, most of
// it to make databases and to compile what Firefox itself is written in. A new
// profile is what [ByPolicy] and the tests on an installed system start with.
func usedProfile(h *Home, program string) (string, error) {
	h.Helper()
	used.Lock()
	defer used.Unlock()
	if used.dir != "" {
		return used.dir, nil
	}
	f := &Firefox{running: running{home: h, profile: h.tempDir("first")}, program: program}
	firefoxProfile(h, f.profile, Options{Loading: ByPolicy})
	f.launch()
	if _, err := f.Quit(); err != nil {
		return "", err
	}
	for _, pattern := range []string{"cert9.db*", "key4.db*", "pkcs11.txt", "lock", ".parentlock", "MarionetteActivePort", "user.js", "xulstore.json",
		"sessionstore*", "sessionCheckpoints.json"} {
		files, err := filepath.Glob(filepath.Join(f.profile, pattern))
		if err != nil {
			return "", err
		}
		for _, file := range files {
			if err := os.RemoveAll(file); err != nil {
				return "", err
			}
		}
	}
	dir, err := kit.TempDir()
	if err != nil {
		return "", err
	}
	h.run("cp", "-a", f.profile+"/.", dir)
	used.dir = dir
	return dir, nil
}

var used struct {
	sync.Mutex
	dir string
}

// Again starts a Firefox that has ended once more, with the same profile.
func (f *Firefox) Again() *Firefox {
	f.home.Helper()
	_ = os.Remove(filepath.Join(f.profile, "MarionetteActivePort"))
	return (&Firefox{running: running{home: f.home, profile: f.profile}, program: f.program}).launch().observe()
}

func (f *Firefox) launch() *Firefox {
	f.home.Helper()
	begin := time.Now()
	f.Process = f.home.start("firefox", nil, f.program, "--profile", f.profile, "--no-remote", "--new-instance",
		"--marionette", "--remote-allow-system-access")
	f.connect()
	f.started = time.Since(begin)
	return f
}

// connect waits for the file in which Firefox names its port.
func (f *Firefox) connect() {
	f.home.Helper()
	require.NoError(f.home, until("Firefox's remote control", func() (bool, error) {
		text, err := os.ReadFile(filepath.Join(f.profile, "MarionetteActivePort"))
		port := strings.TrimSpace(string(text))
		if err != nil || port == "" {
			return false, f.Alive()
		}
		f.Marionette, err = dialMarionette(port)
		return err == nil, err
	}))
}

// Page implements [Browser].
func (f *Firefox) Page(result any, expression string) error {
	return f.Script(result, "return "+expression)
}

// Quit implements [Browser].
func (f *Firefox) Quit() (time.Duration, error) {
	defer f.conn.Close()
	return f.quit(func() error {
		_, err := f.Call("Marionette:Quit", map[string]any{"flags": []string{"eAttemptQuit"}})
		return err
	})
}

// installedFirefox returns the program, "" without one. A snap does not count:
// it cannot see the module.
func installedFirefox() string {
	for _, path := range []string{"firefox-esr", "firefox", "/usr/lib/firefox-esr/firefox-esr", "/usr/lib/firefox/firefox", "/opt/firefox/firefox"} {
		path, _ = exec.LookPath(path)
		path, _ = filepath.EvalSymlinks(path)
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "libxul.so")); err == nil {
			return path
		}
	}
	return ""
}

// firefoxProgram returns the program to start. Policies are read from
// /etc/firefox/policies, which belongs to the machine, and from the folder
// "distribution" beside the program. So that a test needs no root and changes
// nothing, ByPolicy makes a folder that looks like the installation: a copy of
// the program (it finds its folder by its own path, links followed), links to
// everything else, and a "distribution" of its own.
func firefoxProgram(h *Home, o Options) string {
	h.Helper()
	program := installedFirefox()
	if program == "" {
		h.Skip("SKIPPED: firefox-esr or firefox is not installed (not as a snap)")
	}
	if o.Loading != ByPolicy {
		return program
	}
	const machine = "/etc/firefox/policies/policies.json"
	if _, err := os.Stat(machine); err == nil {
		h.Skipf("SKIPPED: %s hides every other policy file", machine)
	}
	to := h.Path("firefox")
	policies, err := json.MarshalIndent(map[string]any{"policies": map[string]any{
		"SecurityDevices": map[string]any{"Add": map[string]string{moduleName: o.Module}},
		"Certificates":    map[string]any{"Install": []string{o.CA}},
	}}, "", "  ")
	require.NoError(h, err)
	h.write("firefox/distribution/policies.json", string(policies))
	entries, err := filepath.Glob(filepath.Join(filepath.Dir(program), "*"))
	require.NoError(h, err)
	for _, entry := range entries {
		if filepath.Base(entry) != "distribution" {
			require.NoError(h, os.Symlink(entry, filepath.Join(to, filepath.Base(entry))))
		}
	}
	h.run("cp", "--remove-destination", program, to)
	return filepath.Join(to, filepath.Base(program))
}

// firefoxProfile writes the settings, and NSS's database but for ByPolicy.
func firefoxProfile(h *Home, profile string, o Options) {
	h.Helper()
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
		require.NoError(h, err)
		lines = append(lines, fmt.Sprintf("user_pref(%q, %s);\n", name, text))
	}
	sort.Strings(lines)
	require.NoError(h, os.WriteFile(filepath.Join(profile, "user.js"), []byte(strings.Join(lines, "")), 0o600))
	// Where Firefox remembers the place of its window.
	window, err := json.Marshal(map[string]any{"chrome://browser/content/browser.xhtml": map[string]any{"main-window": map[string]string{
		"screenX": "0", "screenY": "0", "width": strconv.Itoa(screenWidth), "height": strconv.Itoa(screenHeight - 40), "sizemode": "normal",
	}}})
	require.NoError(h, err)
	require.NoError(h, os.WriteFile(filepath.Join(profile, "xulstore.json"), window, 0o600))
	if o.Loading != ByPolicy {
		nssDatabase(h, profile, o)
	}
}
