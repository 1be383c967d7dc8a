// SPDX-License-Identifier: Apache-2.0

package main

import "tscns/cardos"

var pinTexts = helpTexts{
	use:   text{"change|unblock|tries", "change|unblock|tries"},
	short: text{"Change or unblock the PIN, or see the tries left", "Cambia o sblocca il PIN, o vedi le prove rimaste"},
}

var pinChangeTexts = helpTexts{
	use:   text{"[options]", "[opzioni]"},
	short: text{"Replace the PIN by a new one", "Sostituisci il PIN con uno nuovo"},
	long: text{`Asks for the present PIN, then twice for the new one, unseen. Length and digits are checked before the card sees
anything; the PIN is sent once, and never again. Where the card tells that one try is left, --last-try is needed.
PIN and PUK are usually handed over in two halves, one at the counter and one by mail or e-mail: type both.
Where the reader has a keypad, both PINs are typed there, and never are in this computer.`,
		`Chiede il PIN attuale, poi due volte il nuovo, senza mostrarli. Lunghezza e cifre sono controllate prima che la tessera
veda qualcosa; il PIN è inviato una volta sola. Dove la tessera dice che resta una prova, serve --last-try.
PIN e PUK sono di solito consegnati in due metà, una allo sportello e una per posta o e-mail: digitale tutte e due.
Se il lettore ha un tastierino, i due PIN si digitano lì, e in questo computer non ci sono mai.`},
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

// padTexts are what can end an entry at the reader's keypad.
var padTexts = []struct {
	err  error
	code int
	text text
}{
	{cardos.ErrPadCancelled, exitNotGood, text{"cancelled at the reader; nothing was sent to the card", "annullato al lettore; alla tessera non è stato inviato niente"}},
	{cardos.ErrPadTimeout, exitNotGood, text{"nothing was typed at the reader in time; nothing was sent to the card", "al lettore non è stato digitato niente in tempo; alla tessera non è stato inviato niente"}},
	{cardos.ErrPadMismatch, exitUsage, text{"the new PIN was not the same both times; nothing was sent to the card", "il nuovo PIN non era uguale le due volte; alla tessera non è stato inviato niente"}},
	{cardos.ErrPINLength, exitUsage, text{"a PIN typed at the reader was too short or too long; nothing was sent to the card", "un PIN digitato al lettore era troppo corto o troppo lungo; alla tessera non è stato inviato niente"}},
	{cardos.ErrPadFailed, exitNotGood, text{"the keypad of the reader does not work, or it has none. To type here instead: --keyboard", "il tastierino del lettore non funziona, o non c'è. Per digitare qui: --keyboard"}},
}
