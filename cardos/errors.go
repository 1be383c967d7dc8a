// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"errors"
	"fmt"
)

// The errors of this package. module/errors.go has one row for each; a test
// walks both. Errors wrap these: compare with errors.Is.
var (
	ErrNoService     = errors.New("cardos: smart card service not available")
	ErrNoReader      = errors.New("cardos: reader not available")
	ErrNoCard        = errors.New("cardos: no card in the reader")
	ErrCardRemoved   = errors.New("cardos: card removed")
	ErrCardReset     = errors.New("cardos: card reset by another program")
	ErrCardMute      = errors.New("cardos: card does not answer")
	ErrInUse         = errors.New("cardos: card held by another program")
	ErrNotRecognized = errors.New("cardos: not a card this driver knows")
	ErrProtocol      = errors.New("cardos: answer does not follow ISO 7816")
	ErrCardFailure   = errors.New("cardos: card answered with an error")
	ErrNotFound      = errors.New("cardos: file or key not on the card")
	ErrPINRequired   = errors.New("cardos: PIN not verified")
	ErrPINIncorrect  = errors.New("cardos: PIN incorrect")
	ErrPINBlocked    = errors.New("cardos: PIN blocked")
	ErrPINNotUsable  = errors.New("cardos: PIN not activated or not usable")
	ErrPINLength     = errors.New("cardos: PIN length out of range")
	ErrPINCharacter  = errors.New("cardos: PIN has a character that is not a digit")
	ErrUnsupported   = errors.New("cardos: not supported by this card")
	// ErrNoKnownForm: the card can be read, but refused every form of the
	// command that is plausible (family H).
	ErrNoKnownForm = errors.New("cardos: this card takes no form of the command that is known")
	ErrClosed      = errors.New("cardos: closed")

	// Of the keypad of a reader. Only ErrPadFailed leaves open whether the
	// card was asked.
	ErrPadCancelled = errors.New("cardos: PIN entry cancelled at the reader")
	ErrPadTimeout   = errors.New("cardos: no PIN entered at the reader in time")
	ErrPadMismatch  = errors.New("cardos: the new PIN was repeated differently at the reader")
	ErrPadFailed    = errors.New("cardos: the reader's keypad does not work")
)

// Sentinels lists every error above, for the tests that hold the tables of
// other packages complete.
func Sentinels() []error {
	return []error{ErrNoService, ErrNoReader, ErrNoCard, ErrCardRemoved, ErrCardReset, ErrCardMute,
		ErrInUse, ErrNotRecognized, ErrProtocol, ErrCardFailure, ErrNotFound, ErrPINRequired,
		ErrPINIncorrect, ErrPINBlocked, ErrPINNotUsable, ErrPINLength, ErrPINCharacter,
		ErrUnsupported, ErrNoKnownForm, ErrClosed, ErrPadCancelled, ErrPadTimeout, ErrPadMismatch, ErrPadFailed}
}

// PINError reports a PIN or PUK that the card refused: it wraps ErrPINIncorrect
// or, with no try left, ErrPINBlocked.
type PINError struct {
	Tries Tries // what the refusal said of the tries left
}

func (e *PINError) Error() string {
	if !e.Tries.Known {
		return ErrPINIncorrect.Error()
	}
	return fmt.Sprintf("%v, %d tries left", e.Unwrap(), e.Tries.Left)
}

func (e *PINError) Unwrap() error {
	if e.Tries.Known && e.Tries.Left == 0 {
		return ErrPINBlocked
	}
	return ErrPINIncorrect
}
