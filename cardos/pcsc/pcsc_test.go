// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ebfe/scard"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
)

// fake is a service that answers what a test tells it to.
type fake struct {
	mu       sync.Mutex
	opened   int
	released int
	openErr  error
	list     func() ([]string, error)
	status   func([]scard.ReaderState, time.Duration) error
	card     *fakeCard
	connect  error
	cancels  int
}

func (f *fake) transport() *Transport {
	t := New()
	t.establish = func() (serviceContext, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.openErr != nil {
			return nil, f.openErr
		}
		f.opened++
		return f, nil
	}
	return t
}

func (f *fake) ListReaders() ([]string, error) { return f.list() }
func (f *fake) GetStatusChange(s []scard.ReaderState, d time.Duration) error {
	if len(s) == 0 {
		panic("no states") // as scard does
	}
	return f.status(s, d)
}
func (f *fake) Connect(string, scard.ShareMode, scard.Protocol) (serviceCard, error) {
	if f.connect != nil {
		return nil, f.connect
	}
	return f.card, nil
}
func (f *fake) Cancel() error  { f.cancels++; return nil }
func (f *fake) Release() error { f.released++; return nil }

type fakeCard struct {
	protocol scard.Protocol
	begin    []error
	transmit error
	status   error
	rejoin   error
	sent     [][]byte
	answer   []byte
	calls    []string
	control  func(code uint32, in []byte) ([]byte, error)
}

func (c *fakeCard) Control(code uint32, in []byte) ([]byte, error) {
	if c.control == nil {
		return nil, scard.ErrUnsupportedFeature
	}
	return c.control(code, in)
}

func (c *fakeCard) ActiveProtocol() scard.Protocol { return c.protocol }
func (c *fakeCard) BeginTransaction() error {
	c.calls = append(c.calls, "begin")
	if len(c.begin) == 0 {
		return nil
	}
	err := c.begin[0]
	c.begin = c.begin[1:]
	return err
}
func (c *fakeCard) EndTransaction(d scard.Disposition) error {
	c.calls = append(c.calls, "end")
	if d != scard.LeaveCard {
		panic("the card is not left as it is")
	}
	return nil
}
func (c *fakeCard) Transmit(b []byte) ([]byte, error) {
	if len(b) == 0 || c.protocol == 0 {
		panic("as scard does")
	}
	c.sent = append(c.sent, append([]byte(nil), b...))
	return c.answer, c.transmit
}
func (c *fakeCard) Reconnect(m scard.ShareMode, _ scard.Protocol, d scard.Disposition) error {
	if m != scard.ShareShared {
		panic("not shared")
	}
	c.calls = append(c.calls, map[scard.Disposition]string{scard.LeaveCard: "rejoin", scard.ResetCard: "reset"}[d])
	return c.rejoin
}
func (c *fakeCard) Disconnect(d scard.Disposition) error {
	c.calls = append(c.calls, "disconnect")
	if d != scard.LeaveCard {
		panic("the card is not left as it is")
	}
	return nil
}
func (c *fakeCard) Status() (*scard.CardStatus, error) {
	return &scard.CardStatus{Atr: []byte{0x3B, 0x00}}, c.status
}

func unchanged([]scard.ReaderState, time.Duration) error { return scard.ErrTimeout }

func TestErrorTable(t *testing.T) {
	seen := map[scard.Error]bool{}
	for _, row := range errorTable {
		assert.False(t, seen[row.code], "%X twice", uint32(row.code))
		seen[row.code] = true
		assert.ErrorIs(t, mapError(row.code, connecting), row.connect)
		assert.ErrorIs(t, mapError(row.code, using), row.inUse)
	}
	assert.ErrorIs(t, mapError(scard.ErrNoSmartcard, connecting), cardos.ErrNoCard)
	assert.ErrorIs(t, mapError(scard.ErrRemovedCard, using), cardos.ErrCardRemoved)
	assert.ErrorIs(t, mapError(scard.ErrUnexpected, using), cardos.ErrCardFailure)
	assert.NoError(t, mapError(nil, using))
	other := errors.New("other")
	assert.Equal(t, other, mapError(other, using))
}

