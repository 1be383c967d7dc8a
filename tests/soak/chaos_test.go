// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"context"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"time"

	"tscns/tests/faults"
	"tscns/tests/internal/hostproc"
)

// pause sleeps, and answers false where the run is over.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int63n(int64(to-from)))
}

// chaos has something go wrong again and again. It alone plays the environment
// of the service. Nothing happens while a person types a PIN.
func (w *fixture) chaos(ctx context.Context, r *rand.Rand) {
	for pause(ctx, between(r, 300*time.Millisecond, w.calmest)) {
		if !w.typing.TryLock() {
			continue
		}
		name, lasts := w.event(r)
		w.typing.Unlock()
		w.tally.fault(name)
		pause(ctx, lasts)
		w.service.Disarm()
		if err := w.service.Restore(); err != nil {
			w.tally.problem(kindCalm, "restoring after %q: %v", name, err)
			return
		}
	}
}

// event begins something and says for how long it lasts.
func (w *fixture) event(r *rand.Rand) (string, time.Duration) {
	short, long := between(r, 0, 2*time.Second), 12*time.Second
	if !w.long || r.Intn(10) > 0 {
		long = short
	}
	switch r.Intn(12) {
	case 0, 1:
		w.service.TakeOut()
		return "card out and in", short
	case 2:
		w.service.KillService()
		return "service killed", short
	case 3:
		w.service.ResetByOther()
		return "reset by another", 0
	case 4:
		w.service.HoldByOther()
		return "held by another", long
	case 5:
		w.service.FreezeService()
		return "service frozen", long
	}
	for {
		f := faults.Faults[r.Intn(len(faults.Faults))]
		if f.Play == nil || f.Once && (!w.long || r.Intn(8) > 0) {
			continue
		}
		w.service.Arm(1+r.Intn(5), f)
		return "command: " + f.Name, short + f.Delay
	}
}

// tally counts what happened.
type tally struct {
	mu       sync.Mutex
	done     map[string]int // by what
	failed   map[string]int // operations that a fault made fail, as it may
	faults   map[string]int
	problems []string
	kinds    map[string]int // of problems
	slowest  hostproc.Made
	ends     map[string]time.Duration // the longest that a browser took to close
}

func newTally() *tally {
	return &tally{done: map[string]int{}, failed: map[string]int{}, faults: map[string]int{}, kinds: map[string]int{},
		ends: map[string]time.Duration{}}
}

// The kinds of problems. Each makes the soak fail.
const (
	kindHang  = "hangs"
	kindCrash = "crashes"
	kindLeak  = "leaks"
	kindWrong = "wrong data"
	kindCode  = "return values that are not listed"
	kindCalm  = "programs that do not work in the end"
)

var kinds = []string{kindHang, kindCrash, kindLeak, kindWrong, kindCode, kindCalm}

func (t *tally) add(where map[string]int, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	where[what]++
}

func (t *tally) ok(what string)    { t.add(t.done, what) }
func (t *tally) fail(what string)  { t.add(t.failed, what) }
func (t *tally) fault(what string) { t.add(t.faults, what) }

// problem notes what must not be.
func (t *tally) problem(kind, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kinds[kind]++
	if len(t.problems) < 30 {
		t.problems = append(t.problems, fmt.Sprintf("%s %s: %s", time.Now().Format(time.TimeOnly), kind, fmt.Sprintf(format, args...)))
	}
}

// end notes how long a browser took to close.
func (t *tally) end(browser string, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ends[browser] = max(t.ends[browser], took)
}

// calls checks the return values of calls.
func (t *tally) calls(tools *hostproc.Tools, made []hostproc.Made) {
	for _, c := range made {
		if c.RV != hostproc.Lost && !tools.Allowed(c.Function, c.RV) {
			t.problem(kindCode, "%s returned %v", c.Function, c.RV)
		}
		t.mu.Lock()
		if c.Took > t.slowest.Took {
			t.slowest = c
		}
		t.mu.Unlock()
	}
}

func sum(m map[string]int) int {
	n := 0
	for _, k := range m {
		n += k
	}
	return n
}

func list(m map[string]int) string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	var text strings.Builder
	for _, name := range names {
		fmt.Fprintf(&text, "  %-28s %d\n", name, m[name])
	}
	return text.String()
}

// String is the end of the run.
func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var text strings.Builder
	fmt.Fprintf(&text, "faults injected: %d\n%s", sum(t.faults), list(t.faults))
	fmt.Fprintf(&text, "operations that worked: %d\n%s", sum(t.done), list(t.done))
	fmt.Fprintf(&text, "operations that a fault made fail, with a value that is listed: %d\n%s", sum(t.failed), list(t.failed))
	fmt.Fprintf(&text, "slowest call: %s, %v\n", t.slowest.Function, t.slowest.Took.Round(time.Millisecond))
	for browser, took := range t.ends {
		fmt.Fprintf(&text, "%s closed within %v at most\n", browser, took.Round(time.Millisecond))
	}
	for _, kind := range kinds {
		fmt.Fprintf(&text, "%s: %d\n", kind, t.kinds[kind])
	}
	return text.String()
}
