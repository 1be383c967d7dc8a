// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"bytes"
	"errors"
	"time"

	"github.com/ebfe/scard"

	"tscns/cardos"
)

// pnpReader is the name of no reader: a status call that has it in its list
// returns when a reader is plugged in or out (PC/SC part 5; pcsc-lite and
// winscard know it). The high half of its state is the number of readers on
// Windows (MS-RDPESC 2.2.7), nothing in pcsc-lite before 2.3, and from then on
// the number of readers that came and went; so it is handed back as it came.
const pnpReader = `\\?PnP?\Notification`

// maxSlice bounds one status call. A cancellation that arrives between two
// calls is noticed at the end of the next, and so is a reader that came
// between listing and waiting.
const maxSlice = time.Second

// maxListings bounds how often the list of readers is read again because it
// changed between two calls.
const maxListings = 5

// snapshot lists the readers and their states, as the service knows them.
func snapshot(ctx serviceContext, tag string) ([]scard.ReaderState, error) {
	var err error
	for range maxListings {
		var names []string
		names, err = ctx.ListReaders()
		if errors.Is(err, scard.ErrNoReadersAvailable) {
			return nil, nil
		}
		if errors.Is(err, scard.ErrInsufficientBuffer) {
			continue // a reader came between the two calls inside
		}
		if err != nil {
			return nil, err
		}
		raw := make([]scard.ReaderState, 0, len(names))
		for _, name := range names {
			if name != "" {
				raw = append(raw, scard.ReaderState{Reader: tagged(name, tag)})
			}
		}
		if len(raw) == 0 {
			return nil, nil
		}
		err = ctx.GetStatusChange(raw, 0)
		if errors.Is(err, scard.ErrUnknownReader) {
			continue // a reader went in between
		}
		if errors.Is(err, scard.ErrTimeout) {
			err = nil
		}
		return raw, err
	}
	return nil, err
}

// states translates what the service says.
func states(raw []scard.ReaderState) []cardos.ReaderState {
	list := make([]cardos.ReaderState, 0, len(raw))
	for _, r := range raw {
		s := cardos.ReaderState{
			Name:    untagged(r.Reader),
			Present: r.EventState&scard.StatePresent != 0,
			Mute:    r.EventState&scard.StateMute != 0,
			Events:  uint32(r.EventState) >> 16,
		}
		if s.Present {
			s.ATR = bytes.Clone(r.Atr)
		}
		list = append(list, s)
	}
	return list
}

func same(a, b []cardos.ReaderState) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Present != b[i].Present || a[i].Mute != b[i].Mute ||
			a[i].Events != b[i].Events || !bytes.Equal(a[i].ATR, b[i].ATR) {
			return false
		}
	}
	return true
}

// Wait implements cardos.Transport. Without a service it returns
// ErrNoService at once; pacing the next attempt is the caller's part.
func (t *Transport) Wait(known []cardos.ReaderState, d time.Duration) ([]cardos.ReaderState, error) {
	t.waitMu.Lock()
	defer t.waitMu.Unlock()
	deadline := time.Now().Add(d)
	fresh := false
	for {
		ctx, opened, err := t.waiter()
		if err != nil {
			return nil, err
		}
		fresh = fresh || opened
		now, err := t.waitOnce(ctx, known, deadline)
		if t.closed.Load() {
			t.dropWaiter()
			return nil, cardos.ErrClosed
		}
		if err == nil {
			return now, nil
		}
		if errors.Is(err, scard.ErrCancelled) {
			continue // of no Close: somebody else's stray cancellation
		}
		if !lost(err) {
			return nil, mapError(err, listing)
		}
		t.dropWaiter()
		if fresh {
			return nil, mapError(err, listing)
		}
	}
}

// A service whose status calls return at once, one after the other, though
// nothing has changed, is asked again after a rest only.
const (
	patientRounds = 5
	rest          = 50 * time.Millisecond
)

// waitOnce waits over one service connection until something differs from
// known or the deadline has passed.
func (t *Transport) waitOnce(ctx *patientContext, known []cardos.ReaderState, deadline time.Time) ([]cardos.ReaderState, error) {
	for rounds := 1; ; rounds++ {
		raw, err := ctx.Snapshot(tagWait)
		if err != nil {
			return nil, err
		}
		now := states(raw)
		left := time.Until(deadline)
		if !same(now, known) || left <= 0 || t.closed.Load() {
			return now, nil
		}
		if rounds > patientRounds {
			pause(min(rest, left))
		}
		for i := range raw {
			raw[i].CurrentState = raw[i].EventState &^ scard.StateChanged
		}
		raw = append(raw, scard.ReaderState{Reader: tagged(pnpReader, tagWait), CurrentState: t.pnp})
		err = ctx.GetStatusChange(raw, min(left, maxSlice))
		switch {
		case err == nil:
			t.pnp = raw[len(raw)-1].EventState &^ scard.StateChanged
		case errors.Is(err, scard.ErrTimeout):
			rounds = 0
		case !errors.Is(err, scard.ErrUnknownReader):
			return nil, err
		}
	}
}

// waiter returns the service connection of Wait, opened where there is none.
func (t *Transport) waiter() (ctx *patientContext, opened bool, err error) {
	if t.closed.Load() {
		return nil, false, cardos.ErrClosed
	}
	if t.wait != nil {
		return t.wait, false, nil
	}
	if ctx, err = t.open(); err != nil {
		return nil, false, err
	}
	t.pnp = scard.StateUnaware
	t.cancel.Lock()
	t.wait = ctx
	t.cancel.Unlock()
	return ctx, true, nil
}

func (t *Transport) dropWaiter() {
	t.cancel.Lock()
	ctx := t.wait
	t.wait = nil
	t.cancel.Unlock()
	release(ctx)
}
