// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"tscns/cardos"
	"tscns/cardos/layout/classic"
	"tscns/cardos/layout/cns"
	"tscns/cardos/layout/secop"
)

// Family A: Siemens CardOS M4.2, regional cards (CRS) of Lombardy, Sicily,
// Trento and Bolzano. A wrong PIN may be answered 6300 without a counter.
var cardOSM4 = cardos.Profile{
	Name:   "CardOS M4",
	Family: "A",
	Grade:  cardos.DriverKnown,
	RawRSA: cardos.DriverKnown,
	Match:  func(a cardos.ATR) bool { return a.CNS && a.Mask == 0x08 },
	Layout: classic.Layout{
		PINs:  []cns.PIN{classic.AuthenticationPIN(0), classic.SignaturePIN(0)},
		Keys:  []cns.Place{classic.AuthenticationKey, classic.SignatureKey},
		Files: cns.DataFiles,
		Forms: []secop.Form{secop.Extended, secop.Chained},
	},
}
