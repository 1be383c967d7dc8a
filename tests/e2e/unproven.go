// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"tscns/simcard"
	"tscns/tests/kit"
)

// OtherForm makes a card of family H that compares a PIN in another form than
// the first one that is tried, at the cost of a try.
func OtherForm(o *simcard.Options) {
	b, v := simcard.DefaultBehaviour(simcard.FamilyH), simcard.DefaultVariantH()
	v.PINApp, v.KeyApp, v.PINRef, v.WrongForm = simcard.AppThird, simcard.AppThird, 0x81, 0x63C0
	o.PIN, b.H, o.Behaviour = OtherFormPIN, &v, &b
}

// OtherFormPIN has fewer digits than fill a command.
const OtherFormPIN = "135790"

// TakeOtherForm is a person who goes on after a refusal, by tscns pin verify.
func (r *Rig) TakeOtherForm(env ...string) {
	r.t.Helper()
	verify := r.Tool("script", "bsdutils", "-qec", kit.Command(r.t, "tscns")+" pin verify", "/dev/null")
	verify.With(env...).In("OTHER\n"+r.PIN+"\n").OK().
		Has(r.t, "it may be our form, not your PIN", "Tries left: 2", "The card accepted the PIN.")
}
