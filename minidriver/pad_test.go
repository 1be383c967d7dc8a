// SPDX-License-Identifier: Apache-2.0

package minidriver_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/minidriver"
	"tscns/simcard"
)

// padLink is a link to a reader with a keypad, at which somebody types a PIN or
// presses cancel.
type padLink struct {
	*link
	typed string // 8 bytes, "" for cancel
	asked int
}

func (p *padLink) Pad() cardos.Pad { return cardos.Pad{Verify: true} }

func (p *padLink) VerifyOnPad(structure []byte) ([]byte, error) {
	p.asked++
	if p.typed == "" {
		return []byte{0x64, 0x01}, nil
	}
	command := append([]byte(nil), structure[len(structure)-13:]...) // header, Lc and the block
	copy(command[5:], p.typed)
	return p.Transmit(command)
}

func (p *padLink) ModifyOnPad([]byte) ([]byte, error) { return nil, cardos.ErrUnsupported }

// At a reader with a keypad the PIN is an external one, which NULL asks for.
func TestKeypad(t *testing.T) {
	card := newCard(t, simcard.FamilyB2, nil)
	c := newCaller(card)
	var pad *padLink
	options := minidriver.Options{Profiles: profile.All(), Connect: func(atr []byte) minidriver.Conn {
		pad = &padLink{link: c.link(atr)}
		return pad
	}}
	m, err := minidriver.Acquire(options, handles, card.ATR())
	require.NoError(t, err)
	defer m.Close()
	info, err := m.Property("PIN Information", 1, nil)
	require.NoError(t, err)
	assert.Equal(t, dwords(6, 1, 0, 2, 4, 6, 0, 0, 0), string(info))
	_, err = m.Authenticate(handles, 1, 0x40, nil)
	assert.Equal(t, minidriver.SecurityViolation, err, "a silent context asks nobody")
	assert.Zero(t, pad.asked)
	_, err = m.Authenticate(handles, 1, 0, nil)
	assert.Equal(t, minidriver.CancelledByUser, err)
	pad.typed = "99999999"
	left, err := m.Authenticate(handles, 1, 0, nil)
	assert.Equal(t, minidriver.WrongCHV, err)
	assert.Equal(t, 2, left)
	pad.typed = string(goodPIN)
	_, err = m.Authenticate(handles, 1, 0, nil)
	require.NoError(t, err)
	require.NoError(t, signOnce(t, m, handles))
	assert.Equal(t, minidriver.UnsupportedFeature, m.Deauthenticate(2))
}

// A PIN that was never activated is no wrong one.
func TestNeverActivated(t *testing.T) {
	card := newCard(t, simcard.FamilyB2, func(o *simcard.Options) { o.NeverActivated = true })
	_, m := acquired(t, card)
	assert.Equal(t, minidriver.SecurityViolation, authenticate(m, handles, goodPIN))
}
