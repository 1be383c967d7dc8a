// SPDX-License-Identifier: Apache-2.0

package minidriver

import (
	"errors"

	"tscns/cardos"
)

// codes has the code of each error of the card layer; the first that fits
// counts. What the caller has to do something about, a reset or a removal, is
// passed on; every other failure to reach the card is CommDataLost.
var codes = []struct {
	err  error
	code Code
}{
	{cardos.ErrCardReset, ResetCard},
	{cardos.ErrCardRemoved, RemovedCard},
	{cardos.ErrNoCard, RemovedCard},
	{cardos.ErrNoReader, CommDataLost},
	{cardos.ErrNoService, CommDataLost},
	{cardos.ErrCardMute, CommDataLost},
	{cardos.ErrInUse, CommDataLost},
	{cardos.ErrProtocol, CommDataLost},
	{cardos.ErrNotRecognized, UnknownCard},
	{cardos.ErrPINBlocked, CHVBlocked},
	{cardos.ErrPINIncorrect, WrongCHV},
	{cardos.ErrPINLength, WrongCHV},
	{cardos.ErrPINCharacter, WrongCHV},
	{cardos.ErrPINRequired, SecurityViolation},
	{cardos.ErrPINNotUsable, SecurityViolation},
	{cardos.ErrPadCancelled, CancelledByUser},
	{cardos.ErrPadTimeout, CancelledByUser},
	{cardos.ErrPadMismatch, CancelledByUser},
	{cardos.ErrPadFailed, UnsupportedFeature},
	{cardos.ErrUnproven, UnsupportedFeature},
	{cardos.ErrNoKnownForm, UnsupportedFeature},
	{cardos.ErrUnsupported, UnsupportedFeature},
	{cardos.ErrNotFound, Unexpected},
	{cardos.ErrCardFailure, Unexpected},
	{cardos.ErrClosed, Unexpected},
}

// codeOf returns the code of an error of the card layer, nil for none.
func codeOf(err error) error {
	var code Code
	switch {
	case err == nil:
		return nil
	case errors.As(err, &code):
		return code
	case lost(err) && errors.Is(err, cardos.ErrCardFailure):
		return CommDataLost
	}
	for _, row := range codes {
		if errors.Is(err, row.err) {
			return row.code
		}
	}
	return CommDataLost
}

// lost reports whether the card did not answer, so that nothing of it may be
// taken for granted: the error is none that a card's answer or this computer
// gave.
func lost(err error) bool {
	if err == nil || cardos.Refused(err) || errors.Is(err, cardos.ErrWrongResult) {
		return false
	}
	for _, e := range []error{cardos.ErrCardReset, cardos.ErrCardRemoved, cardos.ErrNoCard, cardos.ErrNoReader, cardos.ErrNoService,
		cardos.ErrCardMute, cardos.ErrInUse, cardos.ErrProtocol, cardos.ErrCardFailure} {
		if errors.Is(err, e) {
			return true
		}
	}
	return !known(err)
}

// known reports whether an error is one of the card layer.
func known(err error) bool {
	for _, e := range cardos.Sentinels() {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
