// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"tscns/cardos"
	"tscns/cardos/layout/classic"
	"tscns/cardos/layout/cns"
	"tscns/cardos/layout/objects"
	"tscns/cardos/layout/secop"
)

// Family D: Oberthur Cosmo ID-One (OT 2015/2016 and before) in the classic
// layout. Its ATR may hide layout T, which the probe finds first; the
// certificate of layout T without directories is looked for last.
var oberthur = cardos.Profile{
	Name:   "Oberthur ID-One",
	Family: "D",
	Grade:  cardos.DriverKnown,
	RawRSA: cardos.DriverKnown,
	Match:  func(a cardos.ATR) bool { return a.CNS && a.Mask == 0x05 },
	Layout: classic.Layout{
		PINs:  []cns.PIN{classic.AuthenticationPIN(0)},
		Keys:  []cns.Place{classic.AuthenticationKey, objects.FixedKey.AsFallback()},
		Files: cns.DataFiles,
		Forms: []secop.Form{secop.Extended, secop.Chained},
	},
}
