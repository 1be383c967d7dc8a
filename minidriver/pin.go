// SPDX-License-Identifier: Apache-2.0

package minidriver

import (
	"errors"
	"strings"

	"tscns/cardos"
)

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
func RoleOf(user string) (role uint32, ok bool) {
	switch {
	case strings.EqualFold(user, "user"):
		return RoleUser, true
	case strings.EqualFold(user, "admin"):
		return RoleAdmin, true
	}
	return 0, false
}

// identityOf returns the number of the PIN behind a role, which the card has.
func (c *Context) identityOf(role uint32) (identity int, ok bool) {
	for i := range c.containers {
		if c.containers[i].role == role {
			return c.containers[i].identity, true
		}
	}
	return 0, false
}

// unblocks reports whether the PUK can set a new PIN of the CNS.
func (c *Context) unblocks() bool { return c.card.Renewable(0) }

// pinSet returns the PIN_SET of the roles that the card has.
func (c *Context) pinSet() uint32 {
	set := uint32(1) << RoleUser
	if c.unblocks() {
		set |= 1 << RoleAdmin
	}
	if _, ok := c.identityOf(RoleSign); ok {
		set |= 1 << RoleSign
	}
	return set
}

// Members of PIN_INFO.
const (
	typedPIN    = 0 // PinType: AlphaNumericPinType
	externalPIN = 1 // ExternalPinType: at the keypad of the reader

	forAuthentication = 0 // PinPurpose
	forNonRepudiation = 3
	forUnblocking     = 6 // UnblockOnlyPin

	cacheNormal = 0 // PIN_CACHE_POLICY: by the program, for as long as the user is logged on
	cacheNone   = 2
)

// pinInfo returns the PIN_INFO of a role, 36 bytes.
func (c *Context) pinInfo(role uint32) ([]byte, error) {
	identity, ok := c.identityOf(role)
	change, unblock := uint32(0), uint32(0)
	purpose, cache := uint32(forAuthentication), uint32(cacheNormal)
	switch {
	case role == RoleAdmin && c.unblocks():
		purpose = forUnblocking
	case !ok:
		return nil, InvalidParameter
	default:
		if c.card.Renewable(identity) {
			change = 1 << role
		}
		if role == RoleUser && c.unblocks() {
			unblock = 1 << RoleAdmin
		}
		if role == RoleSign {
			purpose, cache = forNonRepudiation, cacheNone
		}
	}
	kind := uint32(typedPIN)
	if role != RoleAdmin && c.card.PINPad().Verify {
		kind = externalPIN
	}
	return numbers(pinInfoVersion, kind, purpose, change, unblock, pinInfoVersion, cache, 0, 0), nil
}

// verifyStrength answers for a role with a PIN that can be verified.
func (c *Context) verifyStrength(role uint32) ([]byte, error) {
	if _, ok := c.identityOf(role); !ok {
		return nil, InvalidParameter
	}
	return numbers(plaintextPIN), nil
}

// changeStrength answers for a role whose PIN can be changed.
func (c *Context) changeStrength(role uint32) ([]byte, error) {
	identity, ok := c.identityOf(role)
	if !ok {
		return nil, InvalidParameter
	}
	if !c.card.Renewable(identity) {
		return nil, UnsupportedFeature
	}
	return numbers(plaintextPIN), nil
}

// unblockStrength answers for the role whose PIN the PUK unblocks.
func (c *Context) unblockStrength(role uint32) ([]byte, error) {
	if _, ok := c.identityOf(role); !ok {
		return nil, InvalidParameter
	}
	if role != RoleUser || !c.unblocks() {
		return nil, UnsupportedFeature
	}
	return numbers(plaintextPIN), nil
}

// Bits of dwFlags of CardAuthenticateEx and CardChangeAuthenticatorEx.
const (
	unblockPIN         = 0x00000001 // PIN_CHANGE_FLAG_UNBLOCK
	changePIN          = 0x00000002 // PIN_CHANGE_FLAG_CHANGEPIN
	silentContext      = 0x00000040 // CARD_PIN_SILENT_CONTEXT
	generateSessionPIN = 0x10000000 // CARD_AUTHENTICATE_GENERATE_SESSION_PIN
	useSessionPIN      = 0x20000000 // CARD_AUTHENTICATE_SESSION_PIN
)

// Authenticate presents a PIN, once, and returns the tries left, or
// [TriesUnknown]. The PIN stays the caller's, who wipes it; nil stands for a NULL
// pointer, and for the keypad of the reader where it has one (PinType 1 in
// PIN_INFO). flags are those of CardAuthenticateEx. A PIN that cannot be one, by
// length or characters, is [WrongCHV] and not sent. Errors: [WrongCHV],
// [CHVBlocked] as soon as no try is left, [SecurityViolation] for a PIN that is not
// activated, [UnsupportedFeature] for session PINs and where a PIN was refused in
// a form that is a guess, [InvalidParameter].
func (c *Context) Authenticate(h Handles, role, flags uint32, pin cardos.Secret) (left int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	identity, ok := c.identityOf(role)
	switch {
	case flags&(generateSessionPIN|useSessionPIN) != 0:
		return TriesUnknown, UnsupportedFeature
	case flags&^silentContext != 0, !ok:
		return TriesUnknown, InvalidParameter
	case pin == nil && !c.card.PINPad().Verify:
		return TriesUnknown, InvalidParameter
	case pin == nil && flags&silentContext != 0:
		return TriesUnknown, SecurityViolation // nobody may be asked
	}
	s := secret{identity: identity}
	if pin == nil {
		return c.present(h, s, nil, role, func() error { return c.card.VerifyPINOnPad(identity) })
	}
	if err := c.card.CheckPIN(identity, pin); err != nil {
		return c.outcome(s, err)
	}
	return c.present(h, s, pin, role, func() error { return c.card.VerifyPIN(identity, pin) })
}