func TestNoReaders(t *testing.T) {
	for _, list := range []func() ([]string, error){
		func() ([]string, error) { return nil, scard.ErrNoReadersAvailable },
		func() ([]string, error) { return nil, nil },
		func() ([]string, error) { return []string{""}, nil },
	} {
		readers, err := (&fake{list: list}).transport().Readers()
		assert.NoError(t, err)
		assert.Empty(t, readers)
	}
}

func TestListGrowsBetweenCalls(t *testing.T) {
	calls := 0
	f := &fake{status: unchanged, list: func() ([]string, error) {
		if calls++; calls < 3 {
			return nil, scard.ErrInsufficientBuffer
		}
		return []string{"A"}, nil
	}}
	readers, err := f.transport().Readers()
	require.NoError(t, err)
	require.Len(t, readers, 1)
	assert.Equal(t, "A", readers[0].Name)
}

// A service that was restarted is found again, once; one that is gone is an
// error, not a loop.
func TestServiceRestarted(t *testing.T) {
	for _, lost := range []scard.Error{scard.ErrServiceStopped, scard.ErrNoService, scard.ErrInvalidHandle, scard.ErrCommError} {
		calls := 0
		f := &fake{status: unchanged}
		f.list = func() ([]string, error) {
			if calls++; calls == 2 {
				return nil, lost
			}
			return []string{"A"}, nil
		}
		transport := f.transport()
		_, err := transport.Readers()
		require.NoError(t, err)
		_, err = transport.Readers()
		require.NoError(t, err)
		assert.Equal(t, 2, f.opened)
		assert.Equal(t, 1, f.released)
		f.list = func() ([]string, error) { return nil, lost }
		_, err = transport.Readers()
		assert.ErrorIs(t, err, cardos.ErrNoService)
		assert.Equal(t, f.opened, f.released, "nothing leaks")
		_, err = transport.Wait(nil, time.Hour)
		assert.ErrorIs(t, err, cardos.ErrNoService, "at once, whatever the time asked for")
		assert.Equal(t, f.opened, f.released, "nothing leaks")
	}
	f := &fake{openErr: scard.ErrNoService}
	_, err := f.transport().Readers()
	assert.ErrorIs(t, err, cardos.ErrNoService)
	_, err = f.transport().Wait(nil, time.Hour)
	assert.ErrorIs(t, err, cardos.ErrNoService)
	_, err = f.transport().Connect("A")
	assert.ErrorIs(t, err, cardos.ErrNoService)
}

func TestWaitWatchesForNewReaders(t *testing.T) {
	f := &fake{list: func() ([]string, error) { return nil, scard.ErrNoReadersAvailable }}
	var watched []string
	f.status = func(s []scard.ReaderState, d time.Duration) error {
		for _, r := range s {
			watched = append(watched, untagged(r.Reader))
		}
		assert.Positive(t, d)
		assert.LessOrEqual(t, d, maxSlice)
		f.list = func() ([]string, error) { return []string{"New"}, nil }
		f.status = unchanged
		return nil
	}
	now, err := f.transport().Wait(nil, time.Hour)
	require.NoError(t, err)
	assert.Equal(t, []string{pnpReader}, watched)
	require.Len(t, now, 1)
	assert.Equal(t, "New", now[0].Name)
}

