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
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pcscd"
	"tscns/tests/faults"
	"tscns/tests/internal/hostproc"
	"tscns/tests/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }

// lanes is how many scenes are played side by side: they wait more than they
// work.
const lanes = 6

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

func lane(t *testing.T, built *hostproc.Tools, module string, family simcard.Family) *faults.Lane {
	t.Helper()
	l, err := faults.NewLane(built, module, t.TempDir(), family, limits)
	if errors.Is(err, pcscd.ErrMissing) {
		t.Skipf("SKIPPED: %v (packages pcscd, vsmartcard-vpcd)", err)
	}
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l
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
// several lanes.
func matrix(t *testing.T, built *hostproc.Tools, module string, family simcard.Family, r *rand.Rand,
	choose func([]faults.Scene) []faults.Scene) {
	t.Helper()
	stages := make([]*faults.Lane, lanes)
	var ready sync.WaitGroup
	for i := range stages {
		stages[i] = lane(t, built, module, family)
	}
	scenes := choose(plan(t, stages[0], family, r))
	order := r.Perm(len(scenes))
	// The slowest first, so that the lanes end together.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scenes[b].Fault.Delay, scenes[a].Fault.Delay) })
	queue := make(chan faults.Scene, len(scenes))
	for _, i := range order {
		queue <- scenes[i]
	}
	close(queue)
	report := newReport(family)
	for _, stage := range stages {
		ready.Add(1)
		go func() {
			defer ready.Done()
			run(stage, queue, built, report)
		}()
	}
	ready.Wait()
	report.finish(t)
}

// plan lists the scenes: each flow is played once without a fault, which tells
// how many commands it has.
func plan(t *testing.T, stage *faults.Lane, family simcard.Family, r *rand.Rand) []faults.Scene {
	t.Helper()
	var scenes []faults.Scene
	flows := faults.FlowsOf(family)
	once := flows[r.Intn(len(flows))].Name
	for _, flow := range flows {
		n, err := flow.Commands(stage)
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

// run plays scenes on one lane until there are no more, and ends its host.
func run(stage *faults.Lane, queue <-chan faults.Scene, built *hostproc.Tools, report *report) {
	for scene := range queue {
		o := scene.Play(stage, built.Allowed, limits.Call)
		report.add(scene, o)
		if err := stage.HostErr(); err != nil {
			report.lost(scene, err)
		}
		if o.Err != nil {
			// The next scene is not to suffer from this one.
			if err := stage.Renew(); err != nil {
				report.problem(fmt.Errorf("starting anew: %w", err))
				return
			}
		}
	}
	if err := stage.EndHost(threads); err != nil {
		report.leak(fmt.Errorf("at the end: %w", err))
	}
	report.census(stage)
}
