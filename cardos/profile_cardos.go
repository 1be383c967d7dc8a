// SPDX-License-Identifier: Apache-2.0

package cardos

// Family A: Siemens CardOS M4.2, regional cards (CRS) of Lombardy, Sicily,
// Trento and Bolzano. A wrong PIN may be answered 6300 without a counter.
var profileCardOS = profile{
	name:   "CardOS M4",
	family: "A",
	grade:  DriverKnown,
	rawRSA: DriverKnown,
	match:  func(a atrFacts) bool { return a.cns && a.mask == 0x08 },
	pins:   []pinSpec{authPIN(0), signaturePIN(0)},
	keys:   []keySpec{classicKey, signatureKey},
	data:   classicData,
	forms:  []psoForm{formExtended, formChained},
}

// The qualified signature of the classic layout: a key, certificate and PIN of
// their own under 1400. The file system asks only for the directory, so most
// cards have none there. OpenSC signs with it by PSO COMPUTE DIGITAL SIGNATURE.
const pathDS path = "\x14\x00\x81\x10"

var signatureKey = keySpec{purpose: DigitalSignature, certificate: "\x14\x00\x90\x10", dir: pathDS, ref: refKeyDS, padded: true}

func signaturePIN(flag byte) pinSpec {
	spec := cnsPIN
	spec.MaxTries = 0
	return pinSpec{purpose: DigitalSignature, dir: pathDS, pin: flag | refPINDS, puk: flag | refPUKDS, spec: spec}
}
