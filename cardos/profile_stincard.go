// SPDX-License-Identifier: Apache-2.0

package cardos

// Family B1: STIncard Touch&Sign and JSign with CNS version 1.0 (InfoCamere,
// Aruba, InfoCert, early Lombardy). InfoCamere's product 1204 keeps key and
// certificate under 2FFF, the certificate behind a header of 5 bytes.
var profileSTIncard1 = profile{
	name:   "STIncard 1.0",
	family: "B1",
	grade:  DriverKnown,
	rawRSA: DriverKnown,
	match:  func(a atrFacts) bool { return a.cns && a.mask == 0x09 && a.version == 0x10 },
	pins:   []pinSpec{authPIN(backtrack), signaturePIN(backtrack)},
	keys: []keySpec{classicKey, signatureKey,
		{purpose: Authentication, certificate: "\x2F\xFF\x82\x28", offset: 5, dir: "\x2F\xFF", ref: 0x21, fallback: true}},
	data:  classicData,
	forms: []psoForm{formExtended, formChained},
}

// Family B2: STIncard JSign3 and JSign4 with CNS version 1.1 (ST 2021, ST
// 2022, InfoCert 1205). The key has 2048 bits; command chaining is answered
// 6E00, extended APDUs work.
var profileSTIncard2 = profile{
	name:   "STIncard 1.1 (ST 2021/2022)",
	family: "B2",
	grade:  DriverKnown,
	rawRSA: DriverKnown,
	match:  func(a atrFacts) bool { return a.cns && a.mask == 0x09 && a.version != 0x10 },
	pins:   []pinSpec{authPIN(backtrack)},
	keys:   []keySpec{classicKey},
	data:   classicData,
	forms:  []psoForm{formExtended},
}

// Family B2 over NFC (ST 2022): no historical bytes, the CNS files lie in an
// application, and references work without bit 8 (OpenSC pull request 3806).
var profileSTIncard2NFC = profile{
	name:       "STIncard 1.1 (ST 2022) contactless",
	family:     "B2",
	maker:      "STIncard",
	grade:      DriverKnown,
	rawRSA:     DriverKnown,
	match:      func(a atrFacts) bool { return a.contactless && (len(a.historical) == 0 || a.typeB) },
	applet:     []byte{0xA0, 0x00, 0x00, 0x00, 0x95, 0x01, 0x00, 0x4D},
	confirm:    "JSign4",
	confirmTag: 0x0180,
	pins:       []pinSpec{authPIN(0)},
	keys:       []keySpec{classicKey},
	data:       classicData,
	forms:      []psoForm{formExtended},
}
