// SPDX-License-Identifier: Apache-2.0

package profile

import (
	"tscns/cardos"
	"tscns/cardos/layout/apps"
	"tscns/cardos/layout/cns"
	"tscns/cardos/layout/iasecc"
	"tscns/cardos/layout/secop"
)

// Family H: the lots ACe, ACx and ACj 2025 (ACTALIS, middleware "Cyberneid").
// Reading is proven by a recorded run of that middleware (OpenSC issue 3804):
// the application of the holder's data, the card's number and the certificate.
// The application that holds the last two was selected out of sight of the
// recording, so it is searched. By its file control information it is an
// IAS-ECC one (I), which reports how PIN and key are used. Where it does not,
// nothing public tells: see package apps for how carefully the forms below are
// tried.
var actalis2025 = cardos.Profile{
	Name:   "ACTALIS 2025 (ACe/ACx/ACj)",
	Family: "H",
	Maker:  "ACTALIS",
	Grade:  cardos.Unknown,
	RawRSA: cardos.Unknown,
	// An answer to reset is public of one lot with contacts alone (isACe2025),
	// so every card that nobody else took and that can hold applications is
	// asked.
	Match: func(a cardos.ATR) bool {
		return a.CNS || a.Contactless && !isMemoryCard(a) && !isTypeB(a) && !isIDEMIANFC(a)
	},
	Layout: &iasecc.Layout{
		// P: recorded, with Le E7 and 00.
		Holder:          apps.Selection{P1: 0x04, Name: []byte{0xA0, 0x00, 0x00, 0x05, 0x30, 0x00, 0x0B, 0x10, 0x40, 0x01, 0x02, 0x1A}},
		HolderFile:      string(cns.DatiPersonali),
		AfterReset:      isACe2025,
		Number:          "\xD0\x03",
		NumberSFI:       0x1C, // P: bits 8 to 4 of tag 88 in its file control information
		CertificateFile: "\xDA\x01\xC0\x01",
		// I: selecting an application by name or the master file by its
		// identifier changes nothing on a card.
		Candidates: []apps.Selection{
			{P1: 0x04, Name: []byte("\xA0\x00\x00\x00\x77\x01\x08\x00\x07\x00\x00\xFE\x00\x00\x01\x00")}, // IAS-ECC of Oberthur (OpenSC)
			{P1: 0x04, Name: []byte{0xA0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01}},                           // family G (OpenSC pull request 3751); elsewhere that of passports
			{P1: 0x04, Name: []byte("\xF0IasEccRoot")},                                                   // IAS-ECC of a Cosmo (OpenSC pull request 2281)
			{P1: 0x04, Name: []byte("\xA0\x00\x00\x00\x30\x80\x00\x00\x00\x09\x81\x60\x01")},             // IAS of CIE cards
			{P1: 0x04, Name: []byte("\xE8\x28\xBD\x08\x0F\x01NXP0")},                                     // generic application of family G
			{P1: 0x00, P2: 0x0C, Name: []byte{0x3F, 0x00}, NoFCI: true},                                  // the master file
			{P1: 0x04}, // the application selected by default
			{P1: 0x04, Name: []byte{0xA0, 0x00, 0x00, 0x05, 0x30}},                                    // the registered provider alone
			{P1: 0x04, Name: []byte{0xA0, 0x00, 0x00, 0x00, 0x63, 'P', 'K', 'C', 'S', '-', '1', '5'}}, // ISO 7816-15
			{P1: 0x00, NoFCI: true}, // the master file, as the CIE middleware selects it
		},
		// Neither the counter of a fresh PIN nor anything of the PUK is known,
		// so none is offered.
		PIN:       cardos.PINSpec{MinLength: 5, MaxLength: 8, TriesQuery: cardos.Unknown},
		PINForms:  actalisPINForms,
		SignForms: actalisSignForms,
		Files:     cns.DataFiles[:1],
		Forms:     []secop.Form{secop.Extended, secop.Chained, secop.ChainedT},
	},
}

// isACe2025 reports whether a card answers as ACe 2025 with contacts (P: OpenSC
// issue 3804): IC of NXP, mask of G&D. Straight after a reset it showed the
// holder's file.
func isACe2025(a cardos.ATR) bool { return a.IC == 0x04 && a.Mask == 0x04 && a.OS == 0xB85B }

