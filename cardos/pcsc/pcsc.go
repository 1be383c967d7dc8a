// SPDX-License-Identifier: Apache-2.0

// Package pcsc implements cardos.Transport over PC/SC. It is the only importer
// of package scard, and keeps clear of its weak spots: a Transmit without
// protocol or command and a GetStatusChange without readers panic there, its
// names are kept alive by reader name only, a reader list that grows between
// its two calls is an error.
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

// serviceLock is held while a service connection is opened or closed: there
// the PC/SC library holds a lock of its own for the whole process, and a child
// forked in the middle would inherit it locked.
var serviceLock sync.Locker = &sync.Mutex{}

// SetServiceLock replaces the lock that is held while a service connection is
// opened or closed by one that a fork of the process waits for. It is called
// before the first Transport is used.
func SetServiceLock(l sync.Locker) { serviceLock = l }

// serviceContext is what is used of *scard.Context.
type serviceContext interface {
	ListReaders() ([]string, error)
	GetStatusChange(states []scard.ReaderState, timeout time.Duration) error
	Connect(reader string, mode scard.ShareMode, proto scard.Protocol) (serviceCard, error)
	Cancel() error
	Release() error
}

// serviceCard is what is used of *scard.Card.
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
	list   *patientContext
	closed atomic.Bool

	waitMu sync.Mutex // one Wait at a time
	wait   *patientContext
	pnp    scard.StateFlag // of pnpReader, as that connection told it last
	cancel sync.Mutex      // guards cancelling, and the life of wait
}

// New returns a transport over PC/SC. It opens no connection yet: that happens
// at the first need, and again whenever the service went away.
func New() *Transport {
	return &Transport{establish: establish, service: service{patience: usualPatience}}
}

// open opens a service connection.
func (t *Transport) open() (*patientContext, error) {
	if t.closed.Load() {
		return nil, cardos.ErrClosed
	}
	ctx, err := t.service.establish(t.establish)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", cardos.ErrNoService, err)
	}
	return ctx, nil
}

func release(ctx *patientContext) {
	if ctx != nil {
		_ = ctx.Release()
	}
}

// Readers implements cardos.Transport, in one listing and one status call.
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

// Connect implements cardos.Transport. Each card has a service connection of
// its own: libpcsclite lets one call at a time into a connection.
func (t *Transport) Connect(reader string) (cardos.Conn, error) {
	ctx, err := t.open()
	if err != nil {
		return nil, err
	}
	card, err := ctx.Connect(reader, scard.ShareShared, bothProtocols)
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

// Close implements cardos.Transport. Connections to cards live on.
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

// lost says whether a service connection is of no use any more: the service
// stopped, or another one has taken its place.
func lost(err error) bool {
	if errors.Is(err, errLeft) {
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
