// SPDX-License-Identifier: Apache-2.0

package built

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"tscns/simcard"
	"tscns/tests/faults"
	"tscns/tests/internal/hostproc"
)

// tableVariable names the file that the table is appended to.
const tableVariable = "TSCNS_FAULTS_TABLE"

// report counts how the scenes of one family ended.
type report struct {
	family simcard.Family
	begin  time.Time

	mu       sync.Mutex
	cells    map[[2]string]*cell // by fault and flow
	injected int
	survived int
	tries    int
	hangs    int
	crashes  int
	leaks    int
	slowest  time.Duration
	threads  int   // the most that a host had more at its end
	grown    int64 // KiB
	problems []error
}

type cell struct{ played, good int }

func newReport(family simcard.Family) *report {
	return &report{family: family, begin: time.Now(), cells: map[[2]string]*cell{}}
}

func (r *report) add(s faults.Scene, o faults.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := [2]string{s.Fault.Name, s.Flow.Name}
	if r.cells[key] == nil {
		r.cells[key] = &cell{}
	}
	r.cells[key].played++
	if o.Injected {
		r.injected++
	}
	r.tries += o.Lost
	if s.Fault.Delay == 0 {
		r.slowest = max(r.slowest, o.Slowest)
	}
	if o.Leak {
		r.leaks++
	}
	if o.Err != nil {
		r.problems = append(r.problems, o.Err)
		return
	}
	r.cells[key].good++
	r.survived++
}

// lost counts a host that crashed or hung.
func (r *report) lost(s faults.Scene, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if errors.Is(err, hostproc.ErrHang) {
		r.hangs++
	} else {
		r.crashes++
	}
	r.problems = append(r.problems, fmt.Errorf("%s: %w", s, err))
}

func (r *report) leak(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leaks++
	r.problems = append(r.problems, err)
}

func (r *report) problem(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problems = append(r.problems, err)
}

func (r *report) census(l *faults.ServiceFixture) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.threads, r.grown = max(r.threads, l.MoreThreads), max(r.grown, l.Grown)
}

func (r *report) finish(t *testing.T) {
	t.Helper()
	for _, err := range r.problems {
		t.Error(err)
	}
	text := t.Name() + "\n" + r.table()
	t.Log("\n" + text)
	path := os.Getenv(tableVariable)
	if path == "" {
		return
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = file.WriteString(text)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		t.Error(err)
	}
}

func (r *report) table() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%-20s", "card "+string(r.family))
	flows := faults.FlowsOf(r.family)
	for _, flow := range flows {
		fmt.Fprintf(&text, "%-12s", flow.Name)
	}
	text.WriteByte('\n')
	for _, fault := range faults.Faults {
		if fault.Play == nil && fault.Before == nil {
			continue
		}
		fmt.Fprintf(&text, "%-20s", fault.Name)
		for _, flow := range flows {
			at := "-"
			if c := r.cells[[2]string{fault.Name, flow.Name}]; c != nil {
				at = fmt.Sprintf("%d of %d", c.good, c.played)
			}
			fmt.Fprintf(&text, "%-12s", at)
		}
		text.WriteByte('\n')
	}
	fmt.Fprintf(&text, "faults injected %d, survived %d, PIN tries lost outside a wrong PIN %d, hangs %d, crashes %d, leaks %d\n",
		r.injected, r.survived, r.tries, r.hangs, r.crashes, r.leaks)
	fmt.Fprintf(&text, "slowest call %v where the fault itself takes no time; at the end a host has at most %d threads and %d KiB more than before C_Initialize; %v\n",
		r.slowest.Round(time.Millisecond), r.threads, r.grown, time.Since(r.begin).Round(time.Second))
	return text.String()
}
