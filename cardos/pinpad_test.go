// SPDX-License-Identifier: Apache-2.0

package cardos_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// Status words of a reader (PC/SC part 10, 2.5).
const (
	readerTimeout   = 0x6400
	readerCancelled = 0x6401
)

// entries is somebody who types these at a keypad: digits or a status word.
func entries(t *testing.T, typed ...any) func() (string, uint16) {
	return func() (string, uint16) {
		require.NotEmpty(t, typed, "asked once more than there are answers")
		next := typed[0]
		typed = typed[1:]
		if sw, ok := next.(int); ok {
			return "", uint16(sw)
		}
		return next.(string), 0
	}
}

// withPad opens a card in a reader with a keypad.
func withPad(t *testing.T, f simcard.Family, change func(*simcard.Options, *simcard.Behaviour)) (*simreader.Service, *simcard.Card, *cardos.Card, *simreader.Pad) {
	t.Helper()
	service, sim := inserted(t, f, change)
	pad := &simreader.Pad{Verify: true, Modify: true}
	service.SetPad(readerName, pad)
	c, err := profile.Open(service.Transport(), readerName, cardos.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	_, err = c.Identities()
	require.NoError(t, err)
	return service, sim, c, pad
}

// What the reader is asked, by the bytes of the standard.
func TestStructuresOfAKeypad(t *testing.T) {
	_, _, c, pad := withPad(t, simcard.FamilyB2, nil)
	pad.Type = entries(t, readerCancelled, readerCancelled)
	require.ErrorIs(t, c.VerifyPINOnPad(0), cardos.ErrPadCancelled)
	require.ErrorIs(t, c.ChangePINOnPad(0), cardos.ErrPadCancelled)
	// bTimerOut bTimerOut2 bmFormatString bmPINBlockString bmPINLengthFormat
	// wPINMaxExtraDigit bEntryValidationCondition bNumberMessage wLangId
	// bMsgIndex bTeoPrologue ulDataLength abData
	require.Equal(t, unhex(t, "1E1E820800"+"0805"+"0201"+"1004"+"00"+"000000"+"0D000000"+"0020009008FFFFFFFFFFFFFFFF"),
		pad.Structures[0])
	// ... bmPINLengthFormat bInsertionOffsetOld bInsertionOffsetNew
	// wPINMaxExtraDigit bConfirmPIN bEntryValidationCondition bNumberMessage
	// wLangId bMsgIndex1 bMsgIndex2 bMsgIndex3 bTeoPrologue ulDataLength abData
	require.Equal(t, unhex(t, "1E1E820800"+"0008"+"0805"+"030203"+"1004"+"000102"+"000000"+"15000000"+
		"0024009010FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"), pad.Structures[1])
}

func TestKeypadWithEachFamily(t *testing.T) {
	eachFamily(t, func(t *testing.T, f simcard.Family) {
		if f == simcard.FamilyH {
			return // TestNoKeypadForFamilyH
		}
		_, sim, c, pad := withPad(t, f, nil)
		left := func() int { n, _ := sim.Tries(); return n }
		pad.Type = entries(t, string(goodPIN))
		require.NoError(t, c.VerifyPINOnPad(0))
		require.True(t, c.Verified(0))
		signOnce(t, c, firstKey(t, c), "una prova")

		// Nothing typed is nothing lost, and not the login either.
		pad.Type = entries(t, readerCancelled, readerTimeout, "12")
		require.ErrorIs(t, c.VerifyPINOnPad(0), cardos.ErrPadCancelled)
		require.ErrorIs(t, c.VerifyPINOnPad(0), cardos.ErrPadTimeout)
		require.ErrorIs(t, c.VerifyPINOnPad(0), cardos.ErrPINLength)
		require.True(t, c.Verified(0))
		require.Equal(t, 3, left())

		pad.Type = entries(t, "999999")
		require.ErrorIs(t, c.VerifyPINOnPad(0), cardos.ErrPINIncorrect)
		require.False(t, c.Verified(0))
		require.Equal(t, 2, left(), "one try")

		pad.Type = entries(t, string(goodPIN), "246810", "246811", string(goodPIN), "246810", "246810")
		require.ErrorIs(t, c.ChangePINOnPad(0), cardos.ErrPadMismatch)
		require.Equal(t, 2, left())
		require.NoError(t, c.ChangePINOnPad(0))
		require.Equal(t, 3, left())
		require.NoError(t, c.VerifyPIN(0, cardos.Secret("246810")))
		signOnce(t, c, firstKey(t, c), "una prova")
		require.NoError(t, c.Forget())
		require.False(t, c.Verified(0))
	})
}

// A PIN that another PIN of the card accepted is not sent where the two are known
// to differ, until a person has made them the same, at the keypad as well.
func TestSamePINByTheKeypad(t *testing.T) {
	id := issue(t, simcard.FamilyB1, "signature", true)
	_, sim, c, pad := withPad(t, simcard.FamilyB1, func(o *simcard.Options, _ *simcard.Behaviour) {
		o.Signature = &simcard.Credential{Key: id.Key, Certificate: id.Certificate, PIN: "77777777", PUK: "88888888"}
	})
	require.NoError(t, c.VerifyPIN(0, goodPIN))
	for range 2 {
		require.ErrorIs(t, c.VerifyPIN(1, goodPIN), cardos.ErrPINIncorrect)
		left, _ := sim.SignatureTries()
		require.Equal(t, 2, left)
	}
	pad.Type = entries(t, "77777777", string(goodPIN), string(goodPIN))
	require.NoError(t, c.ChangePINOnPad(1))
	require.NoError(t, c.VerifyPIN(1, goodPIN))
}

// A family whose form of the command is not known has no use for a keypad.
func TestNoKeypadForFamilyH(t *testing.T) {
	_, _, c, pad := withPad(t, simcard.FamilyH, nil)
	require.Equal(t, cardos.Pad{}, c.PINPad())
	require.ErrorIs(t, c.VerifyPINOnPad(0), cardos.ErrUnsupported)
	require.ErrorIs(t, c.ChangePINOnPad(0), cardos.ErrUnsupported)
	require.Empty(t, pad.Structures)
}

// A keypad that fails is none from then on; whether the card was asked is not
// known, so the PIN state is dropped at the end.
func TestKeypadThatFails(t *testing.T) {
	service, _, c, pad := withPad(t, simcard.FamilyB2, nil)
	pad.Err = cardos.ErrPadFailed
	require.ErrorIs(t, c.VerifyPINOnPad(0), cardos.ErrPadFailed)
	require.Equal(t, cardos.Pad{}, c.PINPad())
	require.ErrorIs(t, c.VerifyPINOnPad(0), cardos.ErrUnsupported)
	tries, _ := c.Tries(0)
	require.False(t, tries.Known)
	service.Stats()
	require.NoError(t, c.Forget())
	require.Equal(t, 1, service.Stats().Resets)
}

// What happens to the card while the person types.
func TestWhileThePersonTypes(t *testing.T) {
	for name, c := range map[string]struct {
		fault simreader.Fault
		want  error
	}{
		"card taken out": {simreader.Removed(), cardos.ErrCardRemoved},
		"bad contact":    {simreader.Glitch(), cardos.ErrCardReset},
		"mute":           {simreader.Mute(), cardos.ErrCardMute},
		"no answer":      {simreader.Truncated(0), cardos.ErrProtocol},
		"6F00":           {simreader.Status(0x6F00), cardos.ErrCardFailure},
	} {
		t.Run(name, func(t *testing.T) {
			service, sim, card, pad := withPad(t, simcard.FamilyB2, nil)
			pad.Type = entries(t, string(goodPIN))
			service.SetFault(readerName, func(_ int, command []byte) simreader.Fault {
				if command[1] == 0x20 {
					return c.fault
				}
				return simreader.Fault{}
			})
			require.ErrorIs(t, card.VerifyPINOnPad(0), c.want)
			assert.False(t, card.Verified(0))
			assert.Equal(t, 1, pad.Entries, "asked once")
			left, _ := sim.Tries()
			assert.Equal(t, 3, left)
		})
	}
}

// Whatever a reader answers is a success or an error of ours.
func TestAnyAnswerOfAKeypad(t *testing.T) {
	_, _, c, pad := withPad(t, simcard.FamilyB2, nil)
	for sw := 1; sw <= 0xFFFF; sw += 7 {
		pad.Type = entries(t, sw)
		if err := c.VerifyPINOnPad(0); err != nil && !ours(err) {
			require.NoError(t, err, "%04X", sw)
		}
	}
	pad.Type = entries(t, 0x6B80)
	require.ErrorIs(t, c.VerifyPINOnPad(0), cardos.ErrPadFailed)
	require.Equal(t, cardos.Pad{}, c.PINPad(), "it does not take what it is asked")
}
