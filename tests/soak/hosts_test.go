// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"sync"
	"time"

	"tscns/module/ck"
	"tscns/tests/faults"
	"tscns/tests/internal/hostproc"
)

// threads of a C host.
const threads = 2

// host is a C program with the library, of several threads that use the card
// at once.
type host struct {
	w     *fixture
	name  string
	begin hostproc.Census // before C_Initialize
	early hostproc.Census // after a while

	mu    sync.RWMutex // held by calls; alone by C_Finalize
	proc  *hostproc.Host
	lines []*hostproc.Line
}

// start starts the program, and again where it is gone.
func (h *host) start() error {
	proc, err := h.w.tools.Start(hostproc.Options{Library: h.w.module, Env: h.w.service.Env(), Threads: threads, Limit: limitHang})
	if err != nil {
		return err
	}
	h.proc, h.lines = proc, nil
	for range threads {
		h.lines = append(h.lines, proc.Line())
	}
	for _, l := range h.lines {
		_ = l.Call("C_GetInfo", nil) // it is up
	}
	if h.begin, err = hostproc.Take(proc.PID()); err != nil {
		return err
	}
	if rv := hostproc.Initialize(h.lines[0]); rv != ck.CKR_OK {
		return fmt.Errorf("C_Initialize: %w", rv)
	}
	return nil
}

// run has one thread use the card until the end.
func (h *host) run(ctx context.Context, thread int, r *rand.Rand) {
	for ctx.Err() == nil {
		h.mu.RLock()
		worked := h.turn(h.lines[thread], r)
		err := h.proc.Err()
		h.mu.RUnlock()
		switch {
		case err != nil:
			h.again(err)
		case r.Intn(40) == 0:
			h.restart(thread)
		case !worked:
			pause(ctx, 50*time.Millisecond)
		}
	}
}

// again replaces a program that is gone, which must not be.
func (h *host) again(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.proc.Err() == nil {
		return // the other thread has done it
	}
	kind := kindCrash
	if errors.Is(err, hostproc.ErrHang) {
		kind = kindHang
	}
	h.w.tally.problem(kind, "%s: %v", h.name, err)
	_ = h.proc.Stop()
	if err := h.start(); err != nil {
		h.w.tally.problem(kind, "%s cannot start again: %v", h.name, err)
	}
}

// restart finalises the library and initialises it again, alone.
func (h *host) restart(thread int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := &hostproc.Recorder{Driver: h.lines[thread]}
	_ = hostproc.Finalize(d)
	_ = hostproc.Initialize(d)
	h.w.tally.calls(h.w.tools, d.Made)
	h.w.tally.ok(h.name + " restarted")
}

// turn is what a thread does in one go; it says whether that worked.
func (h *host) turn(l *hostproc.Line, r *rand.Rand) bool {
	d := &hostproc.Recorder{Driver: l}
	what := h.name
	var done int
	if r.Intn(25) == 0 {
		what += ", forked child"
		if !l.Fork(func() {
			_ = hostproc.Initialize(d)
			done = h.w.use(d, r)
			_ = hostproc.Finalize(d)
		}) {
			h.w.tally.problem(kindCrash, "%s did not end well", what)
		}
	} else {
		done = h.w.use(d, r)
	}
	h.w.tally.calls(h.w.tools, d.Made)
	if done > 0 {
		h.w.tally.ok(what)
	} else {
		h.w.tally.fail(what)
	}
	return done > 0
}

// use opens a session, compares the certificate, logs in and signs a few times;
// now and then it sets the PIN, or logs out. It returns how many signatures
// were right.
func (w *fixture) use(d *hostproc.Recorder, r *rand.Rand) (done int) {
	slots, rv := hostproc.Slots(d, true)
	if rv != ck.CKR_OK || len(slots) == 0 {
		return 0
	}
	s, rv := hostproc.Open(d, slots[0])
	if rv != ck.CKR_OK {
		return 0
	}
	defer func() { _ = d.Call("C_CloseSession", s) }()
	certificate, rv := hostproc.Certificate(d, s)
	if rv != ck.CKR_OK {
		return 0
	}
	if !bytes.Equal(certificate, w.certificate) {
		w.tally.problem(kindWrong, "a certificate of %d bytes that is not the card's", len(certificate))
	}
	if rv := hostproc.Login(d, s, faults.FirstPIN); rv != ck.CKR_OK && rv != ck.CKR_USER_ALREADY_LOGGED_IN {
		return 0
	}
	for range 1 + r.Intn(4) {
		text := fmt.Appendf(nil, "messaggio %d", r.Int63())
		signature, rv := hostproc.Sign(d, s, text)
		if rv != ck.CKR_OK || signature == nil {
			return done
		}
		if err := hostproc.Verify(w.key, text, signature); err != nil {
			w.tally.problem(kindWrong, "signature: %v", err)
			return done
		}
		done++
	}
	switch r.Intn(12) {
	case 0: // to the same one, as the other programs know no other
		_ = hostproc.SetPIN(d, s, faults.FirstPIN, faults.FirstPIN)
	case 1, 2:
		_ = d.Call("C_Logout", s)
	}
	return done
}

// end has the host work once more, and compares what it has with what it had.
func (h *host) end() {
	if h.proc.Err() != nil {
		return
	}
	d := &hostproc.Recorder{Driver: h.lines[0]}
	user := &faults.User{D: d, Key: h.w.key}
	if err := user.Work(h.w.service.Card()); err != nil {
		h.w.tally.problem(kindCalm, "%s: %v", h.name, err)
	}
	_ = hostproc.Finalize(d)
	h.w.tally.calls(h.w.tools, d.Made)
	now, err := hostproc.Take(h.proc.PID())
	if err != nil {
		h.w.tally.problem(kindCrash, "%s: %v", h.name, err)
		return
	}
	h.w.t.Logf("%s: at the start %v; after a while %v; at the end %v", h.name, h.begin, h.early, now)
	if now.Descriptors > h.begin.Descriptors {
		h.w.tally.problem(kindLeak, "%s: %v descriptors more", h.name, now.Descriptors-h.begin.Descriptors)
	}
	if now.Threads > h.begin.Threads+mostThreads {
		h.w.tally.problem(kindLeak, "%s: %d threads more", h.name, now.Threads-h.begin.Threads)
	}
	if h.early.Resident > 0 && now.Resident > h.early.Resident+mostGrowth {
		h.w.tally.problem(kindLeak, "%s: %d KiB more", h.name, now.Resident-h.early.Resident)
	}
	if err := h.proc.Stop(); err != nil {
		h.w.tally.problem(kindCrash, "%s: %v", h.name, err)
	}
}
