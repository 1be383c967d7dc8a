// SPDX-License-Identifier: Apache-2.0

package cardos

// Family F: any other card that says CNS in its historical bytes and has the
// files of the CNS, and a contactless TS whose lot the ATR does not tell. The
// layout is a guess, so nothing is promised of its key.
var profileGeneric = profile{
	name:   "generic CNS",
	family: "F",
	grade:  Unknown,
	rawRSA: Inferred,
	match:  func(a atrFacts) bool { return a.cns || a.contactless && a.typeB },
	pins:   []pinSpec{authPIN(0)},
	keys:   []keySpec{classicKey, idemiaFallback},
	data:   classicData,
	forms:  []psoForm{formExtended, formChained},
}
