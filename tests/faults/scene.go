// SPDX-License-Identifier: Apache-2.0

// Package faults has something go wrong at every command of listing, login,
// signing and PIN change: the card falls silent, leaves, is reset by another
// program, answers with errors or with the wrong length or late, and the PC/SC
// service dies or stops.
//
// Each time, the call in progress must return, in time, a value that the
// standard lists for it; the next correct call must work once all is
// whole again; the card must have lost no PIN try but those of wrong PINs; no
// wrong certificate or signature may come out; and nothing may be left open.
//
// The same scenes run on the built library, in a host process of its own over
// a real PC/SC service (ServiceFixture), and on package module in process with the race
// detector (inprocess_test.go).
package faults

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"tscns/module/ck"
	"tscns/tests/internal/hostproc"
)

// Scene is one fault at one command of one flow.
type Scene struct {
	Flow  Flow
	Fault Fault
	At    int // the command, from 1
}

// Outcome is how a scene ended.
type Outcome struct {
	Injected bool
	Lost     int // PIN tries that nobody spent
	Leak     bool
	Slowest  time.Duration
	Calls    []hostproc.Made // of the flow
	Err      error           // everything that was wrong
}

// Allowed says whether the standard lists a value for a function.
type Allowed func(function string, rv ck.RV) bool

// Play plays a scene. limit is how long a call may take, the delay of the
// fault aside.
func (s Scene) Play(st Fixture, allowed Allowed, limit time.Duration) (o Outcome) {
	u, wrong := st.User(), problems{}
	defer func() { o.Err = wrong.err(s, o.Calls) }()
	if err := s.begin(st); err != nil {
		wrong.add("before: %v", err)
		return o
	}
	card := st.Card()
	before := card.Lost()
	d := u.D
	recorder := &hostproc.Recorder{Driver: d}
	u.D = recorder
	st.Arm(s.At, s.Fault)
	result := s.Flow.run(u, card)
	n := st.Disarm()
	o.Injected = n >= s.At
	u.D = d
	o.Calls = recorder.Made
	if result != nil {
		wrong.add("WRONG RESULT: %v", result)
	}
	if !o.Injected {
		wrong.add("the flow has no command %d, only %d", s.At, n)
	}
	for _, c := range o.Calls {
		o.Slowest = max(o.Slowest, c.Took)
		if !allowed(c.Function, c.RV) {
			wrong.add("%s returned %v", c.Function, c.RV)
		}
		if c.Took > limit+s.Fault.Delay {
			wrong.add("%s took %v", c.Function, c.Took)
		}
	}
	if s.foreign(card) {
		st.TakeOut()
	}
	if err := st.Restore(); err != nil {
		wrong.add("restoring: %v", err)
		return o
	}
	if err := u.Work(card); err != nil {
		wrong.add("the next call does not work: %v", err)
	}
	o.Lost = card.Lost() - before
	if s.Flow.Wrong && o.Lost > 0 {
		o.Lost-- // the one that the user spent
	}
	if o.Lost > 0 {
		wrong.add("%d PIN tries lost", o.Lost)
	}
	if err := st.Leaks(); err != nil {
		o.Leak = true
		wrong.add("LEAK: %v", err)
	}
	return o
}

// foreign says whether the card may have been taken for another's: one that
// does not say CNS in its answer to reset costs two commands at most, and
// where it refuses them it is not looked at again before it is taken out.
func (s Scene) foreign(c *Card) bool {
	return (s.Flow.New || s.Flow.Again) && s.Fault.Foreign && s.At <= 2 && !bytes.Contains(c.ATR(), []byte("CNS"))
}

func (s Scene) begin(st Fixture) error {
	if s.Flow.New || st.Card() == nil {
		if err := st.NewCard(); err != nil {
			return err
		}
	}
	if s.Flow.Again {
		st.TakeOut()
		if err := st.Restore(); err != nil {
			return err
		}
	}
	return s.Flow.before(st.User(), st.Card().PIN())
}

func (s Scene) String() string {
	if s.Fault.Before != nil {
		return fmt.Sprintf("%s: %s", s.Flow.Name, s.Fault.Name)
	}
	return fmt.Sprintf("%s, command %d: %s", s.Flow.Name, s.At, s.Fault.Name)
}

// Commands counts the commands of a flow without a fault.
func (f Flow) Commands(st Fixture) (int, error) {
	s := Scene{Flow: f, Fault: Fault{}}
	if err := s.begin(st); err != nil {
		return 0, fmt.Errorf("%s: %w", f.Name, err)
	}
	st.Arm(0, Fault{})
	err := f.run(st.User(), st.Card())
	n := st.Disarm()
	if err == nil {
		err = st.User().Work(st.Card())
	}
	if err == nil && n == 0 {
		err = fmt.Errorf("no command reached the card")
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w", f.Name, err)
	}
	return n, nil
}

// problems collects what is wrong with a scene.
type problems struct{ list []string }

func (p *problems) add(format string, args ...any) {
	p.list = append(p.list, fmt.Sprintf(format, args...))
}

func (p *problems) err(s Scene, calls []hostproc.Made) error {
	if len(p.list) == 0 {
		return nil
	}
	var text strings.Builder
	for _, c := range calls {
		fmt.Fprintf(&text, " %s=%v(%v)", c.Function, c.RV, c.Took.Round(time.Millisecond))
	}
	return fmt.Errorf("%s: %s; calls:%s", s, strings.Join(p.list, "; "), text.String())
}
