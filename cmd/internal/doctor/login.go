// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"errors"
	"slices"
	"strings"

	"tscns/cardos"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/judgement"
	"tscns/cmd/internal/message"
	p11 "tscns/module"
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
// types for it: what works there and not at a site is the site's. No PIN is asked
// for where the certificate could not be used anyway.
func (e *exam) login() []finding.Finding {
	judged, usable := e.judgement()
	switch {
	case e.Login == nil:
		return finding.Noted(message.LoginNotTried)
	case e.card == nil || !usable || e.card.Unproven(0).Stopped || e.blocked():
		return finding.Noted(message.NotChecked)
	}
	tries, err := e.Login(e.cardReader)
	switch {
	case errors.Is(err, ErrNoLogin), p11.RVOf(err) == ck.CKR_FUNCTION_CANCELED:
		return finding.Noted(message.LoginNoPIN)
	case p11.RVOf(err) == ck.CKR_PIN_INCORRECT:
		return finding.Failed(message.LoginPINRefused, message.CureLoginPINRefused)
	case p11.RVOf(err) == ck.CKR_PIN_LOCKED:
		return finding.Failed(message.LoginPINBlocked, e.cureBlocked())
	case err != nil && e.card.Unproven(0).Stopped:
		return stopped(e.card.Unproven(0))
	case err != nil:
		return loginFailure(err, e.card.Info().Grade, message.LoginFailed)
	}
	return e.loggedIn(tries, judgement.Refusals(judged))
}

// PINRefused reports whether a login failed by its PIN, or could not be tried.
func PINRefused(findings []finding.Finding) bool {
	return slices.ContainsFunc(findings, func(f finding.Finding) bool {
		return slices.ContainsFunc([]message.Message{message.LoginPINRefused, message.LoginPINBlocked, message.LoginPINNotUsable, message.PINBlocked, message.PINExhausted}, f.Text.Is)
	})
}

// blocked reports whether the PIN is known to be blocked, or to be so by all that
// is known.
func (e *exam) blocked() bool {
	left, _ := e.card.Tries(0)
	return left.Known && left.Left == 0 || e.card.Exhausted(0)
}

// judgement returns what is judged of the certificate of the key that logs in,
// the first one, and reports whether it can be used.
func (e *exam) judgement() (judged []finding.Finding, usable bool) {
	for _, id := range e.identities {
		for _, k := range id.Keys {
			if id.Purpose == cardos.Authentication && k.Usable {
				judged = judgement.Certificate(k, id.Purpose, e.Now)
				return judged, finding.Worst(judged) < finding.Failure
			}
		}
	}
	return nil, false
}

// loggedIn says how the handshakes went. A server that lets everybody in who has
// the key is less strict than sites are, so that what they refuse the certificate
// for comes with it.
func (e *exam) loggedIn(tries []Handshake, refusals []finding.Finding) []finding.Finding {
	var good, bad []string
	var last error
	for _, h := range tries {
		if h.Err == nil {
			good = append(good, h.Version)
		} else {
			bad, last = append(bad, h.Version), h.Err
		}
	}
	versions := strings.Join(good, ", ")
	if len(good) == 0 {
		return loginFailure(last, e.card.Info().Grade, message.LoginHandshakeFailed)
	}
	var list []finding.Finding
	if len(bad) > 0 {
		list = finding.Warned(message.LoginSomeVersions.With(versions, strings.Join(bad, ", ")),
			message.CureLoginSomeVersions.With(message.PageCards))
	}
	for _, f := range refusals {
		list = append(list, finding.Finding{State: f.State, Text: message.LoginCertificateRefused.With(versions, f.Text), Cure: f.Cure})
	}
	if len(list) > 0 {
		return list
	}
	return finding.Good(message.LoginWorks.With(versions))
}

// loginFailure says why a login or a signature failed; otherwise is what to say
// where the cause is not known. That a card was made wrong is said only of a
// kind of which it is known how it signs: grade is that of the evidence.
func loginFailure(err error, grade cardos.Grade, otherwise message.Message) []finding.Finding {
	switch {
	case errors.Is(err, cardos.ErrWrongResult) && grade >= cardos.DriverKnown:
		return finding.Failed(message.LoginKeyDoesNotFit, message.CureLoginKeyDoesNotFit)
	case errors.Is(err, cardos.ErrWrongResult):
		return finding.Failed(message.LoginKeyDoesNotFit, message.CureLoginReport)
	case isAny(err, cardos.ErrNoCard, cardos.ErrCardRemoved, cardos.ErrCardMute, cardos.ErrInUse):
		return cards.Explain(err).Finding()
	case isAny(err, cardos.ErrNoReader, cardos.ErrNoService):
		return finding.Failed(message.LoginReaderGone, message.CureCardRemoved)
	case isAny(err, cardos.ErrCardReset, cardos.ErrPINRequired):
		return finding.Failed(message.LoginInterrupted, message.CureLoginInterrupted)
	case isAny(err, cardos.ErrPINNotUsable):
		return finding.Failed(message.LoginPINNotUsable, message.CureLoginPINNotUsable)
	case isAny(err, cardos.ErrNoKnownForm, cardos.ErrUnsupported):
		return finding.Failed(message.LoginNoKnownForm, message.CureLoginReport)
	}
	return finding.Failed(otherwise.Because(err), message.CureLoginFailed)
}
