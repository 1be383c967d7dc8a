// SPDX-License-Identifier: Apache-2.0

package cardos

// Layout T keeps its objects under 1400: public ones in 9001, private ones in
// 9002, listed in the directories 4000 (public) and 5000 (private).
const (
	pathPublicObjects    path = "\x14\x00\x90\x01"
	pathPrivateObjects   path = "\x14\x00\x90\x02"
	pathPublicDirectory  path = "\x14\x00\x40\x00"
	pathPrivateDirectory path = "\x14\x00\x50\x00"
)

// idemiaKey is where OpenSC (commit a4eed9597) finds certificate and key of
// the IDEMIA 2021 lot, without asking the directories.
var idemiaKey = keySpec{purpose: Authentication, certificate: pathPublicObjects + "\x20\x02", dir: pathPrivateObjects, ref: 0x02}

// idemiaPIN: the PIN answers with 9002 current. The query of its counter is
// proven on the T card alone.
func idemiaPIN(query Grade) pinSpec {
	p := authPIN(0)
	p.dir, p.spec.TriesQuery = pathPrivateObjects, query
	return p
}

// isIDEMIA2021 tells the Italian lot by its Infineon chip and OS version 20 or
// above, as OpenSC does.
func isIDEMIA2021(a atrFacts) bool {
	return a.cns && a.mask == 0x05 && a.ic == 0x05 && a.os>>8 >= 0x20
}

// Family E: IDEMIA ID-One CNS v2 on Cosmo (ACe/ACx 2021). That the directories
// of layout T list its objects is inferred; where they do not answer the fixed
// places are taken.
var profileIDEMIA = profile{
	name:      "IDEMIA ID-One CNS v2 (2021)",
	family:    "E",
	grade:     DriverKnown,
	rawRSA:    DriverKnown,
	match:     isIDEMIA2021,
	directory: mayHaveDirectory,
	pins:      []pinSpec{idemiaPIN(Inferred)},
	keys:      []keySpec{idemiaKey, classicFallback},
	data:      classicData,
	forms:     []psoForm{formExtended, formChainedT},
}

// Family E over NFC, files in plain sight.
var profileIDEMIANFC = idemiaNFC("IDEMIA ID-One CNS v2 (2021) contactless", nil)

// Family E over NFC, files in the application that the T card has. Whether an
// IDEMIA card wants that is not known.
var profileIDEMIANFCApplet = idemiaNFC("IDEMIA ID-One CNS v2 (2021) contactless, application",
	[]byte{0xA0, 0x00, 0x00, 0x00, 0x77, 0x01, 0x03, 0x00, 0x06, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02})

func idemiaNFC(name string, applet []byte) profile {
	p := profileIDEMIA
	p.name, p.applet, p.maker = name, applet, makers[0x05]
	p.grade, p.rawRSA = Inferred, Inferred
	p.match = func(a atrFacts) bool { return a.contactless && a.idemiaNFC }
	return p
}

// Layout T: Oberthur Cosmo V7 with the "TokenME" layout, recorded through
// VERIFY, MSE and PSO. Not an Italian card, but the sister of family E.
var profileTokenME = profile{
	name:       "Oberthur Cosmo V7 TokenME",
	family:     "T",
	grade:      Proven,
	rawRSA:     Proven,
	match:      func(a atrFacts) bool { return a.cns && a.mask == 0x05 && !isIDEMIA2021(a) },
	directory:  mustHaveDirectory,
	pins:       []pinSpec{idemiaPIN(Proven)},
	keys:       []keySpec{classicFallback},
	data:       classicData[1:2],
	seRestore4: true,
	forms:      []psoForm{formChainedT, formExtended},
}

var classicFallback = keySpec{purpose: Authentication, certificate: pathCCarta, dir: pathMF, ref: refKey, fallback: true}
