// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/simcard"
)

// mostDelay is what the module may add to a start without a card.
const mostDelay = 100 * time.Millisecond

// The starts are compared in rounds: one without the module, then one in every
// state, of which the difference to the one without counts. Noise of the
// machine is far above mostDelay in one round and falls with the number of
// rounds: they go on until every median is below the limit, fewRounds at
// least, manyRounds at most. A true delay above the limit stays above it.
const fewRounds, manyRounds = 5, 15

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
		{name: "no module", loading: NotLoaded, service: serviceOf(nobody)},
		{name: "no service", loading: ByModutil, service: serviceOf(nobody)},
		{name: "no reader", loading: ByModutil, service: serviceOf(bare)},
		{name: "empty reader", loading: ByModutil, service: serviceOf(d.Rig), prepare: d.Remove},
		{name: "foreign card", loading: ByModutil, service: serviceOf(d.Rig), prepare: d.Insert},
	}
}

// starter starts a browser in a state, loads the page of a server that asks
// for a certificate and takes none as an answer, checks that nothing but the
// page is to be seen, and returns how long the page took from the start on.
type starter func(d *desk, s state, server *asking) time.Duration

func compareStarts(t *testing.T, start starter) {
	d, states := absentStates(t)
	server := newAsking(t, d.Rig)
	start(d, states[0], server) // the disk's cache is warm then
	took := make([][]time.Duration, len(states))
	added := make([][]time.Duration, len(states))
	for round := 1; ; round++ {
		for i, s := range states {
			if s.prepare != nil {
				s.prepare()
			}
			one := start(d, s, server)
			took[i] = append(took[i], one)
			added[i] = append(added[i], one-took[0][round-1])
		}
		slow := slices.ContainsFunc(added, func(a []time.Duration) bool { return median(a) >= mostDelay })
		if round >= manyRounds || round >= fewRounds && !slow {
			break
		}
	}
	require.Zero(t, server.peers, "certificates that came from nowhere")
	require.Zero(t, d.PINCommands(), "a foreign card sees no PIN")
	for i, s := range states {
		t.Logf("%-12s median %v, added by the module %v (median of %d rounds; %v)", s.name,
			ms(median(took[i])), ms(median(added[i])), len(added[i]), added[i])
		require.Less(t, median(added[i]), mostDelay, s.name)
	}
}

func median(list []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func ms(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }

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
	compareStarts(t, func(d *desk, s state, server *asking) time.Duration {
		f, err := StartFirefox(d.home.With(s.service), FirefoxOptions{Module: d.Module, Loading: s.loading, CA: d.CAFile})
		skipMissing(d.T, err)
		defer f.Stop()
		begin := time.Now().Add(-f.Started)
		require.NoError(d, f.Navigate(server.url()))
		took := server.await(d.T, begin)

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
		return took
	})
}

func TestChromiumStartsWithoutACard(t *testing.T) {
	compareStarts(t, func(d *desk, s state, server *asking) time.Duration {
		c, err := StartChromium(d.home.With(s.service), ChromiumOptions{Module: d.Module, Loading: s.loading, CA: d.CAFile})
		skipMissing(d.T, err)
		defer c.Stop()
		begin := time.Now().Add(-c.Started)
		require.NoError(d, c.Navigate(server.url()))
		took := server.await(d.T, begin)

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
		return took
	})
}
