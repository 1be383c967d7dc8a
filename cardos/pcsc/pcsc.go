// SPDX-License-Identifier: Apache-2.0

// Package pcsc implements [cardos.Transport] over PC/SC. It is the only importer
// of package scard and avoids its known faults: Transmit panics without a
// protocol or command, GetStatusChange panics without readers, C strings are
// kept alive by reader name only, and ListReaders fails when a reader is added
// between its two calls.
package pcsc

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ebfe/scard"

	"tscns/cardos"
)

// serviceLock is held while a service connection is opened or closed. The PC/SC
// library holds a process-wide lock meanwhile, which a child forked at that
// moment would inherit locked.
var serviceLock sync.Locker = &sync.Mutex{}

// SetServiceLock replaces the lock that is held while a service connection is
// opened or closed, by one that a fork of the process waits for. It must be
// called before the first [Transport] is used.
func SetServiceLock(l sync.Locker) { serviceLock = l }

// serviceContext is the part of *scard.Context in use.
type serviceContext interface {
	ListReaders() ([]string, error)
	GetStatusChange(states []scard.ReaderState, timeout time.Duration) error
	Connect(reader string, mode scard.ShareMode, proto scard.Protocol) (serviceCard, error)
	Cancel() error
	Release() error
}

// serviceCard is the part of *scard.Card in use.
type serviceCard interface {
	ActiveProtocol() scard.Protocol
	BeginTransaction() error
	EndTransaction(scard.Disposition) error
	Transmit([]byte) ([]byte, error)
	Reconnect(scard.ShareMode, scard.Protocol, scard.Disposition) error
	Disconnect(scard.Disposition) error
	Status() (*scard.CardStatus, error)
	Control(ioctl uint32, in []byte) ([]byte, error)
}

type scardContext struct{ *scard.Context }

func (c scardContext) Connect(reader string, mode scard.ShareMode, proto scard.Protocol) (serviceCard, error) {
	card, err := c.Context.Connect(reader, mode, proto)
	if err != nil {
		return nil, err
	}
	return card, nil
}

func establish() (serviceContext, error) {
	ctx, err := scard.EstablishContext()
	if err != nil {
		return nil, err
	}
	return scardContext{ctx}, nil
}

// Transport is the PC/SC service of this machine.
type Transport struct {
	establish func() (serviceContext, error)
	service   service
	pads      pads

	mu     sync.Mutex // guards list and its use
	list   *timedContext
	closed atomic.Bool

	waitMu sync.Mutex // one Wait at a time
	wait   *timedContext
	pnp    scard.StateFlag // of pnpReader, as that connection last reported it
	cancel sync.Mutex      // guards setting and cancelling wait
}

// New returns a transport over PC/SC. It opens a connection to the service at
// the first call that needs one, and again after the service has restarted.
func New() *Transport {
	return &Transport{establish: establish, service: service{timeouts: defaultTimeouts}}
}

// open opens a service connection.
func (t *Transport) open() (*timedContext, error) {
	if t.closed.Load() {
		return nil, cardos.ErrClosed
	}
	ctx, err := t.service.establish(t.establish)
	for _, denied := range []scard.Error{scard.ErrSecurityViolation, scard.ErrNoAccess, scard.ErrCommError} {
		if errors.Is(err, denied) { // the service ended the connection
			return nil, fmt.Errorf("%w: %w", cardos.ErrNotPermitted, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", cardos.ErrNoService, err)
	}
	return ctx, nil
}

func release(ctx *timedContext) {
	if ctx != nil {
		_ = ctx.Release()
	}
}

// Readers implements [cardos.Transport] with one listing and one status call.
func (t *Transport) Readers() ([]cardos.ReaderState, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := false
	for {
		if t.closed.Load() {
			return nil, cardos.ErrClosed
		}
		if t.list == nil {
			ctx, err := t.open()
			if err != nil {
				return nil, err
			}
			t.list, fresh = ctx, true
		}
		raw, err := t.list.Snapshot(tagList)
		if err == nil {
			return states(raw), nil
		}
		if !lost(err) {
			return nil, mapError(err, listing)
		}
		release(t.list)
		t.list = nil
		if fresh {
			return nil, mapError(err, listing)
		}
	}
}

// exclusiveLook is how often a card is asked for that another program has for
// itself.
const exclusiveLook = 20 * time.Millisecond

// Connect implements [cardos.Transport]. Each card gets a service connection of
// its own, since libpcsclite serialises the calls of a connection.
func (t *Transport) Connect(reader string) (cardos.Conn, error) {
	ctx, err := t.open()
	if err != nil {
		return nil, err
	}
	card, err := ctx.Connect(reader, scard.ShareShared, bothProtocols)
	for end := time.Now().Add(t.service.timeouts.exclusive); errors.Is(err, scard.ErrSharingViolation) && time.Now().Before(end); {
		pause(exclusiveLook)
		card, err = ctx.Connect(reader, scard.ShareShared, bothProtocols)
	}
	if err != nil {
		release(ctx)
		return nil, mapError(err, connecting)
	}
	c := &conn{card: card, reader: reader, pads: &t.pads}
	status, err := card.Status()
	if err == nil && !usable(card.ActiveProtocol()) {
		err = scard.ErrProtoMismatch
	}
	if err != nil {
		_ = c.Close()
		return nil, mapError(err, connecting)
	}
	c.atr = status.Atr
	return c, nil
}

// Close implements [cardos.Transport]. Connections to cards stay open.
func (t *Transport) Close() error {
	if t.closed.Swap(true) {
		return nil
	}
	t.cancel.Lock()
	if t.wait != nil {
		_ = t.wait.Cancel()
	}
	t.cancel.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	release(t.list)
	t.list = nil
	return nil
}

// lost reports whether err means that a service connection is unusable: the
// service has stopped or restarted, or a call was abandoned.
func lost(err error) bool {
	if errors.Is(err, errAbandoned) {
		return true
	}
	for _, code := range []scard.Error{scard.ErrServiceStopped, scard.ErrNoService, scard.ErrInvalidHandle,
		scard.ErrShutdown, scard.ErrCommError} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}