// actalisPINForms lists plausible forms of VERIFY, the likeliest first: the
// PINs of an IAS application before the references of the classic layout, and
// what the application without the key has last.
var actalisPINForms = []apps.PINForm{
	{App: apps.Certificate, Ref: 0x81, Source: "first local PIN of IAS cards, digits alone"},
	{App: apps.Certificate, Ref: 0x83, Source: "PIN of the IAS application of family G, digits alone"},
	{App: apps.Certificate, Ref: 0x01, Source: "first global PIN of IAS cards, digits alone"},
	{App: apps.Certificate, Ref: 0x81, Filled: true, Source: "as above, filled with FF"},
	{App: apps.Certificate, Ref: 0x83, Filled: true, Source: "as above, filled with FF"},
	{App: apps.Certificate, Ref: 0x01, Filled: true, Source: "as above, filled with FF"},
	{App: apps.Certificate, Ref: 0x10, Filled: true, Source: "reference of the classic layout"},
	{App: apps.Certificate, Ref: 0x90, Filled: true, Source: "the same with bit 8, as on STIncard masks"},
	{App: apps.Holder, Ref: 0x10, Filled: true, Source: "PIN of the CNS application of family G, whose name begins alike (OpenSC pull request 3751)"},
	{App: apps.Holder, Ref: 0x90, Filled: true, Source: "the same with bit 8, as on STIncard masks"},
	{App: apps.Holder, Ref: 0x83, Source: "as above, in the CNS application"},
	{App: apps.Holder, Ref: 0x81, Source: "as above, in the CNS application"},
	{App: apps.Holder, Ref: 0x83, Filled: true, Source: "as above, in the CNS application"},
	{App: apps.Holder, Ref: 0x81, Filled: true, Source: "as above, in the CNS application"},
}

// actalisSignForms lists plausible forms of MSE and of the command that signs.
var actalisSignForms = []apps.SignForm{
	{Restore: true, P1: 0xF1, P2: 0xB8, Template: "\x83\x01\x01", Operation: secop.Decipher, Input: apps.Indicated,
		Source: "classic layout, key 01"},
	{Restore: true, P1: 0xF1, P2: 0xB8, Template: "\x83\x01\x02", Operation: secop.Decipher, Input: apps.Indicated,
		Source: "IDEMIA 2021, key 02"},
	{Restore: true, P1: 0xF1, P2: 0xB8, Template: "\x83\x01\x10", Operation: secop.Decipher, Input: apps.Indicated,
		Source: "key 10 of family G, classic form"},
	{P1: 0x41, P2: 0xB8, Template: "\x83\x01\x10", Operation: secop.Decipher, Input: apps.Bare,
		Source: "family G, authentication key"},
	{P1: 0x41, P2: 0xB8, Template: "\x83\x01\x01", Operation: secop.Decipher, Input: apps.Bare,
		Source: "form of family G, key 01"},
	{P1: 0x41, P2: 0xB8, Template: "\x83\x01\x81", Operation: secop.Decipher, Input: apps.Bare,
		Source: "form of family G, first local key"},
	{P1: 0x41, P2: 0xB8, Template: "\x83\x01\x01", Operation: secop.Decipher, Input: apps.Indicated,
		Source: "ISO 7816-8 padding indicator, key 01"},
	{P1: 0x41, P2: 0xB8, Template: "\x83\x01\x81", Operation: secop.Decipher, Input: apps.Indicated,
		Source: "ISO 7816-8 padding indicator, first local key"},
	{P1: 0x41, P2: 0xA4, Template: "\x80\x01\x02\x84\x01\x82", Operation: secop.Authenticate, Input: apps.Message,
		Source: "IAS-ECC client authentication, local key 2"},
	{P1: 0x41, P2: 0xA4, Template: "\x80\x01\x02\x84\x01\x81", Operation: secop.Authenticate, Input: apps.Message,
		Source: "IAS-ECC client authentication, local key 1"},
	{P1: 0x41, P2: 0xA4, Template: "\x80\x01\x02\x84\x01\x01", Operation: secop.Authenticate, Input: apps.Message,
		Source: "IAS-ECC client authentication, key 01"},
	{P1: 0x41, P2: 0xB6, Template: "\x80\x01\x02\x84\x01\x81", Operation: secop.Sign, Input: apps.Message,
		Source: "IAS-ECC signature, local key 1"},
	{P1: 0x41, P2: 0xB6, Template: "\x80\x01\x02\x84\x01\x01", Operation: secop.Sign, Input: apps.Message,
		Source: "IAS-ECC signature, key 01"},
	{P1: 0x41, P2: 0xB6, Template: "\x83\x01\x01", Operation: secop.Sign, Input: apps.Message,
		Source: "the card pads, key 01"},
	{Restore: true, P1: 0xF1, P2: 0xB6, Template: "\x83\x01\x01", Operation: secop.Sign, Input: apps.Message,
		Source: "classic layout, the card pads, key 01"},
}
