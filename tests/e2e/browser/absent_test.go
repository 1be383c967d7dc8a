// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/e2e"
)

// mostDelay is what the module may add to a start without a card.
const mostDelay = 100 * time.Millisecond

// The starts are compared in rounds: one without the module, then one in every
// state. The rounds go on until the module seems to add less than the limit in
// every state, fewRounds at least, manyRounds at most. Starts of a browser
// differ by far more than the limit on a machine with other work, so what has
// not come down by then must be significant to count: above the limit in all
// rounds but one (which chance does to a median below it once in 300 times,
// and less to one near zero) and for the fastest starts.
const fewRounds, manyRounds = 5, 12

// comparison holds the starts in one state, and those without the module.
type comparison struct{ took, without []time.Duration }

// differences returns what was added round by round, sorted.
func (c comparison) differences() []time.Duration {
	list := make([]time.Duration, len(c.took))
	for i := range c.took {
		list[i] = c.took[i] - c.without[i]
	}
	slices.Sort(list)
	return list
}

// fastest returns the difference of the fastest starts: other work on the
// machine can only make a start slower.
func (c comparison) fastest() time.Duration { return slices.Min(c.took) - slices.Min(c.without) }

func (c comparison) seemsSlow() bool {
	return min(median(c.differences()), c.fastest()) >= mostDelay
}

func (c comparison) slow() bool {
	return c.seemsSlow() && c.differences()[1] >= mostDelay
}

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
		{name: "no module", loading: NotLoaded, service: serviceOf(nobody)[0]},
		{name: "no service", loading: ByModutil, service: serviceOf(nobody)[0]},
		{name: "no reader", loading: ByModutil, service: serviceOf(bare)[0]},
		{name: "empty reader", loading: ByModutil, service: serviceOf(d.Rig)[0], prepare: d.Remove},
		{name: "foreign card", loading: ByModutil, service: serviceOf(d.Rig)[0], prepare: d.Insert},
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
	starts := make([]comparison, len(states))
	for round := 1; ; round++ {
		for i, s := range states {
			if s.prepare != nil {
				s.prepare()
			}
			starts[i].took = append(starts[i].took, start(d, s, server))
			starts[i].without = starts[0].took
		}
		if round >= manyRounds || round >= fewRounds && !slices.ContainsFunc(starts, comparison.seemsSlow) {
			break
		}
	}
	require.Zero(t, server.peers, "certificates that came from nowhere")
	require.Zero(t, d.PINCommands(), "a foreign card sees no PIN")
	for i, s := range states {
		c := starts[i]
		t.Logf("%-12s median %v, fastest %v; the module adds %v (median) or %v (fastest), %d rounds", s.name,
			ms(median(c.took)), ms(slices.Min(c.took)), ms(median(c.differences())), ms(c.fastest()), len(c.took))
		if c.seemsSlow() {
			t.Logf("differences: %v", c.differences())
		}
		require.False(t, c.slow(), s.name)
	}
}

// spent reads the module's trace and returns how long the browser was inside
// the module, all calls together. It does not depend on what else the machine
// does in between, so it holds the limit where the clock on the wall cannot.
// Loading the file and starting the Go runtime, some 3 ms, are not in it.
func spent(t require.TestingT, trace string) (total time.Duration, calls int) {
	text, err := os.ReadFile(trace)
	require.NoError(t, err)
	for _, found := range callTime.FindAllStringSubmatch(string(text), -1) {
		took, err := time.ParseDuration(found[1])
		require.NoError(t, err)
		total += took
		calls++
	}
	return total, calls
}

var callTime = regexp.MustCompile(`(?m) C_\w+ = CKR_\S+ (?:\(0x[0-9a-f]+\) )?in ([0-9.]+[a-zµ]+)`)

// traced is the environment that makes the module of one start write a trace.
func (d *desk) traced(s state) (string, func()) {
	trace := filepath.Join(d.TempDir(), "trace")
	return "TSCNS_TRACE=" + trace, func() {
		if s.loading == NotLoaded {
			return
		}
		total, calls := spent(d, trace)
		require.NotZero(d, calls, "the browser called the module")
		require.Less(d, total, mostDelay, s.name)
		d.Logf("%-12s %v in %d calls of the module", s.name, total, calls)
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
		trace, check := d.traced(s)
		f, err := StartFirefox(d.home.With(s.service, trace), FirefoxOptions{Module: d.Module, Loading: s.loading, CA: d.CAFile})
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
		check()
		return took
	})
}

func TestChromiumStartsWithoutACard(t *testing.T) {
	compareStarts(t, func(d *desk, s state, server *asking) time.Duration {
		trace, check := d.traced(s)
		c, err := StartChromium(d.home.With(s.service, trace), ChromiumOptions{Module: d.Module, Loading: s.loading, CA: d.CAFile})
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
		check()
		return took
	})
}
