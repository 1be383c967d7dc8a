// SPDX-License-Identifier: Apache-2.0

package cardos

// Family H: the lots ACe, ACx and ACj 2025 (ACTALIS, middleware "Cyberneid").
// Reading is proven by a recorded run of that middleware (OpenSC issue 3804):
// the application of the holder's data, the card's number and the certificate.
// The application that holds the last two was selected out of sight of the
// recording, so it is searched. Nothing public tells how PIN and key are used:
// see ladder.go for what is tried, and how carefully.
var profileActalis2025 = profile{
	name:   "ACTALIS 2025 (ACe/ACx/ACj)",
	family: "H",
	maker:  "ACTALIS",
	grade:  Unknown,
	rawRSA: Unknown,
	// The answer to reset is not public, so every card that nobody else took
	// and that can hold applications is asked.
	match: func(a atrFacts) bool { return a.valid && !a.memoryCard && !a.typeB && !a.idemiaNFC },
	apps:  &appsActalis2025,
	pins:  []pinSpec{{purpose: Authentication, spec: actalisPIN}},
	data:  classicData[:1],
	forms: []psoForm{formExtended, formChained, formChainedT},
}

// actalisPIN: neither the counter of a fresh PIN nor anything of the PUK is
// known, so none is offered.
var actalisPIN = PINSpec{MinLength: 5, MaxLength: 8, TriesQuery: Unknown}

var appsActalis2025 = applications{
	// P: recorded, with Le E7 and 00.
	holder:      application{p1: 0x04, name: []byte{0xA0, 0x00, 0x00, 0x05, 0x30, 0x00, 0x0B, 0x10, 0x40, 0x01, 0x02, 0x1A}},
	holderFile:  pathDatiPersonali,
	number:      "\xD0\x03",
	certificate: "\xDA\x01\xC0\x01",
	// I: selecting an application by name or the master file by its identifier
	// changes nothing on a card.
	candidates: []application{
		{p1: 0x04, name: []byte{0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01}}, // the IAS application of family G
		{p1: 0x00, p2: 0x0C, name: []byte{0x3F, 0x00}, noFCI: true},        // the master file
		{p1: 0x04}, // the application selected by default
		{p1: 0x04, name: []byte{0xA0, 0x00, 0x00, 0x05, 0x30}},                                    // the registered provider alone
		{p1: 0x04, name: []byte{0xA0, 0x00, 0x00, 0x00, 0x63, 'P', 'K', 'C', 'S', '-', '1', '5'}}, // ISO 7816-15
	},
	pins:  pinLadder,
	signs: signLadder,
}

// pinLadder lists plausible forms of VERIFY, the likeliest first.
var pinLadder = []pinForm{
	{inHolder, 0x10, true, "PIN of the CNS application of family G, whose name begins alike (OpenSC pull request 3751)"},
	{inCertificate, 0x10, true, "reference of the classic layout, where the certificate lies"},
	{inHolder, 0x90, true, "the same with bit 8, as on STIncard masks"},
	{inCertificate, 0x90, true, "the same with bit 8, as on STIncard masks"},
	{inCertificate, 0x83, false, "PIN of the IAS application of family G, digits alone"},
	{inCertificate, 0x81, false, "first local PIN of IAS cards, digits alone"},
	{inCertificate, 0x83, true, "as above, filled with FF"},
	{inCertificate, 0x81, true, "as above, filled with FF"},
	{inHolder, 0x83, false, "as above, in the CNS application"},
	{inHolder, 0x81, false, "as above, in the CNS application"},
	{inHolder, 0x83, true, "as above, in the CNS application"},
	{inHolder, 0x81, true, "as above, in the CNS application"},
}

// signLadder lists plausible forms of MSE and of the command that signs.
var signLadder = []signForm{
	{true, 0xF1, 0xB8, "\x83\x01\x01", opDecipher, inputIndicated, "classic layout, key 01"},
	{true, 0xF1, 0xB8, "\x83\x01\x02", opDecipher, inputIndicated, "IDEMIA 2021, key 02"},
	{true, 0xF1, 0xB8, "\x83\x01\x10", opDecipher, inputIndicated, "key 10 of family G, classic form"},
	{false, 0x41, 0xB8, "\x83\x01\x10", opDecipher, inputBare, "family G, authentication key"},
	{false, 0x41, 0xB8, "\x83\x01\x01", opDecipher, inputBare, "form of family G, key 01"},
	{false, 0x41, 0xB8, "\x83\x01\x81", opDecipher, inputBare, "form of family G, first local key"},
	{false, 0x41, 0xB8, "\x83\x01\x01", opDecipher, inputIndicated, "ISO 7816-8 padding indicator, key 01"},
	{false, 0x41, 0xB8, "\x83\x01\x81", opDecipher, inputIndicated, "ISO 7816-8 padding indicator, first local key"},
	{false, 0x41, 0xA4, "\x80\x01\x02\x84\x01\x82", opAuthenticate, inputDigestInfo, "IAS-ECC client authentication, local key 2"},
	{false, 0x41, 0xA4, "\x80\x01\x02\x84\x01\x81", opAuthenticate, inputDigestInfo, "IAS-ECC client authentication, local key 1"},
	{false, 0x41, 0xA4, "\x80\x01\x02\x84\x01\x01", opAuthenticate, inputDigestInfo, "IAS-ECC client authentication, key 01"},
	{false, 0x41, 0xB6, "\x80\x01\x02\x84\x01\x81", opSign, inputDigestInfo, "IAS-ECC signature, local key 1"},
	{false, 0x41, 0xB6, "\x80\x01\x02\x84\x01\x01", opSign, inputDigestInfo, "IAS-ECC signature, key 01"},
	{false, 0x41, 0xB6, "\x83\x01\x01", opSign, inputDigestInfo, "the card pads, key 01"},
	{true, 0xF1, 0xB6, "\x83\x01\x01", opSign, inputDigestInfo, "classic layout, the card pads, key 01"},
}
