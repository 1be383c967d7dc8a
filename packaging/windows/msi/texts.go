// SPDX-License-Identifier: Apache-2.0

package main

// text is what the installer says in a language. ASCII only, and so in Italian
// without accents.
type text struct {
	Name        string // of the product, in the list of installed programs
	Description string // of the product, a line
	Licence     string
	Shortcut    string // the entry in the start menu
	ShortcutTip string
	Driver      string // the feature that is always installed
	Firefox     string // what the feature for Firefox does
	Downgrade   string // why an older version is not installed over a newer
	Windows     string // why this Windows will not do
}

// languages are those there is an installer in, with Windows' number for each.
var languages = map[string]struct {
	LCID int
	text text
}{
	"en": {1033, text{
		Name:        "tscns - TS-CNS health card",
		Description: "Driver for the Italian health card (TS-CNS)",
		Licence:     "Apache License 2.0",
		Shortcut:    "TS-CNS card",
		ShortcutTip: "Shows the state of the card and of the reader",
		Driver:      "Card driver",
		Firefox:     "Makes the PKCS#11 module known to Firefox by policy. Firefox since version 90 sees the card without it.",
		Downgrade:   "A later version of tscns is installed on this computer. This one was not installed.",
		Windows:     "tscns needs Windows 10 or later.",
	}},
	"it": {1040, text{
		Name:        "tscns - Tessera sanitaria TS-CNS",
		Description: "Driver per la tessera sanitaria TS-CNS",
		Licence:     "Licenza Apache 2.0",
		Shortcut:    "Tessera TS-CNS",
		ShortcutTip: "Mostra lo stato della tessera e del lettore",
		Driver:      "Driver della tessera",
		Firefox:     "Fa conoscere a Firefox il modulo PKCS#11 con un criterio. Dalla versione 90 Firefox vede la tessera anche senza.",
		Downgrade:   "Su questo computer si trova una versione successiva di tscns. Questa versione non viene installata.",
		Windows:     "tscns richiede Windows 10 o una versione successiva.",
	}},
}
