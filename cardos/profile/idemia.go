// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"tscns/cardos"
	"tscns/cardos/layout/classic"
	"tscns/cardos/layout/cns"
	"tscns/cardos/layout/objects"
	"tscns/cardos/layout/secop"
)

// isIDEMIA2021 tells the Italian lot by its Infineon chip and OS version 20 or
// above, as OpenSC does.
func isIDEMIA2021(a cardos.ATR) bool {
	return a.CNS && a.Mask == 0x05 && a.IC == 0x05 && a.OS>>8 >= 0x20
}

// Family E: IDEMIA ID-One CNS v2 on Cosmo (ACe/ACx 2021). That the directories
// of layout T list its objects is inferred; where they do not answer the fixed
// places are taken.
var idemia = cardos.Profile{
	Name:   "IDEMIA ID-One CNS v2 (2021)",
	Family: "E",
	Grade:  cardos.DriverKnown,
	RawRSA: cardos.DriverKnown,
	Match:  isIDEMIA2021,
	Layout: &objects.Layout{Config: idemiaConfig(nil)},
}

// Family E over NFC, files in plain sight: the author of OpenSC's support uses
// his own card so, and signs with PSS (commit 1708c065f, issue 2445).
var idemiaNFC = cardos.Profile{
	Name:   "IDEMIA ID-One CNS v2 (2021) contactless",
	Family: "E",
	Maker:  "Oberthur/IDEMIA",
	Grade:  cardos.DriverKnown,
	RawRSA: cardos.DriverKnown,
	Match:  isIDEMIA2021NFC,
	Layout: &objects.Layout{Config: idemiaConfig(nil)},
}

// Family E over NFC, files in the application that the T card has. Whether an
// IDEMIA card wants that is not known.
var idemiaNFCApplet = cardos.Profile{
	Name:   "IDEMIA ID-One CNS v2 (2021) contactless, application",
	Family: "E",
	Maker:  "Oberthur/IDEMIA",
	Grade:  cardos.Inferred,
	RawRSA: cardos.Inferred,
	Match:  isIDEMIA2021NFC,
	Layout: &objects.Layout{Config: idemiaConfig([]byte{0xA0, 0x00, 0x00, 0x00, 0x77, 0x01, 0x03, 0x00,
		0x06, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02})},
}

func idemiaConfig(applet []byte) cns.Config {
	return cns.Config{
		Applet: applet,
		PINs:   []cns.PIN{objects.PIN(cardos.Inferred)},
		Keys:   []cns.Place{objects.FixedKey, classic.AuthenticationKey.AsFallback()},
		Files:  cns.DataFiles,
		Forms:  []secop.Form{secop.Extended, secop.ChainedT},
	}
}
