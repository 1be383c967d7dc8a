// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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
	home, err := browser.NewHome(t.TempDir(), serviceOf(bare))
	require.NoError(t, err)
	display, err := browser.StartDisplay(home)
	if errors.Is(err, browser.ErrMissing) {
		progress("SKIPPED: browsers: %v", err)
		return
	}
	require.NoError(t, err)
	defer display.Stop()
	states := []startState{
		{"without", browser.NotLoaded, serviceOf(bare)},
		{"no reader", browser.ByModutil, serviceOf(bare)},
		{"card", browser.ByModutil, serviceOf(with)},
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
				row.inside[s.name] = append(row.inside[s.name], float64(insideModule(t, trace)))
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

func serviceOf(rig *e2e.Rig) string {
	for _, setting := range rig.Env {
		if strings.HasPrefix(setting, "PCSCLITE_CSOCK_NAME=") {
			return setting
		}
	}
	return "PCSCLITE_CSOCK_NAME="
}

// insideModule adds up the time of all calls that the module traced.
func insideModule(t *testing.T, trace string) time.Duration {
	t.Helper()
	text, err := os.ReadFile(trace)
	require.NoError(t, err)
	var total time.Duration
	for _, found := range callTime.FindAllStringSubmatch(string(text), -1) {
		took, err := time.ParseDuration(found[1])
		require.NoError(t, err)
		total += took
	}
	require.NotZero(t, total)
	return total
}

var callTime = regexp.MustCompile(`(?m) C_\w+ = CKR_\S+ (?:\(0x[0-9a-f]+\) )?in ([0-9.]+[a-zµ]+)`)
