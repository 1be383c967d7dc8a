// SPDX-License-Identifier: Apache-2.0

package cardos

// Family C: Athena IDProtect (AC 2013, 2014, 2018 and others). Some hold a
// signature certificate too, at a place that nobody has published.
var profileAthena = profile{
	name:   "Athena IDProtect",
	family: "C",
	grade:  DriverKnown,
	rawRSA: DriverKnown,
	match:  func(a atrFacts) bool { return a.cns && a.mask == 0x0C && a.os>>8 <= 0x01 },
	pins:   []pinSpec{authPIN(0)},
	keys:   []keySpec{classicKey},
	data:   classicData,
	forms:  []psoForm{formExtended, formChained},
}