// present has a PIN or PUK presented that may open a role, unless this very one was
// refused. The caller holds mu.
func (c *Context) present(h Handles, s secret, value cardos.Secret, role uint32, send func() error) (left int, err error) {
	if c.repeats(s, value) {
		return c.outcome(s, &cardos.PINError{})
	}
	if err := c.reach(h, true); err != nil {
		return TriesUnknown, err
	}
	err = send()
	if err == nil || lost(err) {
		// Without an answer it may be in force, and some cards take a change
		// for a verification.
		c.opened |= 1 << role
	}
	c.refused.note(s, value, err)
	return c.outcome(s, err)
}

// outcome turns what came of a PIN or PUK into tries left and a code. The caller
// holds mu.
func (c *Context) outcome(s secret, err error) (left int, code error) {
	tries, puk := c.card.Tries(s.identity)
	if s.puk {
		tries = puk
	}
	left = TriesUnknown
	if tries.Known {
		left = tries.Left
	}
	code = c.note(err)
	var refused *cardos.PINError
	var unproven *cardos.UnprovenError
	switch {
	case errors.As(err, &refused):
		// What the card said just now, or what is known if it said nothing.
		if refused.Tries.Known {
			left = refused.Tries.Left
		}
	case errors.As(err, &unproven):
		if unproven.Tries.Known {
			left = unproven.Tries.Left
		}
		if unproven.Sent {
			code = WrongCHV
		}
		if unproven.Sent && left == 0 {
			code = CHVBlocked
		}
	}
	if errors.Is(code, WrongCHV) && !s.puk && errors.Is(err, cardos.ErrPINIncorrect) && c.card.Exhausted(s.identity) {
		// The card reports no count, and has refused as many as it has tries.
		code = CHVBlocked
	}
	if errors.Is(code, CHVBlocked) {
		left = 0
	}
	return left, code
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
// are those of Authenticate, about the authenticating secret, and [InvalidCHV] for
// a new PIN that cannot be one. The PUK is that of the PIN of the CNS: another PIN
// has another PUK, and is not unblocked here ([UnsupportedFeature]).
func (c *Context) Change(h Handles, r ChangeRequest) (left int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	identity, err := c.checkChange(&r)
	if err != nil {
		return TriesUnknown, err
	}
	s := secret{identity, r.Flags&unblockPIN != 0}
	check, set := c.card.CheckPIN, c.card.ChangePIN
	if s.puk {
		check, set = c.card.CheckPUK, c.card.UnblockPIN
	}
	if err := check(identity, r.Authenticating); err != nil {
		return c.outcome(s, err)
	}
	if c.card.CheckPIN(identity, r.Target) != nil {
		return TriesUnknown, InvalidCHV
	}
	left, err = c.present(h, s, r.Authenticating, r.TargetRole, func() error { return set(identity, r.Authenticating, r.Target) })
	if err == nil {
		c.refused.forget(secret{identity: identity})
	}
	return left, err
}

// checkChange returns the identity whose PIN is to be set.
func (c *Context) checkChange(r *ChangeRequest) (identity int, err error) {
	identity, ok := c.identityOf(r.TargetRole)
	unblock := r.Flags&unblockPIN != 0
	switch {
	case r.Flags&^(unblockPIN|changePIN|silentContext) != 0, unblock == (r.Flags&changePIN != 0), r.RetryCount != 0, !ok:
		return 0, InvalidParameter
	case unblock && r.AuthenticatingRole != RoleAdmin, !unblock && r.AuthenticatingRole != r.TargetRole:
		return 0, InvalidParameter
	case r.Authenticating == nil || r.Target == nil:
		return 0, InvalidParameter
	case unblock && (r.TargetRole != RoleUser || !c.unblocks()), !c.card.Renewable(identity):
		return 0, UnsupportedFeature
	}
	return identity, nil
}

// Deauthenticate answers for the roles in a PIN_SET: nil where none of them was
// verified through this context since the last reset that it knows of, else
// [UnsupportedFeature], so that the caller resets the card: no card of this kind
// has a known command that ends a PIN state. It does not reach the card. Roles that
// the card has not are [InvalidParameter], but for a set with one that is open:
// the caller must reset then, whatever else it names.
func (c *Context) Deauthenticate(pins uint32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.opened&pins != 0:
		return UnsupportedFeature
	case pins == 0 || pins&^c.pinSet() != 0:
		return InvalidParameter
	}
	return nil
}
