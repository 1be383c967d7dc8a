// SPDX-License-Identifier: Apache-2.0

package cardos

// profiles lists every generation, one line each. Of those whose match and
// probe agree with a card the first wins; the generic one comes last.
var profiles = []*profile{
	&profileSTIncard2NFC,
	&profileIDEMIANFC,
	&profileIDEMIANFCApplet,
	&profileCardOS,
	&profileSTIncard2,
	&profileSTIncard1,
	&profileAthena,
	&profileIDEMIA,
	&profileTokenME,
	&profileOberthur,
	&profileActalis2025,
	&profileGeneric,
}

// makers are the mask manufacturers by the fourth historical byte.
var makers = map[byte]string{
	0x01: "Kaitech", 0x02: "Gemplus", 0x03: "Ghirlanda", 0x04: "Giesecke & Devrient",
	0x05: "Oberthur/IDEMIA", 0x06: "Orga", 0x07: "Axalto", 0x08: "Siemens",
	0x09: "STIncard", 0x0A: "GEP", 0x0B: "EPS", 0x0C: "Athena", 0x0D: "Gemalto",
}
