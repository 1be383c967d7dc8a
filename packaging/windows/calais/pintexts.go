// SPDX-License-Identifier: Apache-2.0

package calais

import "strings"

// PINText is a value of a card's key: what Windows shows above the field for a
// PIN of one purpose.
type PINText struct {
	Name string // of the value: 80000100 and the purpose
	Text string // a text for each locale
}

// pinTexts are the texts, one row each. No comma, semicolon or quote may be in
// one, and nothing but ASCII.
var pinTexts = []struct{ name, it, en, de string }{
	{"80000100", "PIN della tessera TS-CNS (da 5 a 8 cifre)", "PIN of the TS-CNS card (5 to 8 digits)", "PIN der Karte TS-CNS (5 bis 8 Ziffern)"},
	{"80000103", "PIN di firma della tessera TS-CNS", "Signature PIN of the TS-CNS card", "Signatur-PIN der Karte TS-CNS"},
	{"80000106", "PUK della tessera TS-CNS", "PUK of the TS-CNS card", "PUK der Karte TS-CNS"},
}

// PINTexts returns the texts for PINs: of a login, of a signature, and of the
// PUK. Windows takes the text of exactly its own locale, so that each has its own.
func PINTexts() []PINText {
	list := make([]PINText, 0, len(pinTexts))
	for _, t := range pinTexts {
		list = append(list, PINText{t.name, strings.Join([]string{"it-IT," + t.it, "it-CH," + t.it, "de-DE," + t.de, "de-AT," + t.de,
			"en-US," + t.en, "en-GB," + t.en}, ";")})
	}
	return list
}
