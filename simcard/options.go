// SPDX-License-Identifier: Apache-2.0

// Package simcard simulates the smart cards of the TS-CNS family: the Italian
// health card with the National Service Card (CNS), generation by generation.
// It imports nothing of the driver: commands are decoded and answered from the
// published facts alone, so that the driver and the card can contradict each
// other.
//
// Where a fact of a real card is not known, the behaviour is a switch (see
// Behaviour), set by default to the reading that is least forgiving for a
// driver. Grades in comments: P proven by bytes of a real card, S stated in a
// specification, D done by released drivers (D2: two independent ones), I
// inferred, U unknown, chosen here.
package simcard

import "crypto/rsa"

// Credential is a key of the card with its certificate.
type Credential struct {
	Key         *rsa.PrivateKey `json:"-"`
	Certificate []byte          `json:"-"` // DER
	PIN, PUK    string          // 5 to 8 digits each; of the signature credential only
}

// Options describe one card. The zero value of every field but Authentication
// is usable.
type Options struct {
	Family Family // FamilyB2 by default

	// ATR replaces the family's answer to reset.
	ATR []byte `json:",omitempty"`

	// PIN and PUK of the authentication key, 5 to 8 digits: "12345678" and
	// "87654321" by default.
	PIN, PUK string

	// PINTriesUsed and PUKTriesUsed are the wrong entries so far: a PIN with
	// three of them is locked.
	PINTriesUsed, PUKTriesUsed int `json:",omitempty"`

	// NeverActivated is a card as delivered: its PIN is refused with
	// Behaviour.NotActivated until the PUK has set a new one.
	NeverActivated bool `json:",omitempty"`

	// Serial is EF_IDCarta, 16 ASCII digits, and Personal EF_DatiPersonali.
	Serial   string `json:"-"`
	Personal []byte `json:"-"`

	// NumberFile replaces the content of EF_IDCarta, on family H of D003, which
	// is Serial's. GDOFile replaces that of EF.GDO, which family H has not, and
	// NoGDO leaves it out.
	NumberFile []byte `json:",omitempty"`
	GDOFile    []byte `json:",omitempty"`
	NoGDO      bool   `json:",omitempty"`

	// NoHolderData leaves EF_DatiPersonali full of zeros.
	NoHolderData bool `json:",omitempty"`

	// Authentication is the CNS key. Without a key the card has none, and its
	// certificate file is empty.
	Authentication Credential `json:"-"`

	// Signature is a digital-signature key with a PIN of its own, on the
	// families that have a known place for it (B1; D from the driver's side).
	Signature *Credential `json:",omitempty"`

	// More are further keys behind the same PIN; layout T and E only.
	More []Credential `json:"-"`

	// Objects shifts the identifiers of the objects of layout T and family E,
	// so that certificates, keys and their references are elsewhere.
	Objects uint16 `json:",omitempty"`

	// PrivateObjects shifts those of the private keys alone.
	PrivateObjects uint16 `json:",omitempty"`

	// CertificateForm is how the certificate is stored: one of the Form
	// constants, a plain certificate by default.
	CertificateForm string `json:",omitempty"`

	// CertificateFile replaces the content of the certificate file (not DER,
	// zeros, two certificates, whatever); CertificateForm then has no effect.
	CertificateFile []byte `json:",omitempty"`

	// CertificateFileSize is the size of that file in bytes, filled with
	// zeros; a longer certificate makes it longer. 0: as the family has it.
	CertificateFileSize int `json:",omitempty"`

	// Behaviour replaces DefaultBehaviour(Family).
	Behaviour *Behaviour `json:",omitempty"`
}

// Grounds for refusing or shaping an answer, as status words in their names.
const (
	Accept   = "accept"
	SW6282   = "6282" // end of file reached before Le bytes, data come with it
	SW6C     = "6Cxx" // wrong Le, the right one follows
	SW6700   = "6700" // wrong length
	SW6E00   = "6E00" // class not supported
	SW6884   = "6884" // command chaining not supported
	SW6300   = "6300" // verification failed, no counter
	SW63C    = "63Cx" // x tries left
	SW6A86   = "6A86" // wrong P1 P2
	CountTry = "counts-a-try"
)

// Cards that answer 9000 to everything.
const (
	YesEmpty = "9000"  // without data
	YesZeros = "zeros" // with zeros, where data are expected
)

// Ways to look for a PIN or key reference from the current directory.
const (
	LookUpward  = "upward"  // the current directory, then its parents
	LookCurrent = "current" // the current directory only
	// LookBit8: the current directory only; with bit 8 of the reference set,
	// its parents too ("search with backtracking", S; STIncard masks).
	LookBit8 = "bit8"
)

