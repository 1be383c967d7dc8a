// SPDX-License-Identifier: Apache-2.0

//go:build windows

package main

/*
#include "bridge.h"
*/
import "C"

import (
	"tscns/cardos"
	"tscns/minidriver"
)

// What dwFlags of CardUnblockPin and CardChangeAuthenticator say of the secret.
const (
	challengeResponse = 1 // CARD_AUTHENTICATE_PIN_CHALLENGE_RESPONSE
	pinOrPUK          = 2 // CARD_AUTHENTICATE_PIN_PIN
)

// What dwFlags of CardChangeAuthenticatorEx say.
const (
	unblock = 1 // PIN_CHANGE_FLAG_UNBLOCK
	change  = 2 // PIN_CHANGE_FLAG_CHANGEPIN
)

// user reports an error for any name but that of the card's holder.
func user(pwszUserId address) error {
	if role, ok := minidriver.RoleOf(wide(pwszUserId)); pwszUserId == 0 || !ok || role != minidriver.RoleUser {
		return minidriver.InvalidParameter
	}
	return nil
}

// plain refuses everything but a PIN or a PUK as it is typed.
func plain(dwFlags C.DWORD) error {
	switch dwFlags {
	case pinOrPUK:
		return nil
	case challengeResponse:
		return minidriver.UnsupportedFeature
	}
	return minidriver.InvalidParameter
}

// attempts is where a caller wants the tries left, or 0. It is written before a PIN
// is sent: memory that is not there must not cost a try.
type attempts address

func (a attempts) set(left int) {
	if a != 0 {
		store(address(a), C.DWORD(uint32(int32(left))))
	}
}

//export goCardAuthenticatePin
func goCardAuthenticatePin(pCardData, pwszUserId, pbPin address, cbPin C.DWORD, pcAttemptsRemaining address) C.DWORD {
	return call(pCardData, func(c card) error {
		if err := user(pwszUserId); err != nil {
			return err
		}
		return c.authenticate(minidriver.RoleUser, 0, span{pbPin, cbPin}, attempts(pcAttemptsRemaining))
	})
}

//export goCardAuthenticateEx
func goCardAuthenticateEx(pCardData address, pinID, dwFlags C.DWORD, pbPinData address, cbPinData C.DWORD,
	ppbSessionPin, pcbSessionPin, pcAttemptsRemaining address) C.DWORD {
	return call(pCardData, func(c card) error {
		if ppbSessionPin != 0 {
			store(ppbSessionPin, address(0))
		}
		if pcbSessionPin != 0 {
			store(pcbSessionPin, C.DWORD(0))
		}
		return c.authenticate(uint32(pinID), uint32(dwFlags), span{pbPinData, cbPinData}, attempts(pcAttemptsRemaining))
	})
}

func (c card) authenticate(role, flags uint32, in span, out attempts) error {
	out.set(minidriver.TriesUnknown)
	h, err := c.handles()
	if err != nil {
		return err
	}
	return in.withPIN(func(pin cardos.Secret) error {
		left, err := c.Authenticate(h, role, flags, pin)
		out.set(left)
		return err
	})
}

//export goCardChangeAuthenticator
func goCardChangeAuthenticator(pCardData, pwszUserId, pbCurrent address, cbCurrent C.DWORD, pbNew address, cbNew C.DWORD,
	cRetryCount, dwFlags C.DWORD, pcAttemptsRemaining address) C.DWORD {
	return call(pCardData, func(c card) error {
		if err := user(pwszUserId); err != nil {
			return err
		}
		if err := plain(dwFlags); err != nil {
			return err
		}
		return c.change(minidriver.ChangeRequest{Flags: change, AuthenticatingRole: minidriver.RoleUser, TargetRole: minidriver.RoleUser,
			RetryCount: uint32(cRetryCount)}, span{pbCurrent, cbCurrent}, span{pbNew, cbNew}, attempts(pcAttemptsRemaining))
	})
}

//export goCardUnblockPin
func goCardUnblockPin(pCardData, pwszUserId, pbAuthenticationData address, cbAuthenticationData C.DWORD, pbNewPinData address,
	cbNewPinData, cRetryCount, dwFlags C.DWORD) C.DWORD {
	return call(pCardData, func(c card) error {
		if err := user(pwszUserId); err != nil {
			return err
		}
		if err := plain(dwFlags); err != nil {
			return err
		}
		return c.change(minidriver.ChangeRequest{Flags: unblock, AuthenticatingRole: minidriver.RoleAdmin, TargetRole: minidriver.RoleUser,
			RetryCount: uint32(cRetryCount)}, span{pbAuthenticationData, cbAuthenticationData}, span{pbNewPinData, cbNewPinData}, 0)
	})
}

//export goCardChangeAuthenticatorEx
func goCardChangeAuthenticatorEx(pCardData address, dwFlags, authenticatingPinID C.DWORD, pbAuthenticating address, cbAuthenticating C.DWORD,
	targetPinID C.DWORD, pbTarget address, cbTarget, cRetryCount C.DWORD, pcAttemptsRemaining address) C.DWORD {
	return call(pCardData, func(c card) error {
		return c.change(minidriver.ChangeRequest{Flags: uint32(dwFlags), AuthenticatingRole: uint32(authenticatingPinID), TargetRole: uint32(targetPinID),
			RetryCount: uint32(cRetryCount)}, span{pbAuthenticating, cbAuthenticating}, span{pbTarget, cbTarget}, attempts(pcAttemptsRemaining))
	})
}

// change fills in the two secrets of r and has them sent.
func (c card) change(r minidriver.ChangeRequest, authenticating, target span, out attempts) error {
	out.set(minidriver.TriesUnknown)
	h, err := c.handles()
	if err != nil {
		return err
	}
	return authenticating.withPIN(func(pin cardos.Secret) error {
		r.Authenticating = pin
		return target.withPIN(func(pin cardos.Secret) error {
			r.Target = pin
			left, err := c.Change(h, r)
			out.set(left)
			return err
		})
	})
}

//export goCardDeauthenticate
func goCardDeauthenticate(pCardData, pwszUserId address, dwFlags C.DWORD) C.DWORD {
	return call(pCardData, func(c card) error {
		if err := user(pwszUserId); err != nil {
			return err
		}
		if err := noFlags(dwFlags); err != nil {
			return err
		}
		return c.Deauthenticate(1 << minidriver.RoleUser)
	})
}

//export goCardDeauthenticateEx
func goCardDeauthenticateEx(pCardData address, pinSet, dwFlags C.DWORD) C.DWORD {
	return call(pCardData, func(c card) error {
		if err := noFlags(dwFlags); err != nil {
			return err
		}
		return c.Deauthenticate(uint32(pinSet))
	})
}
