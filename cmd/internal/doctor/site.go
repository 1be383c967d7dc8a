// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"context"

	"tscns/cardos"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/cmd/internal/site"
)

// site looks at what a site asks for, and compares it with the card.
func (e *exam) site() []finding.Finding {
	if e.URL == "" {
		return finding.Noted(message.SiteNotGiven)
	}
	report, err := site.Look(context.Background(), e.URL, site.Options{Roots: e.Roots, Now: e.Now})
	if err != nil {
		return site.Explain(e.URL, report, err)
	}
	return site.Compare(report, e.siteCard())
}

// siteCard is what the card brings to a site.
func (e *exam) siteCard() (c site.Card) {
	for _, id := range e.identities {
		if id.Purpose != cardos.Authentication {
			continue
		}
		for _, k := range id.Keys {
			if k.Usable {
				return site.Card{Certificate: k.Certificate.Raw, Issuer: k.Certificate.Issuer, Bits: k.Bits, PSS: k.RawRSA >= cardos.DriverKnown}
			}
		}
	}
	return c
}
