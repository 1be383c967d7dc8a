// SPDX-License-Identifier: Apache-2.0

package apps

import (
	"tscns/cardos/iso7816"
	"tscns/cardos/layout/secop"
)

// Candidate forms are plausible forms of a command for a card of which nothing
// public tells the right one.
//
// The rule of the PIN: what a person typed goes on to the next form only after
// an answer that says "no such reference or form here" (notCompared); any other
// answer ends the attempt, and the first one that shows that the card compared
// the PIN (63xx, 6983, 9000) makes its form the only one that this card is
// ever asked in again. No form is tried twice on a card. So one typed PIN
// costs at most one try.

// PINForm is one plausible form of VERIFY.
type PINForm struct {
	App    App
	Ref    byte // P2
	Filled bool // with FF to 8 bytes; else the digits alone
	Source string
}

// SignForm is one plausible way to use the private key.
type SignForm struct {
	Restore   bool   // MSE RESTORE of environment 03 before
	P1, P2    byte   // of MSE SET
	Template  string // control reference template: its data
	Operation secop.Operation
	Input     Input
	Source    string
}

// Input is what the operation gets.
type Input int

// The forms of the input.
const (
	Indicated Input = iota // a padding indicator 00, then the padded block
	Bare                   // the padded block
	Message                // what the card pads
)

// search remembers how far a card was asked.
type search struct {
	tried     uint64 // PIN forms that were sent and not remembered
	pin       int    // PIN form that the card compares the PIN in, or noForm
	sign      int    // form that signed, or noForm
	signApp   App
	signForm  int  // index of the form of length that it took
	exhausted bool // no form signed since the PIN was verified
}

const noForm = -1

// notCompared: answers that say that the card has no such reference or form,
// so it cannot have compared the PIN.
func notCompared(sw iso7816.Status) bool {
	switch sw {
	case iso7816.ReferenceNotFound, iso7816.FileNotFound, iso7816.IncorrectP1P2,
		iso7816.InsNotSupported, iso7816.ClaNotSupported, iso7816.WrongLength:
		return true
	}
	return false
}

// compared: answers that show that the card has the reference.
func compared(sw iso7816.Status) bool {
	return sw == iso7816.OK || sw.SW1() == 0x63 || sw == iso7816.MethodBlocked ||
		sw == iso7816.ReferenceNotUsable || sw == iso7816.ConditionsNotSatisfied
}
