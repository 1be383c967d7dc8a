// SPDX-License-Identifier: Apache-2.0

package cardos

import (
	"errors"
	"fmt"

	"tscns/cardos/iso7816"
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
	// ErrUnproven: a PIN was refused in a form that this card has never
	// accepted, now or before; see [UnprovenError].
	ErrUnproven = errors.New("cardos: PIN in a form that this card has never accepted")
	ErrClosed   = errors.New("cardos: closed")

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
		ErrUnsupported, ErrNoKnownForm, ErrUnproven, ErrClosed, ErrPadCancelled, ErrPadTimeout, ErrPadMismatch, ErrPadFailed}
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

// ErrWrongResult means that the answer of a card is not the private operation
// of its key: see [RSAOperation.Accept]. It wraps ErrCardFailure.
var ErrWrongResult = fmt.Errorf("%w: result does not fit the public key", ErrCardFailure)

// Errors that wrap ErrNoService, where more is known than that the service
// cannot be used.
var (
	// ErrServiceHangs: the service took the connection and did not answer within
	// the deadline.
	ErrServiceHangs = fmt.Errorf("%w: no answer within the deadline", ErrNoService)
	// ErrNotPermitted: the service ended the connection, as pcscd does with a
	// client that polkit does not permit org.debian.pcsc-lite.access_pcsc.
	ErrNotPermitted = fmt.Errorf("%w: this user may not use it", ErrNoService)
	// ErrCardNotPermitted: the service shows its readers and refuses the card, as
	// pcscd does without org.debian.pcsc-lite.access_card.
	ErrCardNotPermitted = fmt.Errorf("%w: this user may not use the card", ErrNoService)
)

// StatusError returns nil for 9000, and for any other status word an error
// that wraps the word and one of the errors above.
func StatusError(sw iso7816.Status) error {
	switch sw {
	case iso7816.OK:
		return nil
	case iso7816.FileNotFound, iso7816.RecordNotFound, iso7816.ReferenceNotFound:
		return fmt.Errorf("%w: %w", ErrNotFound, sw)
	case iso7816.SecurityNotSatisfied:
		return fmt.Errorf("%w: %w", ErrPINRequired, sw)
	}
	return fmt.Errorf("%w: %w", ErrCardFailure, sw)
}

// Refused reports whether an error is a status word of the card, and not a
// failure to exchange commands with it.
func Refused(err error) bool {
	var sw iso7816.Status
	return errors.As(err, &sw)
}

// UnlessRefused returns nil for an error that is a status word of the card,
// and any other error as it is.
func UnlessRefused(err error) error {
	if Refused(err) {
		return nil
	}
	return err
}

// exchangeError names a broken answer by the error of this package.
func exchangeError(err error) error {
	if err != nil && (errors.Is(err, iso7816.ErrProtocol) || errors.Is(err, iso7816.ErrCommand)) {
		return fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return err
}

// fatal reports whether a card is gone for good with this error.
func fatal(err error) bool {
	for _, e := range []error{ErrCardRemoved, ErrNoCard, ErrNoReader, ErrNoService, ErrClosed} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
