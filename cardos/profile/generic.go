// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"tscns/cardos"
	"tscns/cardos/layout/classic"
	"tscns/cardos/layout/cns"
	"tscns/cardos/layout/objects"
	"tscns/cardos/layout/secop"
)

// Family F: any other card that says CNS in its historical bytes and has the
// files of the CNS, and a contactless TS whose lot the ATR does not tell. The
// layout is a guess, so nothing is promised of its key.
var generic = cardos.Profile{
	Name:   "generic CNS",
	Family: "F",
	Grade:  cardos.Unknown,
	RawRSA: cardos.Inferred,
	Match:  func(a cardos.ATR) bool { return a.CNS || isTypeB(a) },
	Layout: classic.Layout{
		PINs:  []cns.PIN{classic.AuthenticationPIN(0)},
		Keys:  []cns.Place{classic.AuthenticationKey, objects.FixedKey.AsFallback()},
		Files: cns.DataFiles,
		Forms: []secop.Form{secop.Extended, secop.Chained},
	},
}
