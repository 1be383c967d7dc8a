// SPDX-License-Identifier: Apache-2.0

package pcsc

import (
	"errors"
	"math/rand"
	"testing"
	"time"

	"github.com/ebfe/scard"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
)

// keypad is what a reader says of its keypad, and what happens on it.
type keypad struct {
	features, properties []byte
	typed                func() ([]byte, error)
	asked                int
}

// Control codes of the reader in these tests.
const (
	codeVerify     = 0x42330006
	codeModify     = 0x42330007
	codeProperties = 0x42000DCC
)

var bothFeatures = []byte{0x06, 4, 0x42, 0x33, 0, 6, 0x07, 4, 0x42, 0x33, 0, 7, 0x12, 4, 0x42, 0x00, 0x0D, 0xCC}

func (k *keypad) control(code uint32, _ []byte) ([]byte, error) {
	switch code {
	case scard.CtlCode(getFeatureRequest):
		return k.features, nil
	case codeProperties:
		return k.properties, nil
	case codeVerify, codeModify:
		k.asked++
		return k.typed()
	}
	return nil, scard.ErrUnsupportedFeature
}

// connect returns a connection to a card in a reader with this keypad.
func (k *keypad) connect(t *testing.T, transport *Transport, reader string, card *fakeCard) *conn {
	t.Helper()
	card.protocol, card.control = scard.ProtocolT1, k.control
	c, err := transport.Connect(reader)
	require.NoError(t, err)
	return c.(*conn)
}

func padTransport(card *fakeCard) *Transport {
	f := &fake{}
	t := f.transport()
	t.establish = func() (serviceContext, error) { return padContext{f, card}, nil }
	return t
}

type padContext struct {
	*fake
	card *fakeCard
}

func (c padContext) Connect(string, scard.ShareMode, scard.Protocol) (serviceCard, error) {
	return c.card, nil
}

func TestWhatAReaderSaysOfItsKeypad(t *testing.T) {
	both := cardos.Pad{Verify: true, Modify: true}
	for name, c := range map[string]struct {
		reader               string
		features, properties []byte
		want                 cardos.Pad
	}{
		"both":                   {"A", bothFeatures, nil, both},
		"verify alone":           {"A", bothFeatures[:6], nil, cardos.Pad{Verify: true}},
		"none":                   {"A", bothFeatures[12:], nil, cardos.Pad{}},
		"empty":                  {"A", nil, nil, cardos.Pad{}},
		"cut":                    {"A", bothFeatures[:9], nil, cardos.Pad{Verify: true}},
		"length of nothing":      {"A", []byte{0x06, 0, 0x07, 4, 0x42, 0x33, 0, 7}, nil, cardos.Pad{Modify: true}},
		"other vendor":           {"A", bothFeatures, []byte{0x0B, 2, 0xDD, 0x25, 0x0C, 2, 0x12, 0x31}, both},
		"miniLector-EVO by USB":  {"A", bothFeatures, []byte{0x0B, 2, 0xDD, 0x25, 0x0C, 2, 0x11, 0x31}, cardos.Pad{}},
		"miniLector-EVO by name": {"Bit4id miniLector [miniLector-EVO] 00 00", bothFeatures, nil, cardos.Pad{}},
	} {
		t.Run(name, func(t *testing.T) {
			card := &fakeCard{}
			k := &keypad{features: c.features, properties: c.properties}
			conn := k.connect(t, padTransport(card), c.reader, card)
			assert.Equal(t, c.want, conn.Pad())
			assert.Empty(t, card.sent, "the card is asked nothing")
		})
	}
}

func TestHowMuchAReaderCarries(t *testing.T) {
	for name, c := range map[string]struct {
		features, properties []byte
		most                 int
		told                 bool
	}{
		"short alone":      {bothFeatures, []byte{0x0A, 4, 0, 0, 0, 0}, 256, true},
		"all":              {bothFeatures, []byte{0x0B, 2, 1, 2, 0x0A, 4, 0, 0, 1, 0}, 65536, true},
		"some":             {bothFeatures, []byte{0x0A, 4, 0xF6, 1, 0, 0}, 502, true},
		"nonsense":         {bothFeatures, []byte{0x0A, 4, 0xFF, 0xFF, 0xFF, 0xFF}, 65536, true},
		"of another size":  {bothFeatures, []byte{0x0A, 2, 0, 1}, 0, false},
		"cut":              {bothFeatures, []byte{0x0A, 4, 0, 0}, 0, false},
		"no such property": {bothFeatures, []byte{0x0B, 2, 1, 2}, 0, false},
		"no properties":    {bothFeatures[:12], []byte{0x0A, 4, 0, 0, 0, 0}, 0, false},
		"no features":      {nil, nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			card := &fakeCard{}
			k := &keypad{features: c.features, properties: c.properties}
			most, told := k.connect(t, padTransport(card), "A", card).MaxData()
			assert.Equal(t, c.most, most)
			assert.Equal(t, c.told, told)
			assert.Empty(t, card.sent, "the card is asked nothing")
		})
	}
}

