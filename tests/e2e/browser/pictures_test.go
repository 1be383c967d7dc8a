// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/kit"
)

// The pictures of the documents, below docs/images: real browsers with the
// simulated card, in English, and in Italian below it/ where words are seen
// (package firefox-esr-l10n-it).
var pictures = []string{"firefox-login.png", "firefox-chooser.png", "firefox-pin.png", "chromium-pin.png", "chromium-login.png",
	"it/firefox-chooser.png", "it/firefox-pin.png"}

const (
	imageDir = "../../../docs/images"
	imageMax = 200_000 // bytes
	// Inner size of the browser in a picture, in pixels.
	imageWidth, imageHeight = 1000, 745
)

// TestPictures checks the pictures that the documents show, and takes them anew
// with TSCNS_UPDATE_SCREENSHOTS=1.
func TestPictures(t *testing.T) {
	if os.Getenv("TSCNS_UPDATE_SCREENSHOTS") == "1" {
		t.Run("Firefox", func(t *testing.T) { takeFirefox(t, "en-US", "") })
		t.Run("Firefox in Italian", func(t *testing.T) { takeFirefox(t, "it", "it/") })
		t.Run("Chromium", takeChromium)
	}
	for _, name := range pictures {
		content, err := os.ReadFile(filepath.Join(imageDir, name))
		require.NoError(t, err)
		assert.Less(t, len(content), imageMax, "bytes of %s", name)
		picture, err := png.Decode(bytes.NewReader(content))
		require.NoError(t, err, name)
		size := picture.Bounds().Size()
		assert.GreaterOrEqual(t, size.X, 400, name)
		assert.GreaterOrEqual(t, size.Y, 150, name)
	}
}

func takeFirefox(t *testing.T, locale, dir string) {
	d := newFixture(t, e2e.Options{})
	u := d.user(firefox, Options{Loading: ByModutil, Choose: true, Locale: locale})
	f := u.firefox()
	var spoken string
	require.NoError(t, f.Chrome(&spoken, "return Services.locale.appLocaleAsBCP47"))
	require.Equal(t, locale, spoken, "the language is installed")
	// The stripes in the address bar say that a program drives this Firefox.
	require.NoError(t, f.Chrome(nil, `Services.wm.getMostRecentWindow("navigator:browser").document.documentElement.removeAttribute("remotecontrol")`))
	d.sized("Mozilla Firefox")
	server := d.Server(tls.VersionTLS13)
	u.open(server.URL(host))
	_, err := f.Choose(func() { d.picture(dir+"firefox-chooser.png", 500) })
	require.NoError(t, err)
	require.NoError(t, f.EnterPIN(d.PIN, func() { d.picture(dir+"firefox-pin.png", 500) }))
	u.page(server, tls.VersionTLS13)
	if dir == "" {
		d.picture("firefox-login.png", imageHeight)
	}
	u.quit()
}

func takeChromium(t *testing.T) {
	d := newFixture(t, e2e.Options{})
	u := d.user(chromium, Options{Loading: ByModutil})
	d.sized("Chromium")
	server := d.Server(tls.VersionTLS13)
	u.open(server.URL(host))
	u.enterPIN(d.PIN, func() { d.shoot("chromium-pin.png", 540) }) // the tab turns its wheel
	u.page(server, tls.VersionTLS13)
	d.picture("chromium-login.png", imageHeight)
	u.quit()
}

// sized gives a window the size for pictures, in the corner of the screen.
func (d *fixture) sized(title string) {
	d.Helper()
	window, err := d.home.display.waitWindow(title)
	require.NoError(d, err)
	d.home.run("xdotool", "windowsize", "--sync", window, fmt.Sprint(imageWidth), fmt.Sprint(imageHeight), "windowmove", window, "0", "0")
}

// picture takes a picture of the corner of the screen, as wide as the browser,
// once nothing moves there.
func (d *fixture) picture(name string, height int) {
	d.Helper()
	_, err := d.home.display.still(wholeScreen)
	require.NoError(d, err)
	d.shoot(name, height)
}

// shoot takes it at once.
func (d *fixture) shoot(name string, height int) {
	d.Helper()
	picture, err := d.home.display.capture(wholeScreen, "png", "-crop", fmt.Sprintf("%dx%d+0+0", imageWidth, height), "+repage")
	require.NoError(d, err)
	path := filepath.Join(imageDir, name)
	require.NoError(d, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(d, os.WriteFile(path, picture, 0o644))
}

// TestDemoBrowser runs the demo with --browser as a person would: it opens
// Firefox with the profile that the demo made, the person confirms the
// certificate, types the PIN, sees the page and closes the browser.
//
// Firefox is started through a script in PATH that adds its remote control,
// and keeps back the address until the test watches.
func TestDemoBrowser(t *testing.T) {
	home := NewHome(t)
	real := firefoxProgram(home, Options{})
	StartDisplay(home)
	home.write("bin/firefox", fmt.Sprintf("#!/bin/sh\necho 'user_pref(\"marionette.port\", 0);' >>\"$4/user.js\"\n"+
		"exec '%s' --marionette --remote-allow-system-access \"$1\" \"$2\" \"$3\" \"$4\"\n", real))
	require.NoError(t, os.Chmod(home.Path("bin/firefox"), 0o700))
	process := home.With("PATH="+home.Path("bin")+":"+os.Getenv("PATH")).start("demo", nil, kit.GoProgram(t, "./tests/demo"),
		"--module", kit.Module(t), "--sim-module", kit.SimModule(t), "--browser")
	f := &Firefox{running: running{home: home, Process: process}}
	require.NoError(t, until("the demo's profile", func() (bool, error) {
		found, _ := filepath.Glob(home.Path("tmp", "tscns-demo*", "home", "profile"))
		f.profile = strings.Join(found, "")
		return len(found) == 1, process.Alive()
	}))
	f.connect()
	f.observe()
	address := regexp.MustCompile(`firefox, .* (https://\S+)`).FindStringSubmatch(process.Log())
	require.NotNil(t, address, process.Log())
	pin := regexp.MustCompile(`PIN of the simulated card is\s+(\d+)`).FindStringSubmatch(process.Log())
	require.NotNil(t, pin, process.Log())

	require.NoError(t, f.Navigate(address[1]))
	chooser, err := f.Choose(nil)
	require.NoError(t, err)
	require.Contains(t, chooser.Text, "PRV")
	require.NoError(t, f.EnterPIN(pin[1], nil))
	require.NoError(t, f.wait("the page", func(s *Scene) bool { return strings.Contains(s.Page.Title, pageTitle) && !s.Page.Busy }))
	_, err = f.Quit()
	require.NoError(t, err, process.Log())
	require.Equal(t, 3, strings.Count(process.Log(), "the server saw"), process.Log())
	require.Contains(t, process.Log(), "every login happened as printed")
	left, err := os.ReadDir(home.Path("tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
}