// Behaviour holds what is not known of the real cards, or differs among them.
type Behaviour struct {
	MaxPINTries, MaxPUKTries int // 3 (P on T, reported elsewhere) and 8 (P on T, U elsewhere)

	// DatalessVerify is the answer to VERIFY without data while the PIN is not
	// verified: SW63C (P on T), SW6300, SW6A86, or CountTry, which answers as
	// a wrong PIN would. Nothing public excludes the last outside layout T (U).
	DatalessVerify string
	// DatalessFour and DatalessFive tell which forms are taken: 4 bytes, and
	// 5 bytes with P3 = 00 (P on T); the other is answered 6700.
	DatalessFour, DatalessFive bool

	// WrongPIN is SW63C (S) or SW6300 (D on families A and B1).
	WrongPIN string
	// NotActivated is the status word for a PIN that was never activated: 6985
	// or 6984 (D, mocca), 6983 or 6A88 (I).
	NotActivated uint16
	// UnblockAfterVerify: RESET RETRY COUNTER with PUK and PIN wants a VERIFY
	// of the PUK before (P on the CNS applet of another card; U here).
	UnblockAfterVerify bool

	// RestoreFour and RestoreFive: MSE RESTORE of 4 bytes (P on T; D2 on A, B,
	// C) and of 5 with an empty Lc (S, D). The other is answered 6700.
	RestoreFour, RestoreFive bool

	// SelectAlwaysFCI answers the FCI to a SELECT without Le too; on T such a
	// SELECT answers 9000 alone (P).
	SelectAlwaysFCI bool
	// SelectNameNoFCI accepts SELECT by name with P2 = 0C; on E it is 6A86 (P).
	SelectNameNoFCI bool
	// LifeCycle adds tag 8A to the FCI; absent on T and E (P).
	LifeCycle bool

	// ReadLeZero is Accept, SW6C or SW6700 for READ BINARY with Le = 00 (one
	// reader program handles all three, P).
	ReadLeZero string
	// ReadPastEnd is SW6282 (D on a sister card), SW6C, SW6700 or Accept for a
	// READ BINARY whose explicit Le runs past the end of the file (U).
	ReadPastEnd string

	// Lookup is one of the Look constants.
	Lookup string
	// StripZeros drops leading zero bytes of a raw RSA result (P on a CardOS
	// 5.3 card that is no CNS).
	StripZeros bool
	// H is the guess at a card of family H; nil is DefaultVariantH.
	H *VariantH `json:",omitempty"`
	// YesMan answers 9000 to every command: YesEmpty without data, YesZeros
	// with as many zero bytes as the command expects. "" is a card that looks
	// at what it is asked.
	YesMan string `json:",omitempty"`
	// Chaining is Accept (P on T, E), SW6E00 (P on B2) or SW6884 (U).
	Chaining string
	// Extended accepts extended APDUs (D on B2, P on E); otherwise 6700.
	Extended bool
	// MaxChallenge bounds GET CHALLENGE, in bytes: 32 on E (P; the status word
	// 6700 is U).
	MaxChallenge int
}

// DefaultBehaviour returns the behaviour of a family where it is known, and
// elsewhere the reading that forgives a driver least.
func DefaultBehaviour(f Family) Behaviour {
	b := Behaviour{
		MaxPINTries: 3, MaxPUKTries: 8,
		DatalessVerify: CountTry, DatalessFour: true, DatalessFive: true,
		WrongPIN: SW63C, NotActivated: 0x6985,
		RestoreFour: true, RestoreFive: true,
		LifeCycle:  true,
		ReadLeZero: Accept, ReadPastEnd: SW6282,
		Lookup: LookUpward, Chaining: SW6884, MaxChallenge: 255,
	}
	switch f {
	case FamilyA:
		b.WrongPIN = SW6300
	case FamilyB1, FamilyB11204:
		b.WrongPIN = SW6300
		b.Lookup, b.Chaining = LookBit8, SW6E00
	case FamilyB2:
		b.Lookup, b.Chaining, b.Extended = LookBit8, SW6E00, true
	case FamilyB2NFC:
		b.Chaining, b.Extended = SW6E00, true
	case FamilyD:
		b.RestoreFour = false
	case FamilyF:
		b.Extended = true
	case FamilyH:
		b.LifeCycle, b.Extended = true, true
	case FamilyT, FamilyE:
		b.DatalessVerify, b.Chaining, b.LifeCycle = SW63C, Accept, false
		if f == FamilyE {
			b.Extended, b.MaxChallenge = true, 32
		}
	}
	return b
}
