// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/tests/e2e"
	"tscns/tests/e2e/browser"
)

// TestFewestCommands holds what can be counted, beside OpenSC on the same card.
func TestFewestCommands(t *testing.T) {
	s := newFixture(t)
	first, second := s.errands(s.ours(), 1, false), s.errands(s.ours(), 1, true)
	require.LessOrEqual(t, first.login().commands, 16)
	require.LessOrEqual(t, first.login().bytes, 2900)
	require.LessOrEqual(t, second.login().commands, 7)
	extended := s.errands(s.extended(), 1, false)
	require.LessOrEqual(t, extended.login().commands, 10)
	require.Equal(t, 1, first["second"].commands)
	require.Equal(t, 1, second["second"].commands)
	other := s.errands(s.openSC("OpenSC", told), 1, false)
	require.Greater(t, other.login().commands, first.login().commands)
	require.Greater(t, other.login().bytes, first.login().bytes)
	t.Logf("list, login, signature: tscns %d commands and %d bytes, second program %d and %d, extended reads %d and %d; OpenSC told the driver %d and %d",
		first.login().commands, first.login().bytes, second.login().commands, second.login().bytes,
		extended.login().commands, extended.login().bytes, other.login().commands, other.login().bytes)
}

// TestThreadsShareTheCard: signatures by 16 threads on a card that takes its
// time are as many as one thread's, and every thread gets its turn.
func TestThreadsShareTheCard(t *testing.T) {
	s := newFixture(t)
	s.slowCard()
	c := s.ours()
	// A machine with other work may lose some percent in any one round.
	for round := 1; ; round++ {
		one, sixteen := s.threads(c, 1), s.threads(c, 16)
		t.Logf("%.1f signatures a second by one thread, %.1f by 16; each of these made %v to %v", one["rate"], sixteen["rate"], sixteen["least"], sixteen["most"])
		if sixteen["rate"] > 0.95*one["rate"] && sixteen["least"] >= sixteen["most"]-2 {
			return
		}
		require.Less(t, round, 4, "16 threads make fewer signatures than one, or one of them starves, in every round")
	}
}

// Settings of OpenSC.
const (
	told      = "card_drivers = itacns;"
	toldCache = told + "\n framework pkcs15 { use_file_caching = public; }"
)

// slowCard puts in the card at a real card's speed.
func (s *fixture) slowCard() {
	s.t.Helper()
	s.Remove()
	s.InsertAs(paced{s.Card})
}

// developmentOpenSC names the file of an opensc-pkcs11.so built from OpenSC's own
// repository, which is then measured too.
const developmentOpenSC = "TSCNS_BENCH_OPENSC"

const threadSeconds = 4

func (s *fixture) threads(c contestant, n int) map[string]float64 {
	s.t.Helper()
	return s.measure(c, c.env(s.t), "threads", s.PIN, fmt.Sprint(n), fmt.Sprint(threadSeconds))
}

// progress says on the terminal what is being measured.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s  %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}

// errandRow is a line of the table of commands.
type errandRow struct {
	c      contestant
	name   string
	second bool // program with the card
}

func (s *fixture) flows(r *results) {
	rows := []errandRow{
		{s.ours(), "tscns", false},
		{s.extended(), "tscns, extended reads", false},
		{s.ours(), "tscns, second program", true},
		{s.openSC("OpenSC as installed", ""), "OpenSC as installed", false},
		{s.openSC("OpenSC told the driver", told), "OpenSC, told the driver", false},
		{s.openSC("OpenSC told to keep files", toldCache), "OpenSC keeping files, second program", true},
	}
	if path := os.Getenv(developmentOpenSC); path != "" {
		rows = append(rows, errandRow{s.openSCAt(path, "OpenSC development", ""), "OpenSC, development version", false})
	}
	for _, row := range rows {
		progress("errands: %s", row.name)
		r.flows = append(r.flows, flow{row.name, s.errands(row.c, 7, row.second)})
	}
}

