// SPDX-License-Identifier: Apache-2.0

package simreader_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/simreader"
)

const name = "Reader A"

// inserted is a service with a card in its reader.
func inserted(t *testing.T) (*simreader.Service, *simcard.Card) {
	card, _ := cardtest.New(t, simcard.FamilyC)
	s := simreader.NewService(name)
	s.Insert(name, card)
	return s, card
}

func connect(t *testing.T, s *simreader.Service) cardos.Conn {
	t.Helper()
	c, err := s.Transport().Connect(name)
	require.NoError(t, err)
	return c
}

var selectMF = []byte{0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00}

func TestReaders(t *testing.T) {
	s, card := inserted(t)
	tr := s.Transport()
	lists := func(want ...cardos.ReaderState) {
		t.Helper()
		states, err := tr.Readers()
		require.NoError(t, err)
		require.Equal(t, want, states)
	}
	s.AddReader("Reader B")
	lists(cardos.ReaderState{Name: name, Present: true, ATR: card.ATR(), Events: 1}, cardos.ReaderState{Name: "Reader B"})
	s.Insert(name, card) // a swap counts both
	s.InsertMute("Reader B")
	s.RemoveReader(name)
	lists(cardos.ReaderState{Name: "Reader B", Present: true, Mute: true, Events: 1})
	s.StopService()
	_, err := tr.Readers()
	require.ErrorIs(t, err, cardos.ErrNoService)
	s.StartService()
	require.NoError(t, tr.Close())
	_, err = tr.Readers()
	require.ErrorIs(t, err, cardos.ErrClosed)
}

func TestConnectErrors(t *testing.T) {
	s, card := inserted(t)
	tr := s.Transport()
	fails := func(reader string, want error) {
		t.Helper()
		_, err := tr.Connect(reader)
		require.ErrorIs(t, err, want)
	}
	release := s.HoldExclusive(name)
	fails(name, cardos.ErrInUse)
	release()
	fails("another", cardos.ErrNoReader)
	s.Remove(name)
	fails(name, cardos.ErrNoCard)
	s.InsertMute(name)
	fails(name, cardos.ErrCardMute)
	s.StopService()
	fails(name, cardos.ErrNoService)
	s.StartService()

	// A connection does not outlive the stay of its card.
	s.Insert(name, card)
	c := connect(t, s)
	s.Insert(name, card) // out and in again
	require.ErrorIs(t, c.Begin(), cardos.ErrCardRemoved)
	c = connect(t, s)
	s.StopService()
	require.ErrorIs(t, c.Begin(), cardos.ErrNoService)
	s.StartService()
	require.ErrorIs(t, c.Begin(), cardos.ErrNoService, "a new service does not know the old connection")
	require.NoError(t, c.Close())
	c = connect(t, s)
	s.RemoveReader(name)
	require.ErrorIs(t, c.Begin(), cardos.ErrNoReader)
}

func TestTransaction(t *testing.T) {
	s, _ := inserted(t)
	c := connect(t, s)
	_, err := c.Transmit(selectMF)
	require.Error(t, err, "outside a transaction")
	require.Error(t, c.End())
	require.NoError(t, c.Begin())
	require.Error(t, c.Begin(), "nested")
	answer, err := c.Transmit(selectMF)
	require.NoError(t, err)
	require.Equal(t, []byte{0x90, 0x00}, answer)
	require.True(t, s.InTransaction(name))
	require.NoError(t, c.End())
	require.Equal(t, simreader.Stats{Connects: 1, Transactions: 1, Commands: 1}, s.Stats())
	require.NoError(t, c.Close())
	require.ErrorIs(t, c.Begin(), cardos.ErrClosed)
	require.Zero(t, s.Connections(name))
}

