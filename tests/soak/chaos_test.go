// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"context"
	"math/rand"
	"time"

	"tscns/tests/faults"
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