// TestWaitDoesNotSpin: services mean different things by the state of the name
// that stands for new readers. None of them may keep Wait busy.
func TestWaitDoesNotSpin(t *testing.T) {
	const events = 7 // of readers, since the service started, in pcsc-lite from 2.3 on
	for _, c := range []struct {
		name   string
		answer func(pnp *scard.ReaderState) error // nil: it returned at once
		calls  int                                // at most, for 400 ms
	}{
		{"pcsc-lite before 2.3", func(*scard.ReaderState) error { return scard.ErrTimeout }, 1},
		{"pcsc-lite from 2.3 on", func(pnp *scard.ReaderState) error {
			if known := pnp.CurrentState >> 16; known != 0 && known != events {
				pnp.EventState = events<<16 | scard.StateChanged
				return nil
			}
			return scard.ErrTimeout
		}, 1},
		{"Windows", func(pnp *scard.ReaderState) error {
			if pnp.CurrentState>>16 != 1 {
				pnp.EventState = 1<<16 | scard.StateChanged
				return nil
			}
			return scard.ErrTimeout
		}, 2},
		{"a service that counts on", func(pnp *scard.ReaderState) error {
			pnp.EventState = pnp.CurrentState + 1<<16 | scard.StateChanged
			return nil
		}, 20},
		{"a service without the name", func(*scard.ReaderState) error { return scard.ErrUnknownReader }, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls := 0
			f := &fake{list: func() ([]string, error) { return []string{"A"}, nil }}
			f.status = func(s []scard.ReaderState, d time.Duration) error {
				s[0].EventState = scard.StateEmpty
				if d == 0 {
					return nil
				}
				calls++
				err := c.answer(&s[len(s)-1])
				if errors.Is(err, scard.ErrTimeout) {
					time.Sleep(d)
				}
				return err
			}
			known := []cardos.ReaderState{{Name: "A"}}
			transport := f.transport()
			for range 2 {
				now, err := transport.Wait(known, 200*time.Millisecond)
				require.NoError(t, err)
				assert.Equal(t, known, now)
			}
			assert.LessOrEqual(t, calls, c.calls+1, "one more for the second Wait")
		})
	}
}

func TestStates(t *testing.T) {
	got := states([]scard.ReaderState{
		{Reader: tagged("A", tagList), EventState: scard.StatePresent | scard.StateInuse | 7<<16, Atr: []byte{0x3B}},
		{Reader: "B", EventState: scard.StatePresent | scard.StateMute},
		{Reader: "C", EventState: scard.StateEmpty | scard.StateChanged, Atr: []byte{0x3B}},
	})
	assert.Equal(t, []cardos.ReaderState{{Name: "A", Present: true, ATR: []byte{0x3B}, Events: 7},
		{Name: "B", Present: true, Mute: true}, {Name: "C"}}, got)
}

func TestConnect(t *testing.T) {
	f := &fake{connect: scard.ErrSharingViolation}
	_, err := f.transport().Connect("A")
	assert.ErrorIs(t, err, cardos.ErrInUse)
	assert.Equal(t, f.opened, f.released)
	f = &fake{card: &fakeCard{protocol: scard.ProtocolUndefined}}
	_, err = f.transport().Connect("A")
	assert.ErrorIs(t, err, cardos.ErrCardMute, "no protocol, nothing to transmit with")
	assert.Equal(t, f.opened, f.released)
	assert.Equal(t, []string{"disconnect"}, f.card.calls)
}

func open(t *testing.T, card *fakeCard) cardos.Conn {
	t.Helper()
	c, err := (&fake{card: card}).transport().Connect("A")
	require.NoError(t, err)
	return c
}

func TestTransmit(t *testing.T) {
	card := &fakeCard{protocol: scard.ProtocolT1, answer: []byte{1, 2, 0x90, 0}}
	c := open(t, card)
	for _, short := range [][]byte{nil, {}, {0, 0xB0, 0}} {
		_, err := c.Transmit(short)
		assert.ErrorIs(t, err, cardos.ErrProtocol)
	}
	assert.Empty(t, card.sent)
	b, err := c.Transmit([]byte{0, 0xA4, 8, 0, 2, 0x11, 0, 0})
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 2, 0x90, 0}, b)
	assert.Equal(t, make([]byte, 4), card.answer, "the receive buffer is wiped")
	assert.Len(t, card.sent[0], 8)

	card.protocol = scard.ProtocolT0
	for _, command := range [][]byte{{0, 0xA4, 8, 0, 2, 0x11, 0, 0}, {0, 0xA4, 8, 0, 2, 0x11, 0}, {0, 0xB0, 0, 0, 0}, {0, 0x22, 0xF3, 3}} {
		card.answer = []byte{0x90, 0}
		_, err = c.Transmit(command)
		require.NoError(t, err)
	}
	assert.Equal(t, [][]byte{{0, 0xA4, 8, 0, 2, 0x11, 0}, {0, 0xA4, 8, 0, 2, 0x11, 0}, {0, 0xB0, 0, 0, 0}, {0, 0x22, 0xF3, 3}}, card.sent[1:],
		"T=0 has no Le in case 4")

	card.protocol = scard.ProtocolUndefined
	_, err = c.Transmit([]byte{0, 0xB0, 0, 0, 0})
	assert.ErrorIs(t, err, cardos.ErrCardMute)

	card.protocol, card.transmit = scard.ProtocolT1, scard.ErrNotTransacted
	_, err = c.Transmit([]byte{0, 0xB0, 0, 0, 0})
	assert.ErrorIs(t, err, cardos.ErrCardMute)
	card.status = scard.ErrRemovedCard
	_, err = c.Transmit([]byte{0, 0xB0, 0, 0, 0})
	assert.ErrorIs(t, err, cardos.ErrCardRemoved, "the reason behind a broken line")
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	_, err = c.Transmit([]byte{0, 0xB0, 0, 0, 0})
	assert.ErrorIs(t, err, cardos.ErrClosed)
	assert.ErrorIs(t, c.Begin(), cardos.ErrClosed)
	assert.ErrorIs(t, c.End(), cardos.ErrClosed)
	assert.ErrorIs(t, c.Reset(), cardos.ErrClosed)
}

