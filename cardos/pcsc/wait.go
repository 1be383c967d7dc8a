// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"bytes"
	"errors"
	"time"

	"github.com/ebfe/scard"

	"tscns/cardos"
)

// pnpReader is a name that stands for no reader: a status call that lists it
// returns when a reader is plugged in or out (PC/SC part 5; pcsc-lite and
// winscard). The high half of its state is the number of readers on Windows
// (MS-RDPESC 2.2.7), zero in pcsc-lite before 2.3, and the number of arrivals
// and removals since: it is handed back unchanged.
const pnpReader = `\\?PnP?\Notification`

// maxSlice bounds one status call. A cancellation between two calls, or a reader
// plugged in between listing and waiting, is noticed at the end of the next.
const maxSlice = time.Second

// maxListings bounds the attempts to list readers while they come and go.
const maxListings = 5

// snapshot returns the readers and their states as the service reports them.
func snapshot(ctx serviceContext, tag string) ([]scard.ReaderState, error) {
	var err error
	for range maxListings {
		var names []string
		names, err = ctx.ListReaders()
		if errors.Is(err, scard.ErrNoReadersAvailable) {
			return nil, nil
		}
		if errors.Is(err, scard.ErrInsufficientBuffer) {
			continue // a reader was added between the two calls inside
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
			continue // a reader was removed meanwhile
		}
		if errors.Is(err, scard.ErrTimeout) {
			err = nil
		}
		return raw, err
	}
	return nil, err
}

// states converts reader states of scard to those of package cardos.
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

// Wait implements [cardos.Transport]. Without a service it returns
// [cardos.ErrNoService] at once; the caller paces its attempts.
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
			continue // not by Close: a stray cancellation
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

// After quickRounds status calls that returned at once without a change, each
// further one comes after a rest.
const (
	quickRounds = 5
	rest        = 50 * time.Millisecond
)

// waitOnce waits on one service connection until the readers differ from known
// or the deadline has passed.
func (t *Transport) waitOnce(ctx *timedContext, known []cardos.ReaderState, deadline time.Time) ([]cardos.ReaderState, error) {
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
		if rounds > quickRounds {
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

// waiter returns the service connection of Wait, and reports whether it has just
// opened it.
func (t *Transport) waiter() (ctx *timedContext, opened bool, err error) {
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
