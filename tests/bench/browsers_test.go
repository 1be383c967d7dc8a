// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/e2e/browser"
)

// browserRounds is how often each browser starts in each state, in turns.
const browserRounds = 7

// startState is a way in which a browser starts.
type startState struct {
	name    string
	loading browser.Loading
	service string
}

// browsers measures the time from the start of a browser's process to the
// first request for a page, without the module and with it.
func browsers(t *testing.T, r *results) {
	bare := e2e.Start(t, e2e.Options{Reading: e2e.NoReader})
	with := e2e.Start(t, e2e.Options{})
	home, err := browser.NewHome(t.TempDir(), bare.ServiceEnv()[0])
	require.NoError(t, err)
	display, err := browser.StartDisplay(home)
	if errors.Is(err, browser.ErrMissing) {
		progress("SKIPPED: browsers: %v", err)
		return
	}
	require.NoError(t, err)
	defer display.Stop()
	states := []startState{
		{"without", browser.NotLoaded, bare.ServiceEnv()[0]},
		{"no reader", browser.ByModutil, bare.ServiceEnv()[0]},
		{"card", browser.ByModutil, with.ServiceEnv()[0]},
	}
	asked := make(chan time.Time, 16)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/" {
			asked <- time.Now()
		}
		_, _ = w.Write([]byte("<title>first page</title>"))
	}))
	defer page.Close()
	kinds := []kind{
		{"Firefox", func(h *browser.Home, s startState) (running, error) {
			f, err := browser.StartFirefox(h, browser.FirefoxOptions{Module: bare.Module, Loading: s.loading, CA: bare.CAFile})
			if err != nil {
				return running{}, err
			}
			return running{f.Started, f.Navigate, f.Stop}, nil
		}},
		{"Chromium", func(h *browser.Home, s startState) (running, error) {
			c, err := browser.StartChromium(h, browser.ChromiumOptions{Module: bare.Module, Loading: s.loading, CA: bare.CAFile})
			if err != nil {
				return running{}, err
			}
			return running{c.Started, c.Navigate, c.Stop}, nil
		}},
	}
	for _, k := range kinds {
		progress("starts: %s", k.name)
		if row, ok := k.startInTurns(t, home, states, page.URL, asked); ok {
			r.starts = append(r.starts, row)
		}
	}
}

// kind is a browser.
type kind struct {
	name  string
	start func(*browser.Home, startState) (running, error)
}

// startInTurns starts the browser in one state after the other, and all of them
// again; ok is false where it is not installed.
func (k kind) startInTurns(t *testing.T, home *browser.Home, states []startState, page string, asked <-chan time.Time) (row starts, ok bool) {
	row = starts{name: k.name, took: map[string][]float64{}, inside: map[string][]float64{}}
	for round := range browserRounds + 1 {
		for _, s := range states {
			trace := filepath.Join(t.TempDir(), "trace")
			running, err := k.start(home.With(s.service, "TSCNS_TRACE="+trace), s)
			if errors.Is(err, browser.ErrMissing) {
				progress("SKIPPED: %v", err)
				return row, false
			}
			require.NoError(t, err)
			begin := time.Now().Add(-running.started)
			require.NoError(t, running.navigate(page+"/"))
			took := (<-asked).Sub(begin)
			time.Sleep(300 * time.Millisecond) // what the module still does, it does now
			running.stop()
			if round == 0 {
				continue // the disk's cache is warm after it
			}
			row.took[s.name] = append(row.took[s.name], float64(took))
			if s.loading != browser.NotLoaded {
				inside, calls, err := browser.Inside(trace)
				require.NoError(t, err)
				require.NotZero(t, calls)
				row.inside[s.name] = append(row.inside[s.name], float64(inside))
			}
		}
	}
	return row, true
}

// running is a browser that was started.
type running struct {
	started  time.Duration
	navigate func(string) error
	stop     func()
}
