// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
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
	d := newDesk(t, e2e.Options{})
	f := d.firefox(FirefoxOptions{Loading: ByModutil, Choose: true, Locale: locale})
	var spoken string
	require.NoError(t, f.Chrome(&spoken, "return Services.locale.appLocaleAsBCP47"))
	require.Equal(t, locale, spoken, "the language is installed")
	// The stripes in the address bar say that a program drives this Firefox.
	require.NoError(t, f.Chrome(nil, `Services.wm.getMostRecentWindow("navigator:browser").document.documentElement.removeAttribute("remotecontrol")`))
	d.sized("Mozilla Firefox")
	server := d.Server(tls.VersionTLS13)
	mark := f.open(server.URL(host))
	_, err := f.seen.Choose(d.display, mark, func() { d.take(dir+"firefox-chooser.png", 500) })
	require.NoError(t, err)
	f.enterPIN(mark, d.PIN, func() { d.take(dir+"firefox-pin.png", 500) })
	f.page(mark, server, tls.VersionTLS13)
	if dir == "" {
		d.take("firefox-login.png", imageHeight)
	}
	f.quit()
}

func takeChromium(t *testing.T) {
	d := newDesk(t, e2e.Options{})
	c := d.chromium(ChromiumOptions{})
	d.sized("Chromium")
	server := d.Server(tls.VersionTLS13)
	require.NoError(t, c.Navigate(server.URL(host)))
	require.NoError(t, c.EnterPIN(d.display, d.PIN, func() { d.shoot("chromium-pin.png", 540) })) // the tab turns its wheel
	c.page(server, tls.VersionTLS13)
	d.take("chromium-login.png", imageHeight)
	c.quit()
}

// sized gives a window the size for pictures, in the corner of the screen.
func (d *desk) sized(title string) {
	d.Helper()
	window, err := d.display.WaitWindow(title, patience)
	require.NoError(d, err)
	for _, args := range [][]string{
		{"windowsize", "--sync", window, fmt.Sprint(imageWidth), fmt.Sprint(imageHeight)}, {"windowmove", window, "0", "0"},
	} {
		_, err = d.display.xdotool(args...)
		require.NoError(d, err)
	}
}

// take takes a picture of the corner of the screen, as wide as the browser, once
// nothing moves there.
func (d *desk) take(name string, height int) {
	d.Helper()
	_, err := d.display.Still(wholeScreen)
	require.NoError(d, err)
	d.shoot(name, height)
}

// shoot takes it at once.
func (d *desk) shoot(name string, height int) {
	d.Helper()
	path := filepath.Join(imageDir, name)
	require.NoError(d, os.MkdirAll(filepath.Dir(path), 0o755))
	command := exec.Command("import", "-silent", "-window", wholeScreen, "-crop", fmt.Sprintf("%dx%d+0+0", imageWidth, height), "+repage", "-depth", "8", "png:"+path)
	command.Env = d.home.env
	out, err := command.CombinedOutput()
	require.NoError(d, err, "%s", out)
}