// loads measures in turns, so that other work on the machine meets all alike:
// without a reader, and with a card in one.
func (s *fixture) loads(r *results, list []contestant) {
	progress("loading")
	bare := e2e.Start(s.t, e2e.Options{Reading: e2e.NoReader})
	without := make([][]map[string]float64, len(list))
	with := make([][]map[string]float64, len(list))
	for range 31 {
		for i, c := range list {
			env := c.env(s.t)
			without[i] = append(without[i], s.measure(c, append(env, bare.ServiceEnv()[0]), "load"))
			with[i] = append(with[i], s.measure(c, env, "load"))
		}
	}
	for i, c := range list {
		m := mediansOf(without[i])
		info, err := os.Stat(c.module)
		require.NoError(s.t, err)
		m["file"] = float64(info.Size()) / 1024
		m["with_card"] = mediansOf(with[i])["total"]
		r.loads = append(r.loads, row{c.name, m})
	}
}

func (s *fixture) rates(r *results, list []contestant) {
	for _, c := range list {
		progress("rates: %s", c.name)
		r.rates = append(r.rates, row{c.name, medians(3, func() map[string]float64 { return s.measure(c, c.env(s.t), "rates", s.PIN) })})
	}
}

func (s *fixture) manyThreads(r *results, list []contestant) {
	for _, c := range list {
		m := map[string]float64{}
		for _, n := range []int{1, 4, 16} {
			progress("threads: %s, %d", c.name, n)
			for name, v := range s.threads(c, n) {
				m[fmt.Sprintf("%s%d", name, n)] = v
			}
		}
		r.threads = append(r.threads, row{c.name, m})
	}
}

// logins are those of curl with the OpenSSL engine, over TLS 1.3.
func (s *fixture) logins(r *results, list []contestant) {
	if s.Tool("openssl", "openssl", "engine", "pkcs11").Run().Code != 0 {
		progress("SKIPPED: curl (package libengine-pkcs11-openssl)")
		return
	}
	server := s.Server(tls.VersionTLS13)
	count := 0
	login := func(c contestant, env []string) (phase, float64) {
		s.Card.Stats()
		count++
		start := time.Now()
		s.Tool("curl", "curl", "-sS", "--max-time", "45", "--noproxy", "*", "--cacert", s.CAFile, "--engine", "pkcs11",
			"--cert-type", "ENG", "--cert", "pkcs11:type=cert", "--key-type", "ENG", "--key", "pkcs11:type=private;pin-value="+s.PIN,
			server.URL("localhost")).With(append(env, "PKCS11_MODULE_PATH="+c.module)...).OK().Has(s.t, s.Holder)
		took := time.Since(start)
		require.Len(s.t, server.Logins(), count)
		n := s.Card.Stats()
		return phase{n.Commands, n.Received + n.Sent, took}, float64(took)
	}
	for _, c := range list {
		progress("curl: %s", c.name)
		for _, second := range []bool{false, true} {
			if second && c.name != "tscns" {
				continue
			}
			var walls []float64
			var p phase
			for range 7 {
				env := c.env(s.t)
				if second {
					login(c, env)
				}
				var wall float64
				p, wall = login(c, env)
				walls = append(walls, wall)
			}
			p.wall = time.Duration(median(walls))
			name := c.name
			if second {
				name += ", second program"
			}
			r.curl = append(r.curl, flow{name, errand{"list": p}})
		}
	}
}

// machine describes where the run took place, without a name.
func machine() string {
	model := "unknown processor"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	system := "Linux"
	if b, err := os.ReadFile("/etc/os-release"); err == nil {
		for line := range strings.Lines(string(b)) {
			if value, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
				system = strings.Trim(strings.TrimSpace(value), `"`)
			}
		}
	}
	return fmt.Sprintf("%s, %s, %d processors", system, model, processors())
}

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
