// SPDX-License-Identifier: Apache-2.0

package main

var pinTexts = helpTexts{
	use:   text{"change|unblock|tries", "change|unblock|tries"},
	short: text{"Change or unblock the PIN, or see the tries left", "Cambia o sblocca il PIN, o vedi le prove rimaste"},
}

var pinChangeTexts = helpTexts{
	use:   text{"[options]", "[opzioni]"},
	short: text{"Replace the PIN by a new one", "Sostituisci il PIN con uno nuovo"},
	long: text{`Asks for the present PIN, then twice for the new one, unseen. Length and digits are checked before the card sees
anything; the PIN is sent once, and never again. Where the card tells that one try is left, --last-try is needed.
PIN and PUK are usually handed over in two halves, one at the counter and one by mail or e-mail: type both.`,
		`Chiede il PIN attuale, poi due volte il nuovo, senza mostrarli. Lunghezza e cifre sono controllate prima che la tessera
veda qualcosa; il PIN è inviato una volta sola. Dove la tessera dice che resta una prova, serve --last-try.
PIN e PUK sono di solito consegnati in due metà, una allo sportello e una per posta o e-mail: digitale tutte e due.`},
}

var pinUnblockTexts = helpTexts{
	use:   text{"[options]", "[opzioni]"},
	short: text{"Set a new PIN with the PUK", "Imposta un nuovo PIN con il PUK"},
	long: text{`Asks for the PUK, then twice for a new PIN, unseen. For a PIN that is blocked, and for one that was never activated.
A PUK that is blocked cannot be unblocked: the card then has to be replaced.`,
		`Chiede il PUK, poi due volte un nuovo PIN, senza mostrarli. Per un PIN bloccato, e per uno mai attivato.
Un PUK bloccato non si può sbloccare: la tessera va allora sostituita.`},
}

var pinTriesTexts = helpTexts{
	use:   text{"[--ask] [--json]", "[--ask] [--json]"},
	short: text{"How many tries PIN and PUK have left", "Quante prove restano a PIN e PUK"},
	long: text{`Asks the card only where it is proven that the question costs no try; elsewhere the number is not known. With --ask it
asks for the tries of the PIN there too, after you have accepted that it may cost one.`,
		`Chiede alla tessera solo dove è provato che la domanda non costa prove; altrove il numero non è noto. Con --ask chiede
lo stesso le prove del PIN, dopo che hai accettato che può costarne una.`},
}
