// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lockPoll is for how long a call that waits for its turn may not notice that
// it has come: pcsc-lite asks every 0.1 s (PCSCLITE_LOCK_POLL_RATE).
const lockPoll = 300 * time.Millisecond

// TakeOut implements Fixture and Environment.
func (l *ServiceFixture) TakeOut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = true
	l.slot.Remove()
}

// KillService implements Environment.
func (l *ServiceFixture) KillService() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.killed = true
	_ = l.service.Kill()
}

// FreezeService implements Environment.
func (l *ServiceFixture) FreezeService() {
	l.mu.Lock()
	defer l.mu.Unlock()
	pid := l.service.PID()
	l.frozen = syscall.Kill(pid, syscall.SIGSTOP) == nil
	// Until then it may still take a request, and freeze in the middle of that.
	for end := time.Now().Add(time.Second); l.frozen && !stopped(pid) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// stopped says whether all threads of a process are stopped (proc(5), stat).
func stopped(pid int) bool {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if _, state, found := strings.Cut(string(text), ") "); err == nil && found && state[0] != 'T' {
			return false
		}
	}
	return err == nil
}

// HoldByOther implements Environment.
func (l *ServiceFixture) HoldByOther() {
	// Where that fails there is nothing to hold, and a connection to give back.
	_, _ = l.other.Do("begin")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = true
}

// Silence implements Environment.
func (l *ServiceFixture) Silence() {
	released := make(chan struct{})
	l.mu.Lock()
	l.silent = released
	l.mu.Unlock()
	<-released
}

// unfreeze undoes what FreezeService, HoldByOther and Silence did.
func (l *ServiceFixture) unfreeze() {
	l.mu.Lock()
	frozen, held, silent := l.frozen, l.held, l.silent
	l.frozen, l.held, l.silent = false, false, nil
	l.mu.Unlock()
	if frozen {
		_ = syscall.Kill(l.service.PID(), syscall.SIGCONT)
		time.Sleep(lockPoll) // calls that were left end
	}
	if held {
		_, _ = l.other.Do("release")
		time.Sleep(lockPoll)
	}
	if silent != nil {
		l.TakeOut()
		close(silent)
	}
}

// ResetByOther implements Environment.
func (l *ServiceFixture) ResetByOther() {
	l.resets.Add(1)
	go func() {
		defer l.resets.Done()
		// What a card that leaves meanwhile makes of it is no matter.
		_, _ = l.other.Do("reset")
	}()
	// Long enough for it to be waiting for the card.
	time.Sleep(50 * time.Millisecond)
}
