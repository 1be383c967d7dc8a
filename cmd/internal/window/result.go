// SPDX-License-Identifier: Apache-2.0

package window

import (
	"errors"
	"slices"

	"tscns/cardos"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

// done is what is said of an action that was done.
var done = map[action]state{
	verify:  {"verified", finding.OK, message.WindowVerified, []message.Message{message.WindowVerifiedHow}, nil},
	change:  {"changed", finding.OK, message.WindowChanged, []message.Message{message.WindowUseNew}, nil},
	unblock: {"unblocked", finding.OK, message.WindowUnblocked, []message.Message{message.WindowUseNew}, nil},
}

// resultOf says how an operation on a PIN ended, and the way on.
func resultOf(e ended) state {
	o := e.outcome
	if o.Failure == nil {
		return done[e.action]
	}
	usePUK := pinLink(unblock, e.purpose, e.reader, message.WindowUsePUK)
	said := o.Failure.Message
	switch {
	case said.Is(message.PUKBlocked), said.Is(message.PINBlocked) && o.Failure.Cure.Is(message.CurePUKBlocked):
		return pukBlocked(nil)
	case said.Is(message.PINBlocked):
		return pinBlocked(e.reader, e.purpose)
	case errors.Is(o.Err, cardos.ErrUnproven):
		return state{"unproven", finding.Warning, message.WindowNewKind, []message.Message{asSentence(said), message.WindowUnprovenNo}, nil}
	case errors.Is(o.Err, cardos.ErrPINIncorrect):
		return wrongSecret(e, usePUK)
	case errors.Is(o.Err, cardos.ErrPINNotUsable):
		return state{"activate", finding.Warning, message.WindowActivate, []message.Message{message.WindowActivateHow},
			[]link{{usePUK.To, message.WindowHavePUK}}}
	case gone(o.Err) && o.Sent:
		return state{"interrupted", finding.Failure, message.WindowInterrupted, []message.Message{message.WindowInterruptedHow}, nil}
	case gone(o.Err):
		return state{"taken-out", finding.Warning, message.WindowTakenOut, []message.Message{message.WindowNothing}, nil}
	}
	s := state{"not-done", finding.Failure, message.WindowNotDone, []message.Message{asSentence(said)}, nil}
	if o.Sent && isAny(o.Err, unanswered) {
		s.Text = append(s.Text, message.WindowInterruptedHow)
		if errors.Is(o.Err, cardos.ErrPadFailed) { // whose cure is for a terminal
			s.Actions = []link{keyboardLink(e.operation)}
		}
		return s
	}
	if !o.Failure.Cure.IsZero() {
		s.Text = append(s.Text, asSentence(o.Failure.Cure))
	}
	s.Actions = []link{pinLink(e.action, e.purpose, e.reader, message.WindowTryAgain)}
	return s
}

// unanswered are the errors that leave open whether the card got what was sent, so
// that trying again may cost another try.
var unanswered = []error{cardos.ErrPadFailed, cardos.ErrNoService, cardos.ErrCardMute, cardos.ErrProtocol}

// gone reports whether the card or the reader was taken away.
func gone(err error) bool {
	return isAny(err, []error{cardos.ErrCardRemoved, cardos.ErrNoCard, cardos.ErrNoReader})
}

func isAny(err error, list []error) bool {
	return slices.ContainsFunc(list, func(e error) bool { return errors.Is(err, e) })
}

// wrongSecret says that PIN or PUK was wrong, and how many tries are left.
func wrongSecret(e ended, usePUK link) state {
	again := pinLink(e.action, e.purpose, e.reader, message.WindowTryAgain)
	left := message.WindowTriesSaid
	var refused *cardos.PINError
	if errors.As(e.outcome.Err, &refused) && refused.Tries.Known {
		left = message.WindowTriesLeft.With(refused.Tries.Left)
	}
	if e.action == unblock {
		return state{"wrong-puk", finding.Failure, message.WindowWrongPUK,
			[]message.Message{left, message.WindowCheckParts, message.WindowPUKEnds}, []link{again}}
	}
	return state{"wrong-pin", finding.Failure, message.WindowWrongPIN, []message.Message{left, message.WindowCheckParts}, []link{again, usePUK}}
}
