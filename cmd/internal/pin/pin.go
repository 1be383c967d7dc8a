// SPDX-License-Identifier: Apache-2.0

// Package pin decides what to tell a person before and after a PIN is sent:
// its rules, whether a try may be risked, what is wrong with what was typed, why
// the card refused. It sends nothing, and no PIN passes through it.
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
	Name        string
	Wrong       message.Message // the card does not report the tries left
	WrongLeft   message.Message // with the tries left
	CureWrong   message.Message
	Blocked     message.Message
	CureBlocked message.Message
}

// The secrets of a card.
var (
	PIN = Secret{"PIN", message.PINWrong, message.PINWrongLeft, message.CureLoginPINRefused, message.PINBlocked, message.CurePINBlocked}
	PUK = Secret{"PUK", message.PUKWrong, message.PUKWrongLeft, message.CurePUKWrong, message.PUKBlocked, message.CurePUKReplace}
)

// Rule is how long a PIN or PUK is, in digits.
type Rule struct {
	Shortest, Longest int
	// Issued means that the secret may be one that was handed over by the issuer,
	// in two parts; a PIN that the person makes up is not.
	Issued bool
}

// Text returns the rule for people, "5 to 8 digits".
func (r Rule) Text() message.Message {
	if r.Shortest == r.Longest {
		return message.RuleExact.With(r.Longest)
	}
	return message.RuleRange.With(r.Shortest, r.Longest)
}

// ErrDiffer means that a new PIN was not typed the same both times.
var ErrDiffer = errors.New("pin: not the same both times")

// Typed says what is wrong with a PIN or PUK of n characters that
// [cardos.Card.CheckPIN] or CheckPUK refused with err, or with [ErrDiffer]. The zero message stands
// for an error that is not about what was typed.
func (r Rule) Typed(err error, n int) message.Message {
	switch {
	case errors.Is(err, cardos.ErrPINLength) && r.Issued && r.part(n):
		return message.PINHalf.With(n)
	case errors.Is(err, cardos.ErrPINLength):
		return message.PINLength.With(r.Text())
	case errors.Is(err, cardos.ErrPINCharacter):
		return message.PINDigitsOnly
	case errors.Is(err, ErrDiffer):
		return message.PINsDiffer
	}
	return message.Message{}
}

// part reports whether n digits may be one of the two parts that a secret is handed
// over in: halves, or as in Lombardy 2 and 3 digits of a PIN, 2 and 6 of a PUK.
func (r Rule) part(n int) bool {
	return 2*n >= r.Shortest && 2*n <= r.Longest || n >= 2 && n <= r.Shortest-2
}

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

// Blocked says that a secret is blocked, and what to do: of a PIN whose PUK is
// blocked too there is only one way.
func Blocked(s Secret, puk cardos.Tries) *cards.Error {
	e := &cards.Error{Message: s.Blocked, Cure: s.CureBlocked, Code: exit.PIN}
	if s.Name == PIN.Name && puk.Known && puk.Left == 0 {
		e.Cure = message.CurePUKBlocked
	}
	return e
}

// explanations are what can end an entry at the PIN pad of the reader, and what
// a card reports of a PIN besides that it is wrong. The first row whose error
// matches counts.
var explanations = []struct {
	err           error
	code          int
	message, cure message.Message
}{
	{cardos.ErrPadCancelled, exit.NotGood, message.PINPadCancelled, message.CureAgain},
	{cardos.ErrPadTimeout, exit.NotGood, message.PINPadTimeout, message.CureAgain},
	{cardos.ErrPadMismatch, exit.Usage, message.PINPadMismatch, message.CureAgain},
	{cardos.ErrPINLength, exit.Usage, message.PINPadLength, message.CureAgain},
	{cardos.ErrPINCharacter, exit.Usage, message.PINDigitsOnly, message.CureAgain},
	{cardos.ErrPadFailed, exit.NotGood, message.PINPadFailed, message.CurePINPadFailed},
	{cardos.ErrPINNotUsable, exit.PIN, message.PINNotUsable, message.CurePINNotUsable},
	{cardos.ErrNoKnownForm, exit.NotGood, message.PINNoKnownForm, message.ReportCertificate},
	{cardos.ErrUnsupported, exit.NotGood, message.PINNoKnownForm, message.ReportCertificate},
}

// Explain says why a command with the secret failed.
func Explain(err error, s Secret) *cards.Error {
	e := explain(err, s)
	if e.Message.Cause() == nil {
		e.Message = e.Message.Because(err)
	}
	return e
}

func explain(err error, s Secret) *cards.Error {
	var refused *cardos.PINError
	var unproven *cardos.UnprovenError
	switch {
	case errors.As(err, &unproven) && unproven.Sent:
		return &cards.Error{Message: message.PINUnprovenRefused.With(cards.TriesLeft(unproven.Tries)), Cure: message.CurePINUnproven, Code: exit.PIN}
	case errors.As(err, &unproven):
		return &cards.Error{Message: message.PINUnprovenStopped.With(cards.TriesLeft(unproven.Tries)), Cure: message.CurePINUnproven, Code: exit.Unsafe}
	case errors.Is(err, cardos.ErrUnproven):
		return &cards.Error{Message: message.PINUnprovenStopped.With(message.PINTriesNotTold), Cure: message.CurePINUnproven, Code: exit.Unsafe}
	case errors.Is(err, cardos.ErrPINBlocked):
		return Blocked(s, cardos.Tries{})
	case errors.As(err, &refused) && refused.Tries.Known:
		return &cards.Error{Message: s.WrongLeft.With(refused.Tries.Left), Cure: s.CureWrong, Code: exit.PIN}
	case errors.Is(err, cardos.ErrPINIncorrect):
		return &cards.Error{Message: s.Wrong, Cure: s.CureWrong, Code: exit.PIN}
	}
	for _, row := range explanations {
		if errors.Is(err, row.err) {
			return &cards.Error{Message: row.message, Cure: row.cure, Code: row.code}
		}
	}
	return cards.Explain(err)
}
