// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"errors"
	"slices"
	"strings"

	"tscns/cardos"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/module/ck"
)

// ErrNoLogin is what World.Login returns where no PIN was given or sent.
var ErrNoLogin = errors.New("doctor: no login")

// Handshake is how a login with one version of TLS went.
type Handshake struct {
	Version string // "TLS 1.3"
	Err     error
}

// login has the card log in to a server of our own, with the PIN that a person
// types for it: what works there and not at a site is the site's.
func (e *exam) login() []finding.Finding {
	switch {
	case e.Login == nil:
		return finding.Noted(message.LoginNotTried)
	case e.card == nil || !e.canLogin() || e.card.Unproven(0).Stopped:
		return finding.Noted(message.NotChecked)
	}
	tries, err := e.Login(e.cardReader)
	var rv ck.RV
	switch {
	case errors.Is(err, ErrNoLogin), errors.As(err, &rv) && rv == ck.CKR_FUNCTION_CANCELED:
		return finding.Noted(message.LoginNoPIN)
	case errors.As(err, &rv) && rv == ck.CKR_PIN_INCORRECT:
		return finding.Failed(message.LoginPINRefused, message.CureLoginPINRefused)
	case errors.As(err, &rv) && rv == ck.CKR_PIN_LOCKED:
		return finding.Failed(message.LoginPINBlocked, message.CurePINBlocked)
	case err != nil && e.card.Unproven(0).Stopped:
		return stopped(e.card.Unproven(0))
	case err != nil:
		return finding.Failed(message.LoginFailed.With(err), message.CureLoginFailed)
	}
	return loggedIn(tries)
}

func loggedIn(tries []Handshake) []finding.Finding {
	var good, bad []string
	var last error
	for _, h := range tries {
		if h.Err == nil {
			good = append(good, h.Version)
		} else {
			bad, last = append(bad, h.Version), h.Err
		}
	}
	switch {
	case len(good) == 0:
		return finding.Failed(message.LoginHandshakeFailed.With(last), message.CureLoginFailed)
	case len(bad) > 0:
		return finding.Warned(message.LoginSomeVersions.With(strings.Join(good, ", "), strings.Join(bad, ", ")),
			message.CureLoginSomeVersions.With(message.PageCards))
	}
	return finding.Good(message.LoginWorks.With(strings.Join(good, ", ")))
}

func (e *exam) canLogin() bool {
	for _, id := range e.identities {
		if id.Purpose == cardos.Authentication && slices.ContainsFunc(id.Keys, func(k cardos.Key) bool { return k.Usable }) {
			return true
		}
	}
	return false
}
