// SPDX-License-Identifier: Apache-2.0

package simcard

import "fmt"

// Family names a generation of cards.
type Family string

// The generations that can be simulated.
const (
	FamilyA       Family = "a"       // Siemens/Infineon CardOS M4.2, RSA-1024 (CRS Lombardia, Sicilia)
	FamilyB1      Family = "b1"      // STIncard, CNS 1.0, RSA-1024 (InfoCamere, Aruba, InfoCert)
	FamilyB11204  Family = "b1-1204" // STIncard of InfoCamere "1204": certificate in 2FFF/8228
	FamilyB2      Family = "b2"      // STIncard, CNS 1.1, RSA-2048 (TS-CNS ST 2021, ST 2022)
	FamilyB2NFC   Family = "b2-nfc"  // the same over NFC: an applet to select first
	FamilyC       Family = "c"       // Athena IDProtect, RSA-1024 (TS-CNS AC 2013, 2014, 2018)
	FamilyD       Family = "d"       // Oberthur Cosmo, RSA-1024 (TS-CNS OT 2015, 2016)
	FamilyE       Family = "e"       // IDEMIA Cosmo, RSA-2048 (TS-CNS ACe/ACx 2021)
	FamilyT       Family = "t"       // Oberthur Cosmo V7 with object directories, RSA-2048 (not a TS-CNS)
	FamilyF       Family = "f"       // a CNS of no known mask: the classic file map
	FamilyForeign Family = "foreign" // no CNS at all: a payment-card-like ATR, nothing inside
)

// Families lists all families.
func Families() []Family {
	return []Family{FamilyA, FamilyB1, FamilyB11204, FamilyB2, FamilyB2NFC, FamilyC, FamilyD,
		FamilyE, FamilyT, FamilyF, FamilyH, FamilyForeign}
}

// Answers to reset that more than one kind of card uses, in hexadecimal.
const (
	// ATRACe2025 is that of the lot ACe 2025 with contacts (P): IC of NXP, mask
	// of G&D.
	ATRACe2025 = "3BFF1800FF8131FE4D006B0404B85B01F101434E531031809D"
	// ATRFirmaQUI is that of a token by the makers of the middleware for
	// ACe 2025 (P), with "CNS" where no other card has it.
	ATRFirmaQUI = "3BDB18FF81B1FE451FC38073C8211065434E53107339"
	// ATRUnknownMask is made up: a CNS by the shape of its historical bytes,
	// with a mask manufacturer (0F) that is not assigned.
	ATRUnknownMask = "3BFF1800008131FE45006B050F0100011101434E5310318062"
	// ATRSpanish is that of a Spanish card, equal to that of Italian cards of
	// family E (P, OpenSC issue 2782).
	ATRSpanish = "3BFF1800008131FE45006B05052000012101434E5310318079"
)

// KeyBits returns the modulus size of a family's keys.
func KeyBits(f Family) int {
	switch f {
	case FamilyA, FamilyB1, FamilyB11204, FamilyC, FamilyD:
		return 1024
	}
	return 2048
}

var atrs = map[Family]string{
	FamilyA:       "3BFF1800FFC10A31FE55006B0508C80A011101434E5310318003",
	FamilyB1:      "3BFF1800FF8131FE55006B02090303010101434E531031809D",
	FamilyB11204:  "3BFF1800FF8131FE55006B02090200010101434E531031809F",
	FamilyB2:      "3BFF1800FF8131FE55006B02091617011101434E531131808D",
	FamilyB2NFC:   "3B80800101",
	FamilyC:       "3BDF18008131FE7D006B020C0182011101434E53103180FC",
	FamilyD:       "3BFF1800008131FE45006B05051017012101434E531031805E",
	FamilyE:       "3BFF1800008131FE45006B0505200001F101434E53103180A9",
	FamilyT:       "3BFF1800008131FE45006B11050700012101434E531031804A",
	FamilyF:       ATRUnknownMask,
	FamilyH:       ATRACe2025,
	FamilyForeign: "3B8F800180318065B0850300EF120FFF82900073",
}

// ATR returns the answer to reset of a family.
func ATR(f Family) []byte {
	return atrBytes(atrs[f])
}

// Describe returns a line of text about a family.
func Describe(f Family) string {
	texts := map[Family]string{
		FamilyA:       "CardOS M4.2 (CRS Lombardia, Sicilia, Trento)",
		FamilyB1:      "STIncard, CNS 1.0 (InfoCamere, Aruba, InfoCert)",
		FamilyB11204:  "STIncard, InfoCamere \"1204\" layout",
		FamilyB2:      "STIncard, CNS 1.1 (TS-CNS ST 2021, ST 2022)",
		FamilyB2NFC:   "the same over NFC (ST 2022)",
		FamilyC:       "Athena IDProtect (TS-CNS AC 2013, 2014, 2018)",
		FamilyD:       "Oberthur Cosmo (TS-CNS OT 2015, 2016)",
		FamilyE:       "IDEMIA Cosmo (TS-CNS ACe 2021, ACx 2021)",
		FamilyT:       "Oberthur Cosmo V7 with object directories",
		FamilyF:       "a CNS of an unknown mask, classic files",
		FamilyH:       "ACTALIS ACe/ACx/ACj 2025: reading as recorded, PIN and key as guessed",
		FamilyForeign: "a card that is no CNS",
	}
	return fmt.Sprintf("%-8s RSA-%d  %s", f, KeyBits(f), texts[f])
}
