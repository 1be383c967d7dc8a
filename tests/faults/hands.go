// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"syscall"
	"time"

	"tscns/tests/internal/hostproc"
)

// lockPoll is for how long a call that waits for its turn may not notice that
// it has come: pcsc-lite asks every 0.1 s (PCSCLITE_LOCK_POLL_RATE).
const lockPoll = 300 * time.Millisecond

// TakeOut implements Stage and Hands.
func (l *Lane) TakeOut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = true
	l.slot.Remove()
}

// KillService implements Hands.
func (l *Lane) KillService() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.killed = true
	_ = l.service.Kill()
}

// FreezeService implements Hands.
func (l *Lane) FreezeService() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frozen = syscall.Kill(l.service.PID(), syscall.SIGSTOP) == nil
}

// HoldByOther implements Hands.
func (l *Lane) HoldByOther() {
	answer, err := l.other.Do("begin")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = err == nil && answer == hostproc.Success
}

// Silence implements Hands.
func (l *Lane) Silence() {
	released := make(chan struct{})
	l.mu.Lock()
	l.silent = released
	l.mu.Unlock()
	<-released
}

// unfreeze undoes what FreezeService, HoldByOther and Silence did.
func (l *Lane) unfreeze() {
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

// ResetByOther implements Hands.
func (l *Lane) ResetByOther() {
	l.resets.Add(1)
	go func() {
		defer l.resets.Done()
		// What a card that leaves meanwhile makes of it is no matter.
		_, _ = l.other.Do("reset")
	}()
	// Long enough for it to be waiting for the card.
	time.Sleep(50 * time.Millisecond)
}
