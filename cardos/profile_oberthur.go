// SPDX-License-Identifier: Apache-2.0

package cardos

// Family D: Oberthur Cosmo ID-One (OT 2015/2016 and before) in the classic
// layout. Its ATR may hide layout T, which the probe finds first; the
// certificate of layout T without directories is looked for last.
var profileOberthur = profile{
	name:   "Oberthur ID-One",
	family: "D",
	grade:  DriverKnown,
	rawRSA: DriverKnown,
	match:  func(a atrFacts) bool { return a.cns && a.mask == 0x05 },
	pins:   []pinSpec{authPIN(0)},
	keys:   []keySpec{classicKey, idemiaFallback},
	data:   classicData,
	forms:  []psoForm{formExtended, formChained},
}

var idemiaFallback = keySpec{purpose: Authentication, certificate: idemiaKey.certificate,
	dir: idemiaKey.dir, ref: idemiaKey.ref, fallback: true}
