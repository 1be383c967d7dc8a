// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"tscns/cardos"
	"tscns/cardos/layout/classic"
	"tscns/cardos/layout/cns"
	"tscns/cardos/layout/secop"
)

// Family C: Athena IDProtect (AC 2013, 2014, 2018 and others). Some hold a
// signature certificate too, at a place that nobody has published.
var athena = cardos.Profile{
	Name:   "Athena IDProtect",
	Family: "C",
	Grade:  cardos.DriverKnown,
	RawRSA: cardos.DriverKnown,
	Match:  func(a cardos.ATR) bool { return a.CNS && a.Mask == 0x0C && a.OS>>8 <= 0x01 },
	Layout: classic.Layout{
		PINs:  []cns.PIN{classic.AuthenticationPIN(0)},
		Keys:  []cns.Place{classic.AuthenticationKey},
		Files: cns.DataFiles,
		Forms: []secop.Form{secop.Extended, secop.Chained},
	},
}
