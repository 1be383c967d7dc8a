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
	Match: func(a cardos.ATR) bool {
		return a.CNS && a.Mask == 0x05 && (a.IC != 0x05 || a.OS>>8 < 0x20)
	},
	Layout: &objects.Layout{
		Config: cns.Config{
			PINs:             []cns.PIN{objects.PIN(cardos.Proven)},
			Keys:             []cns.Place{classic.AuthenticationKey.AsFallback()},
			Files:            cns.DataFiles[1:2],
			RestoreWithoutLc: true,
			Forms:            []secop.Form{secop.ChainedT, secop.Extended},
		},
		Required: true,
	},
}
