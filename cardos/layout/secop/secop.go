// SPDX-License-Identifier: Apache-2.0

// Package secop sends the commands that use a private key (ISO/IEC 7816-8):
// MANAGE SECURITY ENVIRONMENT, PERFORM SECURITY OPERATION and INTERNAL
// AUTHENTICATE, in the forms in which cards take them.
package secop

import (
	"tscns/cardos"
	"tscns/cardos/iso7816"
)

// Operation is a command that uses the key of the current security
// environment: INS, P1 and P2.
type Operation struct{ INS, P1, P2 byte }

// The operations that cards offer for an RSA key.
var (
	Decipher     = Operation{iso7816.InsPerformSecurityOp, 0x80, 0x86}
	Sign         = Operation{iso7816.InsPerformSecurityOp, 0x9E, 0x9A} // COMPUTE DIGITAL SIGNATURE
	Authenticate = Operation{iso7816.InsInternalAuthenticate, 0x00, 0x00}
)

// Form is one way to send a command whose data or answer do not fit a short
// APDU. The zero value is a short APDU.
type Form struct {
	Extended  bool
	Part      int  // bytes of data in a chained part, 0 for no chaining
	LePerPart bool // each chained part carries Le
}

// Forms that cards are known to take.
var (
	Extended = Form{Extended: true}
	Chained  = Form{Part: 255}
	// ChainedT has the split and the Le bytes recorded on a card of layout T.
	ChainedT = Form{Part: 129, LePerPart: true}
)

// Send sends the operation with its data. size is how long the answer of an
// extended command is, in bytes.
func (op Operation) Send(t *cardos.Tx, data []byte, size int, form Form) (iso7816.Response, error) {
	c := iso7816.Command{INS: op.INS, P1: op.P1, P2: op.P2, Data: data, Ne: iso7816.MaxShortNe}
	switch {
	case form.Extended:
		c.Extended, c.Ne = true, size
	case form.Part > 0:
		return t.SendChained(c, form.Part, form.LePerPart)
	}
	return t.Send(c)
}

// Failed reports whether another form may do after this outcome: the card
// refused the form, or the reader could not carry an extended command.
func (f Form) Failed(r iso7816.Response, err error) bool {
	if err != nil {
		return f.Extended && cardos.NotCarried(err)
	}
	return r.Status.FormRefused()
}

// environment is the security environment of the CNS that is restored before a
// key is set (CNS functional specification, MSE RESTORE).
const environment = 0x03

// Restore restores security environment 03. The specification wants an empty
// Lc; withoutLc sends it without, as layout T was recorded. A card that answers
// 6700 gets the other of the two.
func Restore(t *cardos.Tx, withoutLc bool) error {
	c := iso7816.Command{INS: iso7816.InsManageSecurityEnv, P1: 0xF3, P2: environment}
	if !withoutLc {
		c.Ne = iso7816.MaxShortNe // the same byte 00 on the wire
	}
	r, err := t.Send(c)
	if err == nil && r.Status == iso7816.WrongLength {
		c.Ne = iso7816.MaxShortNe - c.Ne
		r, err = t.Send(c)
	}
	if err != nil {
		return err
	}
	return cardos.StatusError(r.Status)
}

// Set sets a control reference template of the security environment (MSE SET).
func Set(t *cardos.Tx, p1, p2 byte, template []byte) error {
	r, err := t.Send(iso7816.Command{INS: iso7816.InsManageSecurityEnv, P1: p1, P2: p2, Data: template})
	if err != nil {
		return err
	}
	return cardos.StatusError(r.Status)
}
