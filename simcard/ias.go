// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"fmt"
	"slices"
)

// IAS describes an IAS-ECC application: PINs, keys and security environments
// are data objects that GET DATA reports without a PIN. That the application
// of the certificate of family H is one is I; the encodings are D (OpenSC's
// iasecc driver) and, where a comment says so, P on other IAS-ECC cards
// (OpenSC issues 2158 and 2275, pull request 2428).
type IAS struct {
	// Directory is EF.DIR, which lists the applications, and beside it EF.ATR:
	// one of the Directory constants. Both are in the application selected by
	// default and in this one.
	Directory string `json:",omitempty"`

	// PKCS15 adds the files of ISO/IEC 7816-15 that describe the objects, so
	// that software which needs them can use the card. None is known on
	// ACe 2025 (U).
	PKCS15 bool `json:",omitempty"`

	// Statement is one of the Statement constants.
	Statement string `json:",omitempty"`
	// GetData is the status word of every GET DATA of an application that
	// reports nothing, 6A88 or 6D00 for instance; 0 answers it.
	GetData uint16 `json:",omitempty"`
	// DatalessVerify is as in [Behaviour]; SW63C by default, which costs
	// nothing (D on IAS-ECC cards).
	DatalessVerify string `json:",omitempty"`
	// NoReference is the answer to a PIN reference that is not there; 6A88 by
	// default.
	NoReference uint16 `json:",omitempty"`
	// Template is the template around the file control information: Template6F
	// (P on ACe 2025), Template62 or TemplateBoth (P on other IAS-ECC cards).
	Template string `json:",omitempty"`

	PINs []IASPIN // one with reference 01 by default
	Keys []IASKey // one with reference 81 by default
}

// EF.DIR and EF.ATR.
const (
	DirectoryNone        = ""            // neither file
	DirectoryTransparent = "transparent" // EF.DIR is read with READ BINARY
	DirectoryRecords     = "records"     // EF.DIR is read with READ RECORD
)

// What GET DATA answers to the tag of an object's template (7F41, 7F48).
const (
	// StatementSeparate answers with the template alone; counters, sizes and
	// access rules are under tag A0, asked for separately (P: 7F48 on one
	// card, A0 on two others).
	StatementSeparate = ""
	// StatementWhole answers with A0 and the template.
	StatementWhole = "whole"
	// StatementControl refuses the template with 6A80 and has only A0 (D).
	StatementControl = "control"
)

// Templates of the file control information (ISO/IEC 7816-4, 7.4).
const (
	Template6F   = ""
	Template62   = "62"
	TemplateBoth = "6F62" // 62 inside of 6F
)

// How the digits of a PIN are sent.
const (
	PINDigits   = "digits" // digits alone
	PINFilledFF = "FF"     // filled with FF to the length of the object
	PINFilled00 = "00"     // filled with 00
)

// IASPIN is a PIN object.
type IASPIN struct {
	// Reference is P2 of VERIFY: 01 to 1F, with 80 for an object of the
	// application's own. GET DATA names the object without the 80.
	Reference byte
	Digits    string `json:",omitempty"` // Options.PIN by default
	Form      string `json:",omitempty"` // PINDigits by default
	Length    int    `json:",omitempty"` // of the object, in bytes; 8 by default
	Max, Used int    `json:",omitempty"` // tries: 3 by default, and those gone
	// WrongForm is the answer to data that are no PIN of this form: 6A88,
	// 6984, 6985 or 6700, which compare nothing, for instance. 0 compares them
	// as any wrong PIN, and that costs a try.
	WrongForm uint16 `json:",omitempty"`
	// Change is one of the Change constants.
	Change string `json:",omitempty"`
	// PUK is the reference of the object that unblocks this one, with the
	// digits of Options.PUK and 8 tries; 0 is none.
	PUK byte `json:",omitempty"`
}

// What CHANGE REFERENCE DATA wants, by the access rules.
const (
	ChangeFree     = ""         // nothing but the present PIN in its data (P)
	ChangeVerified = "verified" // a VERIFY of the PIN before, and the present PIN (D)
	ChangeSecured  = "secured"  // secure messaging, which nobody can do here
	ChangeNever    = "never"
)

// IASKey is a private key.
type IASKey struct {
	// Reference is what MSE SET names (tag 84): 01 to 1F, with 80 for a key of
	// the application's own.
	Reference byte
	// Signature: the key is that of Options.Signature instead of
	// Options.Authentication.
	Signature bool `json:",omitempty"`
	// PIN is the reference of the PIN to verify, Environment the number of the
	// security environment that names it, 1 by default.
	PIN, Environment byte
	// Authenticate, Sign and Decipher are what the key may do: INTERNAL
	// AUTHENTICATE, PSO COMPUTE DIGITAL SIGNATURE after PSO HASH, PSO DECIPHER.
	Authenticate bool   `json:",omitempty"`
	Sign         bool   `json:",omitempty"`
	Decipher     string `json:",omitempty"` // one of the Decipher constants
}

// What PSO DECIPHER answers.
const (
	DecipherNever = ""
	DecipherPKCS1 = "pkcs1" // the message, without the padding of PKCS #1 v1.5 type 2
	DecipherRaw   = "raw"   // the whole block
)

