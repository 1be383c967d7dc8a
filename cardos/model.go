// SPDX-License-Identifier: Apache-2.0

package cardos

import "tscns/cardos/certificate"

// Grade is how well a card behaviour is known. The zero value is Unknown.
type Grade int

// The grades, from the lowest to the highest.
const (
	Unknown     Grade = iota // nothing public is known
	Inferred                 // derived from other facts; may be wrong
	DriverKnown              // a released driver does it and users report success
	Proven                   // bytes of a real card, or a named report on one
)

// Tries is the number of tries that a PIN or PUK has left.
type Tries struct {
	Known bool
	Left  int // 0 = blocked; meaningless unless Known
	// Max is the counter of a fresh PIN or PUK where the card reports it, else
	// 0: see [PINSpec.MaxTries].
	Max int
}

// Purpose is what the keys of an identity are for.
type Purpose int

// The purposes of an identity.
const (
	Authentication   Purpose = iota // the CNS certificate, CKU_USER PIN
	DigitalSignature                // a qualified certificate with a PIN of its own
)

// Info describes a recognised card. It holds no personal data but Number and
// Serial.
type Info struct {
	Profile string // name of the profile that drives it, e.g. "STIncard 1.1 (ST 2021)"
	Family  string // letter of docs/cards.md: "A", "B1" and so on
	Maker   string // mask manufacturer in words, for CK_TOKEN_INFO.manufacturerID
	Grade   Grade  // of the signing path as a whole
	Number  Number // the card's number; personal data: never log it
	// Serial tells the card from others, in 16 characters: it is Number, or
	// stands for the certificate. Personal data, as Number. Of a card without a
	// number it is empty until [Card.Identities] has returned.
	Serial      string
	ATR         []byte
	Contactless bool
}

// Identity is one PIN with the keys it protects: one PKCS#11 token.
type Identity struct {
	Purpose Purpose
	PIN     PINSpec
	Keys    []Key // with a certificate each; empty on a card without one
}

// PINSpec is what a PIN and its PUK may look like, and what is known of their
// counters. Lengths in digits.
type PINSpec struct {
	MinLength, MaxLength       int
	PUKMinLength, PUKMaxLength int
	// MaxTries is the counter of a fresh PIN, 0 where it is not known.
	MaxTries int
	// TriesQuery is the grade of "asking for the tries left costs no try": by
	// VERIFY without data, or as [PIN.Tries] asks. The library asks only where
	// it is Proven.
	TriesQuery Grade
}

// Key is a private key of the card with its certificate.
type Key struct {
	ID          []byte                   // CKA_ID, the same for key and certificate; stable across insertions
	Label       string                   // CKA_LABEL, for people
	Certificate *certificate.Certificate // as it was parsed when it was read
	// Usable reports whether the private key can be used: a key that is not
	// RSA, by Certificate.PublicKey, is listed for its certificate alone.
	Usable bool
	Bits   int // modulus size, from the certificate; 0 unless Usable
	// RawRSA is the grade of "the card exponentiates a block that the host
	// padded". PSS, OAEP and CKM_RSA_X_509 are offered from DriverKnown up.
	RawRSA Grade
	// LongestMessage is the most that [Card.SignPKCS1v15] takes, in bytes, where
	// the card pads and takes less than the modulus has room for; else 0.
	LongestMessage int

	identity int // index of the identity it belongs to
	slot     int // index of the key on its card
}

// DataFile is a public file of the card, offered as CKO_DATA.
type DataFile struct {
	Label  string // e.g. "EF_DatiPersonali"
	Path   []byte // absolute path without 3F00, 2 bytes a level
	Holder bool   // holds personal data
	Number bool   // holds the card's number, which recognising the card reads
}
