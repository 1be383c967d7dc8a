// SPDX-License-Identifier: Apache-2.0

// Package pin decides what to tell a person before and after a PIN is sent:
// whether a try may be risked, what is wrong with what was typed, why the card
// refused. It sends nothing, and no PIN passes through it.
package pin

import (
	"errors"

	"tscns/cardos"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/exit"
	"tscns/cmd/internal/message"
)

// Secret is what a person can be asked for, with what is said when the card
// refuses it.
type Secret struct {
	Name      string
	Wrong     message.Message // the card does not report the tries left
	WrongLeft message.Message // with the tries left
	Blocked   message.Message
}

// The secrets of a card.
var (
	PIN = Secret{"PIN", message.PINWrong, message.PINWrongLeft, message.PINBlockedUnblock}
	PUK = Secret{"PUK", message.PUKWrong, message.PUKWrongLeft, message.PUKBlocked}
)

// MayTry reports whether a try of the secret may be risked, and what to say
// before it or instead. The last one is risked only with lastTry.
func MayTry(s Secret, left cardos.Tries, lastTry bool) (m message.Message, may bool) {
	switch {
	case !left.Known:
		return message.PINTriesNotKnown.With(s.Name), true
	case left.Left > 1:
		return message.PINTriesLeft.With(s.Name, left.Left), true
	case !lastTry:
		return message.PINLastTryRefused.With(s.Name), false
	}
	return message.PINLastTry.With(s.Name), true
}

// Typed says what is wrong with a PIN or PUK of n characters that
// [cardos.Card.CheckPIN] or CheckPUK refused with err: the limits are those of
// its length in digits. The zero message stands for an error that is not about
// what was typed.
func Typed(err error, n, shortest, longest int) message.Message {
	switch {
	case errors.Is(err, cardos.ErrPINLength) && 2*n >= shortest && 2*n <= longest:
		return message.PINHalf.With(n)
	case errors.Is(err, cardos.ErrPINLength) && shortest == longest:
		return message.PINLengthExact.With(longest)
	case errors.Is(err, cardos.ErrPINLength):
		return message.PINLengthRange.With(shortest, longest)
	case errors.Is(err, cardos.ErrPINCharacter):
		return message.PINDigitsOnly
	}
	return message.Message{}
}

// padErrors are what can end an entry at the PIN pad of the reader.
var padErrors = []struct {
	err     error
	code    int
	message message.Message
}{
	{cardos.ErrPadCancelled, exit.NotGood, message.PINPadCancelled},
	{cardos.ErrPadTimeout, exit.NotGood, message.PINPadTimeout},
	{cardos.ErrPadMismatch, exit.Usage, message.PINPadMismatch},
	{cardos.ErrPINLength, exit.Usage, message.PINPadLength},
	{cardos.ErrPadFailed, exit.NotGood, message.PINPadFailed},
}

// Explain says why a command with the secret failed.
func Explain(err error, s Secret) *cards.Error {
	for _, p := range padErrors {
		if errors.Is(err, p.err) {
			return &cards.Error{Message: p.message, Code: p.code}
		}
	}
	var refused *cardos.PINError
	var unproven *cardos.UnprovenError
	switch {
	case errors.As(err, &unproven) && unproven.Sent:
		return &cards.Error{Message: message.PINUnprovenRefused.With(cards.TriesLeft(unproven.Tries)), Code: exit.PIN}
	case errors.As(err, &unproven):
		return &cards.Error{Message: message.PINUnprovenStopped.With(cards.TriesLeft(unproven.Tries)), Code: exit.Unsafe}
	case errors.Is(err, cardos.ErrPINBlocked):
		return &cards.Error{Message: s.Blocked, Code: exit.PIN}
	case errors.As(err, &refused) && refused.Tries.Known:
		return &cards.Error{Message: s.WrongLeft.With(refused.Tries.Left), Code: exit.PIN}
	case errors.Is(err, cardos.ErrPINIncorrect):
		return &cards.Error{Message: s.Wrong, Code: exit.PIN}
	case errors.Is(err, cardos.ErrPINNotUsable):
		return &cards.Error{Message: message.PINNotUsable, Code: exit.PIN}
	case errors.Is(err, cardos.ErrNoKnownForm), errors.Is(err, cardos.ErrUnsupported):
		return &cards.Error{Message: message.PINNoKnownForm, Code: exit.NotGood}
	}
	return cards.Explain(err)
}
