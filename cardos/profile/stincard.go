// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"tscns/cardos"
	"tscns/cardos/layout/classic"
	"tscns/cardos/layout/cns"
	"tscns/cardos/layout/secop"
)

// Family B1: STIncard Touch&Sign and JSign with CNS version 1.0 (InfoCamere,
// Aruba, InfoCert, early Lombardy). Most keys have 1024 bits; how a card with one
// of 2048 takes the longer command is not known. InfoCamere's product 1204 keeps key and
// certificate under 2FFF, the certificate behind a header of 5 bytes. OpenSC
// presents its PIN with 2FFF current (pkcs15-itacns.c), from where the reference
// is searched upwards.
var stincard1 = cardos.Profile{
	Name:   "STIncard 1.0",
	Family: "B1",
	Grade:  cardos.DriverKnown,
	RawRSA: cardos.DriverKnown,
	Match:  func(a cardos.ATR) bool { return a.CNS && a.Mask == 0x09 && a.Version == 0x10 },
	Layout: classic.Layout{
		PINs: []cns.PIN{classic.AuthenticationPIN(cns.Backtrack), classic.SignaturePIN(cns.Backtrack)},
		Keys: []cns.Place{classic.AuthenticationKey, classic.SignatureKey,
			{Purpose: cardos.Authentication, Certificate: "\x2F\xFF\x82\x28", Offset: 5, Directory: "\x2F\xFF", Ref: 0x21, PINHere: true, Fallback: true}},
		Files: cns.DataFiles,
		Forms: []secop.Form{secop.Extended, secop.Chained},
	},
}

// Family B2: STIncard JSign3 and JSign4 with CNS version 1.1 (ST 2021, ST
// 2022, InfoCert 1205). The key has 2048 bits; command chaining is answered
// 6E00, extended APDUs work.
var stincard2 = cardos.Profile{
	Name:   "STIncard 1.1 (ST 2021/2022)",
	Family: "B2",
	Grade:  cardos.DriverKnown,
	RawRSA: cardos.DriverKnown,
	Match:  func(a cardos.ATR) bool { return a.CNS && a.Mask == 0x09 && a.Version != 0x10 },
	Layout: classic.Layout{
		PINs:  []cns.PIN{classic.AuthenticationPIN(cns.Backtrack)},
		Keys:  []cns.Place{classic.AuthenticationKey},
		Files: cns.DataFiles,
		Forms: []secop.Form{secop.Extended},
	},
}

// Family B2 over NFC (ST 2022): no historical bytes, the CNS files lie in an
// application, and references work without bit 8 (OpenSC pull request 3806).
var stincard2NFC = cardos.Profile{
	Name:   "STIncard 1.1 (ST 2022) contactless",
	Family: "B2",
	Maker:  "STIncard",
	Grade:  cardos.DriverKnown,
	RawRSA: cardos.DriverKnown,
	Match:  func(a cardos.ATR) bool { return a.Contactless && (len(a.Historical) == 0 || isTypeB(a)) },
	Layout: classic.Layout{
		Applet:     []byte{0xA0, 0x00, 0x00, 0x00, 0x95, 0x01, 0x00, 0x4D},
		Confirm:    "JSign4",
		ConfirmTag: 0x0180,
		PINs:       []cns.PIN{classic.AuthenticationPIN(0)},
		Keys:       []cns.Place{classic.AuthenticationKey},
		Files:      cns.DataFiles,
		Forms:      []secop.Form{secop.Extended},
	},
}
