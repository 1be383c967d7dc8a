// SPDX-License-Identifier: Apache-2.0

package cardos

// path is an absolute path in the file system of a card without its leading
// 3F00, 2 bytes a level. The empty path is the master file.
type path string

// Files of the CNS file system ("File System CNS", DigitPA; names of the
// specification).
const (
	pathMF            path = ""
	pathGDO           path = "\x2F\x02"
	pathIDCarta       path = "\x10\x00\x10\x03"
	pathCCarta        path = "\x11\x00\x11\x01"
	pathDatiPersonali path = "\x11\x00\x11\x02"
)

// profile is what the driver knows of one generation of cards, as data.
type profile struct {
	name   string // for Info.Profile
	family string // letter of docs/cards.md
	maker  string // overrides the maker that the ATR names, if not empty
	grade  Grade  // of the signing path as a whole
	rawRSA Grade

	// match says whether the answer to reset allows this profile; the probe
	// that follows must agree.
	match func(atrFacts) bool
	// applet is the application that must stay selected, nil for none.
	applet []byte
	// confirm is what GET DATA of confirmTag must contain in that application.
	confirm    string
	confirmTag uint16
	directory  directoryUse
	// apps is the layout of a card with several applications, nil for the
	// file system of the CNS.
	apps *applications

	pins []pinSpec
	keys []keySpec
	data []DataFile

	// seRestore4 sends MSE RESTORE as 4 bytes, without the empty Lc.
	seRestore4 bool
	// forms are the ways to send a PSO that does not fit a short APDU, in
	// the order to try them.
	forms []psoForm
}

// directoryUse says whether objects are listed in 1400/4000 and 1400/5000.
type directoryUse int

const (
	noDirectory       directoryUse = iota
	mayHaveDirectory               // listed there, or else at the fixed places
	mustHaveDirectory              // the profile holds only where 1400/5000 is there
)

// pinSpec is one PIN of a profile: one identity.
type pinSpec struct {
	purpose  Purpose
	dir      path // directory that must be current for VERIFY
	pin, puk byte // references, P2
	spec     PINSpec
}

// keySpec is one place of a profile where a key with a certificate may be.
type keySpec struct {
	purpose     Purpose
	certificate path
	offset      int  // where in the file the certificate starts
	dir         path // directory that must be current for MSE and PSO
	ref         byte // key reference in MSE SET
	// padded: the card pads the DigestInfo itself (MSE template B6, PSO
	// COMPUTE DIGITAL SIGNATURE); nobody reports raw RSA with such a key.
	padded bool
	// fallback: looked at only where no key of that purpose was found before.
	fallback bool
}

// psoForm is one way to send the PSO command of a key above 1984 bits.
type psoForm struct {
	extended  bool
	part      int  // bytes of data in a chained part
	lePerPart bool // each chained part carries Le
}

var (
	formExtended = psoForm{extended: true}
	formChained  = psoForm{part: 255}
	// The split and the Le bytes recorded on a card of layout T.
	formChainedT = psoForm{part: 129, lePerPart: true}
)

// Reference of a PIN or key with bit 8 set: STIncard masks then search it
// from the current directory upwards (CIE Functional Specification 2.0, p. 63).
const backtrack = 0x80

// References of the CNS file system.
const (
	refPIN   = 0x10
	refPUK   = 0x11
	refPINDS = 0x1A
	refPUKDS = 0x1B
	refKey   = 0x01
	refKeyDS = 0x10
)

// cnsPIN is the policy of every PIN known: 5 to 8 digits, a PUK of 8, three
// tries. What a query without data costs is known on layout T alone.
var cnsPIN = PINSpec{MinLength: 5, MaxLength: 8, PUKMinLength: 8, PUKMaxLength: 8, MaxTries: 3, TriesQuery: Unknown}

// pinLength is how many bytes a PIN takes in a command, padded with FF.
const pinLength = 8

// authPIN is the PIN of the authentication key; flag is 0 or backtrack.
func authPIN(flag byte) pinSpec {
	return pinSpec{purpose: Authentication, dir: pathMF, pin: flag | refPIN, puk: flag | refPUK, spec: cnsPIN}
}

// classicKey is the authentication key of the classic layout.
var classicKey = keySpec{purpose: Authentication, certificate: pathCCarta, dir: pathMF, ref: refKey}

// classicData are the public files of the classic layout.
var classicData = []DataFile{
	{Label: "EF_DatiPersonali", Path: []byte(pathDatiPersonali), Holder: true},
	{Label: "EF_IDCarta", Path: []byte(pathIDCarta), Holder: true},
	{Label: "EF_GDO", Path: []byte(pathGDO), Holder: true},
}
