// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"fmt"
	"sync"
	"time"

	"tscns/cardos"
)

// task is one call of the PC/SC library on a goroutine of its own, which the
// caller can abandon at a deadline. The library has no deadlines
// (SCardConnect, SCardBeginTransaction and SCardTransmit of pcsc-lite block
// while another program holds a transaction, and every call while the service
// is stopped), and a call in progress cannot be cancelled.
type task struct {
	done chan struct{} // closed when the call and its cleanup have ended
	err  error         // of the call, valid once it has ended

	mu      sync.Mutex
	ended   bool
	cleanup func(error) // runs after a call that was abandoned
}

// start runs fn on a goroutine of its own.
func start(fn func() error) *task {
	t := &task{done: make(chan struct{})}
	go func() {
		defer close(t.done)
		err := guarded(fn)
		t.mu.Lock()
		t.err, t.ended = err, true
		cleanup := t.cleanup
		t.mu.Unlock()
		if cleanup != nil {
			_ = guarded(func() error { cleanup(err); return nil })
		}
	}()
	return t
}

// guarded calls fn and returns a panic in it as an error. On this goroutine no
// caller recovers, and the panic would end the host.
func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: PC/SC call: %v", cardos.ErrCardFailure, p)
		}
	}()
	return fn()
}

// wait waits at most d for the call to end and reports whether it has. If not,
// the call is abandoned: it goes on, and cleanup runs after it.
func (t *task) wait(d time.Duration, cleanup func(error)) bool {
	if t.finish(d) {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.cleanup = cleanup
	}
	return t.ended
}

// reclaim takes an abandoned call back, so that the caller can wait for its
// result, and reports whether it could. It returns false if the call has ended,
// since its cleanup has run or is running.
func (t *task) reclaim() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return false
	}
	t.cleanup = nil
	return true
}

// finish waits at most d for the call and its cleanup, and reports whether both
// have ended.
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

// waiter is a caller that waits for a task.
type waiter struct {
	deadline time.Time
	overdue  chan struct{} // closed after the deadline
}

// watchdog wakes waiters at their deadlines. It replaces Go timers, which open
// descriptors in the host (docs/decisions/0003-no-timers.md): one goroutine
// sleeps in a system call while calls are in progress, and ends soon after the
// last one.
type watchdog struct {
	mu      sync.Mutex
	waiters map[*waiter]struct{}
	awake   bool
}

var watch = watchdog{waiters: map[*waiter]struct{}{}}

const (
	// A deadline that is added while the watchdog sleeps is noticed when it
	// wakes, up to maxSleep late.
	maxSleep = 250 * time.Millisecond
	minSleep = 5 * time.Millisecond
	// idleSleeps is the number of sleeps without waiters after which the
	// watchdog ends.
	idleSleeps = 4
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
	for idle := 0; idle < idleSleeps; {
		sleep, busy := w.look()
		if busy {
			idle = 0
		} else {
			idle++
		}
		pause(sleep)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.awake = len(w.waiters) > 0; w.awake {
		go w.run() // a waiter was added after the last look
	}
}

// look wakes the waiters whose deadline has passed. It returns how long to
// sleep, and whether any waiter is left.
func (w *watchdog) look() (sleep time.Duration, busy bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	sleep = maxSleep
	now := time.Now()
	for x := range w.waiters {
		left := x.deadline.Sub(now)
		if left <= 0 {
			close(x.overdue)
			delete(w.waiters, x)
			continue
		}
		sleep = min(sleep, max(left, minSleep))
	}
	return sleep, len(w.waiters) > 0
}