func TestTransactionsTakeTurns(t *testing.T) {
	s, _ := inserted(t)
	var wg sync.WaitGroup
	for range 4 {
		c := connect(t, s)
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 50 {
				begin := c.Begin()
				_, err := c.Transmit(selectMF)
				assert.NoError(t, errors.Join(begin, err, c.End()))
			}
		}()
	}
	wg.Wait()
	require.Equal(t, 200, s.Stats().Commands)

	release := s.HoldTransaction(name)
	c := connect(t, s)
	begun := make(chan error, 1)
	go func() { begun <- c.Begin() }()
	release()
	require.NoError(t, <-begun)
	waiting := connect(t, s)
	go func() { begun <- waiting.Begin() }()
	s.Remove(name)
	require.Error(t, <-begun)
	require.ErrorIs(t, c.End(), cardos.ErrCardRemoved)
}

func TestResets(t *testing.T) {
	s, _ := inserted(t)
	a, b := connect(t, s), connect(t, s)
	require.NoError(t, a.Reset())
	require.NoError(t, a.Begin(), "its own reset is no surprise")
	require.NoError(t, a.End())
	require.ErrorIs(t, b.Begin(), cardos.ErrCardReset)
	require.False(t, s.InTransaction(name))
	require.NoError(t, b.Begin(), "reported once")
	require.NoError(t, b.End())
	s.ResetByOther(name)
	require.ErrorIs(t, a.Begin(), cardos.ErrCardReset)
	require.NoError(t, a.Begin())
	require.NoError(t, a.Close())
	require.False(t, s.InTransaction(name), "a connection that closes ends its transaction")
	require.ErrorIs(t, b.Begin(), cardos.ErrCardReset)
}

func TestWait(t *testing.T) {
	s := simreader.NewService(name)
	tr := s.Transport()
	known, err := tr.Readers()
	require.NoError(t, err)
	again, err := tr.Wait(known, time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, known, again)
	errs := make(chan error, 1)
	wait := func(happens func()) error {
		go func() {
			var err error
			known, err = tr.Wait(known, time.Hour)
			errs <- err
		}()
		happens()
		return <-errs
	}
	require.NoError(t, wait(func() { s.InsertMute(name) }))
	require.True(t, known[0].Present)
	require.ErrorIs(t, wait(s.StopService), cardos.ErrNoService)
	s.StartService()
	known, err = tr.Readers()
	require.NoError(t, err)
	require.ErrorIs(t, wait(func() { _ = tr.Close() }), cardos.ErrClosed)
}

func TestFaults(t *testing.T) {
	s, card := inserted(t)
	c := connect(t, s)
	var next simreader.Fault
	s.SetFault(name, func(int, []byte) simreader.Fault { return next })
	transmit := func(f simreader.Fault) ([]byte, error) {
		next = f
		return c.Transmit(selectMF)
	}
	require.NoError(t, c.Begin())
	_, err := transmit(simreader.Mute())
	require.ErrorIs(t, err, cardos.ErrCardMute)
	answer, err := transmit(simreader.Status(0x6F00))
	require.NoError(t, err)
	require.Equal(t, []byte{0x6F, 0x00}, answer)
	answer, err = transmit(simreader.Truncated(1))
	require.NoError(t, err)
	require.Equal(t, []byte{0x90}, answer)
	require.Equal(t, 2, card.Stats().Commands, "the status word came without the card")

	until := make(chan struct{})
	answered := make(chan error, 1)
	next = simreader.Slow(until)
	go func() { _, err := c.Transmit(selectMF); answered <- err }()
	close(until)
	require.NoError(t, <-answered)
	go func() { _, err := transmit(simreader.Slow(make(chan struct{}))); answered <- err }()
	s.Remove(name)
	require.ErrorIs(t, <-answered, cardos.ErrCardRemoved)

	s.Insert(name, card)
	c = connect(t, s)
	require.NoError(t, c.Begin())
	_, err = transmit(simreader.Glitch())
	require.ErrorIs(t, err, cardos.ErrCardReset)
	require.False(t, s.InTransaction(name))
	require.NoError(t, c.Begin())
	_, err = transmit(simreader.Removed())
	require.ErrorIs(t, err, cardos.ErrCardRemoved)
}
