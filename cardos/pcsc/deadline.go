// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"fmt"
	"sync"
	"time"

	"tscns/cardos"
)

// task is one call of the PC/SC library, on a goroutine of its own so that its
// caller can leave it: the library has no deadline of its own (SCardConnect,
// SCardBeginTransaction and SCardTransmit of pcsc-lite wait as long as another
// program holds a transaction, and every call as long as the service is
// stopped), and nothing ends a call that is in it.
type task struct {
	done chan struct{} // closed when everything is over
	err  error         // of the call, valid once it has ended

	mu    sync.Mutex
	ended bool
	late  func(error) // what a call that was left still has to do
}

// start runs fn.
func start(fn func() error) *task {
	t := &task{done: make(chan struct{})}
	go func() {
		defer close(t.done)
		err := guarded(fn)
		t.mu.Lock()
		t.err, t.ended = err, true
		late := t.late
		t.mu.Unlock()
		if late != nil {
			_ = guarded(func() error { late(err); return nil })
		}
	}()
	return t
}

// guarded turns a panic into an error: on a goroutine of ours nobody above
// would catch it, and it would end the host.
func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: PC/SC call: %v", cardos.ErrCardFailure, p)
		}
	}()
	return fn()
}

// wait waits for the end, at most d. Where it returns false the call was left:
// it goes on, and late runs after it.
func (t *task) wait(d time.Duration, late func(error)) bool {
	if t.finish(d) {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.late = late
	}
	return t.ended
}

// rejoin takes a left call back: its end belongs to the caller again. It is
// false where the call has ended and late was run or is running.
func (t *task) rejoin() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return false
	}
	t.late = nil
	return true
}

// finish waits for the end of everything, at most d.
func (t *task) finish(d time.Duration) bool {
	w := &waiter{deadline: time.Now().Add(d), overdue: make(chan struct{})}
	watch.add(w)
	defer watch.remove(w)
	select {
	case <-t.done:
		return true
	case <-w.overdue:
		return false
	}
}

// waiter is somebody who waits for a call.
type waiter struct {
	deadline time.Time
	overdue  chan struct{} // closed after the deadline
}

// watchdog tells the waiters that their deadline has passed. It is there
// because a timer of Go opens descriptors in the host (docs/architecture.md,
// "Descriptors"): one goroutine that sleeps in a system call while calls are
// in progress, and ends soon after the last.
type watchdog struct {
	mu      sync.Mutex
	waiters map[*waiter]struct{}
	awake   bool
}

var watch = watchdog{waiters: map[*waiter]struct{}{}}

const (
	// A deadline that is shorter than what the watchdog sleeps just then is
	// noticed that much later.
	longestNap  = 250 * time.Millisecond
	shortestNap = 5 * time.Millisecond
	// idleNaps is for how many naps it stays up without anything to watch.
	idleNaps = 4
)

func (w *watchdog) add(x *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiters[x] = struct{}{}
	if !w.awake {
		w.awake = true
		go w.run()
	}
}

func (w *watchdog) remove(x *waiter) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiters, x)
}

func (w *watchdog) run() {
	for idle := 0; idle < idleNaps; {
		nap, busy := w.look()
		if busy {
			idle = 0
		} else {
			idle++
		}
		pause(nap)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.awake = len(w.waiters) > 0; w.awake {
		go w.run() // one came in between
	}
}

// look wakes who is overdue, and says how long to sleep and whether there is
// anybody.
func (w *watchdog) look() (nap time.Duration, busy bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	nap = longestNap
	now := time.Now()
	for x := range w.waiters {
		left := x.deadline.Sub(now)
		if left <= 0 {
			close(x.overdue)
			delete(w.waiters, x)
			continue
		}
		nap = min(nap, max(left, shortestNap))
	}
	return nap, len(w.waiters) > 0
}