func TestResetByAnother(t *testing.T) {
	card := &fakeCard{protocol: scard.ProtocolT1, begin: []error{scard.ErrResetCard}}
	c := open(t, card)
	assert.ErrorIs(t, c.Begin(), cardos.ErrCardReset)
	assert.Equal(t, []string{"begin", "rejoin"}, card.calls)
	assert.NoError(t, c.Begin())

	card.calls, card.begin = nil, []error{scard.ErrResetCard}
	assert.NoError(t, c.Reset(), "another program has just done it")
	assert.Equal(t, []string{"begin", "rejoin"}, card.calls)
	card.calls = nil
	assert.NoError(t, c.Reset())
	assert.Equal(t, []string{"begin", "reset", "end"}, card.calls)

	card.begin, card.rejoin = []error{scard.ErrResetCard}, scard.ErrRemovedCard
	assert.ErrorIs(t, c.Begin(), cardos.ErrCardRemoved)
	card.begin = []error{scard.ErrServiceStopped}
	assert.ErrorIs(t, c.Begin(), cardos.ErrNoService)
}

func TestClosed(t *testing.T) {
	f := &fake{status: unchanged, list: func() ([]string, error) { return []string{"A"}, nil }}
	transport := f.transport()
	_, err := transport.Readers()
	require.NoError(t, err)
	require.NoError(t, transport.Close())
	require.NoError(t, transport.Close())
	assert.Equal(t, f.opened, f.released)
	_, err = transport.Readers()
	assert.ErrorIs(t, err, cardos.ErrClosed)
	_, err = transport.Wait(nil, time.Hour)
	assert.ErrorIs(t, err, cardos.ErrClosed)
	_, err = transport.Connect("A")
	assert.ErrorIs(t, err, cardos.ErrClosed)
}

// While the service lock is held no service connection is opened or closed.
func TestServiceLock(t *testing.T) {
	f := &fake{status: unchanged, list: func() ([]string, error) { return []string{"A"}, nil }}
	transport := f.transport()
	SetServiceLock(&sync.Mutex{})
	serviceLock.Lock()
	done := make(chan error)
	go func() { _, err := transport.Readers(); done <- err }()
	f.mu.Lock()
	opened := f.opened
	f.mu.Unlock()
	assert.Zero(t, opened)
	select {
	case err := <-done:
		t.Errorf("went past the lock: %v", err)
	default:
	}
	serviceLock.Unlock()
	assert.NoError(t, <-done)
}

func TestQuirks(t *testing.T) {
	for _, q := range quirks {
		if q.name != "" {
			assert.Equal(t, q.quirk, QuirkOf("BIT4ID "+strings.ToUpper(q.name)+" 00 00", 0, 0))
		} else {
			assert.Equal(t, q.quirk, QuirkOf("a name", q.vendor, q.product))
			assert.Equal(t, Quirk{}, QuirkOf("a name", q.vendor, q.product+1))
		}
	}
	assert.Equal(t, Quirk{}, QuirkOf("Gemalto PC Twin Reader 00 00", 0, 0))
}
