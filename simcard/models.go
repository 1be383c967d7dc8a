// SPDX-License-Identifier: Apache-2.0

package simcard

import (
	"encoding/hex"
	"fmt"
)

// Model is a card by a name: a family with some of its switches set. Nothing
// is known of real cards beyond what the switches say.
type Model struct {
	Name   string
	Family Family
	Text   string
	change func(*Options)
}

// Apply sets the family and the switches of the model; what else is in the
// options stays.
func (m Model) Apply(o *Options) {
	o.Family = m.Family
	m.change(o)
}

func (m Model) String() string { return fmt.Sprintf("%-18s %s", m.Name, m.Text) }

// ModelNamed returns a model by its name.
func ModelNamed(name string) (Model, bool) {
	for _, m := range Models() {
		if m.Name == name {
			return m, true
		}
	}
	return Model{}, false
}

// Models lists all models. Those of family H are guesses at the lot ACe 2025,
// with its answer to reset and its default application.
func Models() []Model {
	return append(modelsH(), []Model{
		{"e-spanish", FamilyE, "a Spanish card with the answer to reset of family E, its certificates no DER", func(o *Options) {
			o.ATR = atrBytes(ATRSpanish)
			o.CertificateForm = FormNoise
			o.NoHolderData = true
		}},
		{"yes-man", FamilyF, "a card that answers 9000 to everything, without data", yesMan(YesEmpty)},
		{"yes-man-zeros", FamilyF, "the same with zeros where data are expected", yesMan(YesZeros)},
	}...)
}

// modelH is a card of family H with a change of the default guess.
func modelH(name, text string, change func(*VariantH)) Model {
	return Model{name, FamilyH, text, func(o *Options) {
		o.ATR = atrBytes(ATRACe2025)
		v := DefaultVariantH()
		change(&v)
		b := o.behaviour()
		b.H = &v
		o.Behaviour = &b
	}}
}

// modelIAS is a card of family H with an IAS-ECC application and no key
// elsewhere; the PIN of the CNS application is a PIN object of its own.
func modelIAS(name, text string, change func(*VariantH, *IAS)) Model {
	return modelH(name, text, func(v *VariantH) {
		v.Third, v.KeyApp = AppIASOberthur, ""
		a := DefaultIAS()
		change(v, &a)
		v.IAS = &a
	})
}

func modelsH() []Model {
	h, ias := modelH, modelIAS
	return []Model{
		h("h-cns", "ACe 2025, PIN and key in the CNS application", func(*VariantH) {}),
		ias("h-ias", "ACe 2025, key in an IAS-ECC application that reports its PIN and keys", func(*VariantH, *IAS) {}),
		ias("h-ias-cie", "the same by the name of CIE cards, PIN and key 81", func(v *VariantH, a *IAS) {
			v.Third = AppIASCIE
			a.PINs[0].Reference, a.Keys[0].PIN = 0x81, 0x81
		}),
		ias("h-ias-root", "the same by the name IasEccRoot of another card", func(v *VariantH, _ *IAS) { v.Third = AppIASRoot }),
		ias("h-ias-generic", "the same by the name of ChipDoc's generic application", func(v *VariantH, _ *IAS) { v.Third = AppIASGeneric }),
		ias("h-ias-mf", "the same as the master file", func(v *VariantH, _ *IAS) { v.Third = "mf" }),
		ias("h-ias-mf-empty", "the same as the master file, by SELECT without data", func(v *VariantH, _ *IAS) { v.Third = AppMFEmpty }),
		ias("h-ias-dir", "the same by a name that EF.DIR alone tells", func(v *VariantH, a *IAS) {
			v.Third, a.Directory = AppMadeUp, DirectoryTransparent
		}),
		ias("h-ias-dir-records", "the same with an EF.DIR of records", func(v *VariantH, a *IAS) {
			v.Third, a.Directory = AppMadeUp, DirectoryRecords
		}),
		ias("h-ias-filled", "PIN filled with FF", func(_ *VariantH, a *IAS) { a.PINs[0].Form = PINFilledFF }),
		ias("h-ias-zeros", "PIN filled with 00", func(_ *VariantH, a *IAS) { a.PINs[0].Form = PINFilled00 }),
		ias("h-ias-two-pins", "two PINs of different values, the key behind the second, with a PUK", func(_ *VariantH, a *IAS) {
			a.PINs = []IASPIN{{Reference: 0x01, Digits: "24681357"}, {Reference: 0x02, PUK: 0x03}}
			a.Keys[0].PIN, a.Keys[0].Environment = 0x02, 2
		}),
		ias("h-ias-equal-pins", "two PINs of the same value, the key behind the second", func(_ *VariantH, a *IAS) {
			a.PINs = []IASPIN{{Reference: 0x01}, {Reference: 0x02}}
			a.Keys[0].PIN, a.Keys[0].Environment = 0x02, 2
		}),
		ias("h-ias-raw", "PSO DECIPHER of a whole block (raw RSA) beside INTERNAL AUTHENTICATE", func(_ *VariantH, a *IAS) {
			a.Keys[0].Decipher = DecipherRaw
		}),
		ias("h-ias-decipher", "PSO DECIPHER alone", func(_ *VariantH, a *IAS) {
			a.Keys[0].Authenticate, a.Keys[0].Decipher = false, DecipherRaw
		}),
		ias("h-ias-sign", "PSO HASH and COMPUTE DIGITAL SIGNATURE alone", func(_ *VariantH, a *IAS) {
			a.Keys[0].Authenticate, a.Keys[0].Sign = false, true
		}),
		ias("h-ias-pkcs15", "EF.DIR and the files of ISO/IEC 7816-15, for other software", func(v *VariantH, a *IAS) {
			v.Third, v.KeepPIN, a.Directory, a.PKCS15 = AppPKCS15, true, DirectoryTransparent, true
		}),
		ias("h-ias-whole", "counters and sizes reported with the templates", func(_ *VariantH, a *IAS) { a.Statement = StatementWhole }),
		ias("h-ias-control", "counters and sizes reported under tag A0 alone", func(_ *VariantH, a *IAS) { a.Statement = StatementControl }),
		ias("h-ias-silent", "nothing reported (6A88); a PIN of another form costs a try", func(_ *VariantH, a *IAS) { a.GetData = 0x6A88 }),
		ias("h-ias-silent-6984", "nothing reported (6D00); a PIN of another form is answered 6984", func(_ *VariantH, a *IAS) {
			a.GetData, a.PINs[0].WrongForm, a.PINs[0].Form = 0x6D00, 0x6984, PINFilledFF
		}),
	}
}

func yesMan(kind string) func(*Options) {
	return func(o *Options) {
		b := o.behaviour()
		b.YesMan = kind
		o.Behaviour = &b
	}
}

// behaviour returns the switches of the options.
func (o *Options) behaviour() Behaviour {
	if o.Behaviour != nil {
		return *o.Behaviour
	}
	return DefaultBehaviour(o.Family)
}

// atrBytes decodes one of the ATR constants.
func atrBytes(text string) []byte {
	atr, err := hex.DecodeString(text)
	if err != nil {
		panic(err) // a constant of this package
	}
	return atr
}
