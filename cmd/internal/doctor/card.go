// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"errors"

	"tscns/cardos"
	"tscns/cmd/internal/cards"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/judgement"
	"tscns/cmd/internal/message"
)

func (e *exam) cardThere() []finding.Finding {
	if e.noService() || len(e.readers) == 0 {
		return finding.Noted(message.NotChecked)
	}
	if e.card != nil {
		info := e.card.Info()
		t := message.CardRead.With(info.Profile)
		if info.Grade == cardos.Unknown {
			return finding.Warned(t, message.CureCardUnproven)
		}
		return finding.Good(t)
	}
	for _, r := range e.readers {
		switch err := e.cardErrs[r.Name]; {
		case isAny(err, cardos.ErrNoService):
			return finding.Noted(message.NotChecked)
		case err != nil:
			return cards.ExplainIn(err, r.ATR).Finding()
		}
	}
	return cards.Explain(cardos.ErrNoCard).Finding()
}

func (e *exam) side() []finding.Finding {
	switch {
	case e.card == nil:
		return finding.Noted(message.NotChecked)
	case e.card.Info().Contactless:
		return finding.Warned(message.SideNFC, message.CureSideNFC)
	}
	return finding.Good(message.SideContacts)
}

// certificate judges each certificate for authentication.
func (e *exam) certificate() (findings []finding.Finding) {
	if e.card == nil {
		return finding.Noted(message.NotChecked)
	}
	for _, id := range e.identities {
		if id.Purpose != cardos.Authentication {
			continue
		}
		for _, k := range id.Keys {
			findings = append(findings, judgement.Certificate(k, id.Purpose, e.Now)...)
		}
	}
	if len(findings) > 0 {
		return findings
	}
	place, err := e.card.CertificatePlace(cardos.Authentication)
	if err != nil {
		return cards.Explain(err).Finding()
	}
	return judgement.Missing(place, e.card.Info().Grade)
}

// pin reports what is known of the tries. It asks only where that is proven to
// cost none, and never sends a PIN.
func (e *exam) pin() []finding.Finding {
	if e.card == nil {
		return finding.Noted(message.NotChecked)
	}
	if u := e.card.Unproven(0); u.Stopped {
		return stopped(u)
	}
	left, puk, err := e.card.QueryTries(0)
	switch {
	case err != nil && !errors.Is(err, cardos.ErrNotFound):
		return finding.Noted(message.PINStateUnreadable)
	case e.card.Exhausted(0):
		return finding.Failed(message.PINExhausted, e.cureBlocked())
	case !left.Known && puk.Known && puk.Left == 0:
		return finding.Warned(message.PINPUKBlocked, message.CurePINPUKBlocked)
	case !left.Known:
		return finding.Noted(message.PINTriesAfterOne)
	case left.Left == 0:
		return finding.Failed(message.PINBlocked, e.cureBlocked())
	case puk.Known && puk.Left == 0:
		return finding.Warned(message.PINPUKBlocked, message.CurePINPUKBlocked)
	case left.Left == 1:
		return finding.Warned(message.PINOneTry, message.CurePINOneTry)
	}
	return finding.Good(message.PINTries.With(left.Left))
}

// cureBlocked is what to do about a PIN that is blocked: nothing at home where the
// PUK is, too.
func (e *exam) cureBlocked() message.Message {
	if _, puk := e.card.Tries(0); puk.Known && puk.Left == 0 {
		return message.CurePUKBlocked
	}
	return message.CurePINBlocked
}

// stopped says that no PIN is sent any more, because it may be the form that the
// card refused.
func stopped(u cardos.Unproven) []finding.Finding {
	return finding.Failed(message.PINStopped.With(cards.TriesLeft(u.Tries)), message.CurePINStopped)
}
