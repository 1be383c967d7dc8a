// SPDX-License-Identifier: Apache-2.0

package revocation

import (
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
)

// problems say why an address did not help.
var problems = map[Problem]message.Message{
	NoAnswer:     message.RevocationNoAnswer,
	Refused:      message.RevocationRefused,
	Elsewhere:    message.RevocationElsewhere,
	TooLarge:     message.RevocationTooLarge,
	Malformed:    message.RevocationMalformed,
	OtherSubject: message.RevocationOtherSubject,
	NotSigned:    message.RevocationNotSigned,
	OutOfDate:    message.RevocationOutOfDate,
	NotKnown:     message.RevocationNotKnown,
	OtherScope:   message.RevocationOtherScope,
}

// asks say what a source is asked.
var asks = map[Method]message.Message{
	Issuer: message.RevocationAsksIssuer,
	OCSP:   message.RevocationAsksOCSP,
	CRL:    message.RevocationAsksCRL,
}

// Announce says, before anything is sent, whom [Ask] asks about a DER
// certificate and what it tells them: a line for each. It is empty where nobody
// is asked.
func Announce(der []byte) (lines []message.Message) {
	ask, leave := Plan(der)
	if len(ask) == 0 {
		return nil
	}
	lines = append(lines, message.RevocationAsking)
	for _, s := range ask {
		line := asks[s.Method].With(s.Host)
		if proxy := Proxy(s); proxy != "" {
			line = message.RevocationByProxy.With(line, proxy)
		}
		lines = append(lines, line)
	}
	for _, s := range leave {
		lines = append(lines, message.RevocationLeaves.With(s.Host, s.url.Scheme))
	}
	return lines
}

// Findings says what an answer means for the person.
func Findings(a Answer) []finding.Finding {
	switch {
	case a.State == Good:
		return finding.Good(message.RevocationGood.With(a.By, message.Date(*a.AsOf)))
	case a.State == Revoked:
		return finding.Failed(message.RevocationRevoked.With(message.Date(*a.When), a.By), message.CureRevocationRevoked)
	case a.State == Suspended:
		return finding.Failed(message.RevocationSuspended.With(message.Date(*a.When), a.By), message.CureRevocationSuspended)
	case a.Problem == OddForm:
		return finding.Noted(message.RevocationOddForm)
	case a.Problem == NotNamed:
		return finding.Noted(message.RevocationNotNamed)
	}
	why := message.Message{}
	for _, t := range a.Asked {
		if t.Problem == "" {
			continue
		}
		one := message.Verbatim("%s: %s").With(t.Host, problems[t.Problem])
		if why.IsZero() {
			why = one
		} else {
			why = message.Verbatim("%s; %s").With(why, one)
		}
	}
	return finding.Warned(message.RevocationUnknown.With(why), message.CureRevocationUnknown)
}
