// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"slices"
	"sync"
	"time"

	"tscns/tests/simreader"
)

// Hands is what reaches into the world around the host, over a real service.
type Hands interface {
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
	Play func(h Hands, next func() []byte) []byte
	// Before happens before the flow begins and lasts; there is no Play then.
	Before func(h Hands)
	// InProcess is the same for a service in process. What it starts is counted
	// by the group.
	InProcess func(s *simreader.Service, reader string, started *sync.WaitGroup) simreader.Fault
}

// SlowAnswer is how late a slow card answers.
const SlowAnswer = 5 * time.Second

// shortly stands for SlowAnswer where the fault is played in process.
const shortly = 20 * time.Millisecond

// Faults is the table.
var Faults = []Fault{
	{Name: "mute",
		Play:      func(_ Hands, next func() []byte) []byte { next(); return nil },
		InProcess: func(*simreader.Service, string, *sync.WaitGroup) simreader.Fault { return simreader.Mute() }},
	{Name: "removed",
		Play:      func(h Hands, next func() []byte) []byte { answer := next(); h.TakeOut(); return answer },
		InProcess: func(*simreader.Service, string, *sync.WaitGroup) simreader.Fault { return simreader.Removed() }},
	{Name: "reset by another", Play: func(h Hands, next func() []byte) []byte { h.ResetByOther(); return next() },
		InProcess: func(s *simreader.Service, reader string, started *sync.WaitGroup) simreader.Fault {
			started.Add(1)
			go func() {
				defer started.Done()
				s.ResetByOther(reader)
			}()
			return simreader.Fault{}
		}},
	{Name: "loses power",
		InProcess: func(*simreader.Service, string, *sync.WaitGroup) simreader.Fault { return simreader.Glitch() }},
	{Name: "6F00", Foreign: true, Play: func(Hands, func() []byte) []byte { return []byte{0x6F, 0x00} },
		InProcess: func(*simreader.Service, string, *sync.WaitGroup) simreader.Fault { return simreader.Status(0x6F00) }},
	answered("one byte only", func(a []byte) []byte { return a[:1] }),
	{Name: "nothing", // the virtual reader takes that for a card that left
		InProcess: func(*simreader.Service, string, *sync.WaitGroup) simreader.Fault { return simreader.Truncated(0) }},
	answered("a byte less", func(a []byte) []byte { return slices.Concat(a[:max(0, len(a)-3)], a[len(a)-2:]) }),
	answered("a byte more", func(a []byte) []byte { return slices.Insert(slices.Clone(a), len(a)-2, 0) }),
	answered("60000 more", func(a []byte) []byte {
		return slices.Concat(a[:len(a)-2], make([]byte, 60000), a[len(a)-2:])
	}),
	{Name: "slow", Delay: SlowAnswer,
		Play: func(_ Hands, next func() []byte) []byte { time.Sleep(SlowAnswer); return next() },
		InProcess: func(*simreader.Service, string, *sync.WaitGroup) simreader.Fault {
			until := make(chan struct{})
			time.AfterFunc(shortly, func() { close(until) })
			return simreader.Slow(until)
		}},
	{Name: "service killed",
		Play: func(h Hands, next func() []byte) []byte { answer := next(); h.KillService(); return answer },
		InProcess: func(s *simreader.Service, _ string, _ *sync.WaitGroup) simreader.Fault {
			s.StopService()
			return simreader.Fault{}
		}},
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
		Fault{Name: "held by another", Delay: turn + late, Before: func(h Hands) { h.HoldByOther() }},
		Fault{Name: "service frozen", Delay: turn + late, Before: func(h Hands) { h.FreezeService() }},
		Fault{Name: "never answers", Delay: command + late, Once: true,
			Play: func(h Hands, _ func() []byte) []byte { h.Silence(); return nil }})
}

// answered is a fault that spoils the card's answer, which has two bytes at
// least.
func answered(name string, spoil func([]byte) []byte) Fault {
	return Fault{Name: name,
		Play: func(_ Hands, next func() []byte) []byte { return spoil(next()) },
		InProcess: func(*simreader.Service, string, *sync.WaitGroup) simreader.Fault {
			return simreader.Fault{Replace: spoil}
		}}
}
