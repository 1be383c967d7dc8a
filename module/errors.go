// SPDX-License-Identifier: Apache-2.0

package module

import (
	"errors"

	"tscns/cardos"
	"tscns/module/ck"
)

// answer is what one error of the card layer becomes.
type answer struct {
	err error
	// session is the answer of functions that take a session. They never say
	// CKR_TOKEN_NOT_PRESENT (PKCS #11 3.1, section 5.1.3): a card that went
	// away is CKR_DEVICE_REMOVED there.
	session ck.RV
	// slot is the answer of functions that take a slot.
	slot ck.RV
	// gone: the card, its sessions and its objects are dead.
	gone bool
}

// answers maps the errors of the card layer to those of PKCS#11. The first row
// whose error matches counts.
var answers = []answer{
	{cardos.ErrNoService, ck.CKR_DEVICE_REMOVED, ck.CKR_TOKEN_NOT_PRESENT, true},
	{cardos.ErrNoReader, ck.CKR_DEVICE_REMOVED, ck.CKR_TOKEN_NOT_PRESENT, true},
	{cardos.ErrNoCard, ck.CKR_DEVICE_REMOVED, ck.CKR_TOKEN_NOT_PRESENT, true},
	{cardos.ErrCardRemoved, ck.CKR_DEVICE_REMOVED, ck.CKR_TOKEN_NOT_PRESENT, true},
	{cardos.ErrClosed, ck.CKR_DEVICE_REMOVED, ck.CKR_TOKEN_NOT_PRESENT, true},
	{cardos.ErrCardReset, ck.CKR_USER_NOT_LOGGED_IN, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrCardMute, ck.CKR_DEVICE_ERROR, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrInUse, ck.CKR_DEVICE_ERROR, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrNotRecognized, ck.CKR_TOKEN_NOT_RECOGNIZED, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrProtocol, ck.CKR_DEVICE_ERROR, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrCardFailure, ck.CKR_DEVICE_ERROR, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrNotFound, ck.CKR_DEVICE_ERROR, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrPINRequired, ck.CKR_USER_NOT_LOGGED_IN, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrPINIncorrect, ck.CKR_PIN_INCORRECT, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrPINBlocked, ck.CKR_PIN_LOCKED, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrPINNotUsable, ck.CKR_USER_PIN_NOT_INITIALIZED, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrPINLength, ck.CKR_PIN_LEN_RANGE, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrPINCharacter, ck.CKR_PIN_INVALID, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrNoKnownForm, ck.CKR_FUNCTION_FAILED, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	// No CKR_PIN_INCORRECT: hosts ask the person again after that one, and the
	// PIN may have been right. No CKR_PIN_LOCKED either: nothing shows that it is.
	{cardos.ErrUnproven, ck.CKR_FUNCTION_FAILED, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrPadCancelled, ck.CKR_FUNCTION_CANCELED, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrPadTimeout, ck.CKR_FUNCTION_CANCELED, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrPadMismatch, ck.CKR_PIN_INVALID, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrPadFailed, ck.CKR_FUNCTION_FAILED, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
	{cardos.ErrUnsupported, ck.CKR_FUNCTION_NOT_SUPPORTED, ck.CKR_TOKEN_NOT_RECOGNIZED, false},
}

// lookup finds the row of an error of the card layer.
func lookup(err error) (answer, bool) {
	for _, a := range answers {
		if errors.Is(err, a.err) {
			return a, true
		}
	}
	return answer{}, false
}

// RVOf returns the return value of an error that a method of [Module]
// returned: CKR_OK for nil, CKR_GENERAL_ERROR for an error without a row.
func RVOf(err error) ck.RV {
	if err == nil {
		return ck.CKR_OK
	}
	var rv ck.RV
	if errors.As(err, &rv) {
		return rv
	}
	if a, ok := lookup(err); ok {
		return a.session
	}
	return ck.CKR_GENERAL_ERROR
}

// onSlot replaces an error of the card layer by the answer of functions that
// take a slot.
func onSlot(err error) error {
	var rv ck.RV
	if err == nil || errors.As(err, &rv) {
		return err
	}
	if a, ok := lookup(err); ok {
		return a.slot
	}
	return err
}

// onPIN gives the errors of presenting a PIN the answers that C_Login has for
// them. A PIN that cannot be one was never sent (PKCS #11 3.1, section 5.6.8
// lists no length code, and hosts ask again after CKR_PIN_INCORRECT only); a
// card reset in the middle says nothing about a login.
func onPIN(err error) error {
	switch {
	case errors.Is(err, cardos.ErrPINLength), errors.Is(err, cardos.ErrPINCharacter):
		return ck.CKR_PIN_INCORRECT
	case errors.Is(err, cardos.ErrCardReset), errors.Is(err, cardos.ErrPINRequired):
		return ck.CKR_DEVICE_ERROR
	}
	return err
}

// isGone reports whether an error means that the card is no longer there.
func isGone(err error) bool {
	a, ok := lookup(err)
	return ok && a.gone
}
