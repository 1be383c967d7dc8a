// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tscns/tests/internal/hostproc"
)

// tally counts what happened.
type tally struct {
	mu       sync.Mutex
	done     map[string]int // by what
	failed   map[string]int // operations that a fault made fail, as it may
	faults   map[string]int
	problems []string
	kinds    map[string]int // of problems
	slowest  hostproc.Made
}

func newTally() *tally {
	return &tally{done: map[string]int{}, failed: map[string]int{}, faults: map[string]int{}, kinds: map[string]int{}}
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
	for _, kind := range kinds {
		fmt.Fprintf(&text, "%s: %d\n", kind, t.kinds[kind])
	}
	return text.String()
}
