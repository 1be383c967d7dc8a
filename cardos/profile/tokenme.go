// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"tscns/cardos"
	"tscns/cardos/layout/classic"
	"tscns/cardos/layout/cns"
	"tscns/cardos/layout/objects"
	"tscns/cardos/layout/secop"
)

// Layout T: Oberthur Cosmo V7 with the "TokenME" layout, recorded through
// VERIFY, MSE and PSO. Not an Italian card, but the sister of family E, whose
// answers to reset are left to that.
var tokenME = cardos.Profile{
	Name:   "Oberthur Cosmo V7 TokenME",
	Family: "T",
	Grade:  cardos.Proven,
	RawRSA: cardos.Proven,
	Match:  isTokenMEChip,
	Layout: tokenMELayout(cardos.Proven),
}

// Layout T on other chips of Oberthur: that they behave as the recorded one is
// inferred. Asking for the tries left might cost one there.
var tokenMEOther = cardos.Profile{
	Name:   "Oberthur Cosmo, layout of TokenME",
	Family: "T",
	Grade:  cardos.Inferred,
	RawRSA: cardos.Inferred,
	Match:  func(a cardos.ATR) bool { return a.CNS && a.Mask == 0x05 && !isTokenMEChip(a) && !isIDEMIA2021(a) },
	Layout: tokenMELayout(cardos.Inferred),
}

// isTokenMEChip reports whether a card has the chip and the operating system of
// the recorded one.
func isTokenMEChip(a cardos.ATR) bool {
	return a.CNS && a.Mask == 0x05 && a.IC == 0x11 && a.OS == 0x0700
}

// tokenMELayout returns layout T; triesQuery is how well it is known that asking
// for the tries left of PIN and PUK costs none.
func tokenMELayout(triesQuery cardos.Grade) *objects.Layout {
	return &objects.Layout{
		Config: cns.Config{
			PINs:             []cns.PIN{objects.PIN(triesQuery)},
			Keys:             []cns.Place{classic.AuthenticationKey.AsFallback()},
			Files:            cns.DataFiles[1:2],
			RestoreWithoutLc: true,
			Forms:            []secop.Form{secop.ChainedT, secop.Extended},
		},
		Required: true,
	}
}
