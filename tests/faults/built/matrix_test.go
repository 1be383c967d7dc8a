// SPDX-License-Identifier: Apache-2.0

package built

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/faults"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// workers is how many scenes are played side by side: they wait more than they
// work.
const workers = 6

// limits of the short calls and of the watchdog.
var limits = faults.Limits{Call: 5 * time.Second, Hang: 75 * time.Second}

// slowSample is how many commands of each flow a fault is played at that takes
// seconds by its nature.
const slowSample = 1

func full() bool { return os.Getenv("TSCNS_FAULTS") == "full" }

func seed(t *testing.T) int64 {
	t.Helper()
	if text := os.Getenv("TSCNS_FAULTS_SEED"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		require.NoError(t, err)
		return n
	}
	return time.Now().Unix()
}

// TestFaults is the matrix.
func TestFaults(t *testing.T) {
	module, n := kit.Module(t), seed(t)
	t.Logf("TSCNS_FAULTS_SEED=%d", n)
	built := hostproc.Build(t)
	families := []simcard.Family{simcard.FamilyB2}
	if os.Getenv("TSCNS_FAULTS") != "" {
		families = simcard.Families()
	}
	for _, family := range families {
		if family == simcard.FamilyForeign {
			continue
		}
		t.Run(string(family), func(t *testing.T) {
			r := rand.New(rand.NewSource(n))
			matrix(t, built, module, family, r, func(all []faults.Scene) []faults.Scene { return sample(all, r) })
		})
	}
}

// sample returns all scenes, or some of them with -short.
func sample(all []faults.Scene, r *rand.Rand) []faults.Scene {
	const few = 30
	if !testing.Short() || len(all) <= few {
		return all
	}
	some := make([]faults.Scene, few)
	for i, j := range r.Perm(len(all))[:few] {
		some[i] = all[j]
	}
	return some
}

// matrix plays the scenes of one family that choose leaves, in random order, on
// several workers.
func matrix(t *testing.T, built *hostproc.Tools, module string, family simcard.Family, r *rand.Rand,
	choose func([]faults.Scene) []faults.Scene) {
	t.Helper()
	fixtures := make([]*faults.ServiceFixture, workers)
	var ready sync.WaitGroup
	for i := range fixtures {
		fixtures[i] = faults.NewServiceFixture(t, built, module, family, limits)
	}
	scenes := choose(plan(t, fixtures[0], family, r))
	order := r.Perm(len(scenes))
	// The slowest first, so that the workers end together.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scenes[b].Fault.Delay, scenes[a].Fault.Delay) })
	queue := make(chan faults.Scene, len(scenes))
	for _, i := range order {
		queue <- scenes[i]
	}
	close(queue)
	report := newReport(family)
	for _, fixture := range fixtures {
		ready.Add(1)
		go func() {
			defer ready.Done()
			run(fixture, queue, built, report)
		}()
	}
	ready.Wait()
	report.finish(t)
}

// plan lists the scenes: each flow is played once without a fault, which tells
// how many commands it has.
func plan(t *testing.T, fixture *faults.ServiceFixture, family simcard.Family, r *rand.Rand) []faults.Scene {
	t.Helper()
	var scenes []faults.Scene
	flows := faults.FlowsOf(family)
	once := flows[r.Intn(len(flows))].Name
	for _, flow := range flows {
		n, err := flow.Commands(fixture)
		require.NoError(t, err)
		for _, fault := range faults.Faults {
			if fault.Before != nil {
				scenes = append(scenes, faults.Scene{Flow: flow, Fault: fault})
				continue
			}
			if fault.Play == nil {
				continue // cannot be shown over a real service
			}
			places := r.Perm(n)
			switch {
			case full():
			case fault.Once && flow.Name != once:
				places = nil
			case fault.Delay > 0:
				places = places[:min(n, slowSample)]
			}
			for _, at := range places {
				scenes = append(scenes, faults.Scene{Flow: flow, Fault: fault, At: at + 1})
			}
		}
	}
	return scenes
}

// threads is how many more threads a host may have at its end than before
// C_Initialize: those that the Go runtime keeps.
const threads = 12