func TestAnyAnswerOfAReader(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 20000 {
		b := make([]byte, random.Intn(40))
		_, _ = random.Read(b)
		parseFeatures(b)
	}
}

// A keypad that fails at its first use is none for the next card either; one
// that worked may fail, and a card that is taken out says nothing of it.
func TestAKeypadThatFails(t *testing.T) {
	good := func() ([]byte, error) { return []byte{0x90, 0x00}, nil }
	fails := func() ([]byte, error) { return nil, scard.ErrNotTransacted }
	refuses := func() ([]byte, error) { return []byte{0x6B, 0x80}, nil }
	cancelled := func() ([]byte, error) { return []byte{0x64, 0x01}, nil }
	for name, c := range map[string]struct {
		typed  []func() ([]byte, error)
		status error // of SCardStatus after a failure
		last   error
		has    bool // a keypad afterwards
	}{
		"fails":             {[]func() ([]byte, error){fails}, nil, cardos.ErrPadFailed, false},
		"refuses":           {[]func() ([]byte, error){refuses}, nil, cardos.ErrPadFailed, false},
		"works, then fails": {[]func() ([]byte, error){good, fails}, nil, cardos.ErrPadFailed, true},
		"cancelled, fails":  {[]func() ([]byte, error){cancelled, fails}, nil, cardos.ErrPadFailed, true},
		"card taken out":    {[]func() ([]byte, error){fails}, scard.ErrRemovedCard, cardos.ErrCardRemoved, true},
	} {
		t.Run(name, func(t *testing.T) {
			card := &fakeCard{}
			transport := padTransport(card)
			k := &keypad{features: bothFeatures}
			conn := k.connect(t, transport, "A", card)
			require.True(t, conn.Pad().Verify)
			card.status = c.status
			var err error
			for _, typed := range c.typed {
				k.typed = typed
				_, err = conn.VerifyOnPad([]byte{1})
			}
			require.ErrorIs(t, err, c.last)
			if errors.Is(err, cardos.ErrPadFailed) {
				for _, cause := range []error{cardos.ErrCardMute, cardos.ErrCardFailure, cardos.ErrProtocol} {
					require.NotErrorIs(t, err, cause, "it would be answered as the card's failure")
				}
			}
			require.Equal(t, len(c.typed), k.asked, "each asked once")
			card.status = nil
			assert.Equal(t, c.has, k.connect(t, transport, "A", card).Pad().Verify)
			assert.True(t, k.connect(t, transport, "B", card).Pad().Verify, "another reader")
		})
	}
}

// Control of the slow service's card: a keypad at which nobody types.
func (s slowCard) Control(code uint32, _ []byte) ([]byte, error) {
	if code == scard.CtlCode(getFeatureRequest) {
		return bothFeatures, nil
	}
	s.transmit.pass()
	return []byte{0x64, 0x00}, nil
}

// A person has longer than a card, and a keypad that never ends not for ever.
func TestDeadlineOfAKeypad(t *testing.T) {
	s, transport, c := connected(t)
	transport.service.timeouts.keypad = 4 * short
	pad := c.(cardos.PINPad)
	require.True(t, pad.Pad().Verify)
	require.NoError(t, c.Begin())
	s.transmit.close()
	go func() {
		for s.transmit.waiting() == 0 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(2 * short)
		s.transmit.open()
	}()
	answer, err := pad.VerifyOnPad([]byte{1})
	require.NoError(t, err)
	require.Equal(t, []byte{0x64, 0x00}, answer)

	s.transmit.close()
	defer s.transmit.open()
	_, err = pad.VerifyOnPad([]byte{1})
	require.ErrorIs(t, err, cardos.ErrNoService)
}
