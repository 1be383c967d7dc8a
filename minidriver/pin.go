// SPDX-License-Identifier: Apache-2.0

package minidriver

import "tscns/cardos"

// The roles of the card, PIN_ID in cardmod.h.
const (
	RoleUser  uint32 = 1 // the PIN of the CNS
	RoleAdmin uint32 = 2 // its PUK
	RoleSign  uint32 = 3 // the PIN of the signature key, where the card has one
)

// TriesUnknown is what *pcAttemptsRemaining is set to where nothing is known.
const TriesUnknown = -1

// RoleOf returns the role behind the user names of the functions without Ex:
// "user" and "admin", in any case.
func RoleOf(user string) (role uint32, ok bool) { return 0, false }

// Authenticate presents a PIN, once, and returns the tries left, or
// [TriesUnknown]. The PIN stays the caller's; nil stands for a NULL pointer.
// flags are those of CardAuthenticateEx. Errors: [WrongCHV], [CHVBlocked],
// [SecurityViolation] for a PIN that is not activated, [InvalidParameter].
func (c *Context) Authenticate(h Handles, role, flags uint32, pin cardos.Secret) (left int, err error) {
	return TriesUnknown, UnsupportedFeature
}

// ChangeRequest is CardChangeAuthenticatorEx.
type ChangeRequest struct {
	Flags              uint32 // 2: change, 1: unblock
	AuthenticatingRole uint32
	Authenticating     cardos.Secret // the present PIN, or the PUK
	TargetRole         uint32
	Target             cardos.Secret // the new PIN
	RetryCount         uint32
}

// Change sets a new PIN, by the present one or by the PUK. Tries left and errors
// are those of Authenticate, about the authenticating secret.
func (c *Context) Change(h Handles, r ChangeRequest) (left int, err error) {
	return TriesUnknown, UnsupportedFeature
}

// Deauthenticate answers for the roles in a PIN_SET: nil where none of them was
// verified through this context since the last reset, else [UnsupportedFeature],
// so that the caller resets the card. It does not reach the card.
func (c *Context) Deauthenticate(pins uint32) error { return UnsupportedFeature }
