// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/e2e/browser"
)

// browserRounds is how often each browser starts in each state, in turns.
const browserRounds = 7

// browsers measures the time from the start of a browser's process to the
// first request for a page, without the module and with it.
func browsers(t *testing.T, r *results) {
	if _, err := exec.LookPath("Xvfb"); err != nil {
		progress("SKIPPED: browsers: %v", err)
		return
	}
	bare := e2e.Start(t, e2e.Options{Reading: e2e.NoReader})
	with := e2e.Start(t, e2e.Options{})
	home := browser.NewHome(t, bare.ServiceEnv()[0])
	browser.StartDisplay(home)
	asked := make(chan time.Time, 16)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/" {
			asked <- time.Now()
		}
		_, _ = w.Write([]byte("<title>first page</title>"))
	}))
	defer page.Close()
	for _, k := range browser.Kinds {
		if !k.Installed() {
			progress("SKIPPED: %s is not installed", k.Name)
			continue
		}
		progress("starts: %s", k.Name)
		row := starts{name: k.Name, took: map[string][]float64{}, inside: map[string][]float64{}}
		for round := range browserRounds + 1 { // the disk's cache is warm after the first
			for _, s := range []struct {
				name    string
				loading browser.Loading
				service string
			}{
				{"without", browser.NotLoaded, bare.ServiceEnv()[0]},
				{"no reader", browser.ByModutil, bare.ServiceEnv()[0]},
				{"card", browser.ByModutil, with.ServiceEnv()[0]},
			} {
				trace := filepath.Join(t.TempDir(), "trace")
				b := k.Start(home.With(s.service, "TSCNS_TRACE="+trace), browser.Options{Module: bare.Module, Loading: s.loading, CA: bare.CAFile})
				begin := time.Now().Add(-b.Started())
				require.NoError(t, b.Navigate(page.URL+"/"))
				took := (<-asked).Sub(begin)
				time.Sleep(300 * time.Millisecond) // what the module still does, it does now
				b.Stop()
				if round > 0 {
					row.took[s.name] = append(row.took[s.name], float64(took))
				}
				if round > 0 && s.loading != browser.NotLoaded {
					inside, calls := e2e.Inside(t, trace)
					require.NotZero(t, calls)
					row.inside[s.name] = append(row.inside[s.name], float64(inside))
				}
			}
		}
		r.starts = append(r.starts, row)
	}
}