// DefaultIAS returns an application with one PIN, digits alone, at reference
// 01 and one key at reference 81 for INTERNAL AUTHENTICATE.
func DefaultIAS() IAS {
	return IAS{
		PINs: []IASPIN{{Reference: 0x01, Form: PINDigits}},
		Keys: []IASKey{{Reference: 0x81, PIN: 0x01, Environment: 1, Authenticate: true}},
	}
}

// ias is the application as it is on a card.
type ias struct {
	spec IAS
	pins []*iasPIN
	keys []*iasKey

	// What MSE SET has named.
	authenticate, sign, decipher *iasKey
	hash                         byte // algorithm reference
	digest                       []byte
}

type iasPIN struct {
	*pin
	spec   IASPIN
	digits string
}

type iasKey struct {
	spec        IASKey
	key         *key
	certificate []byte
}

// numberOf is the object number of a reference, for GET DATA.
func numberOf(reference byte) byte { return reference & 0x1F }

// newIAS makes the objects of the application.
func newIAS(spec IAS, o Options, maxTries int) (*ias, error) {
	if len(spec.PINs) == 0 && len(spec.Keys) == 0 {
		defaults := DefaultIAS()
		spec.PINs, spec.Keys = defaults.PINs, defaults.Keys
	}
	if spec.NoReference == 0 {
		spec.NoReference = 0x6A88
	}
	if spec.DatalessVerify == "" {
		spec.DatalessVerify = SW63C
	}
	a := &ias{spec: spec}
	for _, p := range spec.PINs {
		if err := a.addPIN(p, o, maxTries); err != nil {
			return nil, err
		}
	}
	for _, k := range spec.Keys {
		credential := o.Authentication
		if k.Signature {
			if o.Signature == nil {
				return nil, fmt.Errorf("simcard: key %02X is that of a signature credential, and there is none", k.Reference)
			}
			credential = *o.Signature
		}
		if credential.Key == nil {
			continue
		}
		if a.pin(k.PIN) == nil {
			return nil, fmt.Errorf("simcard: key %02X wants PIN %02X, which is not there", k.Reference, k.PIN)
		}
		if k.Environment == 0 {
			k.Environment = 1
		}
		a.keys = append(a.keys, &iasKey{k, &key{ref: k.Reference, private: credential.Key}, credential.Certificate})
	}
	return a, nil
}

func (a *ias) addPIN(p IASPIN, o Options, maxTries int) error {
	if p.Digits == "" {
		p.Digits = o.PIN
	}
	if p.Length == 0 {
		p.Length = pinBlock
	}
	if p.Max == 0 {
		p.Max = maxTries
	}
	if p.Form == "" {
		p.Form = PINDigits
	}
	if !slices.Contains([]string{PINDigits, PINFilledFF, PINFilled00}, p.Form) || len(p.Digits) > p.Length {
		return fmt.Errorf("simcard: PIN %02X: form %q, %d bytes", p.Reference, p.Form, p.Length)
	}
	object := &iasPIN{&pin{ref: p.Reference, tries: max(0, p.Max-p.Used), max: p.Max, inactive: o.NeverActivated}, p, p.Digits}
	a.pins = append(a.pins, object)
	if p.PUK == 0 || a.pin(p.PUK) != nil {
		return nil
	}
	return a.addPIN(IASPIN{Reference: p.PUK, Digits: o.PUK, Form: p.Form, Length: p.Length, Max: maxPUKTries}, Options{}, maxTries)
}

// maxPUKTries are those of a PUK object.
const maxPUKTries = 8

func (a *ias) pin(reference byte) *iasPIN {
	for _, p := range a.pins {
		if p.spec.Reference == reference {
			return p
		}
	}
	return nil
}

func (a *ias) key(reference byte) *iasKey {
	for _, k := range a.keys {
		if k.spec.Reference == reference {
			return k
		}
	}
	return nil
}

// forget drops what MSE SET and PSO HASH left.
func (a *ias) forget() {
	a.authenticate, a.sign, a.decipher, a.hash, a.digest = nil, nil, nil, 0, nil
}

// IASTries returns the tries left of a PIN object of the IAS-ECC application
// and their maximum, 0 and 0 where it has none at this reference.
func (c *Card) IASTries(reference byte) (left, limit int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.h == nil || c.h.ias == nil {
		return 0, 0
	}
	p := c.h.ias.pin(reference)
	if p == nil {
		return 0, 0
	}
	return p.tries, p.max
}

// dispatchIAS runs a command of the application; ok is false for those that
// are as on every card.
func (c *Card) dispatchIAS(cmd command) (r response, ok bool) {
	switch cmd.ins {
	case insVerify:
		return c.verifyIAS(cmd), true
	case insChange:
		return c.changeIAS(cmd), true
	case insResetRetry:
		return c.unblockIAS(cmd), true
	case insGetDataObject:
		return c.getDataIAS(cmd), true
	case insMSE:
		return c.manageIAS(cmd), true
	case insPSO:
		return c.performIAS(cmd), true
	case insInternalAuthenticate:
		return c.authenticateIAS(cmd), true
	}
	return response{}, false
}
