// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"context"
	"crypto/rsa"
	"math/rand"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/tests/faults"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == asGoProgram {
		(&goProgram{Ctx: pkcs11.New(os.Args[2])}).run(os.Args[3], os.Args[4]) // a library that cannot be loaded is a crash
		return
	}
	os.Exit(kit.Main(m))
}

const (
	shortForm = 20 * time.Second
	// limitHang is when a call or program counts as hanging: one command that
	// a card never answers takes the library 60 seconds, and others may wait
	// for the same card before.
	limitHang = 3 * time.Minute
	// mostThreads and mostGrowth (KiB) bound what a host may have more at its
	// end: the Go runtime keeps threads that once waited for a card.
	mostThreads = 24
	mostGrowth  = 24 << 10
)

// fixture is one card and everybody around it.
type fixture struct {
	t           *testing.T
	tools       *hostproc.Tools
	module      string
	dir         string
	service     *faults.ServiceFixture
	set         *pki.Set
	certificate []byte
	key         *rsa.PublicKey
	tally       *tally
	long        bool
	calmest     time.Duration // the longest time without a fault
	typing      sync.RWMutex  // held while a person types a PIN
}

func newFixture(t *testing.T, long bool) *fixture {
	t.Helper()
	w := &fixture{t: t, module: kit.Module(t), dir: t.TempDir(), tally: newTally(), long: long, calmest: 2 * time.Second}
	if long {
		w.calmest = 4 * time.Second // browsers want some time
	}
	w.tools = hostproc.Build(t)
	w.service = faults.NewServiceFixture(t, w.tools, w.module, simcard.FamilyB2, faults.Limits{Hang: limitHang})
	require.NoError(t, w.service.EndHost(mostThreads)) // the soak has hosts of its own
	var err error
	w.set, err = kit.Set(simcard.KeyBits(simcard.FamilyB2))
	require.NoError(t, err)
	require.NoError(t, w.service.NewCard())
	w.certificate, w.key = w.service.Card().Certificate, &w.set.Identity.Key.PublicKey
	return w
}

func TestSoak(t *testing.T) {
	length, long := shortForm, false
	if text := os.Getenv("TSCNS_SOAK"); text != "" {
		var err error
		length, err = time.ParseDuration(text)
		require.NoError(t, err)
		long = true
	}
	seed := time.Now().Unix()
	if text := os.Getenv("TSCNS_SOAK_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseInt(text, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("TSCNS_SOAK_SEED=%d, %v", seed, length)
	w := newFixture(t, long)
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	end := w.begin(ctx, rand.New(rand.NewSource(seed)))
	<-ctx.Done()
	end()
	t.Logf("\n%sPIN tries lost: %d", w.tally, w.service.Card().Lost())
	if n := w.service.Card().Lost(); n > 0 {
		t.Errorf("%d PIN tries lost", n)
	}
	for _, p := range w.tally.problems {
		t.Error(p)
	}
}

// begin starts everybody. end, called when the time is over, waits for them
// and has each work once more.
func (w *fixture) begin(ctx context.Context, r *rand.Rand) (end func()) {
	var busy sync.WaitGroup
	start := func(fn func(r *rand.Rand)) {
		own := rand.New(rand.NewSource(r.Int63()))
		busy.Add(1)
		go func() {
			defer busy.Done()
			fn(own)
		}()
	}
	hosts := []*host{{w: w, name: "C host 1"}, {w: w, name: "C host 2"}}
	for _, h := range hosts {
		require.NoError(w.t, h.start())
	}
	programs, browsers := w.programs(), w.browsers()
	var chaos sync.WaitGroup
	own := rand.New(rand.NewSource(r.Int63()))
	chaos.Add(1)
	go func() {
		defer chaos.Done()
		w.chaos(ctx, own)
	}()
	for _, h := range hosts {
		for thread := range threads {
			start(func(r *rand.Rand) { h.run(ctx, thread, r) })
		}
	}
	for _, p := range programs {
		start(func(r *rand.Rand) { w.run(ctx, p, r) })
	}
	for _, b := range browsers {
		start(func(r *rand.Rand) { b.run(ctx, r) })
	}
	start(func(*rand.Rand) { w.trend(ctx, hosts) })
	return func() {
		chaos.Wait() // all is whole
		busy.Wait()
		w.calm(hosts, programs, browsers)
	}
}

// calm has everybody work once more, with nothing going wrong, one after the
// other.
func (w *fixture) calm(hosts []*host, programs []program, browsers []*browserUser) {
	for _, h := range hosts {
		h.end()
	}
	for _, p := range programs {
		if !p.once(w, "messaggio 9") && !p.beside {
			w.tally.problem(kindCalm, "%s", p.name)
		}
	}
	for _, b := range browsers {
		b.end()
	}
	if err := w.service.Unused(); err != nil {
		w.tally.problem(kindLeak, "%v", err)
	}
}

// trend tells from time to time what the long-lived programs have.
func (w *fixture) trend(ctx context.Context, hosts []*host) {
	begin := time.Now()
	for first := true; pause(ctx, w.step()); first = false {
		for _, h := range hosts {
			h.mu.RLock()
			now, err := hostproc.Take(h.proc.PID())
			if err == nil && first {
				h.early = now
			}
			h.mu.RUnlock()
			if err == nil {
				w.t.Logf("%v %s: %v", time.Since(begin).Round(time.Second), h.name, now)
			}
		}
		if now, err := hostproc.Take(w.service.Service().PID()); err == nil {
			w.t.Logf("%v pcscd: %v", time.Since(begin).Round(time.Second), now)
		}
	}
}

func (w *fixture) step() time.Duration {
	if w.long {
		return time.Minute
	}
	return 5 * time.Second
}
