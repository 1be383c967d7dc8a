// SPDX-License-Identifier: Apache-2.0

package apps

import (
	"bytes"

	"tscns/cardos"
	"tscns/cardos/iso7816"
	"tscns/cardos/layout/secop"
)

// Candidate forms are plausible forms of a command for a card of which nothing
// public tells the right one.
//
// The rule of the PIN: none is sent before a key was found that it could
// open. What a person typed goes on to the next form only after an answer that
// says that the card compared nothing (notCompared). Any other ends the
// attempt, so that one typed PIN costs at most one try. The form in which the
// card accepts a PIN is the only one used from then on. A PIN that was refused
// before that may have been right, and the form wrong: then no program of the
// user sends another one before a person says how to go on ([cardos.Retry]).

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
	tried     map[string]bool // PIN forms in which the card compared nothing, encoded
	pin       *PINForm        // that the card accepted, or nil
	sign      *signature      // the form that signed, or nil
	exhausted bool            // no form signed since the PIN was verified
}

// notCompared: answers that say that the card has no such reference or form,
// or cannot use it, so it cannot have compared the PIN.
func notCompared(sw iso7816.Status) bool {
	switch sw {
	case iso7816.ReferenceNotFound, iso7816.FileNotFound, iso7816.IncorrectP1P2,
		iso7816.InsNotSupported, iso7816.ClaNotSupported, iso7816.WrongLength,
		iso7816.ReferenceNotUsable, iso7816.ConditionsNotSatisfied:
		return true
	}
	return false
}

// NoReference reports whether an answer to a PIN is one that compared nothing and
// that a card which has this reference and form does not give.
func NoReference(sw iso7816.Status) bool {
	return notCompared(sw) && sw != iso7816.ReferenceNotUsable && sw != iso7816.ConditionsNotSatisfied
}

// formSize is how many bytes of a [store.PINRecord] name a form of the PIN.
// What follows in [store.PINRecord.Accepted] is the form that signed: an
// application, and the indices of form and form of length.
const formSize, signSize = 3, 3

// encode returns the form for a [store.PINRecord].
func (f *PINForm) encode() []byte {
	b := []byte{byte(f.App), f.Ref, 0}
	if f.Filled {
		b[2] = 1
	}
	return b
}

// formNamed returns the form with an encoding, nil where it is none of the
// layout's.
func (l *Layout) formNamed(encoded []byte) *PINForm {
	if len(encoded) == formSize+signSize {
		encoded = encoded[:formSize]
	}
	for i := range l.PINForms {
		if bytes.Equal(l.PINForms[i].encode(), encoded) {
			return &l.PINForms[i]
		}
	}
	return nil
}

// signature is a form of the signature with the application of its key.
type signature struct {
	app          App
	form, length int // indices
}

// signatureNamed returns the form that signed, as a record says. ok is false
// where it says none, or none of the layout's.
func (l *Layout) signatureNamed(accepted []byte) (s signature, ok bool) {
	if len(accepted) != formSize+signSize {
		return s, false
	}
	b := accepted[formSize:]
	s = signature{App(b[0]), int(b[1]), int(b[2])}
	return s, (s.app == Holder || s.app == Certificate) && s.form < len(l.SignForms) && s.length < len(l.Forms)
}

func (s signature) encode() []byte { return []byte{byte(s.app), byte(s.form), byte(s.length)} }

// sameBytes reports whether two forms of one PIN of so many digits are the
// same command: with 8 digits there is nothing to fill.
func (f *PINForm) sameBytes(other *PINForm, digits int) bool {
	return f.sameReference(other) && (f.Filled == other.Filled || digits == cardos.PINBlock)
}

func (f *PINForm) sameReference(other *PINForm) bool { return f.App == other.App && f.Ref == other.Ref }
