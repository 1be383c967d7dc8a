// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
)

// mostInside is how long a browser without a card may be inside the module, all
// calls together. ./build.sh bench measures what that adds to a start.
const mostInside = 100 * time.Millisecond

// state is one of the ways in which there is no card of ours.
type state struct {
	name    string
	loading Loading
	service string // environment setting
	prepare func() // nil: nothing to do
}

// absentStates returns a desk, the start without the module, and the states.
func absentStates(t *testing.T) (*desk, []state) {
	nobody := e2e.Start(t, e2e.Options{Reading: e2e.NoService})
	bare := e2e.Start(t, e2e.Options{Reading: e2e.NoReader})
	d := newDesk(t, e2e.Options{Family: simcard.FamilyForeign})
	return d, []state{
		{name: "no module", loading: NotLoaded, service: nobody.ServiceEnv()[0]},
		{name: "no service", loading: ByModutil, service: nobody.ServiceEnv()[0]},
		{name: "no reader", loading: ByModutil, service: bare.ServiceEnv()[0]},
		{name: "empty reader", loading: ByModutil, service: d.ServiceEnv()[0], prepare: d.Remove},
		{name: "foreign card", loading: ByModutil, service: d.ServiceEnv()[0], prepare: d.Insert},
	}
}

// startsAlike starts a browser in every state. start loads the page of a server
// that asks for a certificate and takes none as an answer, and checks that
// nothing but the page is to be seen.
func startsAlike(t *testing.T, start func(d *desk, s state, server *asking)) {
	d, states := absentStates(t)
	server := newAsking(t, d.Rig)
	for _, s := range states {
		if s.prepare != nil {
			s.prepare()
		}
		start(d, s, server)
	}
	require.Zero(t, server.peers.Load(), "certificates that came from nowhere")
	require.Zero(t, d.PINCommands(), "a foreign card sees no PIN")
}

// traced is the environment that makes the module of one start write a trace.
func (d *desk) traced(s state) (string, func()) {
	trace := filepath.Join(d.TempDir(), "trace")
	return "TSCNS_TRACE=" + trace, func() {
		if s.loading == NotLoaded {
			return
		}
		total, calls, err := Inside(trace)
		require.NoError(d, err)
		require.NotZero(d, calls, "the browser called the module")
		require.Less(d, total, mostInside, s.name)
		d.Logf("%-12s %v in %d calls of the module", s.name, total, calls)
	}
}

// onlyWindow checks that a person sees one window, that of the page.
func (d *desk) onlyWindow() {
	d.Helper()
	windows := d.display.Windows()
	require.Len(d, windows, 1, "windows on the screen")
	for _, title := range windows {
		require.Contains(d, title, askingTitle)
	}
}

func TestFirefoxStartsWithoutACard(t *testing.T) {
	startsAlike(t, func(d *desk, s state, server *asking) {
		trace, check := d.traced(s)
		f, err := StartFirefox(d.home.With(s.service, trace), FirefoxOptions{Module: d.Module, Loading: s.loading, CA: d.CAFile})
		skipMissing(d.T, err)
		defer f.Stop()
		require.NoError(d, f.Navigate(server.url()))
		seen, err := f.Observe()
		require.NoError(d, err)
		require.NoError(d, seen.Wait("the page", 0, patience, func(s *Scene) bool {
			return strings.HasPrefix(s.Page.Document, server.url()) && s.Page.Title == askingTitle && !s.Page.Busy
		}))
		scenes, err := seen.Scenes()
		require.NoError(d, err)
		for _, scene := range scenes {
			require.Empty(d, scene.Dialogs, s.name)
		}
		d.onlyWindow()
		loaded, err := f.Maps(d.Module)
		require.NoError(d, err)
		require.Equal(d, s.loading != NotLoaded, loaded, "the module is in Firefox")
		_, err = f.Quit()
		require.NoError(d, err)
		check()
	})
}

func TestChromiumStartsWithoutACard(t *testing.T) {
	startsAlike(t, func(d *desk, s state, server *asking) {
		trace, check := d.traced(s)
		c, err := StartChromium(d.home.With(s.service, trace), ChromiumOptions{Module: d.Module, Loading: s.loading, CA: d.CAFile})
		skipMissing(d.T, err)
		defer c.Stop()
		require.NoError(d, c.Navigate(server.url()))
		tab := &chromium{desk: d, Chromium: c}
		require.NoError(d, until("the page", patience, func() (bool, error) {
			address, title := tab.at()
			return address == server.url() && title == askingTitle, tab.alive()
		}))
		require.NoError(d, until("the page's title on the window", patience, func() (bool, error) {
			for _, title := range d.display.Windows() {
				if strings.Contains(title, askingTitle) {
					return true, tab.alive()
				}
			}
			return false, tab.alive()
		}))
		d.onlyWindow()
		loaded, err := c.Maps(d.Module)
		require.NoError(d, err)
		require.Equal(d, s.loading != NotLoaded, loaded, "the module is in Chromium")
		_, err = c.Quit()
		require.NoError(d, err)
		check()
	})
}
