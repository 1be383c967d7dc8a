// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/tlsserver"
)

// chromium is a Chromium on a desk.
type chromium struct {
	*desk
	*Chromium
}

func (d *desk) chromium(o ChromiumOptions) *chromium {
	d.Helper()
	o.Module, o.CA = d.Module, d.CAFile
	if o.Prepare == nil {
		o.Loading = ByModutil
	}
	o.AutoSelect, o.Issuer = []string{"https://" + host}, d.issuer()
	c, err := StartChromium(d.home, o)
	skipMissing(d.T, err)
	d.Cleanup(c.Stop)
	d.Cleanup(func() {
		if d.Failed() {
			d.screenshot("failed-" + strings.ReplaceAll(d.Name(), "/", "-") + ".png")()
			d.Logf("Chromium printed:\n%s", c.Log())
		}
	})
	return &chromium{desk: d, Chromium: c}
}

// glance is how long a look at the page may take; who looks, looks again.
const glance = 500 * time.Millisecond

// at returns the address and the title of what the tab shows, once loaded.
func (c *chromium) at() (address, title string) { return c.Shows(glance) }

// alive fails the test when Chromium has ended.
func (c *chromium) alive() error {
	if !c.Running() {
		return fmt.Errorf("browser: Chromium ended: %v\n%s", c.process.command.ProcessState, c.Log())
	}
	return nil
}

// page waits for the page of a server and checks what it says.
func (c *chromium) page(server *tlsserver.Server, version uint16) {
	c.Helper()
	require.NoError(c, until("the page of who is logged in", patience, func() (bool, error) {
		address, title := c.at()
		return strings.HasPrefix(address, server.URL(host)) && strings.Contains(title, pageTitle), c.alive()
	}))
	var page []string
	require.NoError(c, c.Script(&page, readPage))
	c.checkPage(page, server, version)
}

const errorPage = "chrome-error://"

// refused waits for an error page instead of a page.
func (c *chromium) refused() {
	c.Helper()
	require.NoError(c, until("an error page", patience, func() (bool, error) {
		address, _ := c.at()
		return strings.HasPrefix(address, errorPage), c.alive()
	}))
}

// blank leaves the page, so that what comes next is seen to be new.
func (c *chromium) blank() {
	c.Helper()
	_, err := c.Call("Page.navigate", map[string]any{"url": "about:blank"})
	require.NoError(c, err)
	require.NoError(c, until("an empty page", patience, func() (bool, error) {
		address, _ := c.at()
		return address == "about:blank", c.alive()
	}))
}

func (c *chromium) prompts() int { return c.PINPrompts(c.display) }

func (c *chromium) quit() {
	c.Helper()
	took, err := c.Quit()
	require.NoError(c, err)
	require.Less(c, took, quitLimit)
	c.Logf("Chromium started in %v, ended in %v", c.Started.Round(time.Millisecond), took.Round(time.Millisecond))
}

func TestChromiumLogin(t *testing.T) {
	for name, o := range map[string]ChromiumOptions{"policy": {}, "preferences": {Preferences: true}} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, e2e.Options{})
			c := d.chromium(o)
			server := d.Server(tls.VersionTLS13)
			require.NoError(t, c.Navigate(server.URL(host)))
			require.NoError(t, c.EnterPIN(d.display, d.PIN, d.screenshot("chromium-"+name+"-pin.png")))
			c.page(server, tls.VersionTLS13)
			d.stillPicture("chromium-" + name + "-logged-in.png")

			// Another server, the older protocol: the card is unlocked by now.
			server = d.Server(tls.VersionTLS12)
			require.NoError(t, c.Navigate(server.URL(host)))
			c.page(server, tls.VersionTLS12)
			require.Zero(t, c.prompts())
			require.GreaterOrEqual(t, d.Signatures(), 2)
			d.WrongPINs(0)
			c.quit()
		})
	}
}

func TestChromiumWrongPIN(t *testing.T) {
	d := newDesk(t, e2e.Options{})
	c := d.chromium(ChromiumOptions{})
	tries := d.PINTries()
	server := d.Server(tls.VersionTLS13)
	require.NoError(t, c.Navigate(server.URL(host)))
	require.NoError(t, c.EnterPIN(d.display, wrongPIN, nil))
	_, err := d.display.WaitWindow(pinWindow, patience)
	require.NoError(t, err)
	require.Equal(t, tries-1, d.PINTries(), "exactly one try is gone")
	d.WrongPINs(1)
	require.Empty(t, server.Logins())
	require.NoError(t, c.EnterPIN(d.display, d.PIN, d.screenshot("chromium-second-prompt.png")))
	c.page(server, tls.VersionTLS13)
	require.Equal(t, tries, d.PINTries(), "the right PIN gives the tries back")
	d.WrongPINs(1)
	c.quit()
}

// openUntilPIN opens a page, again and again as a person would, until the PIN
// prompt comes: NSS believes for a second what it last heard of a reader.
func (c *chromium) openUntilPIN(server *tlsserver.Server) {
	c.Helper()
	limit := time.Now().Add(patience)
	for attempt := 1; ; attempt++ {
		c.blank()
		require.NoError(c, c.Navigate(server.URL(host)))
		prompted := false
		require.NoError(c, until("a PIN prompt or an error page", patience, func() (bool, error) {
			if prompted = c.prompts() > 0; prompted {
				return true, c.alive()
			}
			address, _ := c.at()
			return strings.HasPrefix(address, errorPage), c.alive()
		}))
		if prompted {
			c.Logf("the card was found at attempt %d", attempt)
			return
		}
		require.True(c, time.Now().Before(limit), "the card is found again")
	}
}