// run plays scenes on one fixture until there are no more, and ends its host.
func run(fixture *faults.ServiceFixture, queue <-chan faults.Scene, built *hostproc.Tools, report *report) {
	for scene := range queue {
		o := scene.Play(fixture, built.Allowed, limits.Call)
		report.add(scene, o)
		if err := fixture.HostErr(); err != nil {
			counter := &report.crashes
			if errors.Is(err, hostproc.ErrHang) {
				counter = &report.hangs
			}
			report.problem(fmt.Errorf("%s: %w", scene, err), counter)
		}
		if o.Err != nil {
			// The next scene is not to suffer from this one.
			if err := fixture.Renew(); err != nil {
				report.problem(fmt.Errorf("starting again: %w", err), nil)
				return
			}
		}
	}
	if err := fixture.EndHost(threads); err != nil {
		report.problem(fmt.Errorf("at the end: %w", err), &report.leaks)
	}
	report.census(fixture)
}

// A thousand times C_Initialize and C_Finalize over a real PC/SC service leave
// nothing behind, in the host and in the service: no thread, descriptor or
// memory that grows, no connection and no handle. One time in ten the card is
// used.
func TestCyclesLeaveNothingInTheService(t *testing.T) {
	const warm, cycles, often = 50, 1000, 10
	fixture := faults.NewServiceFixture(t, hostproc.Build(t), kit.Module(t), simcard.FamilyB2, limits)
	require.NoError(t, fixture.NewCard())
	d := fixture.User().D
	require.Equal(t, ck.CKR_OK, hostproc.Finalize(d))
	cycle := func(i int) {
		require.Equal(t, ck.CKR_OK, hostproc.Initialize(d))
		if i%often == 0 {
			fixture.User().Forget()
			require.NoError(t, fixture.User().Work(fixture.Card()))
		}
		require.Equal(t, ck.CKR_OK, hostproc.Finalize(d))
	}
	for i := range warm {
		cycle(i)
	}
	before, service := census(t, fixture.Host().PID()), census(t, fixture.Service().PID())
	for i := range cycles {
		cycle(i)
	}
	require.NoError(t, fixture.Unused())
	after, serviceAfter := census(t, fixture.Host().PID()), hostproc.Census{}
	// It notices a moment later that a client is gone, this test too.
	require.Eventually(t, func() bool {
		serviceAfter = census(t, fixture.Service().PID())
		return serviceAfter.Threads <= service.Threads && serviceAfter.Descriptors <= service.Descriptors
	}, 5*time.Second, 10*time.Millisecond, "the service had %v", service)
	t.Logf("%d cycles: host %v -> %v", cycles, before, after)
	t.Logf("pcscd %v -> %v, 0 handles", service, serviceAfter)
	require.LessOrEqual(t, after.Threads, before.Threads+4, "threads of the host")
	require.LessOrEqual(t, after.Descriptors, before.Descriptors, "descriptors of the host")
	require.LessOrEqual(t, after.Resident, before.Resident+2048, "KiB of the host")
	require.Equal(t, ck.CKR_OK, hostproc.Initialize(d)) // as EndHost and Close expect it
}

func census(t *testing.T, pid int) hostproc.Census {
	t.Helper()
	c, err := hostproc.Take(pid)
	require.NoError(t, err)
	return c
}

// asanScenes is how many faults are played under AddressSanitizer.
const asanScenes = 60

// A sample of the matrix under AddressSanitizer, in C and in Go: login,
// signing and PIN change with something going wrong read and write nothing
// beyond what is theirs.
func TestFaultsUnderAddressSanitizer(t *testing.T) {
	n := seed(t)
	t.Logf("TSCNS_FAULTS_SEED=%d", n)
	module := kit.GoModule(t, kit.Shipped, "-asan", "-gcflags=all=-d=checkptr=0")
	t.Setenv("ASAN_OPTIONS", "detect_leaks=0")
	built := hostproc.Build(t, "-fsanitize=address")
	r := rand.New(rand.NewSource(n))
	matrix(t, built, module, simcard.FamilyB2, r, func(scenes []faults.Scene) []faults.Scene {
		var quick []faults.Scene
		for _, i := range r.Perm(len(scenes)) {
			if scenes[i].Fault.Delay == 0 && len(quick) < asanScenes {
				quick = append(quick, scenes[i])
			}
		}
		return quick
	})
}

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

// problem notes one, and counts it where a counter is given.
func (r *report) problem(err error, counter *int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if counter != nil {
		*counter++
	}
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
	if path := os.Getenv("TSCNS_FAULTS_TABLE"); path != "" {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		require.NoError(t, err)
		_, err = file.WriteString(text)
		require.NoError(t, errors.Join(err, file.Close()))
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
