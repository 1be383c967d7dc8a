// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"tscns/tests/simreader"
)

// Environment is what reaches into what is around the host, over a real service.
type Environment interface {
	// TakeOut removes the card from the reader.
	TakeOut()
	// ResetByOther has another program reset the card as soon as it can, and
	// does not wait for that.
	ResetByOther()
	// KillService ends the PC/SC service as a crash would.
	KillService()
	// FreezeService stops it in the middle of whatever it does.
	FreezeService()
	// HoldByOther has another program begin a transaction and keep it.
	HoldByOther()
	// Silence returns when the card is taken out.
	Silence()
}

// Fault is one thing that goes wrong with a command.
type Fault struct {
	Name string
	// Delay is how much longer than usual a call may take.
	Delay time.Duration
	// Foreign: a card of another kind would answer so.
	Foreign bool
	// Once: it is so slow that the short form plays it at one place only.
	Once bool
	// Play gives the reader its answer; next has the card work.
	Play func(h Environment, next func() []byte) []byte
	// Before happens before the flow begins and lasts; there is no Play then.
	Before func(h Environment)
	// InProcess is the same for a service in process.
	InProcess func(m *Memory) simreader.Fault
}

// Memory is a service in process with one reader.
type Memory struct {
	*simreader.Service
	Reader  string
	started sync.WaitGroup // what faults started
}

// SlowAnswer is how late a slow card answers.
const SlowAnswer = 5 * time.Second

// shortly stands for SlowAnswer where the fault is played in process.
const shortly = 20 * time.Millisecond

// Faults is the table.
var Faults = []Fault{
	{Name: "mute",
		Play:      func(_ Environment, next func() []byte) []byte { next(); return nil },
		InProcess: always(simreader.Mute())},
	{Name: "removed",
		Play:      func(h Environment, next func() []byte) []byte { answer := next(); h.TakeOut(); return answer },
		InProcess: always(simreader.Removed())},
	{Name: "reset by another", Play: func(h Environment, next func() []byte) []byte { h.ResetByOther(); return next() },
		InProcess: func(m *Memory) simreader.Fault {
			m.started.Add(1)
			go func() {
				defer m.started.Done()
				m.ResetByOther(m.Reader)
			}()
			return simreader.Fault{}
		}},
	{Name: "loses power",
		InProcess: always(simreader.Glitch())},
	{Name: "6F00", Foreign: true, Play: func(Environment, func() []byte) []byte { return []byte{0x6F, 0x00} },
		InProcess: always(simreader.Status(0x6F00))},
	answered("one byte only", func(a []byte) []byte { return a[:1] }),
	{Name: "nothing", // the virtual reader takes that for a card that left
		InProcess: always(simreader.Truncated(0))},
	answered("a byte less", func(a []byte) []byte { return slices.Concat(a[:max(0, len(a)-3)], a[len(a)-2:]) }),
	answered("a byte more", func(a []byte) []byte { return slices.Insert(slices.Clone(a), len(a)-2, 0) }),
	answered("60000 more", func(a []byte) []byte {
		return slices.Concat(a[:len(a)-2], make([]byte, 60000), a[len(a)-2:])
	}),
	{Name: "slow", Delay: SlowAnswer,
		Play: func(_ Environment, next func() []byte) []byte { time.Sleep(SlowAnswer); return next() },
		InProcess: func(*Memory) simreader.Fault {
			until := make(chan struct{})
			time.AfterFunc(shortly, func() { close(until) })
			return simreader.Slow(until)
		}},
	{Name: "service killed",
		Play:      func(h Environment, next func() []byte) []byte { answer := next(); h.KillService(); return answer },
		InProcess: func(m *Memory) simreader.Fault { m.StopService(); return simreader.Fault{} }},
}

// The deadlines of the library (cardos/pcsc): for its turn with a card or a
// service that says nothing, and for one command of a card.
const (
	turn    = 10 * time.Second
	command = 60 * time.Second
	late    = time.Second // with which they may be noticed
)

func init() {
	Faults = append(Faults,
		Fault{Name: "held by another", Delay: turn + late, Before: func(h Environment) { h.HoldByOther() }},
		Fault{Name: "service frozen", Delay: turn + late, Before: func(h Environment) { h.FreezeService() }},
		Fault{Name: "never answers", Delay: command + late, Once: true,
			Play: func(h Environment, _ func() []byte) []byte { h.Silence(); return nil }})
}

// answered is a fault that spoils the card's answer, which has two bytes at
// least.
func answered(name string, spoil func([]byte) []byte) Fault {
	return Fault{Name: name, InProcess: always(simreader.Fault{Replace: spoil}),
		Play: func(_ Environment, next func() []byte) []byte { return spoil(next()) }}
}

func always(f simreader.Fault) func(*Memory) simreader.Fault {
	return func(*Memory) simreader.Fault { return f }
}

// lockPoll is for how long a call that waits for its turn may not notice that
// it has come: pcsc-lite asks every 0.1 s (PCSCLITE_LOCK_POLL_RATE).
const lockPoll = 300 * time.Millisecond

// busyRest is for how long a card that another program kept is no token after a
// listing waited for it in vain (busyPause in package module), and a little more.
const busyRest = time.Second + lockPoll

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
		time.Sleep(busyRest)
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
